"""Made-up files of everything that the page on SIMO reads."""

import csv
import io
import json
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from trees import Project

from polytask.protocols import better, protocol_of
from polytask.reporting.tables import write_table

SINGLE = {
    "semseg": 25.4, "human_parts": 13.1, "sal": 36.6, "edge": 44.7, "normals": 34.0, "depth": 0.93,
}  # fmt: skip
"""What the single-task models reach."""

KEPT = {
    "single_task": 1.0,
    "multi_task": 0.95,
    "task_arithmetic": 0.70,
    "task_arithmetic_heads": 0.94,
    "task_arithmetic_representation": 0.96,
    "ties": 0.66,
    "ties_heads": 0.91,
    "ties_representation": 0.94,
    "adamerging": 0.75,
}
"""Which share of it each method keeps, about: tasks later in the list keep less."""

TITLES = {
    "single_task": "Single-task models", "multi_task": "Multi-task baseline",
    "task_arithmetic": "Task arithmetic", "ties": "TIES", "adamerging": "AdaMerging",
}  # fmt: skip
WORDS = {"heads": "heads re-aligned", "representation": "representation re-aligned"}
SCALES = [step / 10 for step in range(16)]


@dataclass
class Inputs:
    """The small project that the files lie in, and the arguments of report_simo."""

    project: Project
    arguments: dict


def title(method):
    merge, _, how = method.rpartition("_")
    return f"{TITLES[merge]}, {WORDS[how]}" if how in WORDS else TITLES[method]


def value(task, kept):
    return SINGLE[task] * kept if better({})[task] else SINGLE[task] / kept


def kept_at(scale, sensitivity):
    """A hump over the scale, highest at 0.4."""
    return 0.55 + 0.25 * np.exp(-sensitivity * (scale - 0.4) ** 2)


def column(task):
    return protocol_of(task, {}).column


def metrics_of(method, tasks, protocols):
    kept = {task: KEPT[method] ** (1 + at / 4) for at, task in enumerate(tasks)}
    return {
        "method": method, "title": title(method), "dataset": "rooms", "split": "test",
        "num_images": 100, "experts": ["stem"], "gates": {}, "classes": ["wall", "<floor>"],
        "tasks": {
            task: {"value": value(task, kept[task]), "protocol": protocol_of(task, protocols).name}
            for task in tasks
        },
        "num_parameters": 10_767_648 if method == "single_task" else 2_619_808,
    }  # fmt: skip


def samples(tasks, seed, side=8):
    rng = np.random.default_rng(seed)
    found = {"image": rng.integers(0, 256, (2, side, side, 3), dtype=np.uint8)}
    for task in tasks:
        for kind in ("target", "prediction"):
            shape = (2, side, side, 3) if task == "normals" else (2, side, side)
            labels = task in ("semseg", "human_parts", "sal")
            values = rng.integers(0, 2, shape) if labels else rng.uniform(0, 1, shape)
            found[f"{task}_{kind}"] = values.astype(np.uint8 if labels else np.float16)
    return found


def text_of(rows):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def search_rows(tasks, sensitivity):
    for scale in SCALES:
        kept = kept_at(scale, sensitivity)
        deltas = {"delta_m": 160 * (kept - 1), "delta_normalised": 100 * (kept - 1)}
        yield {"scale": scale} | {column(t): value(t, kept) for t in tasks} | deltas


def relationship_rows(own, tasks):
    """The own task rises to 1 at scale 1; the others fall, or rise a little first."""
    for scale in SCALES:
        kept = {
            task: 1 - 0.5 * (scale - 1) ** 2 if task == own
            else 0.5 + 0.02 * at * scale - 0.12 * scale**2
            for at, task in enumerate(tasks)
        }  # fmt: skip
        row = {"scale": scale} | {column(task): value(task, kept[task]) for task in tasks}
        yield row | {f"{task}_normalised": 100 * kept[task] for task in tasks}


def retention_rows(tasks):
    for size in range(2, len(tasks) + 1):
        for at, subset in enumerate(combinations(tasks, size)):
            normalised = 100 - 9 * size + at % 5
            yield {
                "num_tasks": size, "tasks": "+".join(subset), "scale": 0.4, "normalised": normalised
            }  # fmt: skip


def efficiency_rows(methods):
    for method in methods:
        merged, how = "_" in method, method.rpartition("_")[2]
        if method in TITLES and method not in ("single_task", "multi_task"):
            continue
        parameters = {"heads": 412_000, "representation": 437_000}.get(how, 2_619_808)
        yield {
            "method": method, "title": title(method), "runs": 6 if method == "single_task" else 1,
            "steps": 160 if merged else 960, "trained_parameters": parameters,
            "images": 100 if how in WORDS else 400, "image_passes": 1280,
        }  # fmt: skip


def write_inputs(root, tasks, protocols):
    """Write all files below `root`, the working directory, with the records of most."""
    project, made = Project(root), {}

    def make(path, text, rule, **more):
        return Path(project.make(path, text, rule, **more))

    found = {method: metrics_of(method, tasks, protocols) for method in KEPT}
    made["metrics"] = [
        make(f"results/evaluate/{method}/metrics.json", json.dumps(each), "evaluate",
             config={"dataset_name": "rooms"}, wildcards={"method": method})
        for method, each in found.items()
    ]  # fmt: skip
    made["samples"] = []
    for seed, method in enumerate(["single_task", "task_arithmetic", "ties_representation"]):
        made["samples"].append(Path(f"results/evaluate/{method}/samples.npz"))
        np.savez(root / made["samples"][-1], **samples(tasks, seed))
    write_table(root / "table.csv", list(found.values()), "single_task")
    made["table"] = make(
        "results/tables/simo.csv", (root / "table.csv").read_text(), "table_simo",
        inputs={"metrics": list(map(str, made["metrics"]))}, config={"baseline": "single_task"},
    )  # fmt: skip
    made["efficiency"] = make(
        "results/tables/efficiency.csv", text_of(list(efficiency_rows(KEPT))), "efficiency"
    )
    made["searches"] = [
        make(f"results/merge/{merge}/search.csv", text_of(list(search_rows(tasks, s))), "search")
        for merge, s in {"task_arithmetic": 3.0, "ties": 1.5}.items()
    ]
    made["relationships"] = [
        make(f"results/analysis/relationships/{task}.csv",
             text_of(list(relationship_rows(task, tasks))), "relationships")
        for task in tasks
    ]  # fmt: skip
    made["retention"] = make(
        "results/analysis/retention.csv", text_of(list(retention_rows(tasks))), "retention"
    )
    layers = [
        {"layer": layer} | {task: 0.3 + 0.02 * at * n for n, task in enumerate(tasks)}
        for at, layer in enumerate(["embedding", *map(str, range(8))])
    ]
    made["coefficients"] = make(
        "results/merge/adamerging/coefficients.csv", text_of(layers), "adamerging"
    )
    return Inputs(project, made)


@pytest.fixture
def inputs(request, tmp_path, monkeypatch):
    """Files of a small run with three tasks, in the working directory.

    A parameter names protocols that are not the defaults.
    """
    monkeypatch.chdir(tmp_path)
    protocols = getattr(request, "param", {})
    return write_inputs(tmp_path, ["semseg", "normals", "depth"], protocols)
