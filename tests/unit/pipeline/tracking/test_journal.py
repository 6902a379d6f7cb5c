"""Tracking costs a job nothing and can never fail it."""

import json

from polytask.pipeline.tracking import track
from polytask.pipeline.tracking.journal import job_journal


def test_outside_of_a_rule_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with track("n", {"a": 1}) as run:
        run.log(1, {"loss": 1.0})
        run.summary({"x": 1})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_does_not_matter(tmp_path):
    (tmp_path / "file").touch()
    with job_journal(tmp_path / "file" / "tracking", "k", {}), track("n", {}) as run:
        run.log(1, {"loss": 1.0})


def test_two_runs_of_one_job_have_two_journals(tmp_path):
    with job_journal(tmp_path, "k", {}):
        for name in "ab":
            with track(name, {}):
                pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["k-2.jsonl", "k.jsonl"]


def test_a_journal_says_who_writes_it_and_beats(tmp_path, monkeypatch):
    monkeypatch.setattr("polytask.pipeline.tracking.journal.HEARTBEAT_SECONDS", 0.001)
    with job_journal(tmp_path, "k", {"commit": "abc"}), track("n", {"a": {"b": None}}):
        while "heartbeat" not in (tmp_path / "k.jsonl").read_text():
            pass
    start, *_, end = map(json.loads, (tmp_path / "k.jsonl").read_text().splitlines())
    assert start["params"] == {"a.b": None}
    assert start["tags"] == {"commit": "abc"}
    assert start["pid"] and start["host"]
    assert end["status"] == "FINISHED"
