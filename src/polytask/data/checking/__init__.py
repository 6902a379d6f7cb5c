"""Is a copy of a data set on disk what was published? Reads everything, changes nothing."""
