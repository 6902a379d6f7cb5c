"""Whether a process that left its number in a file still runs, as far as this machine can know."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROC = Path("/proc")


def own_process() -> dict[str, Any]:
    """This process's number, when it was born, and where that number means anything."""
    return {"pid": os.getpid(), "born": _born(os.getpid()), "place": _place()}


def is_alive(process: Mapping[str, Any]) -> bool | None:
    """Whether `process` runs; None where it belongs to another machine, start or container."""
    if process.get("place") is None or process["place"] != _place():
        return None
    return process["born"] == _born(process["pid"])


def _place() -> str | None:
    """This start of this machine, and the numbering of processes in it; None without /proc."""
    try:
        start = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{start} {os.readlink(PROC / 'self/ns/pid')}"
    except OSError:
        return None


def _born(pid: int) -> str | None:
    """The process's start in ticks, which a later one with its number does not share."""
    try:
        state, *fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state in "ZX" else fields[18]
