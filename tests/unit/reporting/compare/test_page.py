"""The page that sets the four papers side by side."""

import re

import pytest

from polytask.protocols import protocol_of
from polytask.reporting.compare.budgets import budgets
from polytask.reporting.compare.config import ComparePageConfig, Stage1
from polytask.reporting.compare.page import Comparison, render, systems
from polytask.reporting.repeated.repetitions import line_per_repetition, over_repetitions
from polytask.reporting.repeated.tables import repeated_table
from polytask.reporting.tables import table_rows

REACHED = {"single": (20.0, 1.0), "student": (26.0, 0.8), "merged": (18.0, 1.1)}
EFFORTS = {
    "probe.json": {"steps": 10, "batch_size": 8},
    "single_a.json": {"steps": 100, "batch_size": 8},
    "single_b.json": {"steps": 100, "batch_size": 8},
    "student.json": {"steps": 100, "batch_size": 8},
    "merged.json": {"steps": 50, "batch_size": 4},
    "plain.json": {"steps": 100, "batch_size": 8},
}


def metrics_of(method: str, values: tuple[float, float]) -> dict:
    tasks = {}
    for task, value in zip(("semseg", "depth"), values, strict=True):
        protocol = protocol_of(task, {})
        tasks[task] = {"metric": protocol.metric, "protocol": protocol.name, "value": value}
    return {"method": method, "title": method.title(), "tasks": tasks, "num_parameters": 10}


@pytest.fixture
def table():
    repetitions = [
        table_rows(
            [metrics_of(m, (a + shift, b)) for m, (a, b) in REACHED.items()], baseline="single"
        )
        for shift in (-1.0, 0.0, 1.0)
    ]
    rows = [{k: v for k, v in row.items() if v != ""} for row in over_repetitions(repetitions)]
    return repeated_table("compare", rows, _numbers(line_per_repetition(repetitions)), "single")


def _numbers(rows):
    return [{k: v if k == "method" else float(v) for k, v in row.items()} for row in rows]


@pytest.fixture
def config():
    return ComparePageConfig(
        banner="Toys",
        dataset="rooms",
        baseline="single",
        trainings={
            "single": {"probe": ["probe.json"], "single": ["single_a.json", "single_b.json"]},
            "student": {"student": ["student.json"]},
            "merged": {
                "probe": ["probe.json"],
                "single": ["single_a.json", "single_b.json"],
                "merged": ["merged.json"],
            },
        },
        titles={"probe": "Heads", "single": "Single", "student": "Student", "merged": "Merged"},
        stage_1={"student": Stage1(steps=20, batch_size=16)},
    )


@pytest.fixture
def found(table):
    costs = [
        {"name": name, "title": name, "parameters": 2_000_000, "flops": 3e9 * at,
         "latency_ms": 4.0, "latency_sd_ms": 0.1, "memory_mb": 9.0}
        for at, name in enumerate(REACHED, start=1)
    ]  # fmt: skip
    about = {"device": "CPU", "precision": "float32", "threads": 1, "batch_size": 1, "turns": 5}
    return Comparison(
        table=table, costs={**about, "rows": costs}, efforts=EFFORTS, records={}, lineages=None
    )


def test_images_seen_count_every_training_behind_a_row(config):
    found = budgets(config, EFFORTS)
    assert found["single"].passes == {"probe": 80, "single": 1600}
    assert found["student"].passes == {"stage 1": 320, "student": 800}
    assert found["merged"].total == 80 + 1600 + 200


def test_the_usual_budget_is_what_several_rows_share(config):
    assert not any(each.is_usual for each in budgets(config, EFFORTS).values())
    config.trainings["plain"] = {"plain": ["plain.json"]}
    config.trainings["adapter"] = {"adapter": ["student.json"]}
    usual = {row for row, each in budgets(config, EFFORTS).items() if each.is_usual}
    assert usual == {"plain", "adapter"}


def test_every_system_has_its_gain_over_the_baseline_and_its_cost(found, config):
    by_name = {each.row.method: each for each in systems(found, config)}
    assert by_name["student"].point.gain > 0 > by_name["merged"].point.gain
    assert by_name["merged"].point.gflops == 9.0
    assert by_name["student"].row.spreads["semseg_mean_iou"].sd == pytest.approx(1.0)


def test_the_page_shows_means_spreads_costs_budgets_and_which_differ(found, config):
    page = render(found, config)
    text = re.sub(r"<[^>]+>", " ", page)
    for words in ("26.00", "± 1.00", "GFLOP", "stage 1 320", "another *", "± standard deviation"):
        assert words in text, words
    assert page.count("<svg") >= 1 and "Student *" in text


def test_a_row_without_costs_and_a_baseline_that_is_no_row_are_told(found, config):
    found.costs["rows"].pop()
    with pytest.raises(ValueError, match="costs of merged: not measured"):
        render(found, config)
    with pytest.raises(ValueError, match=r"compare.baseline: no row 'x'"):
        systems(found, ComparePageConfig(**{**vars(config), "baseline": "x"}))
