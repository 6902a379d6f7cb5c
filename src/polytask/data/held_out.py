"""A test part for data sets that publish none: the same images on every machine."""

import hashlib
from collections.abc import Sequence


def split_by_name(ids: Sequence[str], share: float = 0.8) -> tuple[list[str], list[str]]:
    """Training and test ids, each in their order: `share` of them, and the others.

    It is the SHA-256 of the ids that decides, so no generator of random numbers has a say.
    """
    ranked = sorted(ids, key=lambda name: hashlib.sha256(name.encode()).digest())
    training = set(ranked[: int(share * len(ids))])
    return [n for n in ids if n in training], [n for n in ids if n not in training]
