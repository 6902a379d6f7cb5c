"""What is published about the papers' data sets: `polytask data check` compares copies with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A packed copy as it is offered for download; `source` says who published its checksum."""

    num_bytes: int
    sha256: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A data set as papers use it; heights come before widths, depths are in metres.

    `image_hw` is the size of every image, None where they differ; none is larger than `max_hw`.
    `splits` counts images; `max_depth` is as far as the depth camera sees.
    `may_be_empty` names the tasks of which an image may have no valid pixel.
    """

    title: str
    layout: str
    tasks: tuple[str, ...]
    num_classes: int
    splits: Mapping[str, int]
    image_hw: tuple[int, int] | None
    max_hw: tuple[int, int]
    max_depth: float = 10.0
    may_be_empty: tuple[str, ...] = ()
    archives: Mapping[str, Archive] = field(default_factory=dict)


BENCHMARKS = {
    "nyud": Benchmark(
        title="NYUD-v2, 4 tasks",
        layout="nyud",
        tasks=("semseg", "normals", "edge", "depth"),
        num_classes=40,
        splits={"train": 795, "val": 654},
        image_hw=(425, 560),
        max_hw=(448, 576),
        archives={
            "NYUDv2.tar.gz": Archive(
                num_bytes=4_215_751_725,
                sha256="33338d895404a9144a2c6892a8b0d6d5c26b02021f945b12e36c431fb369fcb2",
                source="a third party's tests, not its authors",
            )
        },
    ),
    "nyuv2_13": Benchmark(
        title="NYUv2, 13 classes, 3 tasks",
        layout="nyuv2_npy",
        tasks=("semseg", "depth", "normals"),
        num_classes=13,
        splits={"train": 795, "val": 654},
        image_hw=(288, 384),
        max_hw=(288, 384),
    ),
    "pascal_context": Benchmark(
        title="PASCAL-Context, 5 tasks",
        layout="pascal_context",
        tasks=("semseg", "human_parts", "sal", "normals", "edge"),
        num_classes=21,
        splits={"train": 4998, "val": 5105},
        image_hw=None,
        max_hw=(512, 512),
        may_be_empty=("normals", "human_parts"),
    ),
}
