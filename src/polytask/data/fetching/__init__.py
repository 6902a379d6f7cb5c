"""Data sets come here: downloaded, compared with what is published, unpacked."""
