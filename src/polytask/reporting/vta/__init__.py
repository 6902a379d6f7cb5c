"""The page on VTA: four settings, which tasks help each other, and what training took."""
