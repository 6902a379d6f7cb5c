"""Three ways to train a teacher from scratch; each leaves another bias in its representations."""
