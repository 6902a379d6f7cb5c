"""The whole DAG in miniature: what one green run leaves behind."""

import csv
import json

import pytest
from working_copy import small_values

PARAMS = small_values()


def rows_of(file):
    with file.open() as lines:
        return list(csv.DictReader(lines))


def test_every_method_stands_in_the_table_with_every_task(finished):
    rows = rows_of(finished.folder / "results/tables/sak.csv")
    assert [row["method"] for row in rows] == PARAMS["sak"]["rows"]
    assert all(row["delta_m"] for row in rows)


def test_merged_and_re_aligned_models_stand_beside_those_they_came_from(finished):
    rows = {row["method"]: row for row in rows_of(finished.folder / "results/tables/simo.csv")}
    merged = ["task_arithmetic", "task_arithmetic_heads", "task_arithmetic_representation"]
    assert list(rows) == ["single_task", "multi_task", *merged, "adamerging", "tall_mask"]
    assert all(row["delta_m"] and row["delta_normalised"] for row in rows.values())
    trained = rows_of(finished.folder / "results/tables/efficiency.csv")
    untrained = ("task_arithmetic", "tall_mask")
    assert [row["method"] for row in trained] == ["probe", *(m for m in rows if m not in untrained)]


def test_a_task_vector_added_once_is_the_model_of_that_task(finished):
    for task in PARAMS["datasets"]["rooms"]["tasks"]:
        table = finished.folder / f"results/analysis/relationships/{task}.csv"
        by_scale = {float(row["scale"]): row for row in rows_of(table)}
        assert float(by_scale[1.0][f"{task}_normalised"]) == pytest.approx(100, rel=0.01)


@pytest.mark.parametrize("name", ["index", "simo"])
def test_a_report_is_one_page_that_needs_nothing_else(finished, name):
    page = (finished.folder / f"results/report/{name}.html").read_text()
    assert PARAMS["report"]["banner"].split(".")[0] in page.replace("\n", " ")
    assert 'src="http' not in page
    assert 'href="http' not in page.replace('href="http://www.w3.org', "")


def test_gates_of_every_level_and_task_sum_to_one(finished):
    metrics = json.loads((finished.folder / "results/evaluate/sak/metrics.json").read_text())
    assert set(metrics["gates"]) == set(PARAMS["datasets"]["rooms"]["tasks"])
    sums = [sum(level) for levels in metrics["gates"].values() for level in levels]
    assert sums == pytest.approx([1.0] * len(sums), abs=1e-4)


def test_every_number_says_how_it_was_measured(finished):
    protocols = {
        "semseg": "all_classes", "edge": "seism", "normals": "angle", "depth": "rmse",
    }  # fmt: skip
    for file in (finished.folder / "results/evaluate").glob("*/metrics.json"):
        name = file.parent.name
        if name in PARAMS["argus"]["models"] or "_on_" in name:  # of other tasks: their own tests
            continue
        tasks = json.loads(file.read_text())["tasks"]
        assert {task: about["protocol"] for task, about in tasks.items()} == protocols
    for name in ("sak", "simo"):
        for row in rows_of(finished.folder / f"results/tables/{name}.csv"):
            assert dict(word.split("=") for word in row["protocols"].split()) == protocols


def test_every_output_has_its_provenance(finished):
    made = [
        path.relative_to(finished.folder)
        for path in (finished.folder / "results").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    ]
    missing = [p for p in made if not (finished.folder / "provenance" / f"{p}.json").is_file()]
    assert not missing
