"""A small results tree with true records, in a repository of its own, for tests to tamper with."""

import hashlib
import importlib.metadata
import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polytask.records.files import FORMAT, record_path
from polytask.records.hashes import FileHashes, size_of
from polytask.records.identity import lineage_of, sealed

METHODS = ("single_task", "sak")
SHARDS = [f"results/features/corpus/masked/{shard:02d}.safetensors" for shard in range(2)]
STUDENT = "results/distill/sak/model.safetensors"
TABLE = "results/tables/sak.csv"
CODE = ("src/library.py", "workflow/scripts/job.py")


def model(method: str) -> str:
    return f"results/downstream/{method}/all/model.safetensors"


def metrics(method: str) -> str:
    return f"results/evaluate/{method}/metrics.json"


@dataclass
class Tree:
    """Writes files with records as `run_rule` does; the working directory is the tree."""

    repository: Path
    git: Mapping[str, Any]
    jobs: int = 0

    @property
    def lock(self) -> Path:
        return self.repository / "requirements.lock"

    def make(self, rule: str, outputs: Mapping[str, str], inputs: Mapping[str, Sequence[str]],
             **fields: Any) -> None:  # fmt: skip
        """Write `outputs` (path to content) and their records."""
        self.jobs += 1
        common = self._record(rule, inputs) | fields
        for path, content in outputs.items():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(content)
            self.record(common | {"output": fingerprint(path)})

    def record(self, record: dict[str, Any]) -> None:
        """Write a record with the lineage and the seal that belong on it."""
        path = record_path(Path(record["output"]["path"]))
        path.parent.mkdir(parents=True, exist_ok=True)
        record = {**record, "lineage": lineage_of(record)}
        path.write_text(json.dumps(sealed(record), indent=1) + "\n")

    def _record(self, rule: str, inputs: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "rule": rule,
            "wildcards": {},
            "params": {"config": {"seed": 7, "fit": {"steps": 3}}},
            "inputs": {name: [used(path) for path in paths] for name, paths in inputs.items()},
            "code": [fingerprint(str(self.repository / path)) | {"path": path} for path in CODE],
            "threads": 1,
            "tracking": f"{rule}-{self.jobs:08d}",
            "git": dict(self.git),
            "start": f"2026-11-22T04:{self.jobs:02d}:10.000001+00:00",
            "end": f"2026-11-22T04:{self.jobs:02d}:20.000001+00:00",
            "changed_while_running": [],
            "status": "finished",
            "seed": 7,
            "device": "cpu: x86_64",
            "host": "here",
            "python": platform.python_version(),
            "packages": {"pytest": importlib.metadata.version("pytest")},
            "lock": hashlib.sha256(self.lock.read_bytes()).hexdigest(),
        }


def fingerprint(path: str) -> dict[str, Any]:
    hashes = FileHashes(Path("provenance/.hashes.sqlite"))
    return {"path": path, "sha256": hashes.sha256(Path(path)), "size": size_of(Path(path))}


def used(path: str) -> dict[str, Any]:
    record = record_path(Path(path))
    lineage = json.loads(record.read_text())["lineage"] if record.is_file() else None
    return fingerprint(path) | {"lineage": lineage}


def git(repository: Path, *words: str) -> str:
    command = ["git", "-C", str(repository), "-c", "user.name=t", "-c", "user.email=t@t", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def new_repository(folder: Path) -> dict[str, Any]:
    """A repository with two source files and a lock; returns what records say of its state."""
    for path in (*CODE, "Snakefile", "requirements.lock"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"# {path}\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "all")
    return {"commit": git(folder, "rev-parse", "HEAD"), "dirty": False}


def build(repository: Path) -> Tree:
    """Photos, shards, a student, two methods and their table, from the raw data up."""
    tree = Tree(repository, new_repository(repository))
    for name in ("a", "b", "c"):
        Path("data/photos").mkdir(parents=True, exist_ok=True)
        Path(f"data/photos/{name}.png").write_text(f"photo {name}")
    tree.make("rooms", {"results/data/rooms.tar": "scenes"}, {})
    tree.make(
        "teacher_features", {path: f"features {path}" for path in SHARDS},
        {"images": ["data/photos"], "weights": []},
    )  # fmt: skip
    tree.make("distill", {STUDENT: "student"}, {"corpus": ["data/photos"], "teachers": SHARDS})
    for method in METHODS:
        student = [STUDENT] if method == "sak" else []
        tree.make(
            "downstream", {model(method): f"model {method}"},
            {"labelled": ["results/data/rooms.tar"], "student": student},
            wildcards={"method": method},
        )  # fmt: skip
        result = {"method": method, "tasks": {"semseg": {"value": 1.5}, "depth": {"value": 2.5}}}
        tree.make(
            "evaluate",
            {metrics(method): json.dumps(result), f"results/evaluate/{method}/samples.npz": "s"},
            {"labelled": ["results/data/rooms.tar"], "models": [model(method)]},
            wildcards={"method": method},
        )
    rows = "".join(f"{method},Title,1.5,2.5\n" for method in METHODS)
    tree.make(
        "table", {TABLE: f"method,title,semseg,depth\n{rows}"},
        {"metrics": [metrics(method) for method in METHODS]},
    )  # fmt: skip
    return tree
