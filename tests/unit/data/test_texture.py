"""Texture: hand-computed steps, symmetries, what a view makes of it, files before images."""

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from polytask.data.geometry import apply
from polytask.data.labelled import MultiTaskDataset
from polytask.data.texture import texture
from polytask.data.views import ScaleAndCrop, View

from .conftest import NUM_CLASSES


def grey(values_HW):
    """Pixels (3, H, W) of a grey image."""
    return np.repeat(np.asarray(values_HW, np.uint8)[None], 3, axis=0)


def noise(*hw):
    return np.random.default_rng(0).integers(0, 256, (3, *hw), dtype=np.uint8)


def test_a_step_by_all_of_the_range_is_the_root_of_a_half_on_both_of_its_sides():
    step = np.zeros((4, 6))
    step[:, 3:] = 255
    expected = [0, 0, math.sqrt(0.5), math.sqrt(0.5), 0, 0]
    np.testing.assert_allclose(texture(grey(step)), [expected] * 4, atol=1e-6)
    np.testing.assert_allclose(texture(grey(step.T)), np.transpose([expected] * 4), atol=1e-6)


def test_a_single_bright_pixel_by_hand():
    """Straight neighbours: a difference of 2/4 along one axis; diagonal ones: 1/4 along both."""
    point = np.zeros((5, 5))
    point[2, 2] = 255
    straight, diagonal = 0.5 / math.sqrt(2), 0.25
    rows = [[diagonal, straight, diagonal], [straight, 0, straight], [diagonal, straight, diagonal]]
    expected = np.pad(rows, 1)
    np.testing.assert_allclose(texture(grey(point)), expected, atol=1e-6)


def test_a_flat_image_has_none_and_nothing_exceeds_one():
    assert not texture(np.full((3, 4, 5), 200, np.uint8)).any()
    chequered = grey(255 * (np.indices((8, 8)).sum(0) // 2 % 2))
    assert 0.7 < texture(chequered).max() <= 1
    assert texture(chequered).dtype == np.float32


def test_colours_weigh_as_the_eye_sees_them():
    steps = np.zeros((3, 1, 2), np.uint8)
    found = []
    for channel in range(3):
        one = steps.copy()
        one[channel, :, 1] = 255
        found.append(texture(one)[0, 0])
    np.testing.assert_allclose(np.divide(found, sum(found)), [0.299, 0.587, 0.114], atol=1e-6)


def test_flips_and_turns_commute():
    pixels = noise(7, 9)
    for turned in (lambda a: a[..., ::-1], lambda a: a[..., ::-1, :], lambda a: a.swapaxes(-1, -2)):
        np.testing.assert_allclose(texture(turned(pixels)), turned(texture(pixels)), atol=1e-6)


def test_padding_is_unlabelled_and_makes_no_edge():
    """Black beside the padding's colour; the view also mirrors."""
    black = Image.new("RGB", (8, 6))
    for view in (View(-2, -3, 10, 12), View(-2, -3, 10, 12, True), View(-20, 0, 10, 12)):
        (found,) = apply(view, black, {}, (10, 12), ("edge_texture",))["edge_texture"]
        assert found.dtype == np.float32
        assert np.count_nonzero(~np.isnan(found)) in (48, 0)
        assert not np.nan_to_num(found).any()


def test_it_is_that_of_the_view_as_the_network_sees_it():
    image = Image.fromarray(noise(20, 30).transpose(1, 2, 0))
    view = View(2.5, 3.5, 10, 15, True, 20, 1.4, 0.8, 10)
    seen = apply(view, image, {}, (20, 30), ("edge_texture",))
    assert (seen["edge_texture"][0] == texture(seen["image"])).all()
    plain = apply(View(2.5, 3.5, 10, 15), image, {}, (20, 30), ("edge_texture",))["edge_texture"]
    flipped = apply(View(2.5, 3.5, 10, 15, True), image, {}, (20, 30), ("edge_texture",))
    np.testing.assert_allclose(flipped["edge_texture"], plain[..., ::-1], atol=1e-6)


@pytest.mark.parametrize("policy", [None, ScaleAndCrop(photometric=False)])
def test_a_data_set_without_files_of_it_has_it_all_the_same(labelled: Path, policy) -> None:
    data = MultiTaskDataset(
        labelled, "train", ("depth", "edge_texture"), NUM_CLASSES, policy, (24, 32)
    )
    sample = data[1, None]
    inside = (slice(2, 22), slice(2, 30))
    expected = texture(sample["image"][:, *inside].numpy())
    assert (sample["edge_texture"][0][inside].numpy() == expected).all()
    assert sample["edge_texture"].isnan().sum() == 24 * 32 - 20 * 28
