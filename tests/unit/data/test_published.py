"""What is published is written down whole."""

import re
from pathlib import Path

import pytest
import torch
import yaml
from miniatures.ade20k import write_ade20k
from miniatures.coco import CATEGORIES, write_coco
from miniatures.synthia import write_synthia
from miniatures.vkitti2 import write_vkitti2

from polytask.data.benchmarks import BENCHMARKS
from polytask.data.catalogue import DatasetConfig
from polytask.data.layouts import LAYOUTS
from polytask.data.published.photos import MVTEC_AD
from polytask.data.synthia import CLASSES as SYNTHIA
from polytask.data.vkitti2 import CLASSES as VKITTI2
from polytask.pipeline.arguments import build
from polytask.tasks import IGNORE

PARAMS = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text())
ARCHIVES = {
    name: archive
    for benchmark in BENCHMARKS.values()
    for name, archive in benchmark.archives.items()
}
DIGITS = {"sha256": 64, "sha1": 40, "md5": 32}


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_checksum_has_all_its_digits(name: str) -> None:
    archive = ARCHIVES[name]
    assert archive.url is None or archive.url.endswith((f"/{name}", "?dl=1"))  # of a folder, zipped
    if archive.checksum is not None:
        algorithm, _, digits = archive.checksum.partition(":")
        assert re.fullmatch(rf"[0-9a-f]{{{DIGITS[algorithm]}}}", digits)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_has_a_layout(name: str) -> None:
    assert BENCHMARKS[name].layout in LAYOUTS


def test_numbers_add_up() -> None:
    assert sum(map(sum, MVTEC_AD.values())) == 5354 and len(MVTEC_AD) == 15
    assert BENCHMARKS["vkitti2"].num_classes == len(VKITTI2) == len(set(VKITTI2.values()))
    assert BENCHMARKS["synthia"].num_classes == len(SYNTHIA) == len(set(SYNTHIA.values()))
    frames = {"Scene01": 447, "Scene02": 233, "Scene06": 270, "Scene18": 339, "Scene20": 837}
    assert sum(frames.values()) * 10 * 2 == BENCHMARKS["vkitti2"].splits["all"]


WRITERS = {
    "ade20k": (write_ade20k, 150),
    "coco": (write_coco, len(CATEGORIES)),
    "synthia": (write_synthia, 16),
    "vkitti2": (write_vkitti2, 14),
}


@pytest.mark.parametrize("name", WRITERS)
def test_params_yaml_opens_it_as_typed_samples(tmp_path: Path, name: str) -> None:
    write, num_classes = WRITERS[name]
    entry = {**PARAMS["datasets"][name], "num_classes": num_classes, "image_size": [32, 32]}
    config = build(DatasetConfig, entry, f"datasets.{name}")
    write(tmp_path / "copy")
    for split in (config.train_split, config.test_split):
        sample = config.open(tmp_path / "copy", split)[0]
        assert sample["image"].dtype == torch.uint8 and sample["image"].shape == (3, 32, 32)
        assert sample["semseg"].dtype == torch.int64 and sample["semseg"].shape == (32, 32)
        assert set(sample["semseg"].unique().tolist()) - {IGNORE} <= set(range(num_classes))
        if "depth" in config.tasks:
            assert sample["depth"].dtype == torch.float32 and sample["depth"].shape == (1, 32, 32)
            assert 4 < float(sample["depth"].max()) < 21
            lengths = sample["normals"].norm(dim=0)
            assert ((lengths < 1e-6) | ((lengths - 1).abs() < 1e-5)).all() and lengths.max() > 0.5
