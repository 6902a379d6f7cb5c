"""Which tasks help each other: cosines of gradients, and what task vectors do, side by side."""
