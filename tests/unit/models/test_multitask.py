import pytest
import torch

from polytask.errors import UserError
from polytask.models.multitask import build_model


def count(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("size", [(32, 32), (40, 24), (33, 47), (7, 61)])
def test_predictions_have_exactly_the_size_of_the_image(config, size):
    model = build_model(config).eval()
    outputs = model(torch.rand(2, 3, *size))
    for task, channels in config["tasks"].items():
        assert outputs.predictions[task].shape == (2, channels, *size)
        assert outputs.gates[task].shape == (2, 4, 3)


def test_patch_14_gives_the_same_promise(config):
    config["student"]["model_args"]["patch_size"] = 14
    prediction = build_model(config).eval()(torch.rand(1, 3, 30, 45)).predictions["edge"]
    assert prediction.shape == (1, 1, 30, 45)


def test_padding_is_the_mean_colour_below_and_to_the_right(config, images):
    model = build_model(config).eval()
    padded = model.student.mean.expand_as(images).clone()
    padded[..., :25, :27] = images[..., :25, :27]
    cropped = model(padded).predictions["edge"][..., :25, :27]
    torch.testing.assert_close(model(images[..., :25, :27]).predictions["edge"], cropped)


def test_evaluation_is_deterministic(config, images):
    model = build_model(config).eval()
    first, second = model(images), model(images)
    assert all(torch.equal(first.predictions[t], second.predictions[t]) for t in config["tasks"])


def test_a_prediction_does_not_depend_on_the_other_images_in_evaluation(config, images):
    model = build_model(config).eval()
    alone, together = model(images[:1]).predictions, model(images).predictions
    torch.testing.assert_close(alone["semseg"], together["semseg"][:1], atol=1e-5, rtol=1e-4)


def test_only_wanted_tasks_are_computed(config, images):
    model = build_model(config).eval()
    model.heads["semseg"].forward = None  # calling it would fail
    assert list(model(images, tasks=["edge"]).predictions) == ["edge"]


def test_an_unknown_task_is_refused_by_name(config, images):
    with pytest.raises(UserError, match=r"depth.*semseg, edge"):
        build_model(config)(images, tasks=["depth"])


@pytest.mark.parametrize(
    ("fusion", "biases", "dims"),
    [
        ("mixture", "adapter_paths", {"a": 32}),
        ("sum", "adapter_paths", {"a": 32}),
        ("stem", "none", {"a": 32}),
        ("stem", "adapter_paths", {}),
    ],
)
def test_the_method_its_ablations_and_the_baselines_learn(config, images, fusion, biases, dims):
    config["student"]["biases"] = biases
    model = build_model(config | {"fusion": fusion, "teacher_dims": dims}).train()
    outputs = model(images)
    assert bool(outputs.gates) == (fusion == "mixture")
    sum(x.square().mean() for x in outputs.predictions.values()).backward()
    unused = {name for name, p in model.named_parameters() if p.grad is None}
    assert all("ts_aligners" in name for name in unused)


def test_bfloat16_autocast_trains_and_predicts_float32(config, images):
    model = build_model(config).train()
    with torch.autocast("cpu", torch.bfloat16):
        outputs = model(images)
    assert all(p.dtype == torch.float32 for p in outputs.predictions.values())
    sum(x.square().mean() for x in outputs.predictions.values()).backward()
    assert all(p.grad.isfinite().all() for p in model.fusion.parameters())


def test_state_keys_are_those_of_the_official_code_up_to_prefixes(config):
    keys = set(build_model(config).state_dict())
    for i in range(4):
        for task in config["tasks"]:
            for layer in (0, 1, 3):
                key = f"fusion.mor.{i}_{task}.router.module.{layer}"
                assert {f"{key}.weight", f"{key}.bias"} <= keys
            assert f"heads.{task}.linears.{i}.weight" in keys
    head = {f"heads.edge.{k}" for k in ("linear_fuse.0.bias", "linear_fuse.1.running_var")}
    assert head | {"heads.edge.last_conv.weight", "student.vit.cls_token"} <= keys
    assert {key.split(".")[0] for key in keys} == {"student", "fusion", "heads"}


@pytest.mark.parametrize(
    ("size", "dim", "levels", "total", "mixture", "head"),
    [
        ("base", 768, (2, 5, 8, 11), 133.51, 5.98, 5.90),
        ("large", 1024, (5, 11, 17, 23), 406.67, 10.60, 10.49),
    ],
)
def test_pascal_models_have_the_published_sizes(size, dim, levels, total, mixture, head):
    student = {"model": f"vit_{size}_patch16_384", "image_size": 512, "levels": levels}
    tasks = {"semseg": 21, "human_parts": 7, "sal": 2, "normals": 3, "edge": 1}
    dims = dict.fromkeys(("dinov2", "clip", "sam"), dim)
    with torch.device("meta"):
        model = build_model(
            {"student": student, "teacher_dims": dims, "fusion": "mixture", "tasks": tasks}
        )
    parts = (model, model.fusion, model.heads["edge"])
    assert [round(count(part) / 1e6, 2) for part in parts] == [total, mixture, head]


def test_wrong_configurations_are_refused_by_key(config):
    with pytest.raises(UserError, match="fusion 'product'"):
        build_model(config | {"fusion": "product"})
    with pytest.raises(UserError, match="'tasks' is missing"):
        build_model({key: value for key, value in config.items() if key != "tasks"})
    with pytest.raises(UserError, match="unknown key 'redction'"):
        build_model(config | {"student": config["student"] | {"redction": 4}})
    with pytest.raises(UserError, match="'levels' is missing"):
        build_model(config | {"student": {"model": "vit_tiny_patch16_224", "image_size": 32}})
