"""The model card: what a model is, where it comes from, what was measured, under which terms."""

import importlib.metadata
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined

from polytask.export.architecture import Network, image_size_of, lines, sees, student_of
from polytask.export.measured import measurements_of
from polytask.export.origin import (
    base_models,
    commit_of,
    datasets_of,
    jobs_behind,
    materials_of,
)
from polytask.export.snippets import onnx_snippet, stem_snippet, whole_snippet
from polytask.lineage.tree import Tree
from polytask.models.swin.student import StagedStudent
from polytask.tasks import TASKS

LICENCE = {"license": "other", "license_name": "depends-on-data-and-teachers"}
IMPORT = "import.json"
"""What `polytask import-sak` says of a checkpoint, beside the model."""


def card(
    title: str, config: Mapping[str, Any], network: Network, sha256: str,
    lineage: tuple[Tree | None, str], weights: Path, onnx: bool = False,
) -> str:  # fmt: skip
    """README.md of an exported model, YAML header first; the same model makes the same text.

    `lineage` is what `known_lineage` says of `weights`; `onnx` says that a graph lies beside them.
    """
    tree, reason = lineage
    student = student_of(network)
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    text = files("polytask.export").joinpath("templates/card.md.jinja").read_text()
    return environment.from_string(text).render(
        header=yaml.safe_dump(_header(config, tree), sort_keys=False, allow_unicode=True),
        title=title,
        config=config,
        tasks={TASKS[task].title: outputs for task, outputs in config.get("tasks", {}).items()},
        num_parameters=sum(each.numel() for each in network.parameters()),
        patch=student.patch if student else None,
        staged=isinstance(student, StagedStudent),
        whole_side=student.padded_to[0] if student else None,
        student=student.config if student else None,
        lines=lines(network, config),
        sees=sees(network),
        image_size=image_size_of(config),
        sha256=sha256,
        version=importlib.metadata.version("polytask"),
        stem=stem_snippet(config, student.vit.patch_embed.img_size) if student else None,
        whole=whole_snippet(config),
        onnx=onnx_snippet(config) if onnx else None,
        reason=reason,
        imported=_imported(weights),
        origin=_origin(tree) if tree else None,
        measurements=measurements_of(tree, config.get("tasks", {})) if tree else [],
    )


def _header(config: Mapping[str, Any], tree: Tree | None) -> dict[str, Any]:
    """The metadata that the Hub reads; what is not known is left out."""
    tasks = [TASKS[task].title.lower().replace(" ", "-") for task in config.get("tasks", {})]
    header = {"library_name": "polytask", **LICENCE, "tags": ["dense-prediction", *tasks]}
    if tree:
        known = {"datasets": datasets_of(tree), "base_model": base_models(tree)}
        header |= {key: names for key, names in known.items() if names}
    return header


def _origin(tree: Tree) -> dict[str, Any]:
    """What the lineage says, for the template."""
    record = tree.root.record
    return {
        "path": tree.number.path,
        "id": tree.number.id,
        "lineage": record["lineage"],
        "commit": commit_of(record),
        "seed": record["seed"],
        "software": {"python": record["python"], **record["packages"]},
        "warnings": tree.warnings,
        "jobs": jobs_behind(tree),
        "materials": materials_of(tree),
    }


def _imported(weights: Path) -> dict[str, Any] | None:
    """What `polytask import-sak` wrote beside a model that it made."""
    beside = weights.with_name(IMPORT)
    return json.loads(beside.read_text()) if beside.is_file() else None
