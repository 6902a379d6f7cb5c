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
        ("stem_cls", "none", {}),
        ("stem_plus_cls", "none", {}),
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


@pytest.mark.parametrize("fusion", ["stem", "stem_cls", "stem_plus_cls", "mixture"])
@pytest.mark.parametrize("head", ["conv", "linear", "dpt"])
def test_every_head_takes_the_maps_of_every_fusion(config, images, fusion, head):
    model = build_model(config | {"fusion": fusion, "head": head}).train()
    with torch.autocast("cpu", torch.bfloat16):
        predictions = model(images[..., :25, :31]).predictions
    assert all(p.shape[-2:] == (25, 31) and p.dtype == torch.float32 for p in predictions.values())
    sum(x.square().mean() for x in predictions.values()).backward()
    assert all(p.grad.isfinite().all() for p in model.heads.parameters())


def test_without_a_head_by_name_it_is_the_conv_head(config, images):
    torch.manual_seed(1)
    model = build_model(config).eval()
    torch.manual_seed(1)
    named = build_model(config | {"head": "conv"}).eval()
    assert list(model.state_dict()) == list(named.state_dict())
    assert torch.equal(model(images).predictions["edge"], named(images).predictions["edge"])


@pytest.mark.parametrize("model_args", [{}, {"reg_tokens": 2}])
def test_the_class_token_is_the_first_of_the_levels_tokens(config, images, model_args):
    config["student"]["model_args"] |= model_args
    student = build_model(config).eval().student
    tokens = student.encode(images).tokens
    for level, class_token in zip(student.levels, student(images).class_tokens, strict=True):
        assert torch.equal(class_token, tokens[level + 1][:, 0])


@pytest.mark.parametrize("fusion", ["stem_cls", "stem_plus_cls"])
@pytest.mark.parametrize("model_args", [{}, {"reg_tokens": 2}])
def test_a_vit_without_a_class_token_is_refused(config, fusion, model_args):
    config["student"]["model_args"] |= {"class_token": False, **model_args}
    with pytest.raises(UserError, match=f"{fusion}.*vit_tiny_patch16_224 has none"):
        build_model(config | {"fusion": fusion})


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


def test_the_model_of_simo_has_the_published_sizes():
    student = {
        "model": "vit_base_patch14_dinov2", "image_size": 518, "levels": (2, 5, 8, 11),
        "biases": "none", "realignment": "low_rank",
    }  # fmt: skip
    tasks = {"semseg": 13, "depth": 1, "normals": 3}
    with torch.device("meta"):
        model = build_model(
            {"student": student, "teacher_dims": {}, "fusion": "stem_cls", "head": "linear",
             "tasks": tasks}
        )  # fmt: skip
    parts = (model.student.vit, model.student.realignment, model.heads)
    assert [round(count(part) / 1e6, 1) for part in parts] == [86.6, 0.3, 0.1]


def test_wrong_configurations_are_refused_by_key(config):
    with pytest.raises(UserError, match="fusion 'product'"):
        build_model(config | {"fusion": "product"})
    with pytest.raises(UserError, match="head 'mlp' is not one of conv, linear, dpt"):
        build_model(config | {"head": "mlp"})
    with pytest.raises(UserError, match="'tasks' is missing"):
        build_model({key: value for key, value in config.items() if key != "tasks"})
    with pytest.raises(UserError, match="unknown key 'redction'"):
        build_model(config | {"student": config["student"] | {"redction": 4}})
    with pytest.raises(UserError, match="'levels' is missing"):
        build_model(config | {"student": {"model": "vit_tiny_patch16_224", "image_size": 32}})
