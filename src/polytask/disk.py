"""Files that appear whole or not at all, and what a disk can do: be full, forget at a power cut."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No space, no quota, no larger files."""


def is_full(error: BaseException) -> bool:
    """Whether `error` says that no more can be written; safetensors says so in words alone."""
    number = error.errno if isinstance(error, OSError) else None
    return number in FULL or any(f"(os error {each})" in str(error) for each in FULL)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield where to write the new `path`; it takes the name when the block succeeds.

    Its bytes are then on the disk, and others may read it as they may any new file (safetensors
    would keep it from them). When the block fails the file that was there stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.touch()
        permissions = partial.stat().st_mode
        yield partial
        partial.chmod(permissions)
        flush(partial)
        partial.replace(path)
        flush(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """The sha256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Have a file, or a folder's list of names, on the disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
