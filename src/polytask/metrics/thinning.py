"""Morphological thinning of a whole stack of sparse binary maps at once.

Foreground pixels only are visited, so that 99 thresholds of one boundary map cost about as much
as a single dense pass over them; the result equals `skimage.morphology.thin`, map by map.
"""

import numpy as np

EAST_TO_SOUTH_EAST = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))
"""(row, column) steps to the eight neighbours x1..x8, anticlockwise from the east."""


def _deletable() -> tuple[np.ndarray, np.ndarray]:
    """Whether either sub-iteration deletes the pixel, for all 256 neighbourhoods (Guo & Hall)."""
    code = np.arange(256)
    x = [None, *(((code >> k) & 1).astype(bool) for k in range(8))]
    x.append(x[1])
    crossings = sum((~x[i] & (x[i + 1] | x[i + 2])).astype(int) for i in (1, 3, 5, 7))
    pairs_before = sum((x[i] | x[i + 1]).astype(int) for i in (1, 3, 5, 7))
    pairs_after = sum((x[i + 1] | x[i + 2]).astype(int) for i in (1, 3, 5, 7))
    fewest = np.minimum(pairs_before, pairs_after)
    common = (crossings == 1) & (fewest >= 2) & (fewest <= 3)
    return (
        common & ~((x[2] | x[3] | ~x[8]) & x[1]),
        common & ~((x[6] | x[7] | ~x[4]) & x[5]),
    )


DELETABLE = _deletable()


def thin(masks: np.ndarray) -> np.ndarray:
    """Thin every map of a boolean stack (..., H, W) to lines of one pixel, until nothing changes.

    Two alternating sub-iterations with the conditions of Guo and Hall, the algorithm of MATLAB's
    `bwmorph(map, 'thin', Inf)`.
    """
    height, width = masks.shape[-2:]
    stack = np.pad(masks.reshape(-1, height, width), ((0, 0), (1, 1), (1, 1))).astype(np.uint8)
    flat, row = stack.reshape(-1), width + 2
    steps = [dy * row + dx for dy, dx in EAST_TO_SOUTH_EAST]
    deleted: list[np.ndarray] = []
    while len(deleted) < 2 or deleted[-1].size or deleted[-2].size:
        if len(deleted) < 2:
            candidates = np.flatnonzero(flat.view(bool))
        else:
            candidates = _neighbours_left(flat, np.concatenate(deleted[-2:]), steps)
        deletable = DELETABLE[len(deleted) % 2]
        deleted.append(candidates[deletable[_neighbourhood_codes(flat, candidates, steps)]])
        flat[deleted[-1]] = 0
    return stack[:, 1:-1, 1:-1].reshape(masks.shape).astype(bool)


def _neighbourhood_codes(flat: np.ndarray, pixels: np.ndarray, steps: list[int]) -> np.ndarray:
    """The eight neighbours of each pixel as the bits of one number, east first."""
    code = np.zeros(len(pixels), dtype=np.uint8)
    for bit, step in enumerate(steps):
        code |= flat[pixels + step] << bit
    return code


def _neighbours_left(flat: np.ndarray, deleted: np.ndarray, steps: list[int]) -> np.ndarray:
    """Foreground pixels whose neighbourhood the deleted ones belonged to."""
    touched = np.zeros(flat.shape, dtype=bool)
    for step in steps:
        touched[deleted + step] = True
    return np.flatnonzero(touched & flat.view(bool))
