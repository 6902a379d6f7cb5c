"""A trained model as a folder: weights, config.json and model card, all of them or none."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from polytask.disk import flush, sha256_of
from polytask.errors import UserError
from polytask.export.card import card
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
from polytask.models.multitask import is_on_encoder

CARD = "README.md"


def export_model(model: Path, out: Path) -> Path:
    """Write a model or student, a file or a folder, into the new folder `out`; returns `out`.

    The weights are copied byte for byte, so their hash stays that of the provenance record. Raises
    UserError, and leaves nothing behind, for a model that cannot be loaded, an `out` that exists,
    and a disk that takes no more.
    """
    if out.exists() or out.is_symlink():
        raise UserError(f"{out}: exists; name another folder")
    weights = weights_in(model)
    config = read_config(weights, MODEL_FORMAT, STUDENT_FORMAT)
    if "vta" in config:
        raise UserError(f"{weights}: a VTA model; export writes students and models on them")
    if is_on_encoder(config):
        raise UserError(
            f"{weights}: heads on {config['student']['model']}; export writes students "
            "and models on them"
        )
    network, _ = (load_student if config["format"] == STUDENT_FORMAT else load_model)(weights)
    sha256 = sha256_of(weights)
    about = card(
        title=out.name,
        config=config,
        student=getattr(network, "student", network),
        num_parameters=sum(each.numel() for each in network.parameters()),
        sha256=sha256,
        lineage=known_lineage(weights, sha256),
        weights=weights,
    )
    try:
        with _new_folder(out) as folder:
            shutil.copyfile(weights, folder / WEIGHTS)
            (folder / HUB_CONFIG).write_text(json.dumps(hub_config(config), indent=2) + "\n")
            (folder / CARD).write_text(about, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{out}: cannot be written to: {error.strerror or error}") from error
    return out


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
