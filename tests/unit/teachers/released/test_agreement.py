"""A released encoder gives here what the released model gives, block by block."""

import math

import torch
import yaml
from pytest import fixture, mark
from released_encoders import DIM, HEADS, PATCH, radio, theia
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F
from torch.testing import assert_close

from polytask.official.importing_encoder import import_encoder
from polytask.pipeline.arguments import build
from polytask.teachers.encoder import FrozenTeacher, TeacherConfig


@fixture
def imported(tmp_path):
    """Import tensors as a user does, and open the entry that comes out of it."""

    def run(named: dict[str, Tensor]) -> FrozenTeacher:
        save_file(
            {name: value.contiguous() for name, value in named.items()}, tmp_path / "in.safetensors"
        )
        overlay = import_encoder(tmp_path / "in.safetensors", tmp_path / "mine")
        entry = yaml.safe_load(overlay.read_text())["teachers"]["mine"]
        return FrozenTeacher(build(TeacherConfig, entry, "teachers.mine"))

    return run


def positions(vit: dict[str, Tensor], grid: tuple[int, int], *, corners: bool) -> Tensor:
    """Cropped position embedding: a square of the longer side, resampled, its upper left part."""
    embedding = vit["patch_generator.pos_embed"]
    side, longest = math.isqrt(embedding.shape[1]), max(grid)
    square = embedding.transpose(1, 2).unflatten(2, (side, side))
    square = F.interpolate(square, size=(longest, longest), mode="bilinear", align_corners=corners)
    return square[:, :, : grid[0], : grid[1]].flatten(2).transpose(1, 2)


def blocks_of(named: dict[str, Tensor], images: Tensor, *, corners: bool) -> list[Tensor]:
    """RADIO as functions of its published tensors: the patch tokens after each block."""
    vit = {k.removeprefix("radio_model.model."): v for k, v in named.items()}
    mean, std = (named[f"radio_model.input_conditioner.norm_{n}"] for n in ("mean", "std"))
    grid = images.shape[2] // PATCH, images.shape[3] // PATCH
    tokens = F.unfold((images - mean) / std, PATCH, stride=PATCH).transpose(1, 2)
    tokens = tokens @ vit["patch_generator.embedder.weight"].T + positions(
        vit, grid, corners=corners
    )
    prefix = vit["patch_generator.cls_token.token"].expand(len(images), -1, -1)
    tokens, seen = torch.cat([prefix, tokens], dim=1), []
    for block in range(4):

        def linear(name: str, x: Tensor, at: str = f"blocks.{block}.") -> Tensor:
            return F.linear(x, vit[f"{at}{name}.weight"], vit[f"{at}{name}.bias"])

        def norm(name: str, x: Tensor, at: str = f"blocks.{block}.") -> Tensor:
            return F.layer_norm(x, (DIM,), vit[f"{at}{name}.weight"], vit[f"{at}{name}.bias"], 1e-6)

        def scale(number: int, at: str = f"blocks.{block}.") -> Tensor | float:
            return vit.get(f"{at}ls{number}.grandma", 1.0)

        heads = linear("attn.qkv", norm("norm1", tokens)).unflatten(2, (3, HEADS, -1))
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        attended = (query @ key.transpose(2, 3) / query.shape[-1] ** 0.5).softmax(-1) @ value
        attended = linear("attn.proj", attended.transpose(1, 2).flatten(2))
        tokens = tokens + scale(1) * attended
        hidden = F.gelu(linear("mlp.fc1", norm("norm2", tokens)))
        tokens = tokens + scale(2) * linear("mlp.fc2", hidden)
        seen.append(tokens[:, prefix.shape[1] :])
    return seen


def assert_same(teacher: FrozenTeacher, images: Tensor, expected: list[Tensor]) -> None:
    maps = teacher(images)
    assert len(maps) == len(expected) == 4
    for level, tokens in zip(maps, expected, strict=True):
        assert_close(level.flatten(2).transpose(1, 2), tokens, atol=1e-4, rtol=1e-4)
        assert tokens.std() > 0.1


@mark.parametrize("size", [(64, 64), (128, 128), (48, 80), (160, 32)], ids=str)
@torch.no_grad()
def test_radio_agrees_with_hugging_faces(imported, size):
    model, named = radio()
    images = torch.rand(2, 3, *size)
    seen = model(images, output_hidden_states=True).hidden_states[1:]
    assert_same(imported(named), images, [tokens[:, 10:] for tokens in seen])


@mark.parametrize("scaled", [True, False], ids=["layer scale", "none"])
@mark.parametrize(("tokens", "corners"), [(8, True), (10, False), (4, True)])
@torch.no_grad()
def test_radio_agrees_with_its_equations(imported, tokens, corners, scaled):
    _, named = radio(tokens)
    if not scaled:
        named = {name: value for name, value in named.items() if "grandma" not in name}
    teacher, images = imported(named), torch.rand(1, 3, 48, 80)
    assert_same(teacher, images, blocks_of(named, images, corners=corners))
    assert teacher.encoder.num_prefix_tokens == tokens


@torch.no_grad()
def test_theia_agrees_with_hugging_faces(imported):
    model, named = theia()
    teacher, images = imported(named), torch.rand(2, 3, 64, 64)
    normalised = (images - teacher.prepare.mean) / teacher.prepare.std
    seen = model(normalised, output_hidden_states=True).hidden_states[1:]
    assert_same(teacher, images, [tokens[:, 1:] for tokens in seen])
    assert [level.shape for level in teacher(torch.rand(1, 3, 48, 81))] == [(1, DIM, 3, 5)] * 4


@torch.no_grad()
def test_radios_own_checkpoints_are_read_too(imported):
    _, named = radio(8)
    images = torch.rand(1, 3, 64, 64)
    expected = blocks_of(named, images, corners=True)
    own = {
        name.replace("radio_model.model.", "base_model.").replace(
            "radio_model.input", "input"
        ): value
        for name, value in named.items()
    }
    assert_same(imported(own), images, expected)
