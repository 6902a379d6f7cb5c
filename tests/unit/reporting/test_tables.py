"""The table says what metrics.json says, and the baseline gains nothing over itself."""

import csv

import pytest

from polytask.errors import UserError
from polytask.reporting.tables import best_of, table_rows, write_table


def metrics(method, semseg, depth):
    return {
        "method": method,
        "title": method.title(),
        "tasks": {"semseg": {"value": semseg}, "depth": {"value": depth}},
        "num_parameters": 7,
    }


FOUND = [metrics("single", 40.0, 0.5), metrics("sak", 44.0, 0.4)]


def test_gain_is_positive_where_lower_is_better_and_falls():
    single, sak = table_rows(FOUND, "single")
    assert single["delta_m"] == 0
    assert sak["delta_m"] == pytest.approx((10 + 20) / 2)
    assert single["delta_normalised"] == 0
    assert sak["delta_normalised"] == pytest.approx((10 + 25) / 2)
    assert best_of([single, sak], "depth") == 0.4
    assert best_of([single, sak], "semseg") == 44


def test_the_file_holds_the_rows(tmp_path):
    write_table(tmp_path / "sak.csv", FOUND, "single")
    with (tmp_path / "sak.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["method"] for row in rows] == ["single", "sak"]
    assert float(rows[1]["semseg_mean_iou"]) == 44
    assert list(rows[0])[-3:] == ["delta_m", "delta_normalised", "num_parameters"]


def test_an_unknown_baseline_is_named():
    with pytest.raises(UserError, match="no method 'best'"):
        table_rows(FOUND, "best")
