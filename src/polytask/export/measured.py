"""The numbers that were measured on a model, each with its protocol and its lineage id."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polytask.export.origin import ROOMS
from polytask.lineage.numbers import number_in, read_json
from polytask.lineage.sources import source_of
from polytask.lineage.tree import Tree, is_as_recorded
from polytask.protocols import PROTOCOLS
from polytask.records.files import Record, inputs_of
from polytask.records.identity import seal_of
from polytask.tasks import TASKS


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One number, printed with its unit."""

    task: str
    value: str
    protocol: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """The numbers of one metrics file; `is_demo` says that rendered rooms were judged."""

    dataset: str
    split: str
    num_images: int
    is_demo: bool
    numbers: list[Measured]


def measurements_of(tree: Tree, tasks: Iterable[str]) -> list[Measurement]:
    """What was measured on exactly the model behind `tree`: its `tasks` in every metrics file.

    Files that are not here, or not as their records describe them, do not count.
    """
    workspace, tasks = tree.number.workspace, list(tasks)
    found = []
    for path in workspace.outputs():
        if Path(path).name != "metrics.json":
            continue
        record = workspace.record(path)
        file = workspace.root / path
        if file.is_file() and _judges(record, tree) and is_as_recorded(number_in(file)):
            found.append(_measurement(path, file, record, tasks))
    return [each for each in found if each.numbers]


def _judges(record: Record, tree: Tree) -> bool:
    """Whether a record, unless it was edited, is of numbers of the model behind `tree`."""
    if record.get("seal") != seal_of(record):
        return False
    root = tree.root
    return any(
        (each["path"], each["sha256"]) == (root.path, root.sha256) for each in inputs_of(record)
    )


def _measurement(path: str, file: Path, record: Record, tasks: list[str]) -> Measurement:
    metrics = read_json(path, file)
    return Measurement(
        dataset=metrics["dataset"],
        split=metrics["split"],
        num_images=metrics["num_images"],
        is_demo=any(source_of(each["path"]) is ROOMS for each in inputs_of(record)),
        numbers=[
            _measured(task, metrics["tasks"][task], file)
            for task in tasks
            if task in metrics["tasks"]
        ],
    )


def _measured(task: str, entry: dict[str, Any], file: Path) -> Measured:
    """A number of metrics.json; older files name protocols that are not known any more."""
    name, metric = entry["protocol"], entry["metric"]
    protocol = PROTOCOLS[task].get(name)
    alike = [each for each in PROTOCOLS[task].values() if each.metric == metric]
    digits, unit = (alike[0].digits, alike[0].unit) if alike else (2, "")
    return Measured(
        task=TASKS[task].title,
        value=f"{metric} {entry['value']:.{digits}f} {unit}".strip(),
        protocol=f"`{name}`: {protocol.about}" if protocol else f"`{name}`",
        id=number_in(file, key=f"tasks.{task}.value").id,
    )
