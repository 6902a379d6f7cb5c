"""Which buildings a split has: the official tiny partition, and SIMO's own choice."""

TINY = {
    "tiny_train": (
        "allensville", "beechwood", "benevolence", "coffeen", "cosmos", "forkland", "hanson",
        "hiteman", "klickitat", "lakeville", "leonardo", "lindenwood", "marstons", "merom",
        "mifflinburg", "newfields", "onaga", "pinesdale", "pomaria", "ranchester", "shelbyville",
        "stockman", "tolstoy", "wainscott", "woodbine",
    ),
    "tiny_val": ("collierville", "corozal", "darden", "markleeville", "wiconisco"),
    "tiny_test": ("ihlen", "mcdade", "muleshoe", "noxapater", "uvalda"),
}  # fmt: skip
"""Of Taskonomy's partitions tiny, medium, full and fullplus the one whose list is known here."""

SIMO = {
    "simo_train": (
        "allensville", "coffeen", "collierville", "leonardo", "merom", "pinesdale", "ranchester",
        "stockman",
    ),
    "simo_val": ("beechwood", "corozal", "klickitat", "shelbyville"),
    "simo_test": ("ihlen", "mcdade", "onaga", "tolstoy"),
}  # fmt: skip
"""Not the official splits: collierville is tiny_val, five of val and test are tiny_train (SIMO, A).
"""

SIMO_IMAGES = {"simo_train": 2000, "simo_val": 1000, "simo_test": 1000}
"""How many images of each building SIMO takes at most: the first by file name."""
