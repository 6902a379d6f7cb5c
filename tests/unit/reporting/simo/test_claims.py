"""Claims are judged on both numbers, and only where both were measured."""

import pytest

from polytask.reporting.simo.claims import check_claims, mean_retention

PRINTED = {
    "single_task": 0.0, "multi_task": -3.7, "task_arithmetic": -31.3, "ties": -26.1,
    "task_arithmetic_heads": -5.3, "task_arithmetic_representation": -4.5,
    "ties_heads": -5.7, "ties_representation": -5.5,
}  # fmt: skip
"""SIMO, Table 2."""


def judged(deltas, kept=None, merges=("task_arithmetic", "ties")):
    found = check_claims(
        deltas, merges, baseline="single_task", joint="multi_task", kept=kept or {}
    )
    return {(finding.ordering.statement, finding.ordering.worse): finding for finding in found}


def test_the_papers_claims_hold_on_the_papers_numbers():
    found = judged(PRINTED, {2: 40.0, 3: 30.0, 5: 17.0})
    assert len(found) == 8
    assert all(finding.holds for finding in found.values())


def test_head_realignment_must_give_back_more_than_half():
    half = "half the loss of ties"
    statement = "Head re-alignment recovers most of what merging lost"
    assert judged(PRINTED | {"ties_heads": -13.0})[statement, half].holds
    finding = judged(PRINTED | {"ties_heads": -13.1})[statement, half]
    assert not finding.holds
    assert (finding.above, finding.below) == (-13.1, -13.05)


def test_of_a_merge_that_lost_nothing_there_is_nothing_to_recover():
    statements = [statement for statement, _ in judged(PRINTED | {"ties": 0.5}, merges=["ties"])]
    assert len(statements) == 2
    assert not any("recovers" in statement for statement in statements)
    lost = judged(PRINTED | {"ties": 0.5})["Merging alone loses against single-task models", "ties"]
    assert not lost.holds


@pytest.mark.parametrize(("joint", "holds"), [(-3.7, True), (-3.6, True), (-3.4, False)])
def test_the_best_realigned_model_is_at_most_a_point_below_the_joint_one(joint, holds):
    finding = judged(PRINTED | {"multi_task": joint})[
        "Re-aligned, a merged model reaches the level of multi-task learning",
        "multi_task, less 1 point",
    ]
    assert (finding.ordering.better, finding.above) == ("task_arithmetic_representation", -4.5)
    assert finding.holds == holds


def test_what_was_not_measured_is_not_judged():
    assert judged({"single_task": 0.0, "multi_task": 1.0}) == {}
    bare = judged({"single_task": 0.0, "multi_task": 1.0, "ties": -1.0}, {2: 40.0})
    assert [statement for statement, _ in bare] == [
        "Merging alone loses against single-task models"
    ]


def test_retention_is_the_mean_over_the_subsets_of_a_size():
    rows = [{"num_tasks": n, "normalised": kept} for n, kept in [(2, 80), (3, 50), (2, 60)]]
    assert mean_retention(rows) == {2: 70, 3: 50}
    (finding,) = judged({"single_task": 0.0, "multi_task": 0.0}, {2: 50.0, 3: 70.0}).values()
    assert not finding.holds
    assert (finding.ordering.better, finding.ordering.worse) == (
        "mean of 2 tasks",
        "mean of 3 tasks",
    )
