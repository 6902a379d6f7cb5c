"""One process makes an output at a time: a second one waits, and need not make it again.

A Snakemake that was killed may leave jobs behind that still run, here or on a cluster; the next
one, which knows nothing of them, starts the same jobs.
"""

import fcntl
import logging
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from polytask.pipeline.names import job_name

FOLDER = Path(".snakemake/claims")
CLAIM = "POLYTASK_CLAIM"
"""The job whose process it is, or whose process started it."""

logger = logging.getLogger(__name__)


@contextmanager
def claimed(rule: str, wildcards: Mapping[str, str]) -> Iterator[bool]:
    """Within the block no other process runs this job; yields whether one did until now.

    Processes that are started within the block belong to it.
    """
    name = job_name(rule, wildcards.values())
    if os.environ.get(CLAIM) == name:
        yield False
        return
    os.environ[CLAIM] = name
    try:
        with _alone_at(FOLDER / name) as waited:
            yield waited
    finally:
        del os.environ[CLAIM]


@contextmanager
def _alone_at(place: Path) -> Iterator[bool]:
    place.parent.mkdir(parents=True, exist_ok=True)
    waited = False
    while True:
        with place.open("a+") as file:
            waited |= _take(file)
            if _is_the_one_at(file, place):  # else the one before has removed it
                file.truncate(0)
                file.write(f"process {os.getpid()} on {platform.node()}")
                file.flush()
                try:
                    yield waited
                finally:
                    place.unlink(missing_ok=True)
                return


def _take(file: TextIO) -> bool:
    """Lock `file`; whether another process had it. On a file system without locks: never."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        logger.warning("%s makes the same outputs: waiting for it", file.read() or "another job")
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        return True
    except OSError:
        pass
    return False


def _is_the_one_at(file: TextIO, place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), place.stat())
    except FileNotFoundError:
        return False
