"""What a schema cannot say: every name in params.yaml that points at an entry finds it."""

from collections.abc import Iterable, Mapping
from typing import Any

from polytask.errors import UserError, advice


def check_selection(config: Mapping[str, Any]) -> None:
    """Raise UserError for the first name without an entry, and for choices that exclude another."""
    _known("dataset", config["dataset"], config["datasets"])
    for teacher in config["committee"]:
        _known("committee", teacher, config["teachers"])
    for teacher in config["pretraining"]:
        _known("pretraining", teacher, config["teachers"])
    downstream, distill = config["downstream"], config["distill"]
    for name, method in downstream["methods"].items():
        where = f"downstream.methods.{name}"
        if method["student"] is not None:
            _known(f"{where}.student", method["student"], distill["students"])
        elif method["gamma"]:
            raise UserError(f"{where}: gamma needs a distilled student; set gamma: 0 or a student")
    _known("downstream.baseline", downstream["baseline"], downstream["methods"])
    _known("report.show", config["report"]["show"], downstream["methods"])
    for task in config["datasets"][config["dataset"]]["tasks"]:
        _known("downstream.task_weights", task, downstream["task_weights"])
    for section in ("distill", "downstream"):
        if config["features"]["targets"] == "cached" and not config[section]["num_views"]:
            raise UserError(
                f"{section}.num_views: 0 draws new views for ever, which cannot be cached; "
                "give a number, or set features.targets: online"
            )


def _known(where: str, name: str, entries: Iterable[str]) -> None:
    if name not in (known := list(entries)):
        raise UserError(f"{where}: no entry {name!r}; {advice(name, known)}")
