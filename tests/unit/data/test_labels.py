from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from polytask.data.labels import decode_label
from polytask.errors import UserError


def png(values: np.ndarray) -> bytes:
    buffer = BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def npy(values: np.ndarray) -> bytes:
    buffer = BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


def decode(task: str, data: bytes, suffix: str = ".png") -> np.ndarray:
    return decode_label(task, data, f"set/{task}/0001{suffix}", 5, (1, 3))


def row(*values: float, dtype: type = np.uint8) -> np.ndarray:
    return np.array([values], dtype)


def test_semseg_files_hold_class_plus_one_and_zero_for_unlabelled() -> None:
    assert decode("semseg", png(row(0, 1, 5))).tolist() == [[255, 0, 4]]


def test_human_parts_keep_their_numbers() -> None:
    assert decode("human_parts", png(row(0, 6, 255))).tolist() == [[0, 6, 255]]


def test_saliency_is_above_half() -> None:
    assert decode("sal", png(row(127, 128, 255))).tolist() == [[0, 1, 1]]


@pytest.mark.parametrize(
    ("data", "suffix"),
    [(png(row(0, 255, 0)), ".png"), (png(row(0, 1, 0)), ".png"), (npy(row(0, 1, 0)), ".npy")],
)
def test_edges_are_two_values(data: bytes, suffix: str) -> None:
    assert decode("edge", data, suffix).tolist() == [[0, 1, 0]]


def test_depth_keeps_its_type_and_marks_what_is_not_finite() -> None:
    depth = decode("depth", npy(row(1.5, np.nan, np.inf, dtype=np.float16)), ".npy")
    assert depth.dtype == np.float16 and depth.tolist() == [[1.5, 0, 0]]


@pytest.mark.parametrize(
    ("task", "data", "suffix", "message"),
    [
        ("semseg", png(row(0, 6, 1)), ".png", r"semseg/0001\.png: value 6 is outside 0\.\.5"),
        ("human_parts", png(row(0, 7, 1)), ".png", "value 7 is no body part"),
        ("sal", png(row(0, 1, 1)), ".png", "values are 0 and 1"),
        ("edge", png(row(0, 128, 255)), ".png", "two values"),
        ("edge", npy(row(0, -1, 0, dtype=np.int8)), ".npy", "two values"),
        ("depth", npy(row(1, -2, 1, dtype=np.float32)), ".npy", "negative"),
        ("depth", npy(row(1, -2, np.nan, dtype=np.float32)), ".npy", "depth -2.0 m is negative"),
        ("depth", npy(row(1, 2, 1)), ".npy", "floating-point"),
        ("depth", npy(row(1, 2, 1)).replace(b")", b" "), ".npy", "truncated or unreadable"),
        ("normals", npy(np.full((1, 3, 3), 2.0)), ".npy", "-1..1"),
        ("normals", png(row(0, 1, 2)), ".png", "3"),
        ("semseg", png(np.zeros((1, 3, 3), np.uint8)), ".png", "channels"),
        ("semseg", png(row(0, 1, 2, dtype=np.uint16)), ".png", "8 bits"),
        ("semseg", png(np.zeros((2, 3), np.uint8)), ".png", "is 2 x 3 pixels, its image 1 x 3"),
        ("semseg", png(row(0, 1, 2))[:-30], ".png", "truncated"),
        ("depth", npy(row(1, 2, 3, dtype=np.float32))[:-4], ".npy", "truncated"),
        ("depth", npy(np.array([[{}, 1, 2]], object)), ".npy", "unreadable"),
    ],
)
def test_bad_labels_are_refused_by_name(task: str, data: bytes, suffix: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        decode(task, data, suffix)
    assert f"set/{task}/0001{suffix}" in str(error.value) and "\n" not in str(error.value)
