"""A frozen teacher sees whole images, hands out raw block outputs, and never learns."""

import pytest
import torch

from polytask.errors import UserError
from polytask.models.inputs import model_images
from polytask.teachers.encoder import FrozenTeacher, TeacherConfig, TrainableEncoder
from polytask.teachers.weights import save_encoder

SMALL = {"embed_dim": 32, "depth": 3, "num_heads": 2}
SAM = {**SMALL, "img_size": 64, "global_attn_indexes": (2,)}


def teacher(model="vit_tiny_patch16_224", autocast_dtype=None, **values):
    """A tiny teacher with random, but always the same, weights."""
    torch.manual_seed(0)
    values = {"levels": (0, 2), "weights": "random", "model_args": SMALL, **values}
    return FrozenTeacher(TeacherConfig(model=model, **values), autocast_dtype)


@pytest.mark.parametrize(
    ("model", "model_args", "grid"),
    [
        ("vit_tiny_patch16_224", SMALL, (5, 8)),
        ("vit_tiny_patch16_224", {**SMALL, "patch_size": 8, "img_size": 96}, (10, 16)),
        ("vit_small_patch14_dinov2", {**SMALL, "img_size": 56}, (6, 9)),
        ("vit_base_patch16_clip_224", SMALL, (5, 8)),
    ],
)
def test_grid_is_the_nearest_whole_number_of_patches(model, model_args, grid):
    encoder = teacher(model, model_args=model_args)
    maps = encoder(torch.rand(2, 3, 80, 128))
    assert [tuple(level.shape) for level in maps] == [(2, 32, *grid)] * 2
    assert encoder.shapes((80, 128)) == [(32, *grid)] * 2


def test_resolution_is_the_longest_side():
    assert teacher(resolution=96).shapes((40, 60)) == [(32, 4, 6)] * 2


def test_features_are_the_blocks_raw_outputs():
    encoder = teacher(levels=(0, 1, 2))
    seen = []
    for block in encoder.encoder.blocks:
        block.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    maps = encoder(torch.rand(1, 3, 32, 48))
    for level, tokens in zip(maps, seen, strict=True):
        assert torch.equal(level.flatten(2).transpose(1, 2), tokens[:, 1:])


def test_each_teacher_normalises_with_its_own_mean_and_std():
    plain, scaled = teacher(mean=(0, 0, 0), std=(1, 1, 1)), teacher(mean=(0.5,) * 3, std=(2.0,) * 3)
    images = torch.rand(1, 3, 32, 32)
    for a, b in zip(scaled(images), plain((images - 0.5) / 2), strict=True):
        assert torch.allclose(a, b, atol=1e-5)


def test_sam_pads_after_normalising_and_drops_the_padding():
    encoder = teacher("samvit_base_patch16", resolution=64, resize="pad", model_args=SAM)
    prepared = encoder.prepare(torch.rand(1, 3, 24, 40))
    assert prepared.shape == (1, 3, 64, 64)
    assert (prepared[:, :, 32:] == 0).all()
    assert (prepared[:, :, :32] != 0).any()
    assert [tuple(level.shape) for level in encoder(torch.rand(1, 3, 24, 40))] == [
        (1, 32, 2, 4)
    ] * 2


def test_sam_has_neither_neck_nor_head():
    encoder = teacher("samvit_base_patch16", resolution=64, resize="pad", model_args=SAM)
    assert not [key for key in encoder.state_dict() if "neck" in key or "head" in key]


def test_blocks_after_the_last_level_are_dropped():
    assert len(teacher(levels=(0, 1)).encoder.blocks) == 2


def test_teacher_gets_no_gradient_and_stays_in_evaluation_mode():
    encoder = teacher().train()
    assert not encoder.training and not encoder.encoder.training
    assert not any(level.requires_grad for level in encoder(torch.rand(1, 3, 32, 32)))


def test_precision_does_not_depend_on_the_callers_autocast():
    images = torch.rand(1, 3, 32, 32)
    for dtype in (None, torch.bfloat16):
        encoder = teacher(autocast_dtype=dtype)
        outside = encoder(images)
        with torch.autocast("cpu", torch.bfloat16):
            inside = encoder(images)
        assert all(torch.equal(a, b) for a, b in zip(outside, inside, strict=True))
        assert outside[0].dtype == torch.float32


def test_larger_images_are_shrunk_without_aliasing():
    stripes = torch.zeros(1, 3, 32, 64)
    stripes[..., ::2] = 1
    encoder = teacher(resolution=32, mean=(0.5,) * 3, std=(1.0,) * 3)
    assert encoder.prepare(stripes)[..., 4:-4].abs().max() < 0.05


def test_pretrained_weights_come_back_as_a_teacher(tmp_path):
    torch.manual_seed(1)
    config = TeacherConfig(
        model="vit_tiny_patch16_224", levels=(0, 2), weights="random", model_args=SMALL
    )
    student = TrainableEncoder(config).eval()
    save_encoder(student.vit, tmp_path / "encoder.safetensors")
    frozen = teacher(weights=str(tmp_path / "encoder.safetensors"))
    images = torch.rand(1, 3, 64, 64)
    last = student.vit.norm(frozen(images)[-1].flatten(2).transpose(1, 2))
    assert torch.allclose(student(images).flatten(2).transpose(1, 2), last, atol=1e-5)


def test_missing_weights_name_the_file(tmp_path):
    with pytest.raises(UserError, match=r"gone\.safetensors"):
        teacher(weights=str(tmp_path / "gone.safetensors"))


def test_unfitting_weights_name_the_file_and_the_first_key(tmp_path):
    path = tmp_path / "other.safetensors"
    save_encoder(teacher(model_args={**SMALL, "depth": 4}, levels=(0, 3)).encoder, path)
    with pytest.raises(UserError, match=r"other\.safetensors.*(blocks\.3|norm)"):
        teacher(weights=str(path))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model": "vit_of_my_dreams"}, "vit_of_my_dreams"),
        ({"model": "resnet18"}, "resnet18"),
        ({"levels": (0, 3)}, "levels"),
        ({"model_args": {"depht": 3}}, "depht"),
        ({"resize": "pad"}, "resolution"),
        ({"resize": "pad", "resolution": 65}, "multiple"),
        ({"resize": "stretch"}, "stretch"),
    ],
)
def test_mistakes_in_a_configuration_are_named(values, message):
    with pytest.raises(UserError, match=message):
        teacher(**values)


def test_a_hub_that_cannot_be_reached_is_a_user_error(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise OSError("no route to the hub")

    monkeypatch.setattr("timm.create_model", refuse)
    with pytest.raises(UserError, match=r"vit_tiny_patch16_224.*no route"):
        teacher(weights="hub")


def test_model_images_are_in_zero_to_one():
    raw = torch.tensor([0, 51, 255], dtype=torch.uint8)
    assert torch.allclose(model_images(raw), torch.tensor([0, 0.2, 1.0]))
    floats = torch.rand(3)
    assert torch.equal(model_images(floats), floats)


def test_resizing_keeps_an_image_that_has_the_size_already():
    encoder = teacher(mean=(0, 0, 0), std=(1, 1, 1))
    images = torch.rand(1, 3, 32, 48)
    assert torch.equal(encoder.prepare(images), images)
