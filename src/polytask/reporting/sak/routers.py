"""What the routers weigh, out of every repetition's gates.csv (SAK, Figure 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from polytask.reporting.rows import Rows

STEM = "stem"
"""The expert that is no teacher's."""

Weights = Mapping[tuple[int, str, int, str], float]
"""(step, task, level, expert) -> mean gate over the batch."""


@dataclass(frozen=True, kw_only=True)
class Routers:
    """The gates of all repetitions; levels are counted from the lowest, 0."""

    tasks: Sequence[str]
    experts: Sequence[str]
    num_levels: int
    steps: Sequence[int]
    repetitions: Sequence[Weights]

    def at(self, step: int, task: str, level: int, expert: str) -> float:
        """A weight, averaged over the repetitions."""
        return fmean(each[step, task, level, expert] for each in self.repetitions)

    def at_end(self, level: int, expert: str, tasks: Sequence[str]) -> list[float]:
        """Per repetition the weight of an expert after the last step, averaged over `tasks`."""
        last = self.steps[-1]
        return [
            fmean(each[last, task, level, expert] for task in tasks) for each in self.repetitions
        ]


def routers_of(files: Sequence[Rows]) -> Routers | None:
    """The routers out of one gates.csv per repetition; None where a model has none."""
    if not files or not all(files):
        return None
    first = files[0]
    levels = {level: at for at, level in enumerate(sorted({int(r["level"]) for r in first}))}
    return Routers(
        tasks=list(dict.fromkeys(row["task"] for row in first)),
        experts=list(dict.fromkeys(row["expert"] for row in first)),
        num_levels=len(levels),
        steps=sorted({int(row["step"]) for row in first}),
        repetitions=[
            {
                (int(r["step"]), r["task"], levels[int(r["level"])], r["expert"]): r["weight"]
                for r in rows
            }
            for rows in files
        ],
    )
