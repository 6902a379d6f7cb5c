"""VTA: adapters beside a frozen backbone, told by affinities for which task they work."""
