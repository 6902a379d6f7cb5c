"""What a run would cost, before it: counted from parameters and shapes; CPUs alone are timed."""
