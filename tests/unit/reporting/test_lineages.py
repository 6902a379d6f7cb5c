"""Every number of the report's table opens its lineage, on the page itself."""

import importlib.util
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from polytask.errors import UserError
from polytask.reporting.frame import PageConfig
from polytask.reporting.lineages import lineages_of
from polytask.reporting.page import render

HELPER = Path(__file__).parents[1] / "lineage/trees.py"
spec = importlib.util.spec_from_file_location("lineage_trees", HELPER)
trees = importlib.util.module_from_spec(spec)
METHODS = {"single_task": (20.0, 1.0), "no_router": (24.0, 0.9), "sak": (22.0, 0.8)}


@pytest.fixture
def made(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, spec.name, trees)
    spec.loader.exec_module(trees)
    monkeypatch.chdir(tmp_path)
    found = trees.Project(tmp_path)
    for method in METHODS:
        path, config = f"results/evaluate/{method}/metrics.json", {"dataset_name": "<rooms>"}
        found.make(path, method, "evaluate", config=config, wildcards={"method": method})
    rows = [[m, m, semseg, 1, depth, 0.5, 7000] for m, (semseg, depth) in METHODS.items()]
    trees.table(found, rows)
    return found


def page(findings, lineages):
    found = replace(findings, lineages=lineages)
    config = PageConfig(banner="", show="sak", baseline="single_task", dataset="rooms")
    return render(found, config)


def test_every_number_of_the_table_links_to_a_place_on_the_page(made, findings):
    lineages = lineages_of(Path(trees.TABLE))
    text = page(findings, lineages)
    links = re.findall(r'<a class="number" href="#([^"]+)"', text)
    assert len(links) == 3 * 4
    places = re.findall(r'id="((?:n|job)-[^"]+)"', text)
    assert len(places) == len(set(places))
    assert set(re.findall(r'href="#((?:n|job)-[^"]+)"', text)) <= set(places)
    number = lineages.numbers["sak"]["depth_rmse"]
    assert f'<a class="number" href="#n-{number.id}" title="lineage {number.id}">0.800</a>' in text
    assert "<rooms>" not in text


def test_a_warning_stands_above_the_table_only_when_there_is_one(made, findings):
    path = "results/evaluate/sak/metrics.json"
    assert "Warning." not in page(findings, lineages_of(Path(trees.TABLE)))
    record = made.records[path]
    made.write(record | {"device": "cuda: H100"})
    text = page(findings, lineages_of(Path(trees.TABLE)))
    assert "Rows of this table come from different devices" in text
    assert text.index("Warning.") < text.index("<table")


def test_a_table_edited_by_hand_is_refused(made):
    Path(trees.TABLE).write_text("method,depth_rmse\nsak,0.1\n")
    with pytest.raises(UserError, match="not what its record describes"):
        lineages_of(Path(trees.TABLE))
