"""What is published about the papers' data sets: `polytask data check` compares copies with it."""

from polytask.data.published.driving import DRIVING
from polytask.data.published.entry import Archive, Benchmark
from polytask.data.published.photos import PHOTOS

BENCHMARKS: dict[str, Benchmark] = {
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
                url="https://data.vision.ee.ethz.ch/brdavid/atrc/NYUDv2.tar.gz",
                num_bytes=4_215_751_725,
                checksum="sha256:33338d895404a9144a2c6892a8b0d6d5c26b02021f945b12e36c431fb369fcb2",
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
        archives={
            "NYUv2_MTAN.zip": Archive(
                url="https://www.dropbox.com/sh/86nssgwm6hm3vkb/AACrnUQ4GxpdrBbLjb6n-mWNa?dl=1",
                source="MTAN",
            )
        },
    ),
    "pascal_context": Benchmark(
        title="PASCAL-Context, 5 tasks",
        layout="pascal_context",
        tasks=("semseg", "human_parts", "sal", "normals", "edge"),
        num_classes=21,
        splits={"train": 4998, "val": 5105},
        subsets={"test_new": ("val", 2498)},
        image_hw=None,
        max_hw=(512, 512),
        may_be_empty=("normals", "human_parts"),
        archives={
            "PASCALContext.tar.gz": Archive(
                url="https://data.vision.ee.ethz.ch/brdavid/atrc/PASCALContext.tar.gz",
                source="ATRC",
            ),
            "PASCAL_MT.tgz": Archive(
                url="https://data.vision.ee.ethz.ch/kmaninis/share/MTL/PASCAL_MT.tgz",
                source="ASTMT",
            ),
        },
    ),
    "taskonomy_tiny": Benchmark(
        title="Taskonomy, tiny partition, 5 tasks",
        layout="taskonomy",
        tasks=("semseg", "depth", "normals", "edge_texture", "keypoints"),
        num_classes=17,
        splits={"tiny_train": None, "tiny_val": None, "tiny_test": None},
        image_hw=(512, 512),
        max_hw=(512, 512),
        max_depth=16.0,
        may_be_empty=("semseg",),
    ),
    "taskonomy_simo": Benchmark(
        title="Taskonomy, SIMO's buildings and targets",
        layout="taskonomy_simo",
        tasks=("depth", "normals", "edge_texture", "keypoints"),
        num_classes=17,
        splits={"simo_train": 16_000, "simo_val": 4_000, "simo_test": 4_000},
        image_hw=(256, 256),
        max_hw=(256, 256),
        max_depth=1.0,
        per_folder={"simo_train": 2_000, "simo_val": 1_000, "simo_test": 1_000},
    ),
    **PHOTOS,
    **DRIVING,
}
