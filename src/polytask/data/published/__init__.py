"""What is published about data sets: counts, sizes, archives and their checksums."""
