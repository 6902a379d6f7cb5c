"""Rule `inspection`: render single pieces, sound and with a defect, in MVTec AD's layout."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.data.rooms.inspection import photos, write_inspection
from polytask.pipeline.rule import run_rule
from polytask.progress import bar

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class InspectionConfig:
    """How many photos of each category: `train` sound ones, and `test` ones of each state."""

    size: int
    style: str
    first_seed: int
    train: int
    test: int


def inspection(archive: Path, *, config: InspectionConfig) -> None:
    number = len(photos(config.first_seed, config.train, config.test))
    with bar("render inspected pieces", number, "photo") as progress:
        write_inspection(
            archive,
            **asdict(config),
            processes=len(os.sched_getaffinity(0)),
            progress=lambda done, total: progress.update(),
        )


if __name__ == "__main__":
    run_rule(inspection, snakemake)
