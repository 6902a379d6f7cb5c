"""Rule `rooms`: render one part of the embedded data set."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.data.rooms.write import LABELS, write_rooms
from polytask.pipeline.rule import run_rule
from polytask.progress import bar

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class RoomsConfig:
    """Which scenes to render: `first_seed`, then train, val and test follow each other."""

    size: int
    style: str
    first_seed: int
    train: int
    val: int
    test: int = 0

    def splits(self) -> dict[str, range]:
        """The seeds of each split; no two splits share one."""
        starts = {"train": 0, "val": self.train, "test": self.train + self.val}
        counts = {"train": self.train, "val": self.val, "test": self.test}
        return {
            split: range(self.first_seed + starts[split], self.first_seed + starts[split] + count)
            for split, count in counts.items()
            if count
        }


def rooms(archive: Path, *, config: RoomsConfig) -> None:
    splits = config.splits()
    with bar(f"render {archive.stem}", sum(map(len, splits.values())), "image") as progress:
        write_rooms(
            archive,
            splits,
            size=config.size,
            style=config.style,
            labels=tuple(LABELS) if config.test else ("segmentation", "edge"),
            processes=len(os.sched_getaffinity(0)),
            progress=lambda done, total: progress.update(),
        )


if __name__ == "__main__":
    run_rule(rooms, snakemake)
