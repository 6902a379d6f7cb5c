"""PASCAL-Context from its files to samples."""

import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from miniatures.pascal_context import BENCHMARK, SPLITS, halves, write_pascal_context, write_things
from miniatures.plant import contents
from miniatures.scene import as_png, draw
from PIL import Image

from polytask.data.labelled import MultiTaskDataset
from polytask.data.views import ScaleAndCrop
from polytask.errors import UserError
from polytask.tasks import IGNORE

TASKS = BENCHMARK.tasks
PERSON, DOG = "2008_000008", "2008_000015"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_pascal_context(tmp_path / "PASCALContext")


def open_set(root: Path, tasks: tuple[str, ...] = TASKS, **options: object) -> MultiTaskDataset:
    options = {"split": "train", "view_policy": None, "image_size": (32, 32), **options}
    return MultiTaskDataset(root, tasks=tasks, num_classes=21, layout="pascal_context", **options)


def unpadded(sample: dict, task: str, image_hw: tuple[int, int]) -> np.ndarray:
    """A label of a 32 x 32 canvas without what was added around the image."""
    top, left = ((32 - size) // 2 for size in image_hw)
    return sample[task][..., top : top + image_hw[0], left : left + image_hw[1]].numpy()


def test_samples_have_the_shapes_and_types_of_every_other_data_set(root: Path) -> None:
    data = open_set(root)
    assert data.ids == SPLITS["train"]
    assert data.class_names[15] == "person" and len(data.class_names) == 21
    shapes = {key: (tuple(data[0][key].shape), data[0][key].dtype) for key in ("image", *TASKS)}
    assert shapes == {
        "image": ((3, 32, 32), torch.uint8),
        "semseg": ((32, 32), torch.int64),
        "human_parts": ((32, 32), torch.int64),
        "sal": ((32, 32), torch.int64),
        "edge": ((1, 32, 32), torch.float32),
        "normals": ((3, 32, 32), torch.float32),
    }


def test_labels_mean_what_was_written(root: Path) -> None:
    data = open_set(root)
    image_hw = data.image_hw(0)
    scene, sample = draw(int(PERSON), image_hw), data[0]
    semseg = np.where(scene.is_edge, IGNORE, np.where(scene.is_box, 15, 0))
    assert (unpadded(sample, "semseg", image_hw) == semseg).all()
    assert (unpadded(sample, "sal", image_hw) == scene.is_box).all()
    for task in ("semseg", "human_parts", "sal", "edge"):
        assert (sample[task][..., 0, 0] == IGNORE).all()  # padding


def test_normals_count_on_classes_that_nyu_knows_only(root: Path) -> None:
    data = open_set(root)
    height, width = data.image_hw(0)
    scene, normals = (
        draw(int(PERSON), (height, width)),
        unpadded(data[0], "normals", (height, width)),
    )
    sky = ~scene.is_box & (np.arange(width) < width // 4)
    assert sky.any()
    assert (normals[:, sky] == 0).all()
    expected = as_png(scene.normals)[~sky] / 127.5 - 1
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(normals[:, ~sky].T, expected, atol=1e-5)


def test_boundaries_lie_along_the_classes_and_are_thin(root: Path) -> None:
    data = open_set(root)
    height, width = data.image_hw(0)
    scene, edge = draw(int(PERSON), (height, width)), unpadded(data[0], "edge", (height, width))[0]
    context = np.where(scene.is_box, 2, np.arange(width) < width // 4)
    padded = np.pad(context, 1, mode="edge")
    near = np.zeros(context.shape, bool)
    for dy, dx in ((0, 1), (2, 1), (1, 0), (1, 2)):
        near |= padded[dy : dy + height, dx : dx + width] != context
    assert edge.sum() > 20 and not edge[~near].any()
    squares = edge[1:, 1:] + edge[:-1, 1:] + edge[1:, :-1] + edge[:-1, :-1]
    assert squares.max() < 4


def test_parts_are_grouped_and_later_ones_cover_earlier_ones(root: Path) -> None:
    data = open_set(root)
    image_hw = data.image_hw(0)
    (_, head), _, (_, torso), (_, foot) = halves(draw(int(PERSON), image_hw).is_box)
    expected = np.zeros(image_hw)
    expected[head], expected[torso], expected[foot] = 1, 2, 6
    assert (unpadded(data[0], "human_parts", image_hw) == expected).all()


def test_an_image_without_people_counts_for_no_loss_and_no_metric(root: Path) -> None:
    data = open_set(root)
    assert (data[data.ids.index(DOG)]["human_parts"] == IGNORE).all()
    write_things(root, DOG, [])
    assert (open_set(root)[data.ids.index(DOG)]["human_parts"] == IGNORE).all()


def test_a_person_without_parts_is_background(root: Path) -> None:
    mask = np.ones(open_set(root).image_hw(0), bool)
    write_things(root, PERSON, [("person", 15, mask, [])])
    assert (open_set(root)[0]["human_parts"] == IGNORE).all()


def test_masks_of_voc_go_before_those_of_the_context(root: Path) -> None:
    other = root / "semseg/pascal-context" / f"{PERSON}.png"
    Image.fromarray(np.full(open_set(root).image_hw(0), 3, np.uint8)).save(other)
    assert not (open_set(root)[0]["semseg"] == 3).any()
    (root / "semseg/VOC12" / f"{PERSON}.png").unlink()
    assert (open_set(root)[0]["semseg"] == 3).any()


def test_a_tar_reads_the_same_and_nothing_is_written(root: Path, tmp_path: Path) -> None:
    before = contents(root)
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.add(root, arcname="PASCALContext")
    policy = ScaleAndCrop()
    folder, packed = (open_set(path, view_policy=policy) for path in (root, tmp_path / "a.tar"))
    for index in range(len(folder)):
        one, other = folder[index, 3], packed[index, 3]
        assert all(torch.equal(one[task], other[task]) for task in ("image", *TASKS))
    assert contents(root) == before


def test_depth_is_no_task_of_it(root: Path) -> None:
    with pytest.raises(UserError, match="task 'depth' lacks labels: no labels for task 'depth'"):
        open_set(root, ("semseg", "depth"))


def test_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"not in the PASCAL-Context layout \(no ImageSets/Con"):
        open_set(tmp_path)
