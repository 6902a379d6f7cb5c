"""What training took: parameters, and minutes per epoch out of the records of the jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from polytask.records.files import Record


@dataclass(frozen=True, kw_only=True)
class Effort:
    """What the trainings of one model took together (VTA, Table 6).

    `steps` is that of each training, `images` what an epoch sees; `minutes_per_epoch` is None where
    a training has no record, `devices` are where they ran.
    """

    model: str
    title: str
    trainings: int
    parameters: int
    trained_parameters: int
    steps: Sequence[int]
    images: int
    minutes_per_epoch: float | None
    devices: Sequence[str]


def efforts_of(
    efforts: Mapping[str, Mapping[str, Any]],
    records: Mapping[str, Record],
    titles: Mapping[str, str],
    parameters: Mapping[str, int],
) -> list[Effort]:
    """What each model of `titles` took, out of results/vta/{model}/{tasks}/effort.json by path."""
    found = []
    for model, title in titles.items():
        own = {path: each for path, each in efforts.items() if Path(path).parts[-3] == model}
        if own:
            minutes = [_minutes_per_epoch(each, records.get(path)) for path, each in own.items()]
            known = [each for each in minutes if each is not None]
            found.append(
                Effort(
                    model=model,
                    title=title,
                    trainings=len(own),
                    parameters=parameters[model],
                    trained_parameters=sum(each["trained_parameters"] for each in own.values()),
                    steps=sorted({each["steps"] for each in own.values()}),
                    images=max(each["images"] for each in own.values()),
                    minutes_per_epoch=sum(known) if len(known) == len(own) else None,
                    devices=sorted({_device(records[path]) for path in own if path in records}),
                )
            )
    return found


def _minutes_per_epoch(effort: Mapping[str, Any], record: Record | None) -> float | None:
    """The whole job's time over the epochs that it trained, whole or not."""
    if record is None:
        return None
    start, end = (datetime.fromisoformat(record[key]) for key in ("start", "end"))
    epochs = effort["steps"] * effort["batch_size"] / effort["images"]
    return (end - start).total_seconds() / 60 / epochs


def _device(record: Record) -> str:
    threads = record["threads"]
    return f"{record['device']}, {threads} thread{'s'[: threads != 1]}"
