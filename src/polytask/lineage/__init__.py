"""Where a number comes from: records walked, compared, checked and exported. Plain files only."""
