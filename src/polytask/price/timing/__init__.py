"""How long a run takes on the CPUs of this machine: what is measured, and how it adds up."""
