"""Teachers: frozen encoders, their cached features, and a committee trained from scratch."""
