"""A made-up folder: true records of a small DAG, its sources, signs of life as jobs leave them."""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import chains
import pytest

from polytask.pipeline.status.evidence import Evidence
from polytask.pipeline.status.life import FOLDER
from polytask.pipeline.status.plan import Plan, PlannedJob
from polytask.pipeline.status.states import JobState, states_of


@pytest.fixture
def tree(tmp_path, monkeypatch) -> chains.Tree:
    """Everything made a quarter of an hour ago; the working directory has no plan."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    made = chains.build(tmp_path / "repository")
    for record in Path("provenance").rglob("*.json"):
        os.utime(record, (time.time() - 900,) * 2)
    return made


@pytest.fixture
def student(tree) -> PlannedJob:
    """The job of the tree that distils, under a wildcard."""
    return PlannedJob(
        name="distill-sak", rule="distill", outputs=[chains.STUDENT], needs=[], is_due=True
    )


@pytest.fixture
def state(tree) -> Callable[..., JobState]:
    """The state of one job; `since` seconds ago the run that is to make it was planned."""

    def look(job: PlannedJob, since: float = 1000.0) -> JobState:
        plan = Plan(jobs=[job], started="2026-11-22T05:00:00+00:00", since=time.time() - since)
        return states_of(plan, Evidence(tree.repository))[0]

    return look


@pytest.fixture
def leave_sign() -> Callable[..., None]:
    """Leave a sign of life of a job on another machine, last written `age` seconds ago."""

    def leave(job: PlannedJob, age: float = 0.0, **fields: Any) -> None:
        said = {
            "rule": job.rule, "state": "running", "started": datetime.now(UTC).isoformat(),
            "host": "node7", "process": {"pid": 1, "born": "1", "place": "elsewhere"},
        }  # fmt: skip
        file = FOLDER / f"{job.name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(said | fields))
        os.utime(file, (time.time() - age,) * 2)

    return leave
