"""Programs of Debian that a test needs, installed where asked for; one process at a time."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

LOCK = Path(tempfile.gettempdir()) / "polytask-tests-apt.lock"


def missing(programs: Sequence[str]) -> str:
    """The first of the programs that is not there, or nothing."""
    return next((program for program in programs if not shutil.which(program)), "")


def install(packages: Sequence[str], programs: Sequence[str]) -> None:
    """Install packages unless their programs have come meanwhile; what fails is seen by them."""
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "capture_output": True}
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if missing(programs):
            subprocess.run(["apt-get", "update"], **quiet)
            subprocess.run(
                ["apt-get", "install", "-y", "--no-install-recommends", *packages], **quiet
            )


def can_install(variable: str) -> bool:
    """Whether the environment asks for it, and this is root on Debian."""
    asked = os.environ.get(variable) == "1"
    return asked and os.geteuid() == 0 and shutil.which("apt-get") is not None
