"""What a disk can do to a job: be full, and forget at a power cut what was not flushed."""

import errno
import os
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No space, no quota, no larger files."""


def is_full(error: BaseException) -> bool:
    """Whether `error` says that no more can be written; safetensors says so in words alone."""
    number = error.errno if isinstance(error, OSError) else None
    return number in FULL or any(f"(os error {each})" in str(error) for each in FULL)


def flush(path: Path) -> None:
    """Have a file, or a folder's list of names, on the disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
