"""Which tasks help each other, by their gradients (TROA, after TAWT)."""
