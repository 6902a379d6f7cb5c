from pathlib import Path

import numpy as np
import pytest
from miniatures.pascal_context import write_things

from polytask.data.layout import Source
from polytask.data.pascal.body_parts import PART, human_parts
from polytask.errors import UserError

HALF = np.array([[1, 1, 0], [1, 0, 0]], bool)


def read(root: Path, things: list, image_hw: tuple[int, int] = (2, 3)) -> list[list[int]]:
    write_things(root, "1", things)
    data = (root / "human_parts/1.mat").read_bytes()
    return human_parts(Source(data, "set/human_parts/1.mat"), image_hw).tolist()


def test_the_24_names_fall_into_six_parts() -> None:
    assert len(PART) == 24 and set(PART.values()) == {1, 2, 3, 4, 5, 6}
    assert [PART[name] for name in ("hair", "neck", "ruarm", "lhand", "luleg", "rfoot")] == [
        1, 2, 3, 4, 5, 6,
    ]  # fmt: skip


def test_people_are_drawn_over_each_other_and_animals_are_not(tmp_path: Path) -> None:
    things = [
        ("person", 15, HALF, [("torso", HALF)]),
        ("dog", 12, HALF, [("head", HALF)]),
        ("person", 15, HALF, [("lhand", HALF & [[True], [False]])]),
    ]
    assert read(tmp_path, things) == [[4, 4, 0], [2, 0, 0]]


@pytest.mark.parametrize(
    ("things", "message"),
    [
        ([("person", 15, HALF, [("tail", HALF)])], "'tail' is no part of a person"),
        ([("dog", 12, HALF.T, [])], "the label is 3 x 2 pixels, its image 2 x 3"),
        ([("person", 15, HALF, [("head", HALF.T)])], "the label is 3 x 2 pixels"),
        ([("person", 15, HALF[..., None].repeat(2, 2), [])], "no annotation of VOC-part"),
    ],
)
def test_what_is_not_of_this_image_is_refused(tmp_path: Path, things: list, message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        read(tmp_path, things)
    assert str(error.value).startswith("set/human_parts/1.mat: ")
