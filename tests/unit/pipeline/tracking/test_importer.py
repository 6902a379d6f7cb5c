"""Journals reach the store once, whatever happens to jobs, importer and store."""

import json
import os
import platform
import time
from pathlib import Path

import pytest

from polytask.pipeline.tracking.__main__ import FINISHED, follow
from polytask.pipeline.tracking.importer import Importer
from polytask.pipeline.tracking.journal import job_journal, track
from polytask.pipeline.tracking.store import RunRefused

GONE = 2**22 + 1  # beyond the largest process id


class FakeStore:
    """Keeps what it is told; `down` and `refuses` make it fail."""

    def __init__(self, identity: str = "one") -> None:
        self.identity = identity
        self.runs: dict[str, dict] = {}
        self.down = False
        self.refuses: set[str] = set()
        self.calls = 0

    def _answer(self, run_id: str = "") -> None:
        self.calls += 1
        if self.down:
            raise ConnectionError("no route to host")
        if run_id in self.refuses:
            raise RunRefused("deleted")

    def open_run(self, key, name, time, params, tags):
        self._answer()
        self.runs.setdefault(
            key, {"name": name, "params": params, "tags": dict(tags), "points": []}
        )
        return key

    def log_data(self, run_id, data):
        self._answer(run_id)
        self.runs[run_id]["data"] = data

    def log(self, run_id, points):
        self._answer(run_id)
        self.runs[run_id]["points"] += points

    def tag(self, run_id, tags):
        self._answer(run_id)
        self.runs[run_id]["tags"] |= tags

    def set_status(self, run_id, status, time):
        self._answer(run_id)
        self.runs[run_id]["status"] = status


@pytest.fixture
def store():
    return FakeStore()


@pytest.fixture
def importer(tmp_path, store):
    return Importer(tmp_path, lambda: store)


def run_job(folder: Path, key: str = "distill-sak-1", steps: int = 3) -> None:
    with job_journal(folder, key, {"mlflow.source.git.commit": "abc"}):
        with track("distill", {"fit": {"lr": 0.1}}) as run:
            for step in range(steps):
                run.log(step, {"loss": 1.0 / (step + 1)})
            run.summary({"rep_sim": {"sam": 0.5}, "note": "text is no metric"})
        run.write("outputs", tags={"sha256/model": "00ff"})


def unfinished(folder: Path, key: str, **changes: object) -> Path:
    start = {
        "event": "start", "time": time.time(), "key": key, "name": "n", "params": {}, "tags": {},
        "data": [],
        "pid": os.getpid(), "host": platform.node(), **changes,
    }  # fmt: skip
    (folder / f"{key}.jsonl").write_text(json.dumps(start) + "\n")
    return folder / f"{key}.jsonl"


def values(store: FakeStore, key: str) -> list[tuple[str, int, float]]:
    return [(point.name, point.step, point.value) for point in store.runs[key]["points"]]


def test_a_run_arrives_with_all_it_said(tmp_path, store, importer):
    run_job(tmp_path)
    importer.poll()
    run = store.runs["distill-sak-1"]
    assert (run["name"], run["params"], run["status"]) == ("distill", {"fit.lr": 0.1}, "FINISHED")
    assert run["tags"] == {"mlflow.source.git.commit": "abc", "sha256/model": "00ff"}
    assert values(store, "distill-sak-1") == [
        ("loss", 0, 1.0), ("loss", 1, 0.5), ("loss", 2, 1 / 3), ("rep_sim.sam", 0, 0.5)
    ]  # fmt: skip


def test_a_second_import_adds_nothing(tmp_path, store, importer):
    run_job(tmp_path)
    importer.poll()
    calls = store.calls
    Importer(tmp_path, lambda: store).poll()
    assert store.calls == calls
    assert importer.pending() == 0


def test_a_running_job_is_followed_line_by_line(tmp_path, store, importer):
    with job_journal(tmp_path, "k", {}), track("n", {}) as run:
        run.log(1, {"loss": 2.0})
        importer.poll()
        assert store.runs["k"]["status"] == "RUNNING"
        run.log(2, {"loss": 1.0})
        with (tmp_path / "k.jsonl").open("a") as file:
            file.write('{"event": "metr')  # the writer was caught in the middle of a line
        importer.poll()
    assert values(store, "k") == [("loss", 1, 2.0), ("loss", 2, 1.0)]


def test_a_failed_job_is_a_failed_run(tmp_path, store, importer):
    with pytest.raises(ValueError), job_journal(tmp_path, "k", {}), track("n", {}):
        raise ValueError
    importer.poll()
    assert store.runs["k"]["status"] == "FAILED"


@pytest.mark.parametrize(
    ("changes", "all_ended", "status"),
    [
        ({}, False, "RUNNING"),
        ({}, True, "KILLED"),
        ({"pid": GONE}, False, "KILLED"),
        ({"pid": GONE, "host": "another"}, False, "RUNNING"),
        ({"host": "another", "time": 0.0}, False, "KILLED"),
    ],
    ids=["alive", "workflow ended", "process gone", "other host", "silent for long"],
)
def test_a_run_without_a_process_is_killed(tmp_path, store, importer, changes, all_ended, status):
    unfinished(tmp_path, "k", **changes)
    importer.poll(all_ended=all_ended)
    assert store.runs["k"]["status"] == status


def test_a_run_thought_dead_may_come_back(tmp_path, store, importer):
    journal = unfinished(tmp_path, "k", pid=GONE)
    importer.poll()
    with journal.open("a") as file:
        file.write(json.dumps({"event": "end", "time": time.time(), "status": "FINISHED"}) + "\n")
    importer.poll()
    assert store.runs["k"]["status"] == "FINISHED"


def test_a_store_that_is_down_loses_nothing(tmp_path, store, importer):
    run_job(tmp_path)
    store.down = True
    with pytest.raises(ConnectionError):
        importer.poll()
    assert importer.pending() == 1
    store.down = False
    importer.poll()
    assert len(values(store, "distill-sak-1")) == 4
    assert importer.pending() == 0


def test_a_run_that_the_store_refuses_does_not_stop_the_others(tmp_path, store, importer, capsys):
    run_job(tmp_path, "a")
    run_job(tmp_path, "b")
    store.refuses = {"a"}
    importer.poll()
    assert store.runs["b"]["status"] == "FINISHED"
    assert "a.jsonl: deleted" in capsys.readouterr().err
    assert importer.pending() == 0


def test_a_new_store_gets_every_run(tmp_path, importer):
    run_job(tmp_path, "a")
    importer.poll()
    run_job(tmp_path, "b")
    new = FakeStore("two")
    Importer(tmp_path, lambda: new).poll()
    assert set(new.runs) == {"a", "b"}


def test_lines_that_are_no_events_are_passed_over(tmp_path, store, importer):
    run_job(tmp_path)
    (tmp_path / "broken.jsonl").write_text('{"event": "metrics", "time": 0, "values": {}}\n{"ev\n')
    importer.poll()
    assert set(store.runs) == {"distill-sak-1"}


def test_following_ends_with_the_workflow_and_takes_the_last_events(tmp_path, store, importer):
    unfinished(tmp_path, "k")
    read, write = os.pipe()
    os.write(write, FINISHED)
    assert follow(importer, read, poll=0.01) == 0
    assert store.runs["k"]["status"] == "KILLED"


def test_following_a_workflow_that_died_leaves_living_jobs_running(tmp_path, store, importer):
    unfinished(tmp_path, "alive")
    unfinished(tmp_path, "dead", pid=GONE)
    read, write = os.pipe()
    os.close(write)
    follow(importer, read, poll=0.01)
    assert {key: run["status"] for key, run in store.runs.items()} == {
        "alive": "RUNNING",
        "dead": "KILLED",
    }


def test_following_says_once_per_try_that_a_store_is_down(tmp_path, store, importer, capsys):
    run_job(tmp_path)
    store.down = True
    read, write = os.pipe()
    os.close(write)
    assert follow(importer, read, poll=0.01) == 1
    assert capsys.readouterr().err.count("no route to host") == 1
