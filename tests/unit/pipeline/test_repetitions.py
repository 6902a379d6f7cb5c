"""Repetitions: planned where one is asked for, at a place of their own beside what all share."""

import pytest

from polytask.pipeline.repetitions import (
    ASKED,
    asked_systems,
    modules,
    of_repetition,
    places,
    repetition_config,
    shortened,
)

SHARED = ("data", "teachers", "features", "distill")


@pytest.fixture(autouse=True)
def _unasked(monkeypatch):
    monkeypatch.setenv(ASKED, "")  # put back after the test
    monkeypatch.delenv(ASKED)


@pytest.mark.parametrize(
    ("words", "systems"),
    [
        (["-n", "results/tables/sak.csv"], ()),
        (["--cores", "2"], ()),
        (["--cores", "2", "sak"], ("sak",)),
        (["results/report/sak.html"], ("sak",)),
        (["results/sak/table3.csv"], ("sak",)),
        (["sak", "compare"], ("sak", "simo", "vta")),
        (["results/repetitions/1/vta/vta/all/model.safetensors"], ("sak", "simo", "vta")),
    ],
)
def test_they_are_read_where_one_is_asked_for(words, systems):
    assert asked_systems(words) == systems
    assert asked_systems([]) == systems, "the process of a job is told by the planner's"


def test_what_goes_by_the_seed_alone_is_everybodys():
    for folder in SHARED:
        assert of_repetition(2, f"results/{folder}/x/y.json") == f"results/{folder}/x/y.json"
    assert not any(
        f"results/{folder}/".startswith(place) for folder in SHARED for place in places(2)
    )


def test_a_repetition_has_its_trainings_and_measurements_for_itself():
    assert of_repetition(2, "results/tables/sak.csv") == "results/repetitions/2/tables/sak.csv"
    assert of_repetition(1, "logs/evaluate/sak.log") == "logs/repetitions/1/evaluate/sak.log"
    assert not any(a != b and a.startswith(b) for a in places(1) for b in places(1))


def test_the_first_is_what_is_there_unless_they_are_trained_for_less():
    assert list(modules({"repetitions": 3, "budget": 1})) == [1, 2]
    assert list(modules({"repetitions": 1, "budget": 1})) == []
    assert list(modules({"repetitions": 3, "budget": 0.4})) == [0, 1, 2]


def test_its_values_differ_by_its_number_its_systems_and_its_share_of_all_steps():
    methods = {"probe": {"fit": {"steps": 100}}, "sak": {"student": "sak"}, "x": {"fit": {"lr": 1}}}
    config = {
        "seed": 3, "repetition": 0, "systems": ["sak", "simo"], "sak": {"budget": 0.4},
        "downstream": {"head": "conv", "fit": {"steps": 160, "lr": 0.1}, "methods": methods},
    }  # fmt: skip
    assert repetition_config(config, 2, ("sak",)) == {
        "seed": 3, "repetition": 2, "systems": ["sak"], "sak": {"budget": 0.4},
        "downstream": {
            "head": "conv", "fit": {"steps": 64, "lr": 0.1},
            "methods": methods | {"probe": {"fit": {"steps": 40}}},
        },
    }  # fmt: skip
    assert config["repetition"] == 0
    assert config["downstream"]["fit"]["steps"] == 160


def test_a_training_has_a_step_at_least():
    assert shortened({"fit": {"steps": 1}}, 0.1) == {"fit": {"steps": 1}}
