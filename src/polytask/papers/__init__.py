"""The papers' experiments: what they printed, and which of our models each row is."""
