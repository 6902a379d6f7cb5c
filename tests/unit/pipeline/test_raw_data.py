"""Only what is not there is fetched, and only where somebody knows from where."""

import re
from pathlib import Path

import pytest

from polytask.pipeline.raw_data import missing_data, one_of


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()


def config(corpus="rooms", **roots):
    return {"datasets": {name: {"root": root} for name, root in roots.items()}, "corpus": corpus}


def found(config):
    return {root: source["folder"] for root, source in missing_data(config).items()}


def test_data_sets_go_by_their_name_or_by_that_of_their_folder():
    wanted = config(
        "/scratch/imagenet", nyud="elsewhere/mine", own="data/PASCALContext", other="data/other"
    )
    assert found(wanted) == {
        "elsewhere/mine": "NYUDv2",
        "data/PASCALContext": "PASCALContext",
        "/scratch/imagenet": "imagenet",
    }


@pytest.mark.parametrize(
    "put",
    [
        lambda root: root.mkdir(),
        lambda root: root.symlink_to("not mounted"),
        lambda root: root.with_name("NYUDv2.dvc").touch(),
    ],
)
def test_what_is_there_is_never_fetched(put):
    assert found(config(nyud="data/NYUDv2"))
    put(Path("data/NYUDv2"))
    assert found(config(nyud="data/NYUDv2")) == {}


def test_a_tar_is_not_fetched():
    assert found(config(nyud="data/NYUDv2.tar")) == {}


def test_a_source_is_plain_data_that_names_url_size_and_checksum():
    source = missing_data(config(nyud="data/NYUDv2"))["data/NYUDv2"]
    archive = source["copies"][0]["NYUDv2.tar.gz"]
    assert archive["url"].startswith("https://") and archive["num_bytes"] == 4_215_751_725
    assert archive["checksum"].startswith("sha256:")


def test_the_rule_makes_these_roots_and_no_other():
    assert re.fullmatch(one_of(["data/a.b", "/c"]), "data/a.b")
    assert not re.fullmatch(one_of(["data/a.b", "/c"]), "data/axb")
    assert not re.fullmatch(one_of([]), "")
