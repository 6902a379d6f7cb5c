"""What the page shows after every step, without a server; mistakes are one line on the page."""

import pytest
from demo_models import TASKS, make_model, make_photo, photo_file
from PIL import Image

from polytask.demo import photos, views
from polytask.demo.callbacks import Callbacks
from polytask.demo.look import open_explorer, title_of
from polytask.demo.photos import PhotoFile
from polytask.demo.weights import EVERY_LEVEL


@pytest.fixture(scope="module")
def callbacks(tmp_path_factory):
    return Callbacks(open_explorer(make_model(tmp_path_factory.mktemp("model"))))


@pytest.fixture(scope="module")
def opened(callbacks, tmp_path_factory):
    return callbacks.open(photo_file(tmp_path_factory.mktemp("photo")), "depth", EVERY_LEVEL)


def test_a_photo_brings_all_tasks_and_the_routers_weights(opened):
    assert opened.message == ""
    assert opened.gallery.count("<img") == len(TASKS)
    assert all(title_of(task) in opened.gallery for task in TASKS)
    assert opened.gates.count('class="bar') == 2 and "you" not in opened.gates
    assert abs(sum(opened.sliders) - 100) < 0.3
    assert "The router decides" in opened.comparison


def test_a_slider_changes_number_and_picture_and_stays_where_it_is(callbacks, opened):
    then = callbacks.move(0, opened.session, "depth", EVERY_LEVEL, 95)
    assert then.sliders is None
    assert then.gates.count("yours") == 2
    assert "mean absolute change" in then.comparison
    assert then.comparison != opened.comparison


def test_one_expert_alone_moves_the_sliders_and_the_routers_move_them_back(callbacks, opened):
    alone = callbacks.only(2, opened.session, "depth", EVERY_LEVEL)
    assert alone.sliders == [0, 0, 100]
    back = callbacks.reset(alone.session, "depth", EVERY_LEVEL)
    assert back.sliders == opened.sliders
    assert back.gates == opened.gates and back.comparison == opened.comparison


def test_a_level_has_sliders_of_its_own(callbacks, opened):
    alone = callbacks.only(1, opened.session, "depth", 0)
    first, second = (callbacks.turn(alone.session, "depth", level).sliders for level in (0, 1))
    assert first == [0, 100, 0] != second


def test_weights_of_one_task_stay_while_another_is_looked_at(callbacks, opened):
    alone = callbacks.only(1, opened.session, "depth", EVERY_LEVEL)
    other = callbacks.turn(alone.session, "edge", EVERY_LEVEL)
    assert "you" not in other.gates
    assert callbacks.turn(other.session, "depth", EVERY_LEVEL).sliders == [0, 100, 0]


def test_weights_of_zero_are_one_line_and_change_nothing(callbacks, opened):
    alone = callbacks.only(0, opened.session, "depth", EVERY_LEVEL)
    nothing = callbacks.move(0, alone.session, "depth", EVERY_LEVEL, 0)
    assert "at least one expert" in nothing.message
    assert nothing.session is alone.session


@pytest.mark.parametrize("step", ["move", "only", "reset"])
def test_without_a_photo_every_step_asks_for_one(callbacks, step):
    words = {"move": (0, None, "depth", 0, 5), "only": (0, None, "depth", 0)}
    then = getattr(callbacks, step)(*words.get(step, (None, "depth", 0)))
    assert "bring a photo" in then.message


def broken(path):
    path.write_bytes(b"no image")


def cut_off(path):
    path.write_bytes(make_photo(path.with_suffix(".png"), 300, 300).read_bytes()[:500])


def narrow(path):
    Image.new("RGB", (900, 10)).save(path)


def too_many_pixels(path):
    Image.new("1", (20_000, 4_100)).save(path)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (broken, "not an image"),
        (cut_off, "damaged"),
        (narrow, "too narrow"),
        (too_many_pixels, "more than 80 megapixels"),
    ],
)
def test_a_photo_that_cannot_be_is_one_line_with_its_name(callbacks, tmp_path, make, words):
    make(tmp_path / "cat.tif")
    file = PhotoFile("cat.tif", (tmp_path / "cat.tif").read_bytes())
    then = callbacks.open(file, "depth", EVERY_LEVEL)
    assert then.session is None and "cat.tif" in then.message and words in then.message
    assert then.gallery == views.nothing_yet() and then.photo == ""
    assert then.message.strip().count("\n") == 0


def test_a_file_of_too_many_bytes_is_refused(callbacks, tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "MOST_BYTES", 10)
    then = callbacks.open(photo_file(tmp_path), "depth", 0)
    assert "the page takes photos of up to" in then.message


def test_names_of_classes_are_escaped(callbacks, opened):
    assert "<b>chair" not in opened.gallery


def test_a_model_without_routers_has_pictures_and_no_weights(tmp_path):
    plain = Callbacks(open_explorer(make_model(tmp_path, "sum")))
    then = plain.open(photo_file(tmp_path), "", EVERY_LEVEL)
    assert then.gallery.count("<img") == len(TASKS)
    assert then.gates == then.comparison == "" and then.sliders is None
