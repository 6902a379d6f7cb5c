"""Made-up files of everything that the page on SAK in full reads."""

import csv
import io
import json
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest
from trees import Project

from polytask.metrics.gain import delta_m
from polytask.protocols import protocol_of

TASKS = {"semseg": 27.0, "human_parts": 14.0, "sal": 40.0, "edge": 48.0, "normals": 33.0,
         "depth": 0.82}  # fmt: skip
COLUMNS = {task: protocol_of(task, {}) for task in TASKS}
BETTER = {task: protocol.higher_is_better for task, protocol in COLUMNS.items()}

GOODNESS = {
    "single_task": 1.0, "multi_task": 1.05, "no_biases": 1.10, "no_router": 1.102,
    "no_distillation_1": 1.03, "no_distillation_2": 1.15, "sak": 1.18, "sak_semantic": 1.12,
    "sak_masked": 1.10, "sak_boundary": 1.08, "sak_semantic_masked": 1.17, "sak_small": 1.11,
    "sak_small_teachers": 1.15, "sak_small_both": 1.09, "vit_mlore": 1.07, "sak_mlore": 1.22,
    "radio": 1.11, "theia": 1.09, "unic": 1.10, "frozen_vit": 0.7, "frozen_semantic": 0.95,
    "frozen_masked": 0.88, "frozen_boundary": 0.84, "frozen_no_biases": 0.91,
    **{f"{name}_{at}": good - (100 - at) * loss
       for name, good, loss in (("sak", 1.18, 0.0012), ("radio", 1.11, 0.0017),
                                ("theia", 1.09, 0.0019)) for at in (25, 50, 75)},
}  # fmt: skip
"""How good a made-up method is beside the single-task one."""

SKILLS = {"frozen_semantic": "semseg", "frozen_masked": "normals", "frozen_boundary": "edge"}

ABLATED = ["no_biases", "no_router", "sak"]
TABLES = {
    "table2": (["frozen_semantic", "frozen_masked", "frozen_boundary", "frozen_no_biases"], None),
    "table3": (["single_task", *ABLATED], "single_task"),
    "table4": (["single_task", "multi_task", "no_distillation_1", "no_distillation_2", "sak"],
               "single_task"),
    "table7": (["single_task", "multi_task", "sak_semantic", "sak_masked", "sak_boundary",
                "sak_semantic_masked", "sak"], "single_task"),
    "table8": (
        ["single_task", "sak_small_both", "sak_small", "sak_small_teachers", "sak"], "single_task",
    ),
    "table9": (["single_task", "vit_mlore", "sak", "sak_mlore"], "single_task"),
    "figure1": (["frozen_vit", "frozen_semantic", "frozen_masked", "frozen_boundary",
                 "frozen_no_biases"], "frozen_vit"),
    "figure5": (["single_task", *(f"{name}_{at}" for name in ("sak", "radio", "theia")
                                  for at in (25, 50, 75)), "sak", "radio", "theia"], "single_task"),
    "peers": (["single_task", "multi_task", "unic", "theia", "radio", "sak"], "single_task"),
}  # fmt: skip

CONFIG = {
    "banner": "Toys & <demo>", "dataset": "rooms", "show": "sak", "repetitions": 3,
    "stages": {"stage 1": {"steps": 280, "batch_size": 16},
               "stage 2": {"steps": 160, "batch_size": 8}},
    "tables": {name: {"rows": rows, "baseline": base} for name, (rows, base) in TABLES.items()},
}  # fmt: skip

TEACHERS = ("semantic", "masked", "boundary")
EXPERTS = ("stem", *TEACHERS)
STEPS = (1, 50, 100, 160)


def reached(method, repetition, noise=0.006):
    """What a method reaches by task; the same repetition has the same luck in all methods."""
    rng = np.random.default_rng([repetition, *method.encode()])
    luck = np.random.default_rng(repetition).normal(0, noise, len(TASKS))
    values = {}
    for (task, value), common in zip(TASKS.items(), luck, strict=True):
        good = GOODNESS[method] + common + rng.normal(0, noise / 2)
        good += 0.12 * (SKILLS.get(method) == task) - 0.06 * (method == "frozen_no_biases")
        values[task] = value * good if BETTER[task] else value / good
    return values


def runs_of(name, count):
    rows, baseline = TABLES[name]
    found = []
    for method in rows:
        for repetition in range(count):
            values = reached(method, repetition)
            run = {"method": method, "repetition": repetition,
                   **{COLUMNS[task].column: value for task, value in values.items()}}  # fmt: skip
            if baseline:
                run["delta_m"] = delta_m(values, reached(baseline, repetition), BETTER)
            found.append(run)
    return found


def means_of(runs):
    """A row per method of `runs`."""
    return [
        mean_of(method, [run for run in runs if run["method"] == method])
        for method in dict.fromkeys(run["method"] for run in runs)
    ]


def mean_of(method, runs):
    row = {
        "method": method, "title": title_of(method),
        "protocols": " ".join(f"{task}={p.name}" for task, p in COLUMNS.items()),
        "repetitions": len(runs),
    }  # fmt: skip
    for column in list(runs[0])[2:]:
        values = [run[column] for run in runs]
        row[f"{column}_mean"] = fmean(values)
        row[f"{column}_sd"] = stdev(values) if len(values) > 1 else ""
    return row | {"num_parameters": 2_500_000 + 100_000 * len(method)}


def title_of(method):
    words = method.replace("sak", "SAK").replace("_", " ").capitalize()
    return words.replace("Sak", "SAK")


def as_csv(rows):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()}
                     for row in rows)  # fmt: skip
    return stream.getvalue()


def gates_csv(repetition):
    """At the lowest level all draw on the stem, edge and normals on the boundary teacher."""
    rng = np.random.default_rng(repetition)
    rows = []
    for task in TASKS:
        for level in range(4):
            end = {"stem": 0.5 - 0.12 * level, "semantic": 0.15 + 0.12 * level,
                   "masked": 0.2, "boundary": 0.15}  # fmt: skip
            if task in ("edge", "normals"):
                end = {"stem": 0.2, "semantic": 0.1, "masked": 0.1, "boundary": 0.6}
            drift = {expert: rng.normal(0, 0.01) for expert in EXPERTS}
            for at, step in enumerate(STEPS):
                part = at / (len(STEPS) - 1)
                weights = {e: 0.25 + part * (end[e] + drift[e] - 0.25) for e in EXPERTS}
                total = sum(weights.values())
                rows += [{"step": step, "task": task, "level": level, "expert": e,
                          "weight": weights[e] / total} for e in EXPERTS]  # fmt: skip
    return as_csv(rows)


def similarity_of(student, base):
    return {
        teacher: {"centred": base - 0.02 * at, "centred_per_position": 0.8, "raw": 0.9,
                  "before_aligner": None,
                  "levels": [base - 0.02 * at + 0.01 * (level - 1.5) for level in range(4)]}
        for at, teacher in enumerate(TEACHERS)
    }  # fmt: skip


def norms_json():
    scales = {"semantic": 8.0, "masked": 14.0, "boundary": 4.0}
    levels = {name: {str(level): {"mean": value * (1 + 0.3 * level), "sd": 0.15 * value}
                     for level in range(4)} for name, value in scales.items()}  # fmt: skip
    paths = {name: {str(at): {"mean": 11.0, "sd": 0.5} for at in range(4)} for name in scales}
    stem = {"stem": levels["semantic"]}
    return {"stem": stem, "paths": paths, "paths_before_norm": levels, "teachers": levels}


def costs_json():
    rows = [("student_with_heads", "SAK, all tasks", 3.1e6, 1.4e9, 21.0),
            ("student", "SAK, the student alone", 2.4e6, 0.9e9, 12.0),
            *((f"teacher_{name}", f"Teacher {name}", 1.7e6, 0.6e9, 8.0) for name in TEACHERS),
            ("teachers", "All teachers", 5.1e6, 1.8e9, 24.5),
            ("teachers_with_heads", "All teachers, routers and heads", 5.8e6, 2.3e9, 33.0),
            ("single_task", "Single-task baseline", 10.8e6, 4.0e9, 55.0)]  # fmt: skip
    return {
        "device": "CPU", "precision": "float32", "threads": 1, "batch_size": 1, "turns": 20,
        "rows": [{"name": name, "title": title, "parameters": int(parameters), "flops": int(flops),
                  "latency_ms": ms, "latency_sd_ms": ms / 20, "memory_mb": ms * 3}
                 for name, title, parameters, flops, ms in rows],
    }  # fmt: skip


def write_inputs(root, count=3, leave_out=()):
    """All files below `root`, the working directory, with their records; `leave_out` are rows."""
    project, made = Project(root), {"tables": [], "repetitions": [], "gates": []}
    for name in TABLES:
        runs = [run for run in runs_of(name, count) if run["method"] not in leave_out]
        means = means_of(runs)
        behind = [project.make(f"results/evaluate/{row['method']}/metrics.json", "{}", "evaluate")
                  for row in means]  # fmt: skip
        given = {"metrics": behind}
        made["tables"].append(
            project.make(f"results/sak/{name}.csv", as_csv(means), "repeated_table", given)
        )
        runs_file = f"results/sak/{name}_repetitions.csv"
        made["repetitions"].append(project.make(runs_file, as_csv(runs), "repeated_table", given))
    for repetition in range(count):
        below = f"repetitions/{repetition}/" if repetition else ""
        file = f"results/{below}downstream/sak/all/gates.csv"
        made["gates"].append(project.make(file, gates_csv(repetition), "downstream"))
    found = {
        "similarity": {"sak": similarity_of("sak", 0.93),
                       "no_biases": similarity_of("no_biases", 0.62)},
        "norms": norms_json(), "costs": costs_json(),
    }  # fmt: skip
    alone = {
        name: Path(project.make(f"results/analysis/{name}.json", json.dumps(each), name))
        for name, each in found.items()
    }
    return {name: list(map(Path, files)) for name, files in made.items()} | alone


@pytest.fixture
def inputs(tmp_path, monkeypatch):
    """The arguments of report_sak: files of a small run, in the working directory."""
    monkeypatch.chdir(tmp_path)
    return write_inputs(tmp_path)
