"""The page on SIMO: merging single-task models, and re-aligning what was merged."""
