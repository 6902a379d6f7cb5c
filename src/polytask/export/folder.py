"""A trained model as a folder: weights, config.json, model card, a graph: all of them or none."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import nn

from polytask.disk import flush, sha256_of
from polytask.errors import UserError
from polytask.export.agreement import check_graph
from polytask.export.architecture import image_size_of
from polytask.export.card import card
from polytask.export.graph import check_installed, write_graph
from polytask.export.origin import known_lineage
from polytask.models.files import (
    HUB_CONFIG,
    MODEL_FORMAT,
    STUDENT_FORMAT,
    WEIGHTS,
    hub_config,
    load_model,
    load_student,
    read_config,
    weights_in,
)

CARD = "README.md"
GRAPH = "model.onnx"


def export_model(model: Path, out: Path, *, onnx: bool = False) -> Path:
    """Write a model or student, a file or a folder, into the new folder `out`; returns `out`.

    The weights are copied byte for byte, so their hash stays that of the provenance record. With
    `onnx` a graph lies beside them, which was seen to give the same maps of a photo. Raises
    UserError, and leaves nothing behind, for a model that cannot be loaded, an `out` that exists,
    a graph that says something else, and a disk that takes no more.
    """
    if out.exists() or out.is_symlink():
        raise UserError(f"{out}: exists; name another folder")
    weights = weights_in(model)
    config = read_config(weights, MODEL_FORMAT, STUDENT_FORMAT)
    if onnx:
        _check_graph_can_be(config, weights)
    network, _ = (load_student if config["format"] == STUDENT_FORMAT else load_model)(weights)
    sha256 = sha256_of(weights)
    about = card(
        title=out.name,
        config=config,
        network=network,
        sha256=sha256,
        lineage=known_lineage(weights, sha256),
        weights=weights,
        onnx=onnx,
    )
    try:
        with _new_folder(out) as folder:
            shutil.copyfile(weights, folder / WEIGHTS)
            (folder / HUB_CONFIG).write_text(json.dumps(hub_config(config), indent=2) + "\n")
            (folder / CARD).write_text(about, encoding="utf-8")
            if onnx:
                _add_graph(folder / GRAPH, network, config, sha256)
    except OSError as error:
        raise UserError(f"{out}: cannot be written to: {error.strerror or error}") from error
    return out


def _check_graph_can_be(config: Mapping[str, Any], weights: Path) -> None:
    """Raise UserError where no graph can be made, before anything is."""
    if config["format"] == STUDENT_FORMAT:
        raise UserError(f"{weights}: a student, which has no tasks; --onnx writes whole models")
    check_installed()


def _add_graph(file: Path, network: nn.Module, config: Mapping[str, Any], sha256: str) -> None:
    tasks, size = list(config["tasks"]), image_size_of(config)
    about = {"weights_sha256": sha256, "classes": json.dumps(config.get("classes", []))}
    write_graph(network, tasks, size, file, about)
    check_graph(file, network, tasks, size)


@contextmanager
def _new_folder(path: Path) -> Iterator[Path]:
    """Yield a hidden folder that takes the name `path` when the block succeeds."""
    partial = path.absolute().with_name(f".{path.name}.{os.getpid()}.partial")
    partial.mkdir(parents=True)
    try:
        yield partial
        for file in partial.iterdir():
            flush(file)
        partial.rename(path)
        flush(path.absolute().parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
