"""Argus: one frozen ViT and its adapter under many tasks, each with a decoder of its own."""
