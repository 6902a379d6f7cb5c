"""The table says what metrics.json says, and the baseline gains nothing over itself."""

import csv

import pytest

from polytask.errors import UserError
from polytask.reporting.rows import read_rows
from polytask.reporting.tables import best_of, protocols_in, table_rows, write_rows, write_table


def metrics(method, semseg, depth, by="rmse"):
    return {
        "method": method,
        "title": method.title(),
        "tasks": {
            "semseg": {"value": semseg, "protocol": "all_classes"},
            "depth": {"value": depth, "protocol": by},
        },
        "num_parameters": 7,
    }


FOUND = [metrics("single", 40.0, 0.5), metrics("sak", 44.0, 0.4)]


def test_gain_is_positive_where_lower_is_better_and_falls():
    single, sak = table_rows(FOUND, "single")
    assert single["delta_m"] == 0
    assert sak["delta_m"] == pytest.approx((10 + 20) / 2)
    assert single["delta_normalised"] == 0
    assert sak["delta_normalised"] == pytest.approx((10 + 25) / 2)
    protocols = protocols_in(FOUND)
    assert best_of([single, sak], protocols["depth"]) == 0.4
    assert best_of([single, sak], protocols["semseg"]) == 44


@pytest.mark.parametrize(("by", "gain"), [("f1", 50), ("abs_error", -50)])
def test_a_protocol_says_which_way_is_better(by, gain):
    """Half as much again is a gain of F1 and a loss of the absolute error."""
    found = [
        {
            "method": method, "title": method, "num_parameters": 1,
            "tasks": {"edge_texture": {"value": value, "protocol": by}},
        }
        for method, value in (("single", 0.2), ("vta", 0.3))
    ]  # fmt: skip
    rows = table_rows(found, "single")
    assert rows[1]["delta_m"] == pytest.approx(gain)
    best = best_of(rows, protocols_in(found)["edge_texture"])
    assert best == (0.3 if by == "f1" else 0.2)


def test_a_task_of_a_file_alone_brings_its_direction():
    found = [
        {
            "method": method, "title": method, "num_parameters": 1,
            "tasks": {"brightness": {
                "value": value, "protocol": "own", "metric": "error", "higher_is_better": False,
            }},
        }
        for method, value in (("single", 2.0), ("argus", 1.0))
    ]  # fmt: skip
    assert table_rows(found, "single")[1]["delta_m"] == pytest.approx(50)


def test_the_file_holds_the_rows(tmp_path):
    write_table(tmp_path / "sak.csv", FOUND, "single")
    with (tmp_path / "sak.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["method"] for row in rows] == ["single", "sak"]
    assert float(rows[1]["semseg_mean_iou"]) == 44
    assert list(rows[0])[-3:] == ["delta_m", "delta_normalised", "num_parameters"]


def test_a_cell_that_a_row_lacks_is_empty_and_read_as_nothing(tmp_path):
    file = tmp_path / "rows.csv"
    write_rows(file, [{"method": "a", "x": 1.0}, {"method": "b", "title": "", "x": 2.0, "y": 3.5}])
    assert file.read_text().splitlines() == ["method,x,title,y", "a,1,,", "b,2,,3.5"]
    assert read_rows(file, text=("method", "title")) == [
        {"method": "a", "x": 1.0, "title": ""}, {"method": "b", "x": 2.0, "title": "", "y": 3.5},
    ]  # fmt: skip


def test_a_row_says_how_it_was_measured_and_another_quantity_has_another_column():
    (by_default,) = table_rows(FOUND[:1], "single")
    (by_simo,) = table_rows([metrics("single", 40.0, 0.5, by="abs_error")], "single")
    assert by_default["protocols"] == "semseg=all_classes depth=rmse"
    assert by_simo["protocols"] == "semseg=all_classes depth=abs_error"
    assert (by_default["depth_rmse"], by_simo["depth_abs_error"]) == (0.5, 0.5)
    assert "depth_rmse" not in by_simo


def test_methods_that_were_not_measured_alike_do_not_share_a_table():
    other = metrics("sak", 44.0, 0.4, by="rmse_per_image")
    with pytest.raises(UserError, match=r"sak: depth was measured by 'rmse_per_image', .* 'rmse'"):
        table_rows([FOUND[0], other], "single")


def test_an_unknown_baseline_is_named():
    with pytest.raises(UserError, match="no method 'best'"):
        table_rows(FOUND, "best")
