"""A small project with sealed records: raw photos -> train x2 -> evaluate x2 -> table."""

import csv
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from polytask.records.files import FORMAT, record_path
from polytask.records.identity import lineage_of, sealed

PHOTOS = "data/photos.tar"
TABLE = "results/tables/sak.csv"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Project:
    """A folder to make files with records in; attributes are what every job has in common."""

    root: Path
    packages: dict = field(default_factory=lambda: {"numpy": "2.0", "torch": "2.1"})
    code: dict = field(default_factory=lambda: {"src/loss.py": "loss 1", "src/data.py": "data 1"})
    git: dict = field(default_factory=lambda: {"commit": "c0ffee" * 6, "dirty": False})
    device: str = "cpu: x86_64"
    records: dict = field(default_factory=dict)

    def raw(self, path, text="pixels"):
        """A file without a record."""
        self._write(path, text)
        return path

    def make(self, path, text, rule, inputs=None, *, config=None, **changes):
        """A file with its record; `inputs` maps names to lists of paths."""
        self._write(path, text)
        config, wildcards = config or {}, changes.pop("wildcards", {})
        words = [rule, *wildcards.values(), digest(path)[:4]]
        record = {
            "format": FORMAT, "rule": rule, "wildcards": wildcards, "params": {"config": config},
            "inputs": {n: [self._read(p) for p in paths] for n, paths in (inputs or {}).items()},
            "code": [self._fingerprint(name, text) for name, text in self.code.items()],
            "threads": 1, "tracking": "-".join(words), "git": self.git, "status": "finished",
            "start": "2026-01-01T00:00:00+00:00", "end": "2026-01-01T00:00:02+00:00",
            "changed_while_running": [], "seed": config.get("seed"), "device": self.device,
            "host": "vm", "python": "3.11.7", "packages": self.packages, "lock": digest("lock"),
            "output": self._fingerprint(path, text), **changes,
        }  # fmt: skip
        self.write(record | {"lineage": lineage_of(record)})
        return path

    def write(self, record):
        """Seal a record and write it."""
        path = self.root / record_path(Path(record["output"]["path"]))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(sealed(record)))
        self.records[record["output"]["path"]] = sealed(record)

    def _write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def _fingerprint(self, path, text):
        return {"path": path, "sha256": digest(text), "size": len(text)}

    def _read(self, path):
        record = self.records.get(path)
        text = (self.root / path).read_text()
        return self._fingerprint(path, text) | {"lineage": record["lineage"] if record else None}


def project(root, *, steps=10, lr=0.1, pixels="pixels", **common):
    """The whole small project; keywords change what it is made from."""
    found = Project(root, **common)
    found.raw(PHOTOS, pixels)
    rows = []
    for method, value in (("base", 20.0), ("sak", 23.4567)):
        config = {"seed": 0, "fit": {"steps": steps, "lr": lr}, "fusion": f"{method} fusion"}
        # What is made follows from what it is made from, as with a real training.
        made = digest(f"{method} {steps} {lr} {pixels} {found.code} {found.packages}")
        model = found.make(
            f"results/models/{method}/model.bin", made, "train", {"photos": [PHOTOS]},
            config=config, wildcards={"method": method},
        )  # fmt: skip
        metrics = {"method": method, "tasks": {"semseg": {"value": value}, "depth": {"value": 1.5}}}
        found.make(
            f"results/evaluate/{method}/metrics.json", json.dumps(metrics | {"model": made}),
            "evaluate", {"photos": [PHOTOS], "models": [model]},
            config={"seed": 0, "dataset_name": "rooms"}, wildcards={"method": method},
        )  # fmt: skip
        rows.append([method, method.upper() + " method", value, value + 1, 1.5, 17.0, 700])
    table(found, rows)
    return found


def table(found, rows):
    """The table of `rows`, made from the metrics of all methods."""
    head = ["method", "title", "semseg_mean_iou", "human_parts_mean_iou", "depth_rmse", "delta_m"]
    (found.root / TABLE).parent.mkdir(parents=True, exist_ok=True)
    with (found.root / TABLE).open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([[*head, "num_parameters"], *rows])
    metrics = [f"results/evaluate/{row[0]}/metrics.json" for row in rows]
    text = (found.root / TABLE).read_text()
    found.make(TABLE, text, "table", {"metrics": metrics}, config={"baseline": "base"})
