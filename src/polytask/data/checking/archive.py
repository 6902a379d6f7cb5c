"""Is a packed copy, as it was downloaded, the published one?"""

import hashlib
from pathlib import Path

from polytask.data.benchmarks import Archive, Benchmark
from polytask.data.checking.findings import Finding
from polytask.progress import bar

PACKED = (".gz", ".tgz", ".zip", ".xz", ".bz2", ".zst", ".rar")
CHUNK = 1 << 22
NAMES = {"sha256": "SHA-256", "sha1": "SHA-1", "md5": "MD5"}
"""The algorithms of checksums."""


def is_archive(benchmark: Benchmark, path: Path) -> bool:
    """Whether `path` is a compressed file, or a published archive, by its name."""
    packed = path.name.lower().endswith(PACKED) or path.name in benchmark.archives
    return packed and path.is_file()


def published_archive(benchmark: Benchmark, path: Path) -> Archive | None:
    """What is published about an archive; None where neither its size nor a checksum is.

    An archive goes by its name, or, where only one is published, by that one.
    """
    archive = benchmark.archives.get(path.name)
    if archive is None and len(benchmark.archives) == 1:
        archive = next(iter(benchmark.archives.values()))
    known = archive and (archive.num_bytes is not None or archive.checksum is not None)
    return archive if known else None


def check_archive(archive: Archive, path: Path) -> list[Finding]:
    """What is wrong with a file; it is not read where its size says enough."""
    num_bytes = path.stat().st_size
    if archive.num_bytes is not None and num_bytes != archive.num_bytes:
        what = "cut off?" if num_bytes < archive.num_bytes else "another archive?"
        message = f"has {num_bytes:,} bytes; published: {archive.num_bytes:,} ({what})"
        return [Finding(path.name, message)]
    if archive.checksum is None:
        return []
    algorithm, _, published = archive.checksum.partition(":")
    found = digest(path, algorithm)
    if found != published:
        message = f"has {NAMES[algorithm]} {found}; published by {archive.source}: {published}"
        return [Finding(path.name, message)]
    return []


def compared(archive: Archive) -> str:
    """What a published archive can be compared by."""
    parts = ["size"] if archive.num_bytes is not None else []
    if archive.checksum is not None:
        parts.append(NAMES[archive.checksum.partition(":")[0]])
    return " and ".join(parts)


def digest(path: Path, algorithm: str) -> str:
    """The sha256, sha1 or md5 of a file, with a bar: archives are large."""
    result = hashlib.new(algorithm, usedforsecurity=False)
    with (
        path.open("rb") as file,
        bar("checking", path.stat().st_size, "B") as progress,
    ):
        while chunk := file.read(CHUNK):
            result.update(chunk)
            progress.update(len(chunk))
    return result.hexdigest()
