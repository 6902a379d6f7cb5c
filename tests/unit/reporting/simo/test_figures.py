"""The figures mark what was chosen and keep apart what is alike."""

from polytask.reporting.simo.figures import _spread, chosen, retention, search


def test_the_scale_is_chosen_by_the_mean_relative_gain():
    rows = [
        {"scale": 0.1, "delta_m": -9.0, "delta_normalised": -3.0},
        {"scale": 0.2, "delta_m": -8.0, "delta_normalised": -4.0},
    ]
    assert chosen(rows)["scale"] == 0.2
    assert "TIES: λ = 0.2" in search({"TIES": rows})


def test_points_of_one_size_stand_side_by_side_around_it():
    places = _spread([2, 3, 2, 2])
    assert places[1] == 3
    assert [round(place - 2, 9) for place in (places[0], places[2], places[3])] == [-0.1, 0, 0.1]


def test_realigned_models_have_a_place_of_their_own():
    rows = [{"num_tasks": 2, "normalised": 80.0}, {"num_tasks": 3, "normalised": 60.0}]
    assert "re-aligned" not in retention(rows, {})
    drawn = retention(rows, {"A, heads": 90.0, "A, representation": 95.0})
    assert all(word in drawn for word in ("re-aligned", "A, heads", "A, representation"))
