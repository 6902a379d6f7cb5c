"""A job's sign of life: a small file that says how far it is, rewritten while the job runs.

It goes when the job succeeds and stays, with the reason, when it does not. A killed job cannot say
so: its file stops changing, which is seen from every machine that shares the folder.
"""

import contextlib
import json
import os
import platform
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polytask.errors import UserError
from polytask.pipeline.names import job_name
from polytask.pipeline.status.processes import own_process
from polytask.progress import current

if TYPE_CHECKING:
    from tqdm import tqdm

FOLDER = Path("logs/status")
BEAT_SECONDS = 5.0
WINDOW_SECONDS = 60.0
"""Speed is that of the last minute: the first steps are slower than the rest."""


@contextmanager
def sign_of_life(
    rule: str, wildcards: Mapping[str, str], log: Path | None, folder: Path = FOLDER,
    *, shown: bool = True,
) -> Iterator[None]:  # fmt: skip
    """While the block runs, its job is seen to run; how it ended is left when it fails.

    Not `shown` are the other ones of several processes.
    """
    if not shown:
        yield
        return
    about = {
        "rule": rule,
        "wildcards": dict(wildcards),
        "log": str(log) if log else None,
        "started": datetime.now(UTC).isoformat(),
        "host": platform.node(),
        "process": own_process(),
        "slurm_job": os.environ.get("SLURM_JOB_ID"),
    }
    sign = _Sign(folder / f"{job_name(rule, wildcards.values())}.json", about)
    stop = threading.Event()
    beating = threading.Thread(target=sign.beat, args=(stop,), daemon=True)
    beating.start()
    end: Mapping[str, Any] | None = None
    try:
        yield
    except BaseException as error:
        end = _end(error)
        raise
    finally:
        stop.set()
        beating.join()
        sign.finish(end)


def write_whole(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that appears at once; a disk that refuses costs the file, never the job."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(content, default=str) + "\n")
        partial.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


class _Sign:
    """The file at `path`: `about` the job, and what changes from beat to beat."""

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        self.path, self.about, self.pace = path, about, Pace()

    def beat(self, stop: threading.Event) -> None:
        """Write now, and every few seconds until told to stop."""
        self._write({"state": "running"})
        while not stop.wait(BEAT_SECONDS):
            self._write({"state": "running"})

    def finish(self, end: Mapping[str, Any] | None) -> None:
        """Leave how the job ended; nothing where it ended well."""
        if end is not None:
            self._write(end)
        else:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)

    def _write(self, changing: Mapping[str, Any]) -> None:
        write_whole(self.path, {**self.about, **changing, **self.pace.now()})


class Pace:
    """How far the current bar is, and how fast it moved lately."""

    def __init__(self) -> None:
        self.bar: tqdm | None = None
        self.samples: deque[tuple[float, float]] = deque()

    def now(self) -> dict[str, Any]:
        """`doing`, `step`, `total`, `unit` and `speed` per second; empty where no bar is open."""
        bar, time_now = current(), time.time()
        if bar is None:
            return {}
        if bar is not self.bar:
            self.bar, self.samples = bar, deque([(bar.start_t, bar.initial)])
        self.samples.append((time_now, bar.n))
        while self.samples[1][0] < time_now - WINDOW_SECONDS:
            self.samples.popleft()
        (begin, first), (end, last) = self.samples[0], self.samples[-1]
        speed = (last - first) / (end - begin) if last > first and end > begin else None
        about = {"doing": bar.desc, "total": bar.total, "unit": bar.unit}
        return about | {"step": bar.n, "speed": speed}


def _end(error: BaseException) -> dict[str, Any]:
    if isinstance(error, UserError):
        return {"state": "failed", "error": str(error), "to_mend": True}
    if isinstance(error, Exception):
        words = str(error).splitlines()
        return {"state": "failed", "error": ": ".join([type(error).__name__, *words[:1]])}
    number = error.code - 128 if isinstance(error, SystemExit) and _is_status(error.code) else 0
    with contextlib.suppress(ValueError):
        return {"state": "interrupted", "error": f"stopped by {signal.Signals(number).name}"}
    return {"state": "interrupted", "error": "stopped"}


def _is_status(code: object) -> bool:
    return isinstance(code, int) and code > 128
