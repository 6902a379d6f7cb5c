"""What a schema cannot say of the section `vta`: names that point at entries, and choices."""

from collections.abc import Mapping
from typing import Any

from polytask.errors import UserError
from polytask.pipeline.entries import require_entry
from polytask.training.balancing.config import OF_LOSSES, check_balancing

MADE_OF = ("tasks", "separate", "adapters", "taa", "tsn")
"""What a model is made of; one that goes on from another has that of the other."""


def check_vta(config: Mapping[str, Any]) -> None:
    """Raise UserError for the first name without an entry, and for choices that exclude another."""
    vta = config["vta"]
    for domain, name in vta["domains"].items():
        require_entry(f"vta.domains.{domain}", name, config["datasets"])
    for name in vta["models"]:
        _check_name(name, config)
        _check_model(name, config)
    for name, table in vta["tables"].items():
        _check_table(f"vta.tables.{name}", table, config)
    _check_page(vta)


def _check_name(name: str, config: Mapping[str, Any]) -> None:
    others = {
        "downstream.methods": config["downstream"]["methods"],
        "merging.methods": config["merging"]["methods"],
        "argus.models": config["argus"]["models"],
    }
    for place, known in others.items():
        if name in known:
            raise UserError(f"vta.models.{name}: is one of {place} too; rename it")


def _check_model(name: str, config: Mapping[str, Any]) -> None:
    vta, model, where = config["vta"], config["vta"]["models"][name], f"vta.models.{name}"
    made_as = _made_as(where, name, vta["models"])
    own_domain = model.get("domain", "source")
    if model.get("unlabelled") == own_domain:
        raise UserError(f"{where}.unlabelled: it has the labels of {own_domain}; drop the key")
    if made_as.get("separate") and "supervised" in model:
        raise UserError(f"{where}.supervised: each of its models has one task; drop the key")
    supervised = model.get("supervised", made_as["tasks"])
    for task in supervised:
        require_entry(f"{where}.supervised", task, made_as["tasks"])
    if "start" not in model and len(supervised) < len(made_as["tasks"]):
        raise UserError(f"{where}.supervised: other decoders learn nothing; name a start with them")
    for task in made_as["tasks"]:
        require_entry("vta.task_weights", task, vta["task_weights"])
    _require_labels(f"{where}.domain", supervised, vta["domains"][own_domain], config)
    if not made_as.get("adapters", True) and {"taa", "tsn"} & made_as.keys():
        raise UserError(f"{where}: it has no adapters; drop taa and tsn, or adapters: false")
    _check_balanced(where, model, made_as, config)


def _made_as(where: str, name: str, models: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entry that says what a model is made of: where it starts, or its own."""
    start = models[name].get("start")
    if not start:
        return models[name]
    require_entry(f"{where}.start", start, models)
    other = models[start]
    if "start" in other:
        raise UserError(f"{where}.start: {start} starts from another model itself; name that one")
    if other.get("separate"):
        raise UserError(f"{where}.start: {start} is a model per task; name one of all its tasks")
    if taken := [key for key in MADE_OF if key in models[name]]:
        raise UserError(f"{where}.{taken[0]}: it is that of {start}; drop the key")
    return other


def _check_balanced(
    where: str, model: Mapping[str, Any], made_as: Mapping[str, Any], config: Mapping[str, Any]
) -> None:
    vta = config["vta"]
    plain = _is_plain(made_as)
    balancing = model.get("balancing", {"method": "fixed"} if plain else vta["balancing"])
    if plain and balancing["method"] not in OF_LOSSES:
        raise UserError(
            f"{where}.balancing: {balancing['method']} compares gradients of shared adapters, "
            "and it has none; drop the key"
        )
    fit = {**vta["fit"], **model.get("fit", {})}
    check_balancing(f"{where}.balancing", balancing, frozen=False, fit=fit,
                    runtime=config["runtime"])  # fmt: skip


def _check_table(where: str, table: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    vta = config["vta"]
    models, judge = vta["models"], vta["domains"][table["domain"]]
    for row in table["rows"]:
        require_entry(f"{where}.rows", row, models)
        tasks = _tasks_of(row, models)
        _require_labels(f"{where}.rows: {row}", tasks, judge, config)
        learnt = vta["domains"][models[row].get("domain", "source")]
        counts = [config["datasets"][name]["num_classes"] for name in (learnt, judge)]
        if "semseg" in tasks and counts[0] != counts[1]:
            raise UserError(
                f"{where}.rows: {row} tells {counts[0]} classes apart ({learnt}), "
                f"{judge} has {counts[1]}; name a data set with the same classes"
            )
    if (baseline := table["baseline"]) is None:
        return
    require_entry(f"{where}.baseline", baseline, table["rows"])
    for row in table["rows"]:
        if lacking := set(_tasks_of(row, models)) - set(_tasks_of(baseline, models)):
            raise UserError(
                f"{where}.baseline: {baseline} has no {min(lacking)}, which {row} has; "
                "name one with all tasks, or null"
            )


def _check_page(vta: Mapping[str, Any]) -> None:
    """The page shows what stands in the tables."""
    judged: dict[str, list[str]] = {"source": [], "target": []}
    for table in vta["tables"].values():
        judged[table["domain"]].extend(table["rows"])
    require_entry("vta.show", vta["show"], [row for rows in judged.values() for row in rows])
    if _is_plain(_entry_of(vta["show"], vta["models"])):
        raise UserError(f"vta.show: {vta['show']} has no affinities; name a model with adapters")
    for domain, models in vta["sheets"].items():
        for model in models:
            require_entry(f"vta.sheets.{domain}", model, judged[domain])


def _entry_of(name: str, models: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entry that says what a model is made of, once that is known to be in order."""
    return models[models[name].get("start", name)]


def _is_plain(made_as: Mapping[str, Any]) -> bool:
    """Whether no adapters of it are shared by several tasks."""
    return made_as.get("separate", False) or not made_as.get("adapters", True)


def _tasks_of(name: str, models: Mapping[str, Any]) -> list[str]:
    return _entry_of(name, models)["tasks"]


def _require_labels(where: str, tasks: list[str], dataset: str, config: Mapping[str, Any]) -> None:
    known = config["datasets"][dataset]["tasks"]
    if lacking := [task for task in tasks if task not in known]:
        raise UserError(
            f"{where}: {dataset} has no labels of {lacking[0]}; it has {', '.join(known)}"
        )
