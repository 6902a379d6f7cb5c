"""Over repetitions a table has means and sample deviations, and every value by itself."""

from statistics import stdev

import pytest

from polytask.errors import UserError
from polytask.reporting.repeated.repetitions import TEXT, line_per_repetition, over_repetitions
from polytask.reporting.rows import read_rows
from polytask.reporting.tables import write_rows


def table(*values, methods=("single", "sak"), measure="depth_rmse"):
    return [
        {"method": method, "title": method.title(), "protocols": "depth=rmse", measure: value,
         "delta_m": 10 * value, "num_parameters": 7.0}
        for method, value in zip(methods, values, strict=True)
    ]  # fmt: skip


TABLES = [table(1.0, 0.5), table(2.0, 0.6), table(6.0, 0.7)]


def test_mean_and_sample_deviation_of_each_measure_and_gain():
    single, sak = over_repetitions(TABLES)
    assert single["depth_rmse_mean"] == 3
    assert single["depth_rmse_sd"] == pytest.approx(7**0.5)
    assert sak["delta_m_mean"] == pytest.approx(6)
    assert sak["delta_m_sd"] == pytest.approx(stdev([5, 6, 7]))
    assert (sak["repetitions"], sak["num_parameters"]) == (3, 7)
    assert list(sak) == [
        "method", "title", "protocols", "repetitions", "depth_rmse_mean", "depth_rmse_sd",
        "delta_m_mean", "delta_m_sd", "num_parameters",
    ]  # fmt: skip


def test_one_repetition_has_no_deviation(tmp_path):
    file = tmp_path / "table.csv"
    write_rows(file, over_repetitions(TABLES[:1]))
    (single, _) = read_rows(file, text=TEXT)
    assert single["depth_rmse_mean"] == 1
    assert "depth_rmse_sd" not in single, "an empty cell"


def test_every_value_has_a_line_of_its_own():
    lines = line_per_repetition(TABLES)
    assert [(line["method"], line["repetition"], line["depth_rmse"]) for line in lines] == [
        ("single", 0, 1.0), ("single", 1, 2.0), ("single", 2, 6.0),
        ("sak", 0, 0.5), ("sak", 1, 0.6), ("sak", 2, 0.7),
    ]  # fmt: skip
    assert list(lines[0]) == ["method", "repetition", "depth_rmse", "delta_m"]


@pytest.mark.parametrize(
    "other",
    [table(1.0, 0.5, methods=("single", "other")), table(1.0, 0.5, measure="depth_f1"),
     table(1.0, methods=("single",))],
)  # fmt: skip
def test_tables_of_other_rows_or_measures_are_refused(other):
    with pytest.raises(UserError, match="repetition 1: its table has other rows or measures"):
        over_repetitions([TABLES[0], other])
