"""Taskonomy: views of scanned buildings with labels of many kinds, and SIMO's subset of it."""
