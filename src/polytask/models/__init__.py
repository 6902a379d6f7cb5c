"""The student (stem, adapter paths, aligners), the fusions, the heads and their files."""
