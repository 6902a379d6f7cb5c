"""A claim holds where the better model is better in the task's own direction, and by enough."""

from dataclasses import replace

import pytest

from polytask.reporting.vta.claims import CLOSE, Comparison, counts, judge_claims, judge_efforts
from polytask.reporting.vta.efforts import efforts_of

PROTOCOLS = {"semseg": "all_classes", "depth": "rmse", "normals": "angle"}


def row(name, **values):
    tasks = {
        task: {"metric": "?", "value": value, "protocol": PROTOCOLS[task]}
        for task, value in values.items()
    }
    return {"method": name, "title": name.upper(), "tasks": tasks}


def test_below_is_better_where_errors_are_measured_and_a_small_lead_is_none():
    found = judge_claims(
        [
            row("vta_on_source", semseg=31.0, depth=0.6, normals=20.1),
            row("no_taa_on_source", semseg=30.0, depth=0.5, normals=20.0),
        ]
    )
    (claim,) = found
    assert claim.claim.source == "Section 3.2.2"
    of_task = {each.measure: (round(each.gain, 9), each.verdict) for each in claim.comparisons}
    assert of_task == {
        "semseg": (1.0, "holds"), "depth": (-0.1, "fails"), "normals": (-0.1, "close"),
    }  # fmt: skip
    assert counts(claim.comparisons) == {"holds": 1, "fails": 1, "close": 1}


def test_only_the_task_without_labels_is_judged_in_a_transfer_and_in_its_domain():
    rows = [
        row("vta_transfer_sd_on_target", semseg=9.0, depth=0.4),
        row("multi_transfer_sd_on_target", semseg=1.0, depth=0.5),
        row("vta_on_target", semseg=9.0),
        row("no_troa_on_target", semseg=1.0),
    ]
    (claim,) = judge_claims(rows)
    (pair,) = claim.pairs
    assert list(pair.comparisons) == ["depth"]
    assert pair.better == "VTA_TRANSFER_SD_ON_TARGET"


def test_the_two_models_of_a_pair_are_compared_on_the_tasks_that_both_have():
    rows = [row("vta_sdn_on_source", semseg=31.0, normals=20.0), row("vta_sd_on_source", semseg=30)]
    (claim,) = judge_claims(rows)
    assert [each.measure for each in claim.comparisons] == ["semseg"]
    assert judge_claims([row("vta_on_source", normals=1.0), row("single_on_source", depth=1)]) == []


@pytest.mark.parametrize(("lead", "verdict"), [(0.99, "close"), (1.01, "holds"), (-1.01, "fails")])
def test_a_lead_counts_from_a_share_of_the_other_value(lead, verdict):
    gain = lead * CLOSE * 50
    assert Comparison(measure="", above=50 + gain, below=50, gain=gain, digits=1).verdict == verdict


def test_minutes_per_epoch_are_the_jobs_time_over_its_epochs_added_up_over_trainings():
    """120 s over 100 steps of 8 of 400 images: two epochs, a minute each."""
    effort = {"steps": 100, "batch_size": 8, "images": 400, "trained_parameters": 3_000_000}
    record = {
        "start": "2026-01-01T00:00:00+00:00", "end": "2026-01-01T00:02:00+00:00",
        "device": "cpu", "threads": 2,
    }  # fmt: skip
    files = [
        f"results/vta/{name}/effort.json" for name in ("single/depth", "single/semseg", "x/all")
    ]
    efforts, records = dict.fromkeys(files, effort), dict.fromkeys(files[:2], record)
    titles, parameters = {"single": "Single", "x": "X", "y": "Y"}, {"single": 7, "x": 5}
    single, x = efforts_of(efforts, records, titles, parameters)
    assert (single.minutes_per_epoch, single.trained_parameters) == (2.0, 6_000_000)
    assert (single.trainings, single.devices) == (2, ["cpu, 2 threads"])
    assert x.minutes_per_epoch is None
    assert [each.measure for each in judge_efforts(x, single)] == ["Trained parameters, M"]
    faster = replace(x, minutes_per_epoch=0.5)
    _, time = judge_efforts(faster, single)
    assert (time.gain, time.verdict) == (1.5, "holds")
