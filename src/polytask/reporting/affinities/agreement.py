"""Whether two systems rank the pairs of tasks alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from scipy.stats import rankdata

from polytask.reporting.affinities.views import View

ENOUGH_PAIRS = 10
"""Of fewer pairs, those of four tasks or less, nothing is said: chance does too much."""
CHANCE = 0.05


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Spearman's rank correlation of two views over the pairs of their common tasks.

    `chance` is the share of all ways to exchange the names of one view's tasks that reach it
    (Mantel's test: pairs that share a task are not independent). Both are None where nothing can
    be said.
    """

    names: tuple[str, str]
    tasks: tuple[str, ...]
    num_pairs: int
    correlation: float | None
    chance: float | None

    @property
    def verdict(self) -> str:
        if self.correlation is None or self.chance is None:
            return f"{self.num_pairs} pairs: too few, or all alike, to say"
        return "they agree" if self.chance < CHANCE else "no more alike than by chance"


def agreements(views: Sequence[View]) -> Iterator[Agreement]:
    """Every two of the views."""
    for one, other in combinations(views, 2):
        tasks = tuple(task for task in one.tasks if task in other.tasks)
        pairs = len(tasks) * (len(tasks) - 1) // 2
        found = None
        if pairs >= ENOUGH_PAIRS:
            found = mantel(one.mutual(tasks), other.mutual(tasks))
        correlation, chance = found or (None, None)
        yield Agreement(
            names=(one.title, other.title), tasks=tasks, num_pairs=pairs,
            correlation=correlation, chance=chance,
        )  # fmt: skip


def mantel(one_NN: np.ndarray, other_NN: np.ndarray) -> tuple[float, float] | None:
    """Rank correlation above the diagonals, and the share of all N! orders that reach it.

    None where one of the matrices is constant there. For a handful of tasks: 8 take seconds.
    """
    above = np.triu_indices(len(one_NN), 1)
    first = _standardised(one_NN[above])
    ranks_NN = np.zeros_like(other_NN, float)
    second = _standardised(other_NN[above])
    if first is None or second is None:
        return None
    ranks_NN[above] = second
    ranks_NN += ranks_NN.T
    orders = np.array(list(permutations(range(len(one_NN)))))
    reached = ranks_NN[orders[:, above[0]], orders[:, above[1]]] @ first
    return float(reached[0]), float((reached >= reached[0] - 1e-9).mean())


def _standardised(values: np.ndarray) -> np.ndarray | None:
    """Ranks with mean 0 and length 1, whose product is Spearman's correlation."""
    ranks = rankdata(values)
    ranks -= ranks.mean()
    length = np.linalg.norm(ranks)
    return ranks / length if length else None
