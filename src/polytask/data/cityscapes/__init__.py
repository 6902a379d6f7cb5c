"""Cityscapes: the official release, and the small copy that multi-task papers train on."""
