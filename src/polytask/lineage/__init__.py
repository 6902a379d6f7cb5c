"""Where a number comes from: records read back, walked, compared and checked. Plain files only."""
