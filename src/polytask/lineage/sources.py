"""Where raw data come from, under which terms, and how to check them; data/README.md says more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Source:
    """One data set or kind of weights, known by how the paths of its files begin."""

    name: str
    origin: str
    licence: str
    checksum: str


SOURCES = {
    "results/data/rooms_": Source(
        name="Rooms",
        origin="rendered by rule rooms; every image follows from its seed",
        licence="images and labels CC0 1.0; terms of the textures in LICENCE.txt of the archive",
        checksum="in the record of the archive",
    ),
    "data/NYUDv2": Source(
        name="NYUD-v2, multi-task version of ATRC",
        origin="https://data.vision.ee.ethz.ch/brdavid/atrc/NYUDv2.tar.gz",
        licence="no licence file in the archive; cite Silberman et al., ECCV 2012",
        checksum="archive: 4,215,751,725 bytes, sha256 33338d895404a9144a2c6892a8b0d6d5"
        "c26b02021f945b12e36c431fb369fcb2 (not published by its authors)",
    ),
    "data/imagenet": Source(
        name="ImageNet-1k (ILSVRC 2012)",
        origin="https://image-net.org, after a login",
        licence="ImageNet terms of access: research and education, not commercial",
        checksum="ILSVRC2012_img_train.tar: md5 1d675b47d978889d74fa0da5fadfb00e; "
        "ILSVRC2012_img_val.tar: md5 29b22e2961454d5413ddabcf34fc5622",
    ),
    "hub:": Source(
        name="weights from the hub",
        origin="downloaded by timm when the job ran: https://huggingface.co/timm",
        licence="that of the model; see its card",
        checksum="not recorded: give a safetensors file as `weights` to have its hash here",
    ),
}


def source_of(path: str) -> Source | None:
    """What is known of the data at `path`; None for data of your own."""
    parts = f"/{path}"  # so that absolute paths and paths in other folders are known as well
    return next(
        (
            source
            for start, source in SOURCES.items()
            if path.startswith(start) or (start != "hub:" and f"/{start}" in parts)
        ),
        None,
    )


def hub_weights(params: Any) -> Iterator[str]:
    """`hub:MODEL` for every model in the parameters whose weights come from the hub."""
    if isinstance(params, Mapping):
        if params.get("weights") == "hub" and "model" in params:
            yield f"hub:{params['model']}"
        student = params.get("student") or params.get("plain_student")
        if params.get("initial_weights") == "hub" and isinstance(student, Mapping):
            yield f"hub:{student.get('model')}"
        for value in params.values():
            yield from hub_weights(value)
