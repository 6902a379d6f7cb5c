"""Is a packed copy, as it was downloaded, the published one?"""

import hashlib
from pathlib import Path

from polytask.data.benchmarks import Archive, Benchmark
from polytask.data.checking.findings import Finding
from polytask.progress import bar

PACKED = (".gz", ".tgz", ".zip", ".xz", ".bz2", ".zst")
CHUNK = 1 << 22


def is_packed(path: Path) -> bool:
    """Whether `path` is a compressed file, by its name."""
    return path.is_file() and path.name.lower().endswith(PACKED)


def check_archive(benchmark: Benchmark, path: Path) -> list[Finding] | None:
    """What is wrong with an archive; None where nothing is published to compare it with.

    An archive goes by its name, or, where only one is published, by that one. Reads the whole file
    unless its size says enough.
    """
    published = benchmark.archives.get(path.name)
    if published is None and len(benchmark.archives) == 1:
        published = next(iter(benchmark.archives.values()))
    return None if published is None else _differences(published, path)


def _differences(published: Archive, path: Path) -> list[Finding]:
    num_bytes = path.stat().st_size
    if num_bytes != published.num_bytes:
        what = "cut off?" if num_bytes < published.num_bytes else "another archive?"
        message = f"has {num_bytes:,} bytes; published: {published.num_bytes:,} ({what})"
        return [Finding(path.name, message)]
    found = _sha256(path)
    if found != published.sha256:
        message = f"has SHA-256 {found}; published by {published.source}: {published.sha256}"
        return [Finding(path.name, message)]
    return []


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with (
        path.open("rb") as file,
        bar("checking", path.stat().st_size, "B") as progress,
    ):
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            progress.update(len(chunk))
    return digest.hexdigest()
