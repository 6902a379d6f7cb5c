"""Made-up files of everything that the page on Argus reads."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from trees import Project

from polytask.reporting.tables import write_rows

TASKS = {
    "classification": ("top1", "%", True, 81.0, True),
    "detection": ("ap", "%", True, 30.0, True),
    "semseg": ("mean_iou", "%", True, 40.0, True),
    "anomaly": ("image_auroc", "%", True, 90.0, False),
    "depth": ("rmse", "m", False, 0.5, False),
}
"""Metric, unit, whether higher is better, Argus' value, whether it is a core task."""

TITLES = {
    "argus": "Argus", "plain": "Adapted DINOv2 <plain>", "argus_no_ema": "Argus, not averaged",
}  # fmt: skip
WORSE = {"argus": 0.0, "plain": 2.0, "argus_no_ema": 0.25}
"""By how much each value of a model is worse than Argus', in percent of it."""
HOSTS = {"depth": "semseg"}
"""The task whose decoder one reads."""
LEFT_OUT = {"argus_no_ema": ("anomaly", "depth")}


def metrics_of(model, tasks=TASKS):
    found = {}
    for task, (metric, unit, higher, value, core) in tasks.items():
        if task in LEFT_OUT.get(model, ()):
            continue
        value *= 1 - WORSE[model] / 100 if higher else 1 + WORSE[model] / 100
        found[task] = {
            "metric": metric, "value": value, "unit": unit, "higher_is_better": higher,
            "all": {metric: value, f"{metric}_small": value / 2}, "dataset": "rooms",
            "split": "test", "num_images": 100, "decoder": "mask_rcnn", "protocol": "coco",
            "decoder_of": HOSTS.get(task, task), "decoder_parameters": 1_500_000,
            "pretrained": core and model != "plain",
        }  # fmt: skip
    return {
        "method": model, "title": TITLES[model], "tasks": found,
        "backbone_parameters": 1_610_000 if model == "plain" else 2_650_000,
        "adapter_parameters": 0 if model == "plain" else 1_040_000,
    }  # fmt: skip


def row_of(metrics):
    values = {
        f"{task}_{about['metric']}": about["value"] for task, about in metrics["tasks"].items()
    }
    return {"method": metrics["method"], "title": metrics["title"], **values}


def text_of(rows):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def samples(tasks, seed, side):
    rng = np.random.default_rng(seed)
    shape = {task: (2, side, side * 3 // 4 if task == "pose" else side, 3) for task in tasks}
    return {
        f"{task}_{kind}": rng.integers(0, 256, shape[task], dtype=np.uint8)
        for task in tasks
        for kind in ("image", "prediction")
    }


def curve(columns, num_steps=5):
    steps = range(10, 10 * num_steps + 1, 10)
    return [{"step": step} | dict.fromkeys(columns, 3 / step**0.3) for step in steps]


def write_inputs(root, tasks=TASKS, side=8):
    """Write all files below `root`, the working directory, with their records."""
    project, made = Project(root), {"metrics": [], "samples": [], "curves": []}
    found = [metrics_of(model, tasks) for model in TITLES]
    for seed, each in enumerate(found):
        base, judged = f"results/argus/{each['method']}", f"results/evaluate/{each['method']}"
        core = [task for task in each["tasks"] if tasks[task][-1]]
        curves = {"backbone": ["loss", *core]} if each["method"] != "plain" else {}
        curves |= {task: ["loss"] for task in each["tasks"] if task not in core or not curves}
        for name, columns in curves.items():
            file = f"{base}/{name}/curves.csv"
            made["curves"].append(Path(project.make(file, text_of(curve(columns)), "train")))
        metrics = project.make(f"{judged}/metrics.json", json.dumps(each), "argus_evaluate")
        made["metrics"].append(Path(metrics))
        made["samples"].append(Path(f"{judged}/samples.npz"))
        np.savez(root / made["samples"][-1], **samples(each["tasks"], seed, side))
    write_rows(root / "table.csv", list(map(row_of, found)))
    made["table"] = Path(
        project.make(
            "results/tables/argus.csv", (root / "table.csv").read_text(), "table_argus",
            inputs={"metrics": list(map(str, made["metrics"]))},
        )
    )  # fmt: skip
    return made


@pytest.fixture
def inputs(tmp_path, monkeypatch):
    """The arguments of report_argus: files of a small run, in the working directory."""
    monkeypatch.chdir(tmp_path)
    return write_inputs(tmp_path)
