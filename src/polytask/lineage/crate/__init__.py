"""Workflow Run RO-Crates (Provenance Run Crate 0.5, on RO-Crate 1.1) made from records alone."""
