"""Argus' backbone: a ViT that stays as it is, an adapter of the published size, four maps."""

import pytest
import torch
from torch.nn import BatchNorm2d, GroupNorm

from polytask.errors import UserError
from polytask.models.files import load_model, save_model
from polytask.models.heads import resize
from polytask.models.multitask import build_model, build_student
from polytask.training.loop import train_mode

ARGUS = {
    "norm": "group", "num_groups": 32, "scale_tokens": True, "freeze_vit": True, "stem_width": 64,
    "num_points": 4, "value_ratio": 0.5, "ffn_ratio": 0.25, "extra_extractors": 2,
}  # fmt: skip


def spied_tokens(student, images):
    """What each block of the ViT gives while the student looks at images."""
    seen = []
    hooks = [
        b.register_forward_hook(lambda *each: seen.append(each[-1])) for b in student.vit.blocks
    ]
    student(images)
    for hook in hooks:
        hook.remove()
    return seen


def plain_tokens(student, images):
    """What the blocks give without an adapter, of the image shrunk so that a patch is 16 pixels."""
    small = [
        side * patch // 16 for side, patch in zip(images.shape[-2:], student.patch, strict=True)
    ]
    tokens, outputs = student.embed(resize((images - student.mean) / student.std, small)), []
    for block in student.vit.blocks:
        tokens = block(tokens)
        outputs.append(tokens)
    return outputs


@pytest.mark.parametrize(
    ("patch", "model_args", "num_prefix"),
    [(16, {}, 1), (14, {"reg_tokens": 2}, 3), (8, {"class_token": False}, 0)],
)
@torch.no_grad()
def test_at_the_start_no_bit_of_the_vit_changes(
    adapted, images, open_gates, patch, model_args, num_prefix
):
    adapted["student"]["model_args"] |= {**model_args, "patch_size": patch}
    student = build_student(adapted).eval()
    assert student.vit.num_prefix_tokens == num_prefix
    expected = plain_tokens(student, images)
    found = spied_tokens(student, images)
    assert all(torch.equal(*pair) for pair in zip(found, expected, strict=True))
    open_gates(student)
    later = spied_tokens(student, images)
    assert not any(torch.allclose(*pair) for pair in zip(later, expected, strict=True))


@pytest.mark.parametrize("size", [(32, 64), (33, 31)])
@torch.no_grad()
def test_maps_are_a_fourth_to_a_thirty_second_of_the_padded_image(adapted, size):
    outputs = build_model(adapted).eval()(torch.rand(1, 3, *size))
    maps = outputs.representations.stem
    whole = [side + -side % 32 for side in size]
    strides = (4, 8, 16, 32)
    assert [tuple(m.shape) for m in maps] == [(1, 32, *(s // n for s in whole)) for n in strides]
    assert outputs.predictions["edge"].shape == (1, 1, *size)


def test_every_weight_but_the_frozen_vits_learns(adapted, open_gates):
    model = build_model(adapted)
    model.student.train_all()
    open_gates(model.student)
    train_mode(model)
    assert model.student.adapter.training and not model.student.vit.training
    predictions = model(torch.rand(1, 3, 64, 64)).predictions
    sum(x.square().mean() for x in predictions.values()).backward()
    frozen = {name for name, p in model.named_parameters() if not p.requires_grad}
    assert frozen and all(name.startswith("student.vit.") for name in frozen)
    assert all((p.grad is None) == (n in frozen) for n, p in model.named_parameters())
    asleep = {n for n, p in model.named_parameters() if n not in frozen and not p.grad.any()}
    assert asleep and all("query_norm" in n for n in asleep)  # until offsets depend on queries


def test_a_vit_that_is_not_to_be_frozen_learns_too(adapted):
    adapted["student"]["adapter"]["freeze_vit"] = False
    student = build_student(adapted)
    student.train_all()
    assert all(p.requires_grad for p in student.parameters())


@pytest.mark.parametrize(
    ("size", "levels", "millions"),
    [("base", (2, 5, 8, 11), 13.68), ("large", (5, 11, 17, 23), 23.24)],
)
def test_adapters_have_the_published_sizes(size, levels, millions):
    model = f"vit_{size}_patch14_reg4_dinov2"
    student = {"model": model, "image_size": [448, 576], "levels": levels, "adapter": ARGUS}
    with torch.device("meta"):
        built = build_student({"student": student, "teacher_dims": {}})
    assert round(sum(p.numel() for p in built.adapter.parameters()) / 1e6, 2) == millions
    assert built.vit.patch_embed.img_size == (392, 504)  # 14/16
    assert built.vit.pos_embed.shape[1] == 28 * 36


@pytest.mark.parametrize(("norm", "kind"), [("group", GroupNorm), ("batch", BatchNorm2d)])
def test_norms_are_those_asked_for_and_no_others(adapted, norm, kind):
    adapted["student"]["adapter"]["norm"] = norm
    adapter = build_student(adapted).adapter
    found = [m for m in adapter.modules() if isinstance(m, GroupNorm | BatchNorm2d)]
    assert len(found) == 6 + 4 and all(isinstance(each, kind) for each in found)


def test_group_norms_keep_images_apart_in_training_too(adapted, images):
    student = build_student(adapted).train()
    alone, together = student(images[:1]).stem, student(images).stem
    for one, both in zip(alone, together, strict=True):
        torch.testing.assert_close(one, both[:1], rtol=1e-4, atol=1e-4)


def test_bfloat16_autocast_trains(adapted):
    model = build_model(adapted).train()
    with torch.autocast("cpu", torch.bfloat16):
        predictions = model(torch.rand(1, 3, 32, 32)).predictions
    sum(x.square().mean() for x in predictions.values()).backward()
    assert all(p.dtype == torch.float32 for p in predictions.values())
    assert all(p.grad.isfinite().all() for p in model.student.adapter.parameters())


def test_a_saved_model_comes_back(adapted, images, open_gates, tmp_path):
    model = build_model(adapted).eval()
    open_gates(model.student)
    save_model(tmp_path / "model.safetensors", model, adapted)
    loaded, config = load_model(tmp_path / "model.safetensors")
    assert config["student"]["adapter"] == adapted["student"]["adapter"]
    assert torch.equal(loaded(images).predictions["edge"], model(images).predictions["edge"])


@pytest.mark.parametrize(
    ("where", "change", "message"),
    [
        ("student", {"levels": [0, 2]}, "ends before block 3"),
        ("adapter", {"norm": "layer"}, "adapter norm: 'layer'"),
        ("adapter", {"num_groups": 5}, "8 channels do not fall into 5 groups"),
        ("adapter", {"points": 4}, "the key 'points' is not known"),
        ("adapter", {"num_points": 0}, "num_points: 0 is not 1 or more"),
        ("model", {"head": "dpt"}, "head 'dpt': an adapter's maps are of four sizes"),
        ("model", {"fusion": "stem_cls"}, "fusion 'stem_cls': maps of an adapter"),
        ("model", {"teacher_dims": {"sam": 32}}, "student adapter: it goes with a plain ViT"),
    ],
)
def test_what_does_not_go_together_is_told(adapted, where, change, message):
    student = adapted["student"]
    {"model": adapted, "student": student, "adapter": student["adapter"]}[where].update(change)
    with pytest.raises(UserError, match=message):
        build_model(adapted)
