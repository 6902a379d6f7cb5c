"""The objective of stage 2 is Eq. (6), and teachers are never trained."""

import pytest
import torch

from polytask.losses.multitask import LossConfig
from polytask.models.multitask import build_model
from polytask.models.sak import Student, StudentConfig
from polytask.teachers.encoder import FrozenTeacher, TeacherConfig
from polytask.teachers.targets import OnlineTargets
from polytask.training.balancing.config import BalancingConfig
from polytask.training.balancing.objective import BalancedObjective, build_balancing
from polytask.training.objectives import DistillationObjective, MultiTaskObjective

VIT = {
    "model": "vit_tiny_patch16_224",
    "model_args": {"patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2},
    "levels": [0, 1],
}
WEIGHTS = {"semseg": 1.0, "edge": 50.0}
LOSSES = LossConfig(edge_pos_weight=0.95)


@pytest.fixture
def batch():
    torch.manual_seed(0)
    return {
        "image": torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8),
        "semseg": torch.randint(0, 5, (2, 32, 32)),
        "edge": (torch.rand(2, 1, 32, 32) > 0.9).float(),
    }


@pytest.fixture
def teacher():
    args = {**VIT["model_args"], "img_size": 32}
    return FrozenTeacher(TeacherConfig(**{**VIT, "model_args": args}, weights="random"))


@pytest.fixture
def distillation(teacher):
    return DistillationObjective(OnlineTargets({"t": teacher}), alpha=0.9, beta=0.1)


@pytest.fixture
def model():
    torch.manual_seed(1)
    return build_model(
        {
            "format": "polytask.model/1",
            "student": {**VIT, "image_size": [32, 32]},
            "teacher_dims": {"t": 32},
            "fusion": "sum",
            "tasks": {"semseg": 5, "edge": 1},
            "classes": [],
        }
    ).eval()


def test_the_total_is_gamma_times_distillation_plus_the_weighted_tasks(model, batch, distillation):
    parts = MultiTaskObjective(WEIGHTS, LOSSES, 2.0, distillation)(model, batch)
    expected = 2 * parts["distillation"] + parts["semseg"] + 50 * parts["edge"]
    assert torch.allclose(parts["loss"], expected)
    assert torch.allclose(parts["tasks"], parts["semseg"] + 50 * parts["edge"])


@pytest.mark.parametrize("method", ["famo", "gradnorm"])
def test_distillation_stays_outside_of_the_balance(model, batch, distillation, method):
    balancing = build_balancing(BalancingConfig(method=method), 2, torch.device("cpu"))
    parts = BalancedObjective(WEIGHTS, LOSSES, 2.0, distillation, balancing=balancing)(model, batch)
    semseg, edge = (parts[f"weight_{task}"] * w * parts[task] for task, w in WEIGHTS.items())
    assert torch.allclose(parts["tasks"], semseg + edge)
    assert torch.allclose(parts["loss"], semseg + edge + 2 * parts["distillation"])
    if method == "famo":  # z is even at first: so are the weighted losses
        assert torch.allclose(semseg, edge, rtol=1e-4)


@pytest.mark.parametrize("shared", [True, False])
def test_an_aggregator_changes_the_gradients_of_shared_weights_alone(model, batch, shared):
    balancing = build_balancing(BalancingConfig(method="mgda"), 2, torch.device("cpu"))
    BalancedObjective(WEIGHTS, LOSSES, balancing=balancing)(model, batch)["loss"].backward()
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    MultiTaskObjective(WEIGHTS, LOSSES)(model, batch)["loss"].backward()
    plain = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    assert found.keys() == plain.keys()
    names = [name for name in plain if name.startswith("heads.") != shared]
    same = [torch.allclose(found[name], plain[name], atol=1e-6) for name in names]
    assert not any(same) if shared else all(same)


def test_gamma_zero_is_training_on_the_labels_alone(model, batch, distillation):
    alone = MultiTaskObjective(WEIGHTS, LOSSES)(model, batch)
    zero = MultiTaskObjective(WEIGHTS, LOSSES, 0.0, distillation)(model, batch)
    assert torch.equal(alone["loss"], zero["loss"])
    assert "distillation" not in zero


def test_the_student_learns_and_the_teacher_receives_no_gradient(teacher, distillation, batch):
    student = Student(StudentConfig(**VIT, image_size=(32, 32)), {"t": 32})
    distillation(student, batch)["loss"].backward()
    assert all(p.grad is None and not p.requires_grad for p in teacher.parameters())
    assert student.vit.patch_embed.proj.weight.grad.abs().sum() > 0
    assert student.tsap["t"][0].up.weight.grad.abs().sum() > 0


def test_a_student_that_says_what_the_teacher_says_has_no_loss(distillation, batch):
    targets = distillation.targets(batch)
    assert distillation.loss(targets, batch)["loss"] == pytest.approx(0, abs=1e-6)
