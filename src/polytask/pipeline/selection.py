"""What a schema cannot say: every name in params.yaml that points at an entry finds it."""

from collections.abc import Mapping
from typing import Any

from polytask.errors import UserError
from polytask.pipeline.argus_selection import check_argus
from polytask.pipeline.entries import require_entry
from polytask.pipeline.vta_selection import check_vta
from polytask.protocols import PROTOCOLS
from polytask.training.balancing.config import check_balancing

FORMS_OF_A_MERGE = ("", "_heads", "_representation")
"""A merged model, and the same re-aligned."""


def check_selection(config: Mapping[str, Any]) -> None:
    """Raise UserError for the first name without an entry, and for choices that exclude another."""
    require_entry("dataset", config["dataset"], config["datasets"])
    for name, data in config["datasets"].items():
        for task, protocol in data.get("protocols", {}).items():
            require_entry(f"datasets.{name}.protocols.{task}", protocol, PROTOCOLS[task])
    for teacher in config["committee"]:
        require_entry("committee", teacher, config["teachers"])
    for teacher in config["pretraining"]:
        require_entry("pretraining", teacher, config["teachers"])
    _check_students(config)
    _check_methods(config)
    downstream = config["downstream"]
    if "simo" in config["systems"]:
        _check_merging(config["merging"], downstream)
    require_entry("downstream.baseline", downstream["baseline"], downstream["methods"])
    for name, table in config["tables"].items():
        _check_baseline(f"tables.{name}", table)
    _check_sak(config["sak"], downstream["methods"])
    check_argus(config)
    check_vta(config)
    if "simo" in config["systems"]:
        _check_compared(config)
    require_entry("report.show", config["report"]["show"], downstream["methods"])
    for task in config["datasets"][config["dataset"]]["tasks"]:
        require_entry("downstream.task_weights", task, downstream["task_weights"])
    for section in ("distill", "downstream"):
        if config["features"]["targets"] == "cached" and not config[section]["num_views"]:
            raise UserError(
                f"{section}.num_views: 0 draws new views for ever, which cannot be cached; "
                "give a number, or set features.targets: online"
            )


def _check_sak(sak: Mapping[str, Any], methods: Mapping[str, Any]) -> None:
    for row in sak["rows"]:
        require_entry("sak.rows", row, methods)
    for name, table in sak["tables"].items():
        for row in table["rows"]:
            require_entry(f"sak.tables.{name}.rows", row, methods)
        _check_baseline(f"sak.tables.{name}", table)


def _check_compared(config: Mapping[str, Any]) -> None:
    """Rows of stage 2, merged models, and the one that has its own entry."""
    compare, merges = config["compare"], config["merging"]["methods"]
    known = [
        *config["downstream"]["methods"],
        *(f"{merge}{end}" for merge in merges if merges[merge] for end in FORMS_OF_A_MERGE),
        *(name for name in ("adamerging", "tall_mask") if config["merging"][name]),
        "vta_adapters",
    ]
    for row in compare["rows"]:
        require_entry("compare.rows", row, known)
    _check_baseline("compare", compare)
    if "vta_adapters" in config["vta"]["models"]:
        raise UserError("vta.models.vta_adapters: is a row of `compare` too; rename it")


def _check_baseline(where: str, table: Mapping[str, Any]) -> None:
    if table["baseline"] not in (None, *table["rows"]):
        raise UserError(f"{where}.baseline: {table['baseline']!r} is none of its rows")


def _check_students(config: Mapping[str, Any]) -> None:
    for name, student in config["distill"]["students"].items():
        where = f"distill.students.{name}"
        for teacher in student.get("committee", []):
            require_entry(f"{where}.committee", teacher, config["teachers"])
        if "backbone" in student:
            require_entry(f"{where}.backbone", student["backbone"], config["backbones"])
        if not {"biases", "weights"} & student.keys():
            raise UserError(f"{where}: give `biases` to train it, or `weights`, its file")


def _check_methods(config: Mapping[str, Any]) -> None:
    methods = config["downstream"]["methods"]
    for name, method in methods.items():
        where = f"downstream.methods.{name}"
        if method["student"] is not None:
            require_entry(f"{where}.student", method["student"], config["distill"]["students"])
        elif method["gamma"]:
            raise UserError(f"{where}: gamma needs a distilled student; set gamma: 0 or a student")
        if backbone := method.get("backbone"):
            require_entry(f"{where}.backbone", backbone, config["backbones"])
            if method["student"]:
                raise UserError(f"{where}.backbone: its student has one; drop the key")
        if encoder := method.get("encoder"):
            require_entry(f"{where}.encoder", encoder, config["teachers"])
            _check_encoder(where, method)
        if adapter := method.get("adapter"):
            require_entry(f"{where}.adapter", adapter, config["adapters"])
            if method["student"] or method["fusion"] != "stem":
                raise UserError(f"{where}.adapter: it needs student: null and fusion: stem")
        _check_head(where, method, config["downstream"])
        if start := method.get("start"):
            require_entry(f"{where}.start", start, methods)
            if methods[start]["separate"] or start == name:
                raise UserError(f"{where}.start: {start} is not one other model with every task")
            for key in ("backbone", "adapter", "head", "mlore"):
                if methods[start].get(key) != method.get(key):
                    raise UserError(f"{where}.{key}: {start}, where it starts, has another")
        if not method["separate"]:
            _check_balanced(where, method, config)


def _check_head(where: str, method: Mapping[str, Any], downstream: Mapping[str, Any]) -> None:
    """The sizes of a MLoRE decoder are of one, and so that it can be built."""
    head, own = method.get("head", downstream["head"]), method.get("mlore", {})
    if own and head != "mlore":
        raise UserError(f"{where}.mlore: its head is {head}; set head: mlore, or drop the key")
    sizes = {**downstream["mlore"], **own}
    if head == "mlore" and sizes["top_k"] > len(sizes["ranks"]):
        raise UserError(f"{where}: mlore.top_k is {sizes['top_k']} of {len(sizes['ranks'])} ranks")


def _check_encoder(where: str, method: Mapping[str, Any]) -> None:
    for key in ("student", "backbone", "start"):
        if method.get(key):
            raise UserError(f"{where}.encoder: it takes the place of a {key}; drop one of them")
    if method["fusion"] != "stem":
        raise UserError(f"{where}.encoder: it has no experts to fuse; set fusion: stem")


def _check_balanced(where: str, method: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """A method's own balancing, or the one that it takes over from all."""
    all_methods = config["downstream"]
    check_balancing(
        f"{where}.balancing",
        method.get("balancing", all_methods["balancing"]),
        frozen=method.get("frozen", False),
        fit={**all_methods["fit"], **method.get("fit", {})},
        runtime=config["runtime"],
    )


def _check_merging(merging: Mapping[str, Any], downstream: Mapping[str, Any]) -> None:
    methods, head = downstream["methods"], downstream["head"]
    for key in ("single_task", "joint"):
        require_entry(f"merging.{key}", merging[key], methods)
    name, joint = merging["single_task"], merging["joint"]
    single_task = methods[name]
    if not single_task["separate"] or not single_task.get("start"):
        raise UserError(
            f"merging.single_task: {name} is not one model per task, all from one encoder; "
            "set its separate: true and start: the method that trains the heads alone"
        )
    if single_task["fusion"] == "mixture":
        raise UserError(f"merging.single_task: {name} has routers, which do not merge; use stem")
    if single_task.get("adapter"):
        raise UserError(f"merging.single_task: {name} has an adapter; merge plain encoders")
    if single_task.get("head", head) == "mlore":
        raise UserError(f"merging.single_task: {name} has the head mlore, which tasks share; "
                        "merge models with another head")  # fmt: skip
    if methods[joint]["separate"]:
        raise UserError(f"merging.joint: {joint} is a model per task; name one of all tasks")
    if taken := sorted(merging["methods"].keys() & methods.keys()):
        raise UserError(f"merging.methods.{taken[0]}: is a method of `downstream` too; rename it")
