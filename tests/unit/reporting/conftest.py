"""Tiny findings of three methods, two tasks and two teachers."""

import numpy as np
import pytest

from polytask.reporting.page import Findings

VALUES = {"single_task": (20.0, 1.0), "no_router": (24.0, 0.9), "sak": (22.0, 0.8)}


def metrics(method, semseg, depth, gates):
    return {
        "method": method, "title": method.replace("_", " ").title(), "dataset": "rooms",
        "split": "test", "num_images": 2, "experts": ["stem", "semantic", "boundary"],
        "tasks": {
            "semseg": {"value": semseg, "protocol": "all_classes"},
            "depth": {"value": depth, "protocol": "rmse"},
        },
        "gates": gates,
        "num_parameters": 7000, "classes": ["wall", "<floor>"],
    }  # fmt: skip


def record(rule, *inputs):
    return {
        "rule": rule, "wildcards": {}, "seed": 0, "device": "cpu", "python": "3.11",
        "inputs": {"files": [{"path": path} for path in inputs]},
        "output": {"size": 1234, "sha256": "0123456789abcdef" * 4},
        "git": {"commit": "c0ffee", "dirty": False}, "packages": {"numpy": "2.0"},
        "start": "2026-01-01T00:00:00+00:00", "end": "2026-01-01T00:02:00+00:00",
    }  # fmt: skip


def samples(seed):
    rng = np.random.default_rng(seed)
    return {
        "image": rng.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8),
        "semseg_target": np.array([[[0, 255]], [[1, 1]]], np.uint8).repeat(8, 1).repeat(4, 2),
        "semseg_prediction": rng.integers(0, 2, (2, 8, 8), dtype=np.uint8),
        "depth_target": rng.uniform(0, 5, (2, 8, 8)).astype(np.float16),
        "depth_prediction": rng.uniform(0, 5, (2, 8, 8)).astype(np.float16),
    }


@pytest.fixture
def findings():
    gates = {"semseg": [[0.5, 0.25, 0.25]], "depth": [[0.1, 0.1, 0.8]]}
    steps = [{"step": n, "loss": 3 / n, "semseg": 1 / n, "depth": 2 / n} for n in (1, 2, 3)]
    cosines = {"centred": 0.8, "centred_per_position": 0.7, "raw": 0.9, "before_aligner": None}
    return Findings(
        metrics=[metrics(m, *v, gates if m == "sak" else {}) for m, v in VALUES.items()],
        samples={method: samples(seed) for seed, method in enumerate(VALUES)},
        curves={
            "distill/sak": steps,
            "downstream/sak/all": steps,
            "downstream/single_task/semseg": steps,
            "downstream/single_task/depth": steps,
        },
        biases={
            "models": {
                "reference": {"semseg": 9, "depth": 2}, "semantic": {"semseg": 12, "depth": 1},
            },
            "reference": "reference",
            "relative": {"semantic": {"semseg": 33.3, "depth": 50.0}},
            "mu_sigma": {"semantic": {"mu": 41.7, "sigma": 8.3, "ratio": 5.0}},
        },
        similarity={"sak": {"semantic": cosines}, "no_biases": {"semantic": cosines}},
        statistics={"semantic": [{"norm_mean": 3.0, "norm_std": 1.0}]},
        records={"a": record("rooms"), "b": record("train", "a"), "c": record("table", "b", "a")},
        lineages=None,
    )  # fmt: skip
