import numpy as np
import pytest
from PIL import Image

from polytask.data.geometry import PAD_COLOUR, apply
from polytask.data.views import View

HW = (40, 60)
OUT = (32, 48)
VIEWS = {
    "zoom in": View(3.3, 7.9, 20, 30),
    "zoom out": View(0, 0, 40, 60),
    "at one border": View(8.0, 12.0, 32, 48),
    "padded zoom out": View(-10.25, -15.7, 60, 90),
    "padded zoom in": View(-4.4, -3.3, 24, 36),
    "stretched": View(2, 3, 35, 20),
}


def ramp() -> tuple[Image.Image, np.ndarray]:
    """An image whose red is 4x and green 5y at pixel centres, and the same as a float label."""
    y, x = np.mgrid[: HW[0], : HW[1]]
    pixels = np.stack([4 * x, 5 * y, np.zeros_like(x)], axis=2).astype(np.uint8)
    return Image.fromarray(pixels), (100 * y + x + 1).astype(np.float32)


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_image_and_labels_stay_aligned(view: View, flip: bool) -> None:
    view = View(view.top, view.left, view.height, view.width, flip)
    image, place = ramp()
    sample = apply(view, image, {"depth": place}, OUT)
    depth = np.rint(sample["depth"][0] * view.zoom(OUT))
    inside = depth > 0
    y, x = np.divmod(depth[inside] - 1, 100)
    red, green = sample["image"][:2, inside].astype(float)
    # in the outermost pixels the antialiasing filter sees only one side
    core = (x > 2) & (x < HW[1] - 3) & (y > 2) & (y < HW[0] - 3)
    for value, label in ((red / 4, x), (green / 5, y)):
        error = (value - label)[core]
        assert np.abs(error).max() <= 0.5 + 0.5 / 4 + 1e-6
        assert abs(error.mean()) < 0.13
    outside = sample["image"][:, ~inside].T
    assert (outside == PAD_COLOUR).all()


def test_the_plain_view_copies_every_pixel() -> None:
    image, place = ramp()
    sample = apply(View(-4, -2, 48, 64), image, {"depth": place}, (48, 64))
    assert (sample["image"][:, 4:44, 2:62] == np.asarray(image).transpose(2, 0, 1)).all()
    assert (sample["depth"][0, 4:44, 2:62] == place).all()


def test_padding_is_what_each_task_ignores() -> None:
    image, _ = ramp()
    ones = np.ones(HW, np.uint8)
    normals = np.full((3, *HW), 0.57, np.float32)
    labels = {"semseg": ones, "human_parts": ones, "sal": ones, "edge": ones, "normals": normals}
    sample = apply(View(-10, 0, 40, 60), image, {**labels, "depth": ones * 2.0}, HW)
    for task in ("semseg", "human_parts", "sal", "edge"):
        values = sample[task].reshape(HW)
        assert (values[:10] == 255).all() and (values[10:] == 1).all()
    assert not sample["normals"][:, :10].any() and not sample["depth"][:, :10].any()
    dtypes = {task: values.dtype for task, values in sample.items()}
    assert dtypes["semseg"] == dtypes["human_parts"] == dtypes["sal"] == np.int64
    assert dtypes["edge"] == dtypes["normals"] == dtypes["depth"] == np.float32


def test_depth_shrinks_with_the_zoom() -> None:
    image, _ = ramp()
    sample = apply(View(5, 5, 20, 30), image, {"depth": np.full(HW, 3.0, np.float16)}, HW)
    assert sample["depth"] == pytest.approx(1.5)


def test_normals_are_unit_and_a_flip_turns_them_to_the_other_side() -> None:
    image, _ = ramp()
    encoded = np.empty((3, *HW), np.uint8)
    encoded[:] = np.rint((np.array([0.6, 0.0, -0.8]) + 1) * 127.5)[:, None, None]
    encoded[:, 0, 0] = 127  # no direction
    encoded[:, 0, 1] = 0
    plain = apply(View(0, 0, *HW), image, {"normals": encoded}, HW)["normals"]
    flipped = apply(View(0, 0, *HW, True), image, {"normals": encoded}, HW)["normals"]
    assert np.linalg.norm(plain, axis=0)[1:] == pytest.approx(1, abs=1e-6)
    assert plain[:, 5, 5] == pytest.approx([0.6, 0, -0.8], abs=0.01)
    assert not plain[:, 0, :2].any()
    assert (flipped == plain[:, :, ::-1] * np.array([-1, 1, 1])[:, None, None]).all()


@pytest.mark.parametrize("flip", [False, True])
def test_thin_edges_survive_zooming_out(flip: bool) -> None:
    image, _ = ramp()
    edge = np.zeros(HW, np.uint8)
    edge[:, 31] = 1
    edge[17, :] = 1
    small = apply(View(0, 0, *HW, flip), image, {"edge": edge}, (20, 30))["edge"][0]
    assert small[8].all() and small[:, 14 if flip else 15].all()
    assert small.sum() == 20 + 30 - 1
    padded = apply(View(-10, -15, 60, 90, flip), image, {"edge": edge}, (20, 30))["edge"][0]
    assert set(np.unique(padded)) == {0, 1, 255} and (padded == 255).sum() == 600 - 14 * 20


def test_an_image_without_people_is_ignored_for_human_parts() -> None:
    image, _ = ramp()
    parts = np.zeros(HW, np.uint8)
    parts[30:, 50:] = 3
    without, with_person = (
        np.unique(apply(view, image, {"human_parts": parts}, OUT)["human_parts"]).tolist()
        for view in (View(0, 0, 20, 20), View(0, 0, *HW))
    )
    assert without == [255] and with_person == [0, 3]


def test_colours_change_as_named_and_labels_do_not() -> None:
    image, place = ramp()

    def red_green_blue(**colours: float) -> np.ndarray:
        view = View(0, 0, *HW, **colours)
        sample = apply(view, image, {"depth": place}, HW)
        assert (sample["depth"][0] == place).all()
        return sample["image"].astype(float)

    plain = red_green_blue()
    assert (red_green_blue(contrast=1.0) == plain).all()
    assert (red_green_blue(brightness=10.0) == (plain + 10).clip(0, 255)).all()
    assert np.abs(red_green_blue(contrast=0.5) - plain / 2).max() <= 0.5
    assert np.ptp(red_green_blue(saturation=0.0), axis=0).max() <= 1  # grey
    turned = red_green_blue(hue=18.0)
    luma = np.array([0.299, 0.587, 0.114])
    free = ((turned > 0) & (turned < 255)).all(axis=0)
    assert np.abs(np.tensordot(luma, turned - plain, 1))[free].max() < 1.5
    assert np.abs(turned - plain).max() > 10
