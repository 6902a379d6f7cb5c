"""A photo is looked at once; weights by hand mix anew what was seen then."""

import numpy as np
import pytest
from demo_models import TASKS, make_model, make_photo, photo_file
from PIL import Image

from polytask.demo.look import PlainExplorer, RoutedExplorer, open_explorer, picture, title_of
from polytask.demo.photos import PhotoFile
from polytask.demo.session import begin, give_all, move, reset, router_gates
from polytask.demo.weights import EVERY_LEVEL
from polytask.errors import UserError
from polytask.predict import open_photo


@pytest.fixture(scope="module")
def explorer(tmp_path_factory):
    return open_explorer(make_model(tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def session(explorer, tmp_path_factory):
    return begin(explorer, photo_file(tmp_path_factory.mktemp("photo")))


@pytest.mark.parametrize("task", TASKS)
def test_pictures_are_those_of_predict(explorer, session, tmp_path, task):
    files = explorer.predictor.files(open_photo(make_photo(tmp_path / "cat.png")))
    assert (session.look.pictures[task] == files[f"{task}.png"]).all()


@pytest.mark.parametrize("task", TASKS)
def test_the_routers_own_weights_give_the_routers_own_prediction(explorer, session, task):
    again = explorer.again(session.look, task, router_gates(session.look, task))
    own = session.look.mixture.found[task]
    np.testing.assert_allclose(again.astype(float), own.astype(float), atol=1e-3)
    shown = picture(task, own, own)
    assert (shown == session.look.pictures[task]).all()


def test_gates_sum_to_one_at_every_level(explorer, session):
    for task in TASKS:
        gates = router_gates(session.look, task)
        assert gates.shape == (len(explorer.levels), len(explorer.experts)) == (2, 3)
        np.testing.assert_allclose(gates.sum(1), 1, atol=1e-6)


def test_only_the_proportions_of_weights_count(explorer, session):
    weights = np.array([[1.0, 2, 1], [4, 0, 4]])
    one, other = (explorer.again(session.look, "depth", w) for w in (weights, 10 * weights))
    np.testing.assert_allclose(one, other, atol=1e-5)


def test_the_student_does_not_run_again(explorer, session, monkeypatch):
    monkeypatch.setattr(explorer.predictor.model.student, "forward", None)
    moved = move(session, "depth", EVERY_LEVEL, 0, 90)
    explorer.again(moved.look, "depth", moved.weights("depth"))


def test_a_slider_moves_one_expert_and_leaves_the_proportions_of_the_others(session):
    before, after = session.weights("edge"), move(session, "edge", 1, 2, 0).weights("edge")
    assert after[1, 2] == 0
    assert (after[0] == before[0]).all() and (after[1, :2] == before[1, :2]).all()
    everywhere = move(session, "edge", EVERY_LEVEL, 2, 0).weights("edge")
    assert (everywhere[:, 2] == 0).all() and (everywhere[:, :2] == before[:, :2]).all()


def test_an_expert_can_have_all_the_weight_and_the_routers_get_it_back(session):
    alone = give_all(session, "edge", EVERY_LEVEL, 1)
    assert (alone.weights("edge") == [[0, 100, 0]] * 2).all()
    assert not alone.is_moved("depth")
    assert not reset(alone, "edge").is_moved("edge")


def test_weights_of_zero_are_refused(session):
    alone = give_all(session, "edge", 0, 1)
    with pytest.raises(UserError, match="at least one expert"):
        move(alone, "edge", 0, 1, 0)


def test_a_large_photo_is_shown_smaller_but_seen_as_predict_sees_it(explorer, tmp_path):
    look = begin(explorer, photo_file(tmp_path, 1600, 900)).look
    assert look.pixels.shape == (288, 512, 3)
    assert {pixels.shape for pixels in look.pictures.values()} == {(288, 512, 3)}
    assert look.mixture.image_hw == (32, 57)


def test_a_photo_is_turned_upright(explorer, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20)).save(tmp_path / "turned.jpg", exif=exif)
    file = PhotoFile("turned.jpg", (tmp_path / "turned.jpg").read_bytes())
    assert begin(explorer, file).look.pixels.shape == (40, 20, 3)


@pytest.mark.parametrize("fusion", ["sum", "stem"])
def test_a_model_without_routers_shows_its_tasks_only(tmp_path, fusion):
    explorer = open_explorer(make_model(tmp_path, fusion))
    assert isinstance(explorer, PlainExplorer) and not explorer.experts
    look = begin(explorer, photo_file(tmp_path)).look
    assert set(look.pictures) == set(TASKS) and look.mixture is None


class FindsThings:
    """What models of Argus say: tasks that are no maps, among others."""

    def files(self, photo):
        pixels = np.array(photo)
        return {"detection.png": pixels, "detection.json": [], "semseg.png": pixels,
                "semseg_ids.png": np.zeros(pixels.shape[:2], np.uint8)}  # fmt: skip


def test_tasks_that_are_no_maps_are_shown_too(tmp_path):
    explorer = PlainExplorer(FindsThings(), ("detection", "semseg"), ("wall", "floor"))
    look = begin(explorer, photo_file(tmp_path)).look
    assert list(look.pictures) == ["detection", "semseg"]
    assert [name for name, _ in look.legends["Semantic segmentation"]] == ["wall"]
    assert title_of("detection") == "Detection"


def test_a_model_with_routers_names_its_experts(explorer):
    assert isinstance(explorer, RoutedExplorer)
    assert explorer.experts == ("stem", "semantic", "boundary")
