"""Made-up files of everything that the page on VTA reads."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from trees import Project

from polytask.protocols import protocol_of
from polytask.reporting.tables import write_table

VALUES = {"semseg": 30.0, "depth": 0.5, "normals": 25.0, "edge_texture": 0.04}
SDNE = list(VALUES)
MODELS = {
    "single": ("Single-task", SDNE, 1.00),
    "multi_sd": ("Multi-task, S-D", SDNE[:2], 0.97),
    "multi": ("Multi-task <S-D-N-E>", SDNE, 0.95),
    "vta_sd": ("VTA, S-D", SDNE[:2], 1.03),
    "vta": ("VTA, S-D-N-E", SDNE, 1.05),
    "no_troa": ("VTA without TROA", SDNE, 1.045),
    "vta_transfer_sd": ("VTA, labels of S", SDNE[:2], 0.9),
    "vta_adapted": ("VTA, adapted", SDNE[:2], 0.8),
    "oracle": ("Single-task, trained on the target", SDNE[:2], 1.1),
}
"""Title, tasks, and how good a model is."""

TABLES = {
    "multitask": ("source", ["single", "multi_sd", "vta_sd", "multi", "no_troa", "vta"], "single"),
    "transfer": ("target", ["vta_transfer_sd"], None),
    "adaptation": ("target", ["vta_sd", "vta_adapted", "oracle"], "oracle"),
    "generalisation": ("target", ["single", "multi_sd", "vta_sd"], "single"),
}
DOMAINS = {"source": "rooms_day", "target": "rooms_evening"}
SEPARATE = ("single", "oracle")
LEFT = {"source": 1.0, "target": 0.7}
"""How much is left in each domain."""

CONFIG = {
    "banner": "Toys & <demo>", "show": "vta", "domains": DOMAINS,
    "tables": {
        name: {"domain": domain, "rows": rows, "baseline": baseline}
        for name, (domain, rows, baseline) in TABLES.items()
    },
    "supervised": {"vta_transfer_sd": ["semseg"]},
    "sheets": {"source": ["multi", "vta"], "target": ["vta_sd", "vta_adapted"]},
}  # fmt: skip


def metrics_of(model, domain, protocols):
    title, tasks, goodness = MODELS[model]
    found = {}
    for at, task in enumerate(tasks):
        protocol = protocol_of(task, protocols)
        good = goodness ** (1 + at / 3) * LEFT[domain]
        value = VALUES[task] * good if protocol.unit == "%" else VALUES[task] / good
        found[task] = {"metric": protocol.metric, "value": value, "protocol": protocol.name}
    return {
        "method": f"{model}_on_{domain}", "title": title, "dataset": DOMAINS[domain],
        "split": "test", "num_images": 100, "experts": [], "gates": {}, "tasks": found,
        "num_parameters": 2_500_000 if "vta" in model else 2_100_000,
        "classes": ["wall", "<floor>"],
    }  # fmt: skip


def samples(tasks, seed, side):
    rng = np.random.default_rng(seed)
    found = {"image": rng.integers(0, 256, (2, side, side, 3), dtype=np.uint8)}
    for task in tasks:
        for kind in ("target", "prediction"):
            shape = (2, side, side, 3) if task == "normals" else (2, side, side)
            labels = task == "semseg"
            values = rng.integers(0, 2, shape) if labels else rng.uniform(0, 1, shape)
            found[f"{task}_{kind}"] = values.astype(np.uint8 if labels else np.float16)
    return found


def curve_of(tasks, weighed, num_steps=5):
    """Losses over steps; where tasks are weighed, the others count ever less than at first."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    weights = [f"weight_{task}" for task in tasks] if weighed else []
    writer.writerow(["step", "loss", *tasks, *weights])
    for step in range(10, 10 * num_steps + 1, 10):
        losses = [3 / step**0.3] * (1 + len(tasks))
        writer.writerow([step, *losses, *([1 + at / step for at, _ in enumerate(weights)])])
    return stream.getvalue()


def affinities_of(tasks):
    """Rows sum to 1; every task counts less for the one after it than the other way round."""
    rows = [[1.0 + at + 3 * (at == to) + (at > to) for at in range(len(tasks))]
            for to in range(len(tasks))]  # fmt: skip
    cosines = [[1.0 if a == b else 0.1 * (a + b) - 0.4 for b in range(len(tasks))]
               for a in range(len(tasks))]  # fmt: skip
    shares = [[value / sum(row) for value in row] for row in rows]
    return {"tasks": tasks, "affinities": shares, "cosines": cosines}


def write_training(project, made, model):
    """Curves and effort of each training of a model, affinities of one that learns them."""
    _, tasks, _ = MODELS[model]
    for name in tasks if model in SEPARATE else ["all"]:
        base = f"results/vta/{model}/{name}"
        effort = {
            "steps": 80 if model == "vta_transfer_sd" else 100, "batch_size": 8, "images": 400,
            "trained_parameters": 600_000 if "vta" in model else 2_000_000,
        }  # fmt: skip
        end = {"end": "2026-01-01T00:01:00+00:00"}
        curve = curve_of(tasks if name == "all" else [name], weighed="vta" in model)
        made["curves"].append(project.make(f"{base}/curves.csv", curve, "vta_train", **end))
        text = json.dumps(effort)
        made["efforts"].append(project.make(f"{base}/effort.json", text, "vta_train", **end))
    if "vta" in model or model == "no_troa":
        found = affinities_of(tasks)
        if model == "no_troa":
            found |= {"affinities": [[0.25] * 4] * 4, "cosines": None}
        file = f"results/vta/{model}/all/affinities.json"
        made["affinities"].append(project.make(file, json.dumps(found), "vta_train", **end))


def write_table_of(project, made, name, protocols):
    domain, models, baseline = TABLES[name]
    found = [metrics_of(model, domain, protocols) for model in models]
    write_table(project.root / "table.csv", found, f"{baseline}_on_{domain}" if baseline else None)
    files = [f"results/evaluate/{each['method']}/metrics.json" for each in found]
    for file, each in zip(files, found, strict=True):
        if file not in made["metrics"]:
            made["metrics"].append(project.make(file, json.dumps(each), "evaluate"))
    text = (project.root / "table.csv").read_text()
    table = f"results/tables/vta_{name}.csv"
    made["tables"].append(project.make(table, text, "table", {"metrics": files}))


def write_inputs(root, protocols, side=8, draw=samples):
    """Write all files below `root`, the working directory, with their records."""
    names = ("tables", "metrics", "samples", "curves", "efforts", "affinities")
    project, made = Project(root), {name: [] for name in names}
    for model in MODELS:
        write_training(project, made, model)
    for name in TABLES:
        write_table_of(project, made, name, protocols)
    for domain, models in CONFIG["sheets"].items():
        for seed, model in enumerate(models):
            file = f"results/evaluate/{model}_on_{domain}/samples.npz"
            np.savez(root / file, **draw(MODELS[model][1], seed, side))
            made["samples"].append(file)
    return {name: list(map(Path, files)) for name, files in made.items()}


@pytest.fixture
def inputs(tmp_path, monkeypatch):
    """The arguments of report_vta: files of a small run, in the working directory."""
    monkeypatch.chdir(tmp_path)
    return write_inputs(tmp_path, {"edge_texture": "abs_error"})
