"""A job runs with the values that it was planned with, or not at all."""

import pytest

from polytask.errors import UserError
from polytask.pipeline.planned import VALUES, refuse_other_values


@pytest.fixture(autouse=True)
def no_run(monkeypatch):
    monkeypatch.setenv(VALUES, "")  # so that it is restored
    monkeypatch.delenv(VALUES)


def test_a_job_with_the_same_values_runs_whatever_their_order():
    refuse_other_values({"a": 1, "b": {"c": 2}}, planning=True)
    refuse_other_values({"b": {"c": 2}, "a": 1}, planning=False)


def test_a_job_with_another_value_is_refused():
    refuse_other_values({"a": 1}, planning=True)
    with pytest.raises(UserError, match="edited after this job was planned"):
        refuse_other_values({"a": 2}, planning=False)


def test_a_new_run_plans_with_its_own_values():
    refuse_other_values({"a": 1}, planning=True)
    refuse_other_values({"a": 2}, planning=True)
    refuse_other_values({"a": 2}, planning=False)
