"""The whole DAG in miniature: what one green run leaves behind."""

import csv
import json

import pytest
import yaml
from working_copy import ROOT

PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())


def test_every_method_stands_in_the_table_with_every_task(finished):
    with (finished.folder / "results/tables/sak.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["method"] for row in rows} == set(PARAMS["downstream"]["methods"])
    assert all(row["delta_m"] for row in rows)


def test_the_report_is_one_page_that_needs_nothing_else(finished):
    page = (finished.folder / "results/report/index.html").read_text()
    assert PARAMS["report"]["banner"].split(".")[0] in page.replace("\n", " ")
    assert 'src="http' not in page
    assert 'href="http' not in page.replace('href="http://www.w3.org', "")


def test_gates_of_every_level_and_task_sum_to_one(finished):
    metrics = json.loads((finished.folder / "results/evaluate/sak/metrics.json").read_text())
    assert set(metrics["gates"]) == set(PARAMS["datasets"]["rooms"]["tasks"])
    sums = [sum(level) for levels in metrics["gates"].values() for level in levels]
    assert sums == pytest.approx([1.0] * len(sums), abs=1e-4)


def test_every_output_has_its_provenance(finished):
    made = [
        path.relative_to(finished.folder)
        for path in (finished.folder / "results").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    ]
    missing = [p for p in made if not (finished.folder / "provenance" / f"{p}.json").is_file()]
    assert not missing
