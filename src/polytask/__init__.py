"""polytask: a committee of vision foundation models, distilled into one multi-task model."""
