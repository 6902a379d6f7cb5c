"""Stage 2 takes a student with its own teachers, a teacher as it is, and balances its tasks."""

from types import SimpleNamespace

import pytest
import torch
from downstream import check_teachers, describe, initialised, objective
from safetensors.torch import load_file

from polytask.errors import UserError
from polytask.models.encoder import create_encoder
from polytask.models.files import load_model, save_model
from polytask.teachers.encoder import TeacherConfig
from polytask.teachers.weights import save_encoder
from polytask.training.balancing.config import BalancingConfig
from polytask.training.balancing.objective import BalancedObjective


def test_a_student_of_other_teachers_is_refused_where_they_are_asked():
    check_teachers("sak", {"dinov2": 768, "sam": 768}, {"sam": 768, "dinov2": 768})
    for other in ({"dinov2": 384, "sam": 768}, {"dinov2": 768}, {"dinov2": 768, "clip": 768}):
        with pytest.raises(
            UserError, match=r"distill\.students\.sak: its paths are for .*gamma: 0"
        ):
            check_teachers("sak", {"dinov2": 768, "sam": 768}, other)


def test_an_encoder_keeps_its_teachers_weights_and_heads_alone_train(tmp_path):
    args = {"embed_dim": 16, "depth": 2, "num_heads": 2, "img_size": 32, "global_attn_indexes": ()}
    file = tmp_path / "sam.safetensors"
    save_encoder(create_encoder("samvit_base_patch16", args), file)
    teacher = TeacherConfig(
        model="samvit_base_patch16", model_args=args, levels=(0, 1), weights=str(file),
        resolution=32, resize="pad",
    )  # fmt: skip
    config = SimpleNamespace(
        encoder=teacher, student=None, frozen=True, fusion="stem", head="conv", tasks=("semseg",),
        dataset=SimpleNamespace(image_size=(24, 40), num_classes=5),
    )  # fmt: skip
    description = describe(config, [], ["a", "b", "c", "d", "e"])
    network = initialised(config, description, [file], [])
    trained = {name for name, each in network.named_parameters() if each.requires_grad}
    assert trained and all(name.startswith("heads.semseg.") for name in trained)
    save_model(tmp_path / "model.safetensors", network, description)
    weights, given = load_model(tmp_path)[0].student.encoder.state_dict(), load_file(file)
    assert all(torch.equal(weights[key], given[key]) for key in weights)
    assert {key.partition(".")[0] for key in given.keys() - weights.keys()} <= {"neck"}


@pytest.mark.parametrize(
    ("method", "tasks", "balanced"),
    [
        ("fixed", ("semseg", "depth"), False),
        ("famo", ("depth",), False),
        ("famo", ("semseg", "depth"), True),
        ("mgda", ("semseg", "depth"), True),
    ],
)
def test_two_tasks_or_more_are_balanced_where_that_is_asked(method, tasks, balanced):
    config = SimpleNamespace(
        gamma=0.0, tasks=tasks, task_weights={"semseg": 1.0, "depth": 1.0}, losses=None,
        balancing=BalancingConfig(method=method),
    )  # fmt: skip
    built = objective(config, SimpleNamespace(device=torch.device("cpu")), [], None, {})
    assert isinstance(built, BalancedObjective) == balanced
