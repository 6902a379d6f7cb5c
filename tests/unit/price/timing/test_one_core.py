"""What a core is timed at runs, on the smallest model; how long it takes is nobody's business."""

from dataclasses import asdict

import pytest

from polytask.errors import UserError
from polytask.price.jobs import Job
from polytask.price.timing import one_core
from polytask.price.timing.examples import Example, examples
from polytask.price.timing.speeds import Speeds

VIT = {"patch_size": 8, "embed_dim": 16, "depth": 1, "num_heads": 1}
STUDENT = {
    "model": "vit_tiny_patch16_224", "model_args": VIT, "image_size": [32, 32], "levels": [0],
}  # fmt: skip
DATASET = {
    "tasks": ["depth", "edge", "disparity"], "num_classes": 18, "image_size": [32, 32],
    "edge_max_dist": 0.1,
}  # fmt: skip


def example(gamma: float, biases: str) -> Example:
    config = {
        "runtime": {"device": "auto", "precision": "fp32"},
        "dataset": DATASET,
        "view": {"scale": [1.0, 1.5], "cat_max_ratio": 0.75, "photometric": True},
        "fit": {
            "steps": 9, "batch_size": 2, "lr": 0.1, "weight_decay": 0.0, "schedule": "cosine",
            "warmup_steps": 0, "warmup_lr": 1.0, "final_lr": 0.0, "clip_norm": 1.0, "log_every": 1,
            "checkpoint_every": 5, "num_workers": 0,
        },
        "tasks": ["depth", "edge"], "task_weights": {"depth": 1.0, "edge": 1.0},
        "losses": {"edge_pos_weight": 0.9}, "gamma": gamma, "alpha": 0.9, "beta": 0.1,
        "plain_student": STUDENT,
    }  # fmt: skip
    description = {
        "student": {**STUDENT, "biases": biases},
        "teacher_dims": {"one": 8} if gamma else {},
        "fusion": "stem", "head": "linear", "tasks": {"depth": 1, "edge": 1},
    }  # fmt: skip
    return Example(config=config, description=description, step_flops=3e9, look_flops=1e9)


def test_every_number_of_the_speeds_is_measured_and_no_task_that_rooms_lack(monkeypatch):
    monkeypatch.setattr(one_core, "ROOMS", 2)
    monkeypatch.setattr(one_core, "timed", lambda run, least=0: one_core.once(run))
    trainings = {"plain": example(0.0, "none"), "paths": example(1.0, "adapter_paths")}
    found = one_core.measured(trainings, [(32, "day"), (40, "day")])
    assert set(found) == set(asdict(Speeds(**found))) - {"starting"}
    assert set(found["judging"]) == {"depth", "edge"}
    assert set(found["rendering"]) == {"32", "40"}
    assert set(found["training"]) == {"plain", "paths"}
    nested = [found["judging"], found["rendering"], found["training"]]
    single = [value for value in found.values() if not isinstance(value, dict)]
    assert all(value > 0 for value in [*single, *(v for each in nested for v in each.values())])


@pytest.mark.parametrize(
    ("rule", "config"),
    [
        ("evaluate", {}),
        ("downstream", {"frozen": True, "tasks": ["depth"]}),
        ("downstream", {"frozen": False, "tasks": ["depth", "disparity"]}),
    ],
)
def test_a_plan_without_a_training_that_rooms_could_stand_in_for_is_refused(rule, config):
    job = Job(rule=rule, wildcards={}, inputs={}, outputs=["model"], config=config, gpus=0)
    with pytest.raises(UserError, match="trains no model that could be timed; give --peak"):
        examples([job])
