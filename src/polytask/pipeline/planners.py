"""Which Snakemakes are at work in this folder: none may disturb another, nor trip over a dead one.

Each keeps a file of its own locked while it lives, and the kernel lets go of that however the
process ends. Snakemake's own lock does not say who holds it, and outlives a kill.
"""

import atexit
import fcntl
import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

FOLDER = Path(".snakemake/planners")
LOCKS = Path(".snakemake/locks")
"""Where Snakemake keeps its lock."""
PLANNER = "POLYTASK_PLANNER"
"""Set by the process that plans; its jobs and the adoption of records read the Snakefile again."""
PATIENCE_SECONDS = 10.0
FORGOTTEN_SECONDS = 600.0
"""After that, what another host announced is gone, unless the folder is locked."""

_mine: list[TextIO] = []


@contextmanager
def planning(*, is_main: bool = True) -> Iterator[bool]:
    """Announce this planner until its process ends; yields whether it is alone, and may tidy up.

    Within the block no other planner starts. The lock that a killed one left is removed; one that
    may be held never is. In the processes of a planner's jobs (`is_main` is false, or the
    environment names another one): False.
    """
    if not is_main or os.environ.setdefault(PLANNER, str(os.getpid())) != str(os.getpid()):
        yield False
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with _gate():
            others = at_work()
            if not others or _is_locked() or time.monotonic() > deadline:
                if not others:
                    _bury()
                _announce()
                if others:
                    print(_warning(others), file=sys.stderr)
                yield not others
                return
        time.sleep(0.2)  # another one is about to lock the folder, or only looks


def at_work() -> list[str]:
    """The other planners that live, or may do so on a host from which nobody can tell."""
    return [f"process {pid} on {host}" for _, host, pid, lives in _announced() if lives]


def _announced() -> Iterator[tuple[Path, str, int, bool]]:
    """File, host, process id and whether it may live, of every other planner."""
    mine = {Path(file.name) for file in _mine}
    for file in sorted(set(FOLDER.glob("*.planner")) - mine):
        host, _, pid = file.stem.rpartition(".")
        lives = _lives(file, int(pid)) if host == platform.node() else _may_live(file)
        yield file, host, int(pid), lives


def _bury() -> None:
    """Take away what dead planners left, the lock of one that was killed on this host included."""
    dead = [(file, host) for file, host, _, lives in _announced() if not lives]
    if _is_locked() and platform.node() in {host for _, host in dead}:
        print("The Snakemake that locked this folder was killed; going on.", file=sys.stderr)
        shutil.rmtree(LOCKS, ignore_errors=True)
    for file, _ in dead:
        file.unlink(missing_ok=True)


def _announce() -> None:
    if _mine:
        return
    file = (FOLDER / f"{platform.node()}.{os.getpid()}.planner").open("w")
    _lock(file, fcntl.LOCK_EX)
    _mine.append(file)
    atexit.register(_leave, Path(file.name).absolute(), os.getpid())


def _leave(path: Path, pid: int) -> None:
    if os.getpid() == pid:  # not in a fork
        path.unlink(missing_ok=True)


@contextmanager
def _gate() -> Iterator[None]:
    """One planner at a time."""
    with (FOLDER / "gate").open("w") as gate:
        _lock(gate, fcntl.LOCK_EX)
        yield


def _lock(file: TextIO, how: int) -> None:
    with suppress(OSError):  # a file system without locks: process ids have to do
        fcntl.flock(file, how)


def _is_locked() -> bool:
    return any(LOCKS.glob("*.lock"))


def _lives(path: Path, pid: int) -> bool:
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError:
        return Path(f"/proc/{pid}").exists()
    return False


def _may_live(path: Path) -> bool:
    try:
        age = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return False
    return age < FORGOTTEN_SECONDS or _is_locked()


def _warning(others: list[str]) -> str:
    return (
        f"Snakemake is at work in this folder already: {', '.join(others)}. "
        "Wait for it or stop it; --unlock only if you know that it is gone."
    )
