"""Was it made with the software that is installed now?"""

import functools
import importlib.metadata
import platform
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from polytask.disk import sha256_of
from polytask.lineage.chain import Chain
from polytask.lineage.findings import Finding
from polytask.records.files import Record


def other_environments(chain: Chain, lock: Path) -> Iterator[Finding]:
    """Python, packages or a lock file that differ from what a job had."""
    used: dict[tuple[str, str], set[str]] = defaultdict(set)
    for output, record in chain.records.items():
        for each in _environment(record, lock.name):
            used[each].add(output)
    now = {"python": platform.python_version(), lock.name: _hash_of(lock)}
    for (name, recorded), outputs in used.items():
        found = now[name] if name in now else installed_version(name)
        if found != recorded:
            was, is_now = (_short(each) for each in (recorded, found))
            yield Finding(
                kind="other environment", subject=name, text=f"was {was}, is {is_now}",
                outputs=frozenset(outputs), recorded=recorded, found=found,
            )  # fmt: skip


@functools.cache
def installed_version(name: str) -> str | None:
    """The version of a distribution here, None where it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _environment(record: Record, lock: str) -> Iterator[tuple[str, str]]:
    yield "python", record["python"]
    if record["lock"] is not None:
        yield lock, record["lock"]
    yield from record["packages"].items()


def _hash_of(lock: Path) -> str | None:
    return sha256_of(lock) if lock.is_file() else None


def _short(version: str | None) -> str:
    if version is None:
        return "not here"
    return version[:10] if len(version) == 64 else version
