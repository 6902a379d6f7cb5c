"""Writes a small JSON record beside every output: from what, by which code, when and where.

docs/provenance.md describes the format; `polytask.lineage` reads the records back.
"""

import functools
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from polytask.disk import replacing
from polytask.pipeline.environment import imported_packages
from polytask.records.files import FOLDER, FORMAT, read_record, record_path, unfinished_path
from polytask.records.hashes import FileHashes, size_of
from polytask.records.identity import lineage_of, sealed, work_of

HASHES = FileHashes(FOLDER / ".hashes.sqlite")
REPOSITORY = Path(__file__).resolve().parents[3]
LOCK = REPOSITORY / "requirements.lock"
LATENCY_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a rule was given; everything is read from disk when the job starts.

    `inputs` maps each name to its files, `code` lists the script and what it imports.
    """

    rule: str
    wildcards: Mapping[str, str]
    params: Mapping[str, Any]
    inputs: Mapping[str, list[dict[str, Any]]]
    code: list[dict[str, Any]]
    threads: int
    processes: int = 1
    tracking: str
    git: Mapping[str, Any] = field(default_factory=lambda: git_state())
    start: str = field(default_factory=lambda: datetime.now(UTC).isoformat())


def fingerprint(path: Path) -> dict[str, Any]:
    """Path, SHA-256 and size of one file or folder."""
    return {"path": str(path), "sha256": HASHES.sha256(path), "size": size_of(path)}


def input_fingerprint(path: Path) -> dict[str, Any]:
    """A fingerprint with the lineage of the file, null where it has no record of its own.

    Where other outputs have records, its own may only be late: file systems that several machines
    share show a new file to each of them in its own time.
    """
    while True:
        file, record = fingerprint(path), read_record(path)
        if record is not None and record["output"]["sha256"] == file["sha256"]:
            return file | {"lineage": record["lineage"]}
        if not _has_neighbours(path) or time.monotonic() > _last_look():
            return file | {"lineage": None}
        time.sleep(0.2)
        with suppress(OSError):  # listing a folder makes such file systems look again
            os.listdir(record_path(path).parent)


@functools.cache
def _last_look() -> float:
    """Until when this job waits for records, all together."""
    return time.monotonic() + LATENCY_SECONDS


def _has_neighbours(path: Path) -> bool:
    """Whether there are records of files in the same main folder, `results` say."""
    place = record_path(path).relative_to(FOLDER)
    return len(place.parts) > 1 and (FOLDER / place.parts[0]).is_dir()


def code_fingerprint(path: Path) -> dict[str, Any]:
    """A fingerprint of a source file, its path relative to the repository if it lies there."""
    file, whole = fingerprint(path), path.resolve()
    inside = whole.is_relative_to(REPOSITORY)
    return file | {"path": str(whole.relative_to(REPOSITORY) if inside else whole)}


def changed_since(fingerprints: Iterable[Mapping[str, Any]], base: Path = Path()) -> list[str]:
    """The paths, relative to `base`, whose content is no longer what was recorded."""

    def same(each: Mapping[str, Any]) -> bool:
        path = base / each["path"]
        return path.exists() and HASHES.sha256(path) == each["sha256"]

    return [each["path"] for each in fingerprints if not same(each)]


def write_record(job: Job, output: Path, changed: list[str]) -> dict[str, Any]:
    """Write and return the record of `output`; `changed` are inputs that did not stay the same."""
    record = _described(job) | {"status": "finished", "changed_while_running": changed}
    record |= {"output": fingerprint(output), "packages": imported_packages()}
    record = sealed(record | {"lineage": lineage_of(record)})
    _write(record_path(output), record)
    unfinished_path(output).unlink(missing_ok=True)
    return record


def write_unfinished(job: Job, outputs: Iterable[Path], status: str, error: str | None) -> None:
    """Say of `outputs` that their job is "interrupted" or "failed"; `write_record` takes it back.

    Written as interrupted when a job starts, it is still true when the job is killed.
    """
    record = _described(job) | {"status": status, "error": error}
    for output in outputs:
        place = {"output": {"path": str(output), "sha256": None, "size": None}}
        _write(unfinished_path(output), sealed(record | place))


def work_identity(job: Job, outputs: Iterable[Path]) -> str:
    """What `job` is to do; unfinished work goes on only under the same identity."""
    return work_of(_described(job), map(str, outputs))


def is_made(job: Job, outputs: list[Path]) -> bool:
    """Whether `outputs` are there with records that say that this very work was done."""
    work = work_identity(job, outputs)
    records = [(output, read_record(output)) for output in outputs]
    return all(
        record is not None
        and not record["changed_while_running"]
        and work_of(record, map(str, outputs)) == work
        and output.exists()
        and HASHES.sha256(output) == record["output"]["sha256"]
        for output, record in records
    )


def _described(job: Job) -> dict[str, Any]:
    described = asdict(job)
    if job.processes == 1:
        del described["processes"]
    return {
        "format": FORMAT,
        **described,
        "end": datetime.now(UTC).isoformat(),
        "seed": _seed(job.params),
        "device": _device(),
        "host": platform.node(),
        "python": platform.python_version(),
        "lock": HASHES.sha256(LOCK) if LOCK.is_file() else None,
    }


def _write(path: Path, record: Mapping[str, Any]) -> None:
    with replacing(path) as partial:
        partial.write_text(json.dumps(record, indent=1, default=str) + "\n")


@functools.cache
def git_state() -> dict[str, Any]:
    """Commit of the source tree and whether tracked files differ from it; null outside of git.

    dvc.lock does not count: every green run writes it, and no job reads it.
    """
    try:
        commit = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "-uno", "--", ".", ":(exclude)dvc.lock")
        return {"commit": commit, "dirty": bool(changed)}
    except (OSError, subprocess.SubprocessError):
        return {"commit": None, "dirty": None}


def _git(*arguments: str) -> str:
    command = ["git", "--no-optional-locks", "-C", str(REPOSITORY), *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=30
    ).stdout.strip()


def _seed(params: Mapping[str, Any]) -> int | None:
    config = params.get("config")
    inside = config.get("seed") if isinstance(config, Mapping) else None
    return params.get("seed", inside)


def _device() -> str:
    """The GPU if torch was loaded and has used one, else the processor."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return f"cuda: {torch.cuda.get_device_name()}"
    return f"cpu: {platform.machine()}"
