"""Decoders on four maps, a file each."""
