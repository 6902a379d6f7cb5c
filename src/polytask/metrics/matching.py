"""Optimal one-to-one matching of predicted to true boundary pixels within a tolerance."""

import numpy as np

PAIRS_AT_ONCE = 50_000
"""Maps are solved together up to about this many pixel pairs: fewer calls, each still in cache."""


def count_matches(predictions: np.ndarray, truth: np.ndarray, max_dist: float) -> np.ndarray:
    """Size of the largest one-to-one matching of each map (T, H, W) with `truth` (H, W), as (T,).

    Maps are boolean, `max_dist` is in pixels; the same number of true pixels is matched. The graph
    of pixel pairs is built once for all maps.
    Differs from the official code (correspondPixels): its min-cost assignment over a graph with
    random outlier edges may lose a few pairs, whereas this count is exact.
    """
    anywhere = predictions.any(axis=0)
    predicted, true = pairs_within(anywhere, truth, max_dist)
    chosen = predictions[:, anywhere]
    num_pairs = chosen @ np.bincount(predicted, minlength=chosen.shape[1])
    group = np.cumsum(num_pairs) // PAIRS_AT_ONCE
    counts = []
    for maps in np.split(chosen, np.flatnonzero(np.diff(group)) + 1):
        which, pair = np.nonzero(maps[:, predicted])
        left = which * chosen.shape[1] + predicted[pair]
        right = which * np.count_nonzero(truth) + true[pair]
        matched = maximum_matching(left, right) // max(chosen.shape[1], 1)
        counts.append(np.bincount(matched, minlength=len(maps)))
    return np.concatenate(counts)


def pairs_within(
    left: np.ndarray, right: np.ndarray, max_dist: float
) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of set pixels of two boolean (H, W) maps at most `max_dist` pixels apart.

    Returns two equally long arrays of ordinals (row-major among the set pixels of each map), sorted
    by the left one and then by the right one.
    """
    reach = int(max_dist)
    ordinal = np.full(right.shape, -1)
    ordinal[right] = np.arange(np.count_nonzero(right))
    ordinal = np.pad(ordinal, reach, constant_values=-1)
    width, flat = ordinal.shape[1], ordinal.ravel()
    rows, columns = np.nonzero(left)
    centre = (rows + reach) * width + columns + reach
    span = range(-reach, reach + 1)
    disc = [dy * width + dx for dy in span for dx in span if dy * dy + dx * dx <= max_dist**2]
    lefts, rights = [], []
    for step in disc:
        neighbour = flat[centre + step]
        found = np.flatnonzero(neighbour >= 0)
        lefts.append(found)
        rights.append(neighbour[found])
    all_left, all_right = np.concatenate(lefts), np.concatenate(rights)
    order = np.argsort(all_left, kind="stable")  # the disc is walked in row-major order
    return all_left[order], all_right[order]


def maximum_matching(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Left vertices of a largest matching in a bipartite graph of edges sorted by (left, right).

    It is the maximum flow from a source over the left vertices, the right ones and on to a sink,
    every capacity being one (Dinic's algorithm).
    """
    from scipy.sparse import csr_array  # late: only boundaries need it
    from scipy.sparse.csgraph import maximum_flow

    if not left.size:
        return left
    left_names, left = _renumber(left)
    right_names, right = _renumber(right)
    num_left, num_right = len(left_names), len(right_names)
    sink = 1 + num_left + num_right
    out_degree = np.concatenate([[num_left], np.bincount(left), np.ones(num_right, int), [0]])
    row_starts = np.concatenate([[0], np.cumsum(out_degree)]).astype(np.int32)
    heads = np.concatenate(
        [1 + np.arange(num_left), 1 + num_left + right, np.full(num_right, sink)]
    ).astype(np.int32)
    capacity = csr_array((np.ones_like(heads), heads, row_starts), shape=(sink + 1, sink + 1))
    flow = maximum_flow(capacity, 0, sink, method="dinic").flow
    from_source = slice(flow.indptr[0], flow.indptr[1])
    return left_names[flow.indices[from_source][flow.data[from_source] > 0] - 1]


def _renumber(vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct vertices in order, and the place of each given one among them."""
    occurs = np.zeros(int(vertices.max()) + 1, dtype=bool)
    occurs[vertices] = True
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[vertices]
