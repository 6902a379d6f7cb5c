"""What a run would cost, before it: counted from parameters and shapes, nothing is computed."""
