"""Label ids, parts, disparities and depths of Cityscapes, by hand."""

import json

import numpy as np
import pytest

from polytask.data.cityscapes.labels import depth, disparity, part_classes, train_ids
from polytask.data.layout import Source
from polytask.errors import UserError

CAMERA = {"extrinsic": {"baseline": 0.2}, "intrinsic": {"fx": 2260.0}}


def row(*values: int, dtype: type = np.int32) -> np.ndarray:
    return np.array([values], dtype)


def test_label_ids_become_the_19_train_ids_and_the_rest_is_ignored() -> None:
    evaluated = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33]
    ids = train_ids(row(*range(34), dtype=np.uint8), "a.png")[0]
    assert ids.dtype == np.uint8
    assert [int(ids[each]) for each in evaluated] == list(range(19))
    assert (np.delete(ids, evaluated) == 255).all()


@pytest.mark.parametrize(
    ("uid", "part"),
    [
        (23, 0),  # sky
        (26, 0),  # a car without instance
        (24_001, 0),  # a person without parts
        (24_001_01, 1), (24_010_02, 2), (25_000_03, 3), (25_999_04, 4),  # people, riders
        (26_002_01, 5), (27_000_02, 6), (28_123_03, 7), (26_001_04, 8), (28_001_05, 9),  # vehicles
        (24_010_00, 0), (26_001_00, 0),  # void parts
        (24_001_05, 0),  # a fifth part of people stands in about ten files by mistake
        (33_001_01, 0),  # a bicycle has no parts
        (2_601, 0), (26_01, 0),  # class 2, instance 601: no part, though its digits look like one
    ],
)  # fmt: skip
def test_a_part_is_the_last_two_digits_of_six_or_seven(uid: int, part: int) -> None:
    assert part_classes(row(uid), "a.tif").tolist() == [[part]]


def test_disparities_are_256ths_of_a_pixel_from_1_on() -> None:
    pixels = disparity(row(0, 1, 2, 257, 32257, dtype=np.uint16), "a.png")
    assert pixels.dtype == np.float32
    assert pixels.tolist() == [[0, 0, 1 / 256, 1, 126]]


def test_depth_is_baseline_times_focal_length_over_disparity() -> None:
    source = Source(json.dumps(CAMERA).encode(), "a_camera.json")
    metres = depth(np.array([[0, 45.2, 4.52]], np.float32), source)
    assert metres.dtype == np.float32
    np.testing.assert_allclose(metres, [[0, 10, 100]], rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON"),
        ('{"extrinsic": {"baseline": 0.2}}', "no focal length"),
        ('{"extrinsic": {"baseline": 0}, "intrinsic": {"fx": 2260}}', "no baseline"),
        ('{"extrinsic": {"baseline": NaN}, "intrinsic": {"fx": 2260}}', "not a number"),
        ("[]", "a list"),
    ],
)
def test_a_camera_that_says_nothing_is_named(text: str, why: str) -> None:
    with pytest.raises(UserError, match=r"a_camera\.json: must be JSON with extrinsic\.baseline"):
        depth(np.ones((1, 1), np.float32), Source(text.encode(), "a_camera.json"))


@pytest.mark.parametrize(
    ("decode", "values", "message"),
    [
        (train_ids, row(34, dtype=np.uint8), "value 34 is no label id"),
        (train_ids, row(255, dtype=np.uint8), "not of train ids"),
        (train_ids, np.zeros((2, 2, 4), np.uint8), "is it a colour image"),
        (train_ids, row(7, dtype=np.uint16), "one channel of 8 bits"),
        (part_classes, row(10_000_000), r"value 10000000 is outside 0\.\.9999999"),
        (part_classes, row(-1), r"value -1 is outside 0\.\.9999999"),
        (part_classes, np.zeros((2, 2, 3), np.uint8), "is it a colour image"),
        (part_classes, np.zeros((2, 2), np.float32), "whole numbers"),
        (disparity, row(7, dtype=np.uint8), "16 bits; was the file converted"),
        (disparity, np.zeros((2, 2, 3), np.uint8), "16 bits"),
    ],
)
def test_values_that_cannot_be_meant_are_refused(decode, values, message: str) -> None:
    with pytest.raises(UserError, match=f"^a.png: .*{message}"):
        decode(values, "a.png")
