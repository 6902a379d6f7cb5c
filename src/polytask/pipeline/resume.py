"""Where a job keeps what it has done so far: found again by the same job, gone when it succeeds."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

from polytask.pipeline import processes
from polytask.pipeline.names import job_label
from polytask.pipeline.provenance import Job, work_identity

FOLDER = Path("checkpoints")


class SavedWork(NamedTuple):
    """A folder of the job's own, None where nothing is kept, and the identity of its work."""

    folder: Path | None
    identity: str


_current: ContextVar[SavedWork | None] = ContextVar("saved_work", default=None)


def saved_work() -> SavedWork:
    """The current job's; outside of a rule nothing is kept."""
    return _current.get() or SavedWork(None, "")


@contextmanager
def resumable(job: Job, outputs: Iterable[Path]) -> Iterator[None]:
    """Within the block `saved_work` is `job`'s; its folder is removed when the block succeeds.

    The block puts the outputs in place and writes their records: only then nothing can be lost. Of
    several processes the one that does so removes it.
    """
    folder = FOLDER / job.rule / job_label(job.wildcards.values())
    work = SavedWork(folder, work_identity(job, outputs))
    token = _current.set(work)
    try:
        yield
    finally:
        _current.reset(token)
    if processes.rank() == 0:
        shutil.rmtree(work.folder, ignore_errors=True)
