"""What the provenance records know of a model: the jobs behind it, its data and its teachers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import timm

from polytask.lineage.numbers import number_in
from polytask.lineage.sources import SOURCES
from polytask.lineage.tree import Node, Tree, tree_of
from polytask.lineage.workspace import workspace_of
from polytask.records.files import Record

HUB = "https://huggingface.co"
ROOMS = SOURCES["results/data/rooms_"]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job: the rule, one of its outputs, what it trained on, and its commit."""

    title: str
    output: str
    training: str
    commit: str


@dataclass(frozen=True, kw_only=True)
class Material:
    """Data or weights that no job made, or that have a licence of their own."""

    name: str
    file: str
    sha256: str
    licence: str


def known_lineage(weights: Path, sha256: str) -> tuple[Tree | None, str]:
    """The lineage of a model file, or None and why there is none.

    A record counts only for the content that it describes. Raises UserError for one that cannot be
    read.
    """
    workspace = workspace_of(weights)
    path = workspace.name_of(weights.absolute()) if workspace else ""
    record = workspace.record(path) if workspace else None
    if record is None:
        return None, "no provenance record belongs to the file that it was exported from"
    if record["output"]["sha256"] != sha256:
        return None, f"the provenance record of {path} describes a file of other content"
    return tree_of(number_in(weights)), ""


def jobs_behind(tree: Tree) -> list[Job]:
    """Every job once, the last one first."""
    found: dict[str, tuple[str, Record]] = {}
    for path, record in _made(tree):
        found.setdefault(record["tracking"], (path, record))
    return [
        Job(
            title=" ".join([record["rule"], *record["wildcards"].values()]),
            output=path,
            training=_training(_config(record)),
            commit=commit_of(record),
        )
        for path, record in found.values()
    ]


def commit_of(record: Record) -> str:
    """The commit that a job's code was of, and whether it had been changed since."""
    git = record["git"]
    changed = {True: ", with uncommitted changes", False: "", None: ", state unknown"}
    return (git["commit"] or "none")[:12] + changed[git["dirty"]]


def materials_of(tree: Tree) -> list[Material]:
    """All data and weights that the model was made from, teachers and initial weights included."""
    return [*map(_material, _files(tree)), *_hub(tree)]


def base_models(tree: Tree) -> list[str]:
    """The models on the Hub whose weights training started from."""
    configs = [_config(record) for _, record in _made(tree)]
    return sorted({hub_id(model) for config in configs for model in _started_from(config)})


def hub_id(model: str) -> str:
    """What the Hub calls the weights that timm has for a model."""
    if "/" in model:  # a repository of the Hub itself
        return model
    published = timm.get_pretrained_cfg(model)
    return (published.hf_hub_id if published else None) or f"timm/{model}"


def datasets_of(tree: Tree) -> list[str]:
    """The data sets that are known by name, as words without spaces."""
    names = [node.source.name for node in _files(tree) if node.source]
    short = [name.partition(",")[0].partition(" (")[0] for name in names]
    return sorted({name.lower().replace(" ", "-") for name in short})


def _files(tree: Tree) -> list[Node]:
    """What no job made, or has a licence of its own; the Hub's weights are told by their use."""
    nodes = [node for node in tree.nodes.values() if not node.path.startswith("hub:")]
    return [node for node in nodes if node.record is None or node.source]


def _made(tree: Tree) -> list[tuple[str, Record]]:
    return [(node.path, node.record) for node in tree.nodes.values() if node.record]


def _config(record: Record) -> Mapping[str, Any]:
    return record["params"].get("config") or {}


def _training(config: Mapping[str, Any]) -> str:
    fit, dataset = config.get("fit"), config.get("dataset", {})
    steps = [f"{fit['steps']} steps of {fit['batch_size']} images"] if fit else []
    split = config.get("split") or dataset.get("train_split")
    return ", ".join([*steps, *([f"split `{split}`"] if split else [])])


def _material(node: Node) -> Material:
    return Material(
        name=node.source.name if node.source else "your own, or made outside of the pipeline",
        file=node.path,
        sha256=node.sha256 or "not recorded",
        licence=node.source.licence if node.source else "not known",
    )


def _hub(tree: Tree) -> Iterator[Material]:
    """Weights that timm downloaded: those of teachers and those that training started from."""
    configs = [_config(record) for _, record in _made(tree)]
    roles = {f"{model}, a teacher": model for config in configs for model in _taught_by(config)}
    roles |= {
        f"{model}, where training began": model for c in configs for model in _started_from(c)
    }
    for role, model in roles.items():
        published = timm.get_pretrained_cfg(model)
        licence = published.license if published else None
        yield Material(
            name=role, file=f"{HUB}/{hub_id(model)}", sha256="not recorded",
            licence=f"{licence}, says timm" if licence else "see its card",
        )  # fmt: skip


def _taught_by(config: Mapping[str, Any]) -> list[str]:
    """The Hub's teachers of a job that distils; a job with gamma 0 has a committee, but no use."""
    committee, steps = config.get("committee"), config.get("fit", {}).get("steps")
    if not committee or not steps or not config.get("gamma", 1.0):
        return []
    teachers = committee["teachers"].values()
    return [_hub_model(teacher) for teacher in teachers if _of_the_hub(teacher)]


def _of_the_hub(encoder: Mapping[str, Any]) -> bool:
    """Whether timm downloaded the weights of an entry of `teachers`: `hub`, or `hub:MODEL`."""
    return encoder["weights"].partition(":")[0] == "hub"


def _hub_model(encoder: Mapping[str, Any]) -> str:
    return encoder["weights"].partition(":")[2] or encoder["model"]


def _started_from(config: Mapping[str, Any]) -> list[str]:
    """The Hub's model whose weights a job itself began with, or that it left as they are."""
    if (encoder := config.get("encoder")) and _of_the_hub(encoder):
        return [_hub_model(encoder)]
    if config.get("initial_weights") != "hub" or config.get("start"):
        return []
    student = config.get("student") or config.get("plain_student")
    if architecture := config.get("architecture"):  # VTA's
        student = architecture["backbone"]
    return [student["model"]] if isinstance(student, Mapping) else []
