import json

import pytest
import torch
from torch.nn import functional as F

from polytask.errors import UserError
from polytask.models.files import load_model, save_model
from polytask.models.mlore.config import MloreConfig
from polytask.models.mlore.experts import LowRankExperts, convolve_each
from polytask.models.mlore.module import MixtureOfLowRankExperts
from polytask.models.mlore.router import TaskRouter, top_k_gates
from polytask.models.multitask import build_model

SIZES = {
    "width": 16, "ranks": [2, 3, 4, 5], "task_rank": 3, "top_k": 2, "renormalise": True,
    "num_modules": 2, "positions": [4, 4],
}  # fmt: skip


@pytest.fixture
def config(config) -> dict:
    return config | {"head": "mlore", "mlore": SIZES}


@pytest.fixture
def maps() -> torch.Tensor:
    return torch.randn(3, 16, 5, 7)


def stirred(module: torch.nn.Module) -> torch.nn.Module:
    """In evaluation, with batch norms and biases that are not where they start."""
    for each in module.modules():
        if isinstance(each, torch.nn.BatchNorm2d):
            for value in (each.running_mean, each.weight.data, each.bias.data):
                value.copy_(torch.randn_like(value))
            each.running_var.uniform_(0.5, 2)
    return module.eval()


def test_all_experts_at_once_are_the_gated_sum_of_each(maps):
    ranks, gates = [2, 3, 5], torch.rand(3, 3)
    experts = LowRankExperts(16, ranks)
    torch.nn.init.normal_(experts.down.bias)
    torch.nn.init.normal_(experts.bias)
    parts = zip(
        experts.down.weight.split(ranks), experts.down.bias.split(ranks),
        experts.up.split(ranks, dim=1), experts.bias, strict=True,
    )  # fmt: skip
    outputs = [
        F.conv2d(F.conv2d(maps, down, shift, padding=1), up[..., None, None], bias)
        for down, shift, up, bias in parts
    ]
    expected = torch.einsum("bn,nbchw->bchw", gates, torch.stack(outputs))
    torch.testing.assert_close(experts(maps, gates), expected, atol=1e-5, rtol=1e-4)


def test_an_image_s_experts_are_one_convolution(maps):
    experts, gates = LowRankExperts(16, [2, 3, 5]), torch.rand(3, 3)
    torch.nn.init.normal_(experts.bias)
    inner = experts(maps, gates)[..., 1:-1, 1:-1]
    merged = convolve_each(maps, *experts.kernels(gates))[..., 1:-1, 1:-1]
    torch.testing.assert_close(merged, inner, atol=1e-5, rtol=1e-4)


def test_re_parameterised_paths_say_what_the_three_paths_say(maps):
    module = stirred(MixtureOfLowRankExperts(MloreConfig(**SIZES), ["edge", "depth"]))
    by_path = module(maps, "edge")
    with torch.no_grad():
        in_one = module(maps, "edge")
    assert not torch.equal(in_one, by_path)
    torch.testing.assert_close(in_one, by_path.detach(), atol=1e-4, rtol=1e-4)


def test_chosen_gates_sum_to_one_or_keep_their_share():
    logits = torch.randn(6, 5)
    for renormalise in (True, False):
        gates = top_k_gates(logits, 2, renormalise)
        assert torch.equal((gates > 0).sum(1), torch.full((6,), 2))
        best = logits.topk(2).indices
        assert (gates.gather(1, best) > 0).all()
    assert torch.allclose(top_k_gates(logits, 2, True).sum(1), torch.ones(6))
    torch.testing.assert_close(top_k_gates(logits, 5, True), top_k_gates(logits, 5, False))
    share = logits.softmax(1).topk(2).values
    torch.testing.assert_close(top_k_gates(logits, 2, False).topk(2).values, share)


def test_gates_depend_on_the_image_and_on_places_and_are_noisy_in_training_alone(maps):
    router = TaskRouter(16, 5, 5, True, (4, 4))
    for parameter in router.parameters():
        torch.nn.init.normal_(parameter)
    gates, _ = router.eval()(maps)
    assert torch.equal(gates, router(maps)[0]) and not torch.allclose(gates[0], gates[1])
    assert not torch.allclose(gates, router(maps.flip(-1))[0])
    assert not torch.equal(router.train()(maps)[0], gates)


def test_the_generic_path_gives_its_input_no_gradient(maps):
    module = MixtureOfLowRankExperts(MloreConfig(**SIZES), ["edge"]).eval()
    own = module.tasks["edge"]
    for experts in (module.experts, own.expert):
        torch.nn.init.zeros_(experts.up)
    gates, weight = torch.ones(3, 4), torch.ones(3, 1)
    maps.requires_grad_(True)
    joined = module.joined(maps, "edge", gates, weight)
    joined.sum().backward()
    assert maps.grad.abs().sum() == 0 and module.generic.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("fusion", ["mixture", "sum", "stem"])
def test_every_weight_learns_from_one_step_of_all_tasks(config, images, fusion):
    model = build_model(config | {"fusion": fusion}).train()
    predictions = model(images[..., :25, :31]).predictions
    assert all(p.shape[-2:] == (25, 31) and p.dtype == torch.float32 for p in predictions.values())
    sum(x.square().mean() for x in predictions.values()).backward()
    parts = (model.decoder, model.heads, model.fusion)
    assert all(p.grad is not None for part in parts for p in part.parameters())


def test_bfloat16_autocast_trains_and_predicts_float32(config, images):
    model = build_model(config).train()
    with torch.autocast("cpu", torch.bfloat16):
        outputs = model(images)
        model.eval()
        with torch.no_grad():
            rounded = model(images).predictions["edge"]
    assert all(p.dtype == torch.float32 for p in [*outputs.predictions.values(), rounded])
    sum(x.square().mean() for x in outputs.predictions.values()).backward()
    assert all(p.grad.isfinite().all() for p in model.decoder.parameters())


def test_a_task_alone_and_an_image_alone_are_decoded_alike(config, images):
    model = stirred(build_model(config))
    with torch.no_grad():
        both = model(images).predictions["edge"]
        alone = model(images[:1], tasks=["edge"]).predictions
    assert list(alone) == ["edge"]
    torch.testing.assert_close(alone["edge"], both[:1], atol=1e-4, rtol=1e-3)


def test_a_saved_model_says_the_same(config, images, tmp_path):
    model = stirred(build_model(config))
    save_model(tmp_path / "model.safetensors", model, config)
    loaded, described = load_model(tmp_path)
    assert json.loads(json.dumps(config)) == described
    with torch.no_grad():
        assert torch.equal(model(images).predictions["edge"], loaded(images).predictions["edge"])


def test_other_heads_keep_their_keys(config):
    keys = build_model(config).state_dict()
    assert {key.split(".")[0] for key in keys} == {"student", "fusion", "decoder", "heads"}
    assert not any(key.startswith("decoder") for key in build_model(config | {"head": "conv"})
                   .state_dict())  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "tasks", "millions"),
    [
        ({"width": 452, "ranks": list(range(16, 129, 8)), "task_rank": 72},
         {"semseg": 21, "human_parts": 7, "sal": 2, "normals": 3, "edge": 1}, 407),
        ({"width": 768, "ranks": list(range(16, 241, 16)), "task_rank": 16},
         {"semseg": 40, "depth": 1, "normals": 3, "edge": 1}, 552),
    ],
)  # fmt: skip
def test_models_have_the_sizes_that_sak_s_tables_print(sizes, tasks, millions):
    student = {"model": "vit_large_patch16_384", "image_size": 512, "levels": (5, 11, 17, 23)}
    sizes = SIZES | {"top_k": 9, "positions": [32, 32]} | sizes
    with torch.device("meta"):
        model = build_model(
            {"student": student, "teacher_dims": {}, "fusion": "stem", "head": "mlore",
             "mlore": sizes, "tasks": tasks}
        )  # fmt: skip
    assert abs(sum(p.numel() for p in model.parameters()) / 1e6 - millions) < 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"top_k": 5}, r"top_k: 5 is not in 1\.\.4"),
        ({"ranks": []}, "ranks"),
        ({"width": 2}, "width: 2"),
        ({"task_rank": 0}, "task_rank: 0"),
        ({"rank": 3}, "unknown key 'rank'"),
    ],
)
def test_wrong_sizes_are_refused_by_key(config, changes, message):
    with pytest.raises(UserError, match=f"mlore.*{message}"):
        build_model(config | {"mlore": SIZES | changes})


def test_missing_sizes_are_refused(config):
    with pytest.raises(UserError, match="head 'mlore': the key 'mlore'"):
        build_model({key: value for key, value in config.items() if key != "mlore"})
    few = {key: value for key, value in SIZES.items() if key != "ranks"}
    with pytest.raises(UserError, match="'ranks' is missing"):
        build_model(config | {"mlore": few})
