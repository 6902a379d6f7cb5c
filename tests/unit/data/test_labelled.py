from pathlib import Path

import numpy as np
import pytest
import torch
from miniatures.scene import pack
from PIL import Image

from polytask.data.labelled import MultiTaskDataset
from polytask.data.labels import LABEL_FILES
from polytask.data.views import RandomResizedCrop, ScaleAndCrop, ViewPolicy
from polytask.errors import UserError
from polytask.tasks import IGNORE

from .conftest import IMAGE_HW, NUM_CLASSES, save

TASKS = tuple(LABEL_FILES)


def open_set(
    root: Path, tasks: tuple[str, ...] = TASKS, policy: ViewPolicy | None = None,
    **options: object,
) -> MultiTaskDataset:  # fmt: skip
    options = {"split": "train", "image_size": (24, 32), **options}
    return MultiTaskDataset(
        root, tasks=tasks, num_classes=NUM_CLASSES, view_policy=policy, **options
    )


def assert_equal(first: dict, second: dict) -> None:
    assert first.keys() == second.keys()
    for key, value in first.items():
        assert torch.equal(torch.as_tensor(value), torch.as_tensor(second[key])), key


def test_samples_come_in_the_order_shapes_and_types_of_the_contract(labelled: Path) -> None:
    data = open_set(labelled)
    assert data.ids == ["0003", "0001", "0002"] and len(data) == 3
    sample = data[1, None]
    assert (sample["index"], sample["view"]) == (1, -1)
    shapes = {task: (tuple(sample[task].shape), sample[task].dtype) for task in ("image", *TASKS)}
    assert shapes == {
        "image": ((3, 24, 32), torch.uint8),
        "semseg": ((24, 32), torch.int64),
        "human_parts": ((24, 32), torch.int64),
        "sal": ((24, 32), torch.int64),
        "edge": ((1, 24, 32), torch.float32),
        "normals": ((3, 24, 32), torch.float32),
        "depth": ((1, 24, 32), torch.float32),
    }
    pixels = np.asarray(Image.open(labelled / "images/0001.png")).transpose(2, 0, 1)
    assert (sample["image"][:, 2:22, 2:30].numpy() == pixels).all()
    depth = np.load(labelled / "depth/0001.npy")
    assert (sample["depth"][0, 2:22, 2:30].numpy() == depth).all()
    assert data.image_hw(1) == IMAGE_HW


@pytest.mark.parametrize("policy", [None, ScaleAndCrop(), RandomResizedCrop(scale=(0.3, 1.0))])
def test_folder_tar_and_memory_give_the_same_samples(
    labelled: Path, tmp_path: Path, policy: ViewPolicy | None
) -> None:
    plain = open_set(labelled, policy=policy)
    others = [
        open_set(pack(labelled, tmp_path / "a.tar"), policy=policy),
        open_set(pack(labelled, tmp_path / "b.tar", "NYUDv2/"), policy=policy),
        open_set(labelled, policy=policy, keep_in_memory=True),
    ]
    for other in others:
        for _ in range(2):
            assert_equal(plain[2, 1], other[2, 1])


def test_numpy_labels_mean_the_same_as_images(labelled: Path) -> None:
    before = open_set(labelled)[0]
    for folder, read in {
        "edge": lambda x: x / 255,
        "normals": lambda x: x / 127.5 - 1,
    }.items():
        file = labelled / folder / "0003.png"
        save(file.with_suffix(".npy"), read(np.asarray(Image.open(file)).astype(np.float64)))
        file.unlink()
    after = open_set(labelled)[0]
    assert torch.equal(after["edge"], before["edge"])
    torch.testing.assert_close(after["normals"], before["normals"])


def test_views_do_not_depend_on_the_tasks(labelled: Path) -> None:
    policy = ScaleAndCrop(scale=(2.0, 3.0), cat_max_ratio=0.3)
    full, images = open_set(labelled, policy=policy), open_set(labelled, (), policy)
    for number in range(10):
        assert full.view(0, number) == images.view(0, number)
        assert torch.equal(full[0, number]["image"], images[0, number]["image"])


def test_class_names_are_read_where_they_are_given(labelled: Path) -> None:
    assert open_set(labelled).class_names is None
    (labelled / "classes.json").write_text('{"classes": ["wall", "floor"]}')
    assert open_set(labelled).class_names == ["wall", "floor"]


def test_forty_classes_without_names_are_those_of_nyud(labelled: Path) -> None:
    layout = open_set(labelled).layout
    names = layout.class_names(40)
    assert (names[0], names[23], names[39]) == ("wall", "refrigerator", "otherprop")
    assert len(set(names)) == 40 and layout.class_names(13) is None
    (labelled / "classes.json").write_text('{"classes": ["wall", "floor"]}')
    assert open_set(labelled).layout.class_names(40) == ["wall", "floor"]


def test_a_task_without_labels_is_refused_at_once(labelled: Path) -> None:
    for file in (labelled / "sal").iterdir():
        file.unlink()
    open_set(labelled, ("semseg",))
    with pytest.raises(UserError, match=r"task 'sal' lacks labels: .*sal/0003\.png; drop it"):
        open_set(labelled, ("semseg", "sal"))


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda r: (r / "images/0001.png").unlink(), r"has no images/0001\.jpg"),
        (lambda r: (r / "gt_sets/train.txt").write_text("\n"), "lists no images"),
        (lambda r: (r / "gt_sets/train.txt").write_text("../x\n"), "unsafe file name"),
        (lambda r: (r / "gt_sets/train.txt").unlink(), "no split 'train'; there are test"),
        (lambda r: (r / "classes.json").write_text("{"), "classes.json: must be JSON"),
    ],
)
def test_missing_files_are_named_at_once(labelled: Path, break_it, message: str) -> None:
    break_it(labelled)
    with pytest.raises(UserError, match=message):
        open_set(labelled)


def test_bad_files_are_named_when_read(labelled: Path) -> None:
    image = labelled / "images/0003.png"
    image.write_bytes(image.read_bytes()[:-200])
    with pytest.raises(UserError, match=r"rooms/images/0003\.png: truncated"):
        open_set(labelled)[0]
    save(labelled / "segmentation/0001.png", np.full(IMAGE_HW, NUM_CLASSES + 1, np.uint8))
    with pytest.raises(UserError, match=r"rooms/segmentation/0001\.png: value 6 is outside"):
        open_set(labelled)[1]
    with pytest.raises(UserError, match=r"0002\.png: the image is 20 x 28, larger than"):
        open_set(labelled, image_size=(16, 32))[2]


def test_larger_images_and_their_labels_are_shrunk_where_that_is_asked(labelled: Path) -> None:
    data = open_set(labelled, tasks=("semseg",), image_size=(10, 16), shrink=True)
    sample, whole = data[0], open_set(labelled, tasks=("semseg",))[0]
    assert sample["image"].shape == (3, 10, 16)
    assert (sample["semseg"][:, [0, -1]] == IGNORE).all()
    shown = sample["semseg"][:, 1:-1]
    assert (shown == whole["semseg"][3:22:2, 3:30:2]).all()


def test_depth_is_not_shrunk(labelled: Path) -> None:
    with pytest.raises(UserError, match=r"rooms: `shrink` is not for depth"):
        open_set(labelled, tasks=("semseg", "depth"), image_size=(10, 16), shrink=True)


def test_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not in the NYUD-v2 layout"):
        open_set(tmp_path)
