"""Brings journals into a tracking store: the single writer, which may be run again at any time.

How far each journal was read stands in `.imported.json` beside them. What was sent but not noted
there is sent again, and the store takes it only once.
"""

import fcntl
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from polytask.pipeline.tracking.journal import HEARTBEAT_SECONDS, is_number
from polytask.pipeline.tracking.store import Point, RunRefused, Store

SILENT_SECONDS = 10 * HEARTBEAT_SECONDS


@dataclass
class Progress:
    """How far one journal was imported; `status` is None as long as nothing was."""

    offset: int = 0
    run_id: str = ""
    status: str | None = None
    pid: int = 0
    host: str = ""
    seen: float = 0.0


@dataclass
class State:
    """What stands in `.imported.json`: which store it is about, and every journal's progress."""

    store: str = ""
    journals: dict[str, Progress] = field(default_factory=dict)

    def of(self, journal: Path) -> Progress:
        """The progress of `journal`, which may be a new one."""
        return self.journals.setdefault(journal.stem, Progress())


class Importer:
    """Imports the journals in `folder` into the store that `connect` opens when one is needed."""

    def __init__(self, folder: Path, connect: Callable[[], Store]) -> None:
        self._folder, self._connect = folder, connect
        self._store: Store | None = None

    def poll(self, *, all_ended: bool = False) -> None:
        """Import what is new, then mark the runs whose process is gone as KILLED.

        `all_ended` says that no job runs any more. Another importer at work is left alone.
        Raises whatever the store raises; what was imported until then stays noted.
        """
        if not self._folder.is_dir():
            return
        with _alone(self._folder / ".lock") as alone:
            state = self._read_state()
            if not alone or not self._has_work(state, all_ended):
                return
            store = self._store = self._store or self._connect()
            if state.store != store.identity:  # another store, or a new one: it gets every run
                state = State(store.identity)
            for journal in self._journals():
                self._bring(journal, state.of(journal), store, all_ended)
                self._write_state(state)

    def pending(self) -> int:
        """How many journals hold something that was not imported."""
        state = self._read_state()
        return sum(_grown(journal, state.of(journal)) for journal in self._journals())

    def _has_work(self, state: State, all_ended: bool) -> bool:
        progress = [(journal, state.of(journal)) for journal in self._journals()]
        return any(_grown(journal, p) or _is_over(p, all_ended) for journal, p in progress)

    def _bring(self, journal: Path, progress: Progress, store: Store, all_ended: bool) -> None:
        """Import one journal's news; one that the store refuses for good is given up."""
        try:
            if _grown(journal, progress):
                _import(journal, progress, store)
            if _is_over(progress, all_ended):
                _set_status(progress, store, "KILLED", progress.seen)
        except RunRefused as refusal:
            print(f"{journal}: {refusal}", file=sys.stderr, flush=True)
            progress.status, progress.offset = "REFUSED", journal.stat().st_size

    def _journals(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))

    def _read_state(self) -> State:
        try:
            stored = json.loads((self._folder / ".imported.json").read_text())
            state = State(stored["store"])
            state.journals |= {key: Progress(**row) for key, row in stored["journals"].items()}
            return state
        except (OSError, ValueError, TypeError, KeyError):
            return State()  # all is sent again, and taken once

    def _write_state(self, state: State) -> None:
        partial = self._folder / ".imported.json.partial"
        partial.write_text(json.dumps(asdict(state)))
        os.replace(partial, self._folder / ".imported.json")


def _import(journal: Path, progress: Progress, store: Store) -> None:
    """Send the complete lines that were not sent before."""
    with journal.open("rb") as file:
        file.seek(progress.offset)
        new = file.read()
    new = new[: new.rfind(b"\n") + 1]
    events = list(_events(new))
    if progress.run_id or any(event["event"] == "start" for event in events):
        _send(events, progress, store)
    progress.offset += len(new)


def _send(events: list[dict[str, Any]], progress: Progress, store: Store) -> None:
    points: list[Point] = []
    end: dict[str, Any] | None = None
    for event in events:
        progress.seen = event["time"]
        match event["event"]:
            case "start":
                progress.run_id = store.open_run(
                    event["key"], event["name"], event["time"], event["params"], event["tags"]
                )
                store.log_data(progress.run_id, event["data"])
                progress.pid, progress.host = event["pid"], event["host"]
            case "metrics" | "summary":
                points += _points(event)
            case "outputs":
                store.tag(progress.run_id, event["tags"])
            case "end":
                end = event
    if points:
        store.log(progress.run_id, points)
    if end:
        _set_status(progress, store, end["status"], end["time"])
    elif events and progress.status in (None, "KILLED"):  # a run thought dead may speak again
        _set_status(progress, store, "RUNNING", None)


def _set_status(progress: Progress, store: Store, status: str, time: float | None) -> None:
    store.set_status(progress.run_id, status, time)
    progress.status = status


def _grown(journal: Path, progress: Progress) -> bool:
    return journal.stat().st_size > progress.offset


def _is_over(progress: Progress, all_ended: bool) -> bool:
    """Whether a run that never said so has come to its end."""
    return progress.status == "RUNNING" and (all_ended or _is_dead(progress))


def _events(lines: bytes) -> Iterator[dict[str, Any]]:
    for line in lines.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue  # half a line that a killed job left


def _points(event: dict[str, Any]) -> list[Point]:
    return [
        Point(name, float(value), event["time"], event.get("step", 0))
        for name, value in event["values"].items()
        if is_number(value)
    ]


def _is_dead(progress: Progress) -> bool:
    """A process is gone when its id is, or, also on other hosts, when its heartbeat stopped."""
    if time.time() - progress.seen > SILENT_SECONDS:
        return True
    return progress.host == platform.node() and not _exists(progress.pid)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Whether this process is the only one in such a block; never waits."""
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
