"""The page on SAK in full: its tables and figures over repetitions, and its claims."""
