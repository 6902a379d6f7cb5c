"""SIMO's subset of Taskonomy: its images, their halves, its scales."""

import math
from pathlib import Path

import numpy as np
import pytest
from miniatures.plant import change
from miniatures.scene import save
from miniatures.taskonomy import VIEWS, write_simo, write_taskonomy

from polytask.data.labelled import MultiTaskDataset
from polytask.data.taskonomy.buildings import SIMO
from polytask.data.taskonomy.simo import SimoTaskonomyLayout, halved
from polytask.data.tree import open_tree
from polytask.errors import UserError
from polytask.price.images import Images

TASKS = ("autoencoder", "depth", "normals", "edge_texture", "keypoints")
FIRST = SIMO["simo_val"][0]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(SimoTaskonomyLayout, "file_hw", (24, 24))
    return write_simo(tmp_path / "taskonomy", ["simo_val"])


def first(root: Path, **fills: int) -> dict[str, np.ndarray]:
    """The labels of the first image, with all of a domain's pixels set to a value."""
    for domain, fill in fills.items():
        file = f"{domain}/{FIRST}/{VIEWS[0]}_domain_{domain}.png"
        change(file, lambda v, fill=fill: np.full_like(v, fill))(root)
    data = MultiTaskDataset(root, "simo_val", TASKS, 17, None, (14, 14), layout="taskonomy_simo")
    assert data.image_hw(0) == (12, 12)
    return {task: data[0][task][:, 1:13, 1:13].numpy() for task in TASKS}


def test_depth_is_the_logarithm_of_the_files_value(root: Path) -> None:
    depth = first(root, depth_zbuffer=1000)["depth"]
    np.testing.assert_allclose(depth, math.log(1001) / math.log(65536), rtol=1e-6)


@pytest.mark.parametrize(("domain", "task", "one"), [
    ("keypoints2d", "keypoints", 3129), ("edge_texture", "edge_texture", 11041),
])  # fmt: skip
def test_keypoints_and_edges_go_from_minus_one_to_one(
    root: Path, domain: str, task: str, one: int
) -> None:
    for value, expected in ((0, -1), (one, 1), (2 * one, 1), (one // 2, 0)):
        found = first(root, **{domain: value})[task]
        np.testing.assert_allclose(found, expected, atol=1 / one + 1e-6)


def test_normals_keep_their_direction(root: Path) -> None:
    file = f"normal/{FIRST}/{VIEWS[0]}_domain_normal.png"
    change(file, lambda v: np.full_like(v, (204, 128, 26)))(root)
    found = first(root)["normals"]
    assert found[:, 5, 5] == pytest.approx([0.6, 0, -0.8], abs=0.01)
    assert np.linalg.norm(found, axis=0) == pytest.approx(1, abs=1e-6)


def test_what_the_mask_hides_is_unlabelled_and_mixes_into_nothing(root: Path) -> None:
    """Hidden rows 10 to 13 are rows 5 and 6 of the halves; beside them only known pixels count."""
    mask = np.full((24, 24), 255, np.uint8)
    mask[10:14] = 0
    save(root / f"mask_valid/{FIRST}/{VIEWS[0]}_domain_depth_zbuffer.png", mask)
    labels = first(root, depth_zbuffer=1000)
    expected = np.full((12, 12), math.log(1001) / math.log(65536), np.float32)
    expected[5:7] = 0
    np.testing.assert_allclose(labels["depth"][0], expected, rtol=1e-6)
    assert not labels["normals"][:, 5:7].any() and labels["normals"][:, 4].any()
    assert not np.isnan(labels["keypoints"]).any()


def test_no_depth_takes_no_part_in_a_mean() -> None:
    """One of four, half, all: the known values alone, NaN where most is unknown."""
    values = np.full((8, 8), 100, np.uint16)
    is_known = np.ones((8, 8), bool)
    values[:, 4:], is_known[:, 4:] = 65535, False
    found = halved(values, is_known)
    assert found.shape == (4, 4) and found.dtype == np.float32
    np.testing.assert_allclose(found[:, :2], 100, rtol=1e-6)
    assert np.isnan(found[:, 2:]).all()


def test_halves_lie_where_the_whole_did() -> None:
    """A ramp stays a ramp: pixel i covers 2i and 2i + 1."""
    ramp = np.tile(np.arange(16, dtype=np.uint16) * 10, (16, 1))
    middle = halved(ramp, np.ones((16, 16), bool))[4, 1:-1]
    np.testing.assert_allclose(middle, 10 * (2 * np.arange(1, 7) + 0.5), rtol=1e-6)


def test_classes_are_picked_and_never_mixed(root: Path, tmp_path: Path) -> None:
    write_taskonomy(tmp_path / "more", dict.fromkeys(SIMO["simo_val"], VIEWS))
    data = MultiTaskDataset(
        tmp_path / "more", "simo_val", ("semseg",), 17, None, (12, 12), layout="taskonomy_simo"
    )
    assert set(np.unique(data[0]["semseg"])) == {0, 16, 255}


def test_a_building_gives_its_first_images_by_name(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = SimoTaskonomyLayout.find(open_tree(root))
    assert layout is not None
    assert layout.per_building == {"simo_train": 2000, "simo_val": 1000, "simo_test": 1000}
    assert len(layout.ids("simo_val")) == 8
    monkeypatch.setattr(SimoTaskonomyLayout, "per_building", {"simo_val": 1})
    assert layout.ids("simo_val") == [f"{building}/{VIEWS[0]}" for building in SIMO["simo_val"]]


def test_the_price_of_a_run_counts_simos_images(root: Path) -> None:
    """Two layouts lie in one tree; the one that has the split is counted."""
    assert Images([]).of(str(root), "simo_val") == 8
    assert Images([]).of("nowhere/taskonomy", "simo_train") == 16_000


def test_a_copy_that_was_resized_before_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SimoTaskonomyLayout, "file_hw", (512, 512))
    with pytest.raises(UserError, match=r"rgb\.png: is 24 x 24 pixels; Taskonomy's are 512 x 512"):
        first(root)
