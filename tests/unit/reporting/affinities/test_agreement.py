"""Views on tasks, how two of them are compared, and the page."""

import numpy as np
import pytest

from polytask.reporting.affinities.agreement import agreements, mantel
from polytask.reporting.affinities.page import render
from polytask.reporting.affinities.views import View, of_gradients, of_task_vectors
from polytask.reporting.frame import Heading

SIX = ("semseg", "human_parts", "sal", "edge", "normals", "depth")


def symmetric(seed, size=6):
    values = np.random.default_rng(seed).normal(size=(size, size))
    return values + values.T


def view(title, values, tasks=SIX):
    return View(
        title=title, tasks=tasks, values_NN=np.asarray(values, float), full=1.0, digits=2,
        about="made up",
    )  # fmt: skip


def test_mantel_by_hand():
    # above the diagonal: 1, 2, 3 and 1, 3, 2; rho = 1 - 6 (0 + 1 + 1) / (3 * 8) = 0.5
    one = np.array([[0, 1, 2], [0, 0, 3], [0, 0, 0]])
    other = np.array([[0, 1, 3], [0, 0, 2], [0, 0, 0]])
    correlation, chance = mantel(one, other)
    assert correlation == pytest.approx(0.5)
    # the six orders of three tasks are all orders of three pairs: 1, .5, .5, -.5, -.5, -1
    assert chance == pytest.approx(3 / 6)


def test_the_same_view_in_another_order_of_tasks_and_scale_agrees():
    values, order = symmetric(0), [3, 1, 5, 0, 2, 4]
    tasks = tuple(SIX[at] for at in order)
    [found] = agreements(
        [view("a", values), view("b", np.exp(values)[np.ix_(order, order)], tasks)]
    )
    assert found.correlation == pytest.approx(1)
    assert found.chance == pytest.approx(1 / 720)
    assert (found.num_pairs, found.verdict) == (15, "they agree")


def test_few_or_equal_pairs_say_nothing():
    four = ("semseg", "depth", "normals", "edge")
    [few] = agreements([view("a", symmetric(1)), view("b", symmetric(1, 4), four)])
    assert (few.num_pairs, few.correlation) == (6, None)
    assert "too few" in few.verdict
    [flat] = agreements([view("a", symmetric(1)), view("b", np.ones((6, 6)))])
    assert flat.correlation is None


def test_noise_is_seldom_taken_for_agreement():
    one = view("a", symmetric(0))
    found = [
        next(agreements([one, view("b", symmetric(seed))])).verdict for seed in range(100, 140)
    ]
    assert found.count("they agree") <= 6


def test_both_directions_count_alike_and_the_diagonal_not_at_all():
    values = [[9, 4, -2], [0, 9, 1], [0, -3, 9]]
    three = view("a", values, ("semseg", "depth", "normals"))
    assert three.mutual(("semseg", "normals")).tolist() == [[9, -1], [-1, 9]]
    extremes = three.extremes()
    assert extremes["most"] == ("semseg", "depth", 2)
    assert extremes["least"][2] == -1


def rows(own, other):
    names = ("semseg_normalised", "depth_normalised")
    return [{"scale": s, **dict(zip(names, v, strict=True))} for s, v in ((0.0, own), (1.0, other))]


def test_task_vectors_are_scaled_to_the_strongest_change_of_another_task():
    found = of_task_vectors({"semseg": rows((10, 20), (90, 26)), "depth": rows((10, 20), (8, 99))})
    assert found.values_NN.tolist() == [[80, 6], [-2, 79]]
    assert found.full == 6


def test_the_page_shows_every_view_and_says_what_it_cannot_say(findings):
    gradients = {
        "title": "Ours <1>", "tasks": ["semseg", "depth"], "cosines": [[1, -0.31], [-0.31, 1]],
        "spread": [[0, 0.1], [0.1, 0]], "num_batches": 3, "batch_size": 8, "num_weights": 1234,
        "split": "val",
    }  # fmt: skip
    views = [of_gradients(gradients), view("six", symmetric(0)), view("again", symmetric(0))]
    config = Heading(banner="A demo.", dataset="rooms", pages={"SAK": "index.html"})
    page = render(views, findings.records, config)
    for text in (
        "Ours &lt;1&gt;", "1,234 shared weights", "−0.31", "1 pairs: too few", "A demo.",
        "they agree", "moves by 0.10", 'href="index.html"', "Surface normals",
    ):  # fmt: skip
        assert text in page, text
    assert "Ours <1>" not in page.split("<svg")[0]
