"""Reads many files at once and hashes them; every byte is read once, and no cache is asked."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from polytask.errors import UserError
from polytask.progress import bar
from polytask.records.hashes import listing_hash

BUFFER = 1 << 20
SHOW_BAR_FROM = 1 << 29  # bytes: about a second
MB = 10**6


@dataclass(frozen=True)
class Reading:
    """Hashes by path; `parts` has those of the files in each folder, `size` counts bytes read."""

    hashes: Mapping[str, str]
    parts: Mapping[str, Mapping[str, str]]
    size: int
    num_files: int


def read(paths: Iterable[Path]) -> Reading:
    """The hash of every file or folder that exists; hard and symbolic links are read once."""
    files = {path: files_in(path) for path in sorted(set(paths)) if path.exists()}
    identity = {file: _identity(file) for each in files.values() for file in each}
    once = {same: file for file, same in identity.items()}
    found = _hash_all({same: (file, same[2]) for same, file in once.items()})
    hashes, parts = {}, {}
    for path, inside in files.items():
        if path.is_dir():
            names = {str(file.relative_to(path)): found[identity[file]] for file in inside}
            parts[str(path)] = names
            hashes[str(path)] = listing_hash(names.items())
        else:
            hashes[str(path)] = found[identity[path]]
    return Reading(hashes, parts, sum(same[2] for same in once), len(once))


def files_in(path: Path) -> list[Path]:
    """The file itself, or all files in a folder, in the order that its hash is made in."""
    if not path.is_dir():
        return [path]
    return [file for file in sorted(path.rglob("*")) if file.is_file()]


def _identity(file: Path) -> tuple[int, int, int]:
    stat = os.stat(file)
    return stat.st_dev, stat.st_ino, stat.st_size


def _hash_all(files: Mapping[tuple, tuple[Path, int]]) -> dict[tuple, str]:
    """Hash side by side, the largest first; hashlib lets other threads run meanwhile."""
    found, read_bytes = {}, 0
    total = sum(size for _, size in files.values())
    progress = bar("audit", max(total // MB, 1), "MB") if total >= SHOW_BAR_FROM else None
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 1)) as pool:
        largest_first = sorted(files, key=lambda key: -files[key][1])
        jobs = {pool.submit(_sha256, files[key][0]): key for key in largest_first}
        for job in as_completed(jobs):
            key = jobs[job]
            found[key] = job.result()
            read_bytes += files[key][1]
            if progress is not None:
                progress.update(read_bytes // MB - progress.n)
    if progress is not None:
        progress.close()
    return found


def _sha256(path: Path) -> str:
    digest, buffer = hashlib.sha256(), bytearray(BUFFER)
    view = memoryview(buffer)
    try:
        with open(path, "rb", buffering=0) as file:
            while length := file.readinto(buffer):
                digest.update(view[:length])
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    return digest.hexdigest()
