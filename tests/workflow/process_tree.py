"""Every process of a run, whatever session or group it has moved to."""

import os
import signal
import time
from pathlib import Path


def processes_in(folder: Path) -> list[int]:
    """The processes that work in `folder`; whoever starts a run must not be one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(process / "cwd")).is_relative_to(folder):
                found.append(int(process.name))
        except OSError:
            continue  # it has just ended, or is not ours
    return found


def kill_all(folder: Path) -> None:
    """SIGKILL to all of them at once, and to those that were just being started."""
    for _ in range(100):
        alive = processes_in(folder)
        if not alive:
            return
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)
    raise AssertionError(f"these outlive SIGKILL: {alive}")
