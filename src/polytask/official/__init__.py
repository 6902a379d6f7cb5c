"""Checkpoints of the papers' official code, read without running it, as models of this project."""
