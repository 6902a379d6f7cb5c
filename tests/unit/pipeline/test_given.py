"""Parameters know the keys of params.yaml that they were read from."""

import pickle

import pytest

from polytask.errors import UserError
from polytask.pipeline.given import Node, given

PARAMS = {
    "seed": 0,
    "student": {"model": "vit", "levels": [1, 3]},
    "methods": {"sak": {"student": None, "separate": False, "gamma": 1.0}},
}


def test_values_are_plain_and_keys_are_known():
    params = Node(PARAMS)
    config = given(
        {
            "seed": params["seed"],
            "name": "sak/all",
            **{key: params["methods"]["sak"][key] for key in ("student", "separate")},
        }
    )
    assert config == {"seed": 0, "name": "sak/all", "student": None, "separate": False}
    assert config.read == ["methods.sak.separate", "methods.sak.student", "seed"]
    assert config.own == {"seed": None, "name": "sak/all", "student": None, "separate": None}


def test_a_section_can_be_spread_and_overridden():
    params = Node(PARAMS)
    config = given({"student": {**params["student"], "levels": [0]}})
    assert config == {"student": {"model": "vit", "levels": [0]}}
    assert config.read == ["student.model"]


def test_a_section_that_is_read_whole_stands_for_its_keys():
    params = Node(PARAMS)
    config = given({"whole": params["student"], "again": params["student"]["model"]})
    assert config == {"whole": PARAMS["student"], "again": "vit"}
    assert config.read == ["student"]
    assert given(params["student"]) == PARAMS["student"]


def test_a_section_of_which_every_key_is_read_is_named_once():
    params = Node(PARAMS)
    assert given({**params["student"], "more": 1}).read == ["student"]
    assert given({**params["methods"]["sak"]}).read == ["methods.sak"]


def test_it_looks_like_a_dict_to_snakemake_and_survives_the_way_to_a_job():
    config = given(Node(PARAMS)["student"])
    assert repr(config) == repr(PARAMS["student"])
    assert pickle.loads(pickle.dumps(config)) == PARAMS["student"]


def test_a_missing_key_names_its_nearest():
    with pytest.raises(UserError, match=r"student has no key `modl`; did you mean `model`\?"):
        Node(PARAMS)["student"]["modl"]


def test_what_may_be_left_out_has_a_default():
    sak = Node(PARAMS)["methods"]["sak"]
    config = given({"gamma": sak.get("gamma", 0.0), "start": sak.get("start")})
    assert config == {"gamma": 1.0, "start": None}
    assert config.read == ["methods.sak.gamma"]


@pytest.mark.parametrize("value", ["vit_large", 0.5, {"a": 1}, [0], None, "", 0, {}, []])
def test_a_node_is_true_where_its_value_is(value):
    """A method's `backbone` is a name: it must not count as none because names have no keys."""
    assert bool(Node({"key": value})["key"]) == bool(value)
