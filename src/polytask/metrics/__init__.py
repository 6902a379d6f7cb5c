"""What the papers report: accumulators with `update(prediction, target)` and `compute()`."""
