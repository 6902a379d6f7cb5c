"""How the rows of the table on SIMO are called: a merge, and what it is once re-aligned."""

from collections.abc import Container, Iterable

REALIGNED = ("heads", "representation")
"""How a merge's name goes on once its heads, or its representation, are re-aligned."""


def realigned(merges: Iterable[str], methods: Container[str]) -> list[str]:
    """The re-aligned models of `merges` that are among `methods`."""
    names = [f"{merge}_{how}" for merge in merges for how in REALIGNED]
    return [name for name in names if name in methods]


def merge_of(method: str, methods: Container[str]) -> str | None:
    """The merge that a re-aligned model was before, if it is among `methods`."""
    merge, _, how = method.rpartition("_")
    return merge if how in REALIGNED and merge in methods else None
