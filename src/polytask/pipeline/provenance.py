"""A small JSON record beside every output: what it was made from, by which code, when and where.

A record names the records of its inputs by hash, so the chain from a number to the raw data can be
walked from the records alone. The record of `results/x.json` is `provenance/results/x.json.json`.
"""

import functools
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from polytask.pipeline.hashes import FileHashes, size_of

FORMAT = "polytask.provenance/1"
FOLDER = Path("provenance")
HASHES = FileHashes(FOLDER / ".hashes.sqlite")
REPOSITORY = Path(__file__).resolve().parents[3]
PACKAGES = (
    "polytask", "torch", "torchvision", "timm", "numpy", "scipy", "scikit-image", "pillow",
    "embreex", "safetensors", "snakemake", "mlflow",
)  # fmt: skip


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
    tracking: str
    git: Mapping[str, Any] = field(default_factory=lambda: git_state())
    start: str = field(default_factory=lambda: datetime.now(UTC).isoformat())


def record_path(output: Path) -> Path:
    """Where the record of `output` lies; outputs outside the working directory keep their path."""
    inside = Path(os.path.relpath(output)) if output.is_absolute() else output
    parts = [part for part in inside.parts if part not in ("..", "/")]
    return FOLDER.joinpath(*parts[:-1], f"{parts[-1]}.json")


def fingerprint(path: Path) -> dict[str, Any]:
    """Path, SHA-256 and size of one file or folder."""
    return {"path": str(path), "sha256": HASHES.sha256(path), "size": size_of(path)}


def input_fingerprint(path: Path) -> dict[str, Any]:
    """A fingerprint with the hash of the file's own record, null where it has none."""
    record = record_path(path)
    return fingerprint(path) | {"record": HASHES.sha256(record) if record.is_file() else None}


def changed_since(fingerprints: Iterable[Mapping[str, Any]]) -> list[str]:
    """The paths whose content is no longer what was recorded."""
    return [
        each["path"]
        for each in fingerprints
        if not Path(each["path"]).exists() or HASHES.sha256(Path(each["path"])) != each["sha256"]
    ]


def write_record(job: Job, output: Path, changed: list[str]) -> dict[str, Any]:
    """Write and return the record of `output`; `changed` are inputs that did not stay the same."""
    record = {
        "format": FORMAT,
        "output": fingerprint(output),
        **asdict(job),
        "end": datetime.now(UTC).isoformat(),
        "changed_while_running": changed,
        "seed": _seed(job.params),
        "device": _device(),
        "host": platform.node(),
        "python": platform.python_version(),
        "packages": package_versions(),
    }
    path = record_path(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(record, indent=1, default=str) + "\n")
    os.replace(partial, path)
    return record


def package_versions() -> dict[str, str | None]:
    """Versions of the packages that results depend on, read without importing them."""
    found: dict[str, str | None] = dict.fromkeys(PACKAGES)
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


@functools.cache
def git_state() -> dict[str, Any]:
    """Commit of the source tree and whether tracked files differ from it; null outside of git."""
    try:
        commit = _git("rev-parse", "HEAD")
        return {"commit": commit, "dirty": bool(_git("status", "--porcelain", "-uno"))}
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
