"""Curves are read back as they were logged."""

import pytest

from polytask.reporting.rows import read_rows
from polytask.training.curves import CurveWriter


def test_a_curve_is_read_back_and_passed_on(tmp_path):
    logged = []
    write = CurveWriter(tmp_path / "curves.csv", lambda step, values: logged.append((step, values)))
    write(1, {"loss": 0.123456789, "lr": 1e-5})
    write(2, {"loss": 0.1, "lr": 0.0})
    assert read_rows(tmp_path / "curves.csv") == [
        {"step": 1, "loss": 0.123457, "lr": 1e-5},
        {"step": 2, "loss": 0.1, "lr": 0.0},
    ]
    assert logged[0] == (1, {"loss": 0.123456789, "lr": 1e-5})


def test_another_column_later_is_refused(tmp_path):
    write = CurveWriter(tmp_path / "curves.csv", lambda step, values: None)
    write(1, {"loss": 0.1})
    with pytest.raises(ValueError, match="lr"):
        write(2, {"loss": 0.1, "lr": 0.1})


def test_a_run_without_steps_leaves_an_empty_curve(tmp_path):
    CurveWriter(tmp_path / "curves.csv", lambda step, values: None)
    assert read_rows(tmp_path / "curves.csv") == []
