"""What a job tells of itself while it runs: JSON lines in a file of its own.

Events: start (with the data sets), metrics, summary, heartbeat, end (status), outputs (sha256 and
lineage by path).
"""

import json
import logging
import math
import os
import platform
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polytask.records.flat import flatten

logger = logging.getLogger(__name__)

FOLDER = Path("logs/tracking")
HEARTBEAT_SECONDS = 30.0


@dataclass
class JobJournal:
    """Where the runs of the current job go; `tags` and `data` stand in each of them.

    `data`: the data sets it reads, each with `name`, `digest` (36 characters) and `source`.
    """

    folder: Path
    key: str
    tags: Mapping[str, str]
    data: Sequence[Mapping[str, str]] = ()
    runs: list["Run"] = field(default_factory=list)


_current: ContextVar[JobJournal | None] = ContextVar("current_job", default=None)


class Run:
    """One run of the current job; without a path (outside of a rule) it drops what it is told."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Add one point to each of the named curves."""
        self.write("metrics", step=step, values={k: float(v) for k, v in values.items()})

    def summary(self, values: Mapping[str, Any]) -> None:
        """State final results: numbers become metrics, nested ones are joined by dots."""
        self.write("summary", values=flatten(values, lists=False))

    def write(self, event: str, **content: Any) -> None:
        """Append one event; a disk that refuses costs the journal, never the job."""
        if self._path is None:
            return
        line = json.dumps({"event": event, "time": time.time(), **content}, default=str) + "\n"
        try:
            with self._lock, self._path.open("a") as file:
                file.write(line)
        except OSError as error:
            logger.warning("tracking stops here: %s cannot be written (%s)", self._path, error)
            self._path = None


@contextmanager
def job_journal(
    folder: Path, key: str, tags: Mapping[str, str], data: Sequence[Mapping[str, str]] = ()
) -> Iterator[JobJournal]:
    """Within the block `track` writes to `folder`, under `key`."""
    journal = JobJournal(folder, key, tags, data)
    token = _current.set(journal)
    try:
        yield journal
    finally:
        _current.reset(token)


@contextmanager
def track(name: str, params: Mapping[str, Any]) -> Iterator[Run]:
    """Track the block as a run called `name`; outside of a rule nothing is written."""
    journal = _current.get()
    if journal is None:
        yield Run(None)
        return
    run = _open(journal, name, params)
    stop = threading.Event()
    threading.Thread(target=_beat, args=(run, stop), daemon=True).start()
    status = "FAILED"
    try:
        yield run
        status = "FINISHED"
    finally:
        stop.set()
        run.write("end", status=status)


def is_number(value: Any) -> bool:
    """Whether a value can be a metric."""
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isinf(value)


def _open(journal: JobJournal, name: str, params: Mapping[str, Any]) -> Run:
    key = journal.key + (f"-{len(journal.runs) + 1}" if journal.runs else "")
    try:
        journal.folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        logger.warning("runs are not tracked: %s cannot be made", journal.folder)
    run = Run(journal.folder / f"{key}.jsonl")
    journal.runs.append(run)
    run.write(
        "start", key=key, name=name, params=flatten(params, lists=False), tags=dict(journal.tags),
        data=list(journal.data),
        pid=os.getpid(), host=platform.node(),
    )  # fmt: skip
    return run


def _beat(run: Run, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_SECONDS):
        run.write("heartbeat")
