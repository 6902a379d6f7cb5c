"""Argus: a frozen vision transformer with an adapter that gives maps of four scales."""
