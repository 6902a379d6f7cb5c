"""Provenance records: their files, what identifies a lineage, and hashes that are remembered."""
