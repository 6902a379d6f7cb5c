"""SYNTHIA-RAND-CITYSCAPES from its files to labels."""

from pathlib import Path

import numpy as np
import pytest
from miniatures.scene import draw, save_16
from miniatures.synthia import IMAGE_HW, write_synthia

from polytask.data.layout import read
from polytask.data.layouts import open_layout
from polytask.data.synthia import CLASSES
from polytask.tasks import IGNORE

# By number in the files; as DenseMTL maps them.
MAP = {3: 0, 4: 1, 2: 2, 21: 3, 5: 4, 7: 5, 15: 6, 9: 7, 6: 8, 1: 9, 10: 10, 17: 11, 8: 12, 19: 13,
       12: 14, 11: 15}  # fmt: skip


def label(root: Path, task: str, name: str) -> np.ndarray:
    layout = open_layout("synthia", root)
    sources = read(layout.tree, layout.labels(task, name))
    return layout.decode_label(task, sources, 16, IMAGE_HW)


@pytest.mark.parametrize("colour_depth", [False, True])
def test_labels_mean_what_was_written(tmp_path: Path, colour_depth: bool) -> None:
    root = write_synthia(tmp_path / "RAND_CITYSCAPES", colour_depth=colour_depth)
    scene, names = draw(3, IMAGE_HW), list(CLASSES)
    semseg = np.where(scene.is_box, names.index("car"), names.index("road"))
    semseg[0], semseg[-1] = names.index("sky"), IGNORE
    assert (label(root, "semseg", "0000003") == semseg).all()
    depth = label(root, "depth", "0000003")
    assert (depth[0] == 0).all()
    np.testing.assert_allclose(depth[1:], 5 * scene.depth[1:], atol=0.0051)


def test_23_ids_become_16_classes_and_the_instances_beside_them_do_not_matter(
    tmp_path: Path,
) -> None:
    root = write_synthia(tmp_path / "RAND_CITYSCAPES", 1)
    ids = np.zeros((*IMAGE_HW, 3), np.uint16)
    ids[0, :23, 0], ids[..., 1] = range(23), 65535
    save_16(root / "GT/LABELS/0000000.png", ids)
    found = label(root, "semseg", "0000000")
    assert found[0, :23].tolist() == [MAP.get(number, IGNORE) for number in range(23)]


@pytest.mark.parametrize("around", [False, True])
def test_depth_may_lie_one_folder_higher(tmp_path: Path, around: bool) -> None:
    root = write_synthia(tmp_path / "RAND_CITYSCAPES", 2)
    for name in ("0000000.png", "0000001.png"):
        (root / "Depth/Depth" / name).rename(root / "Depth" / name)
    layout = open_layout("synthia", root.parent if around else root)
    assert layout.ids("all") == ["0000000", "0000001"]
    assert layout.labels("depth", "0000001")[0].endswith("Depth/0000001.png")


def test_splits_share_nothing(tmp_path: Path) -> None:
    layout = open_layout("synthia", write_synthia(tmp_path / "RAND_CITYSCAPES"))
    assert sorted(layout.ids("train") + layout.ids("test")) == layout.ids("all")
    assert len(layout.ids("test")) == 1
