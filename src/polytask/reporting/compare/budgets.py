"""What the rows were trained on, and which of them had more than the others."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from polytask.reporting.compare.config import ComparePageConfig

STAGE_1 = "stage 1"

Effort = Mapping[str, int]
"""What an effort.json holds: steps, batch_size, images, trained_parameters."""


@dataclass(frozen=True)
class Budget:
    """`passes` are the images seen in the steps of each training, an image counting every time."""

    passes: Mapping[str, int]
    is_usual: bool

    @property
    def total(self) -> int:
        return sum(self.passes.values())


def budgets(config: ComparePageConfig, efforts: Mapping[str, Effort]) -> dict[str, Budget]:
    """The budget of every row; the usual one is the total that most rows have."""
    passes = {row: _passes(row, config, efforts) for row in config.trainings}
    totals = Counter(sum(each.values()) for each in passes.values())
    usual, times = totals.most_common(1)[0]
    return {
        row: Budget(each, is_usual=times > 1 and sum(each.values()) == usual)
        for row, each in passes.items()
    }


def _passes(row: str, config: ComparePageConfig, efforts: Mapping[str, Effort]) -> dict[str, int]:
    found = {}
    if stage_1 := config.stage_1.get(row):
        found[STAGE_1] = stage_1.steps * stage_1.batch_size
    for name, files in config.trainings[row].items():
        found[name] = sum(efforts[file]["steps"] * efforts[file]["batch_size"] for file in files)
    return found
