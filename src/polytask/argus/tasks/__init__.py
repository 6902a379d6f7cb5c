"""The tasks of Argus, a file each."""
