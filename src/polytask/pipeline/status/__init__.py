"""How a run stands: signs of life that jobs leave, the plan they belong to, and both as a table."""
