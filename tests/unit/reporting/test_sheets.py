"""A scene shows truth above every method; label maps come through exactly."""

import base64
import io

import numpy as np
from PIL import Image

from polytask.drawing.colours import CLASSES, UNKNOWN
from polytask.reporting.panels import grid, with_legend
from polytask.reporting.sheets import scenes, task_sheet


def decoded(uri):
    data = base64.b64decode(uri.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_a_scene_has_truth_and_a_row_per_method(findings):
    titles = {"sak": "SAK", "single_task": "Single"}
    found = list(scenes(findings.samples, titles, ["semseg", "depth"], count=5))
    assert len(found) == 2
    assert [label for label, _ in found[0].rows] == ["Ground truth", "SAK", "Single"]
    truth = decoded(found[0].rows[0][1][0])
    assert (truth[0, 0] == CLASSES[0]).all()
    assert (truth[0, -1] == UNKNOWN).all()


def test_truth_and_guess_of_depth_share_one_scale(findings):
    same = dict(findings.samples["sak"])
    same["depth_prediction"] = same["depth_target"]
    (scene, _) = scenes({"sak": same}, {"sak": "SAK"}, ["depth"], count=2)
    assert scene.rows[0][1] == scene.rows[1][1]


def test_truth_and_guess_of_a_quantity_share_the_scale_of_the_truth():
    """The guess lies within a tenth of the truth's values: its colours must not span all."""
    truth = np.linspace(-1, 1, 64, dtype=np.float16).reshape(1, 8, 8)
    found = {
        "image": np.zeros((1, 8, 8, 3), np.uint8),
        "edge_texture_target": truth,
        "edge_texture_prediction": truth / 10,
    }
    (scene,) = scenes({"sak": found}, {"sak": "SAK"}, ["edge_texture"], count=1)
    seen, guessed = (decoded(row[1][0]).astype(int) for row in scene.rows)
    assert np.ptp(seen[..., 0]) > 4 * np.ptp(guessed[..., 0])


def test_a_panel_holds_every_picture_and_its_legend():
    picture = np.zeros((10, 20, 3), np.uint8)
    panel = grid([[picture, picture], [picture, picture]], ["left", "a very long caption"], 30)
    assert panel.width >= 2 * 60
    assert panel.height >= 2 * 30
    names = {f"class {i}": (i, i, i) for i in range(9)}
    assert with_legend(panel, names).height > panel.height
    assert with_legend(panel, {}).size == panel.size


def test_a_sheet_has_a_row_per_sample_and_two_columns_per_task(findings):
    sheet = task_sheet(findings.samples["sak"], ["semseg", "depth"], count=2, side=16)
    assert sheet.height > 2 * 16
    assert sheet.width > 5 * 16
