"""The official SAK as plain functions of its state dict, for comparison with the imported model.

Written from the description of its layout and equations, without modules or parameters of ours.
Shapes: B images, N tokens with the class token first, D width, h w patches, K experts.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

PATCH = 16
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
State = dict[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class Official:
    """One configuration of the official code; `tasks` empty is stage 1."""

    dim: int
    depth: int
    num_heads: int
    levels: tuple[int, ...]
    teachers: dict[str, int]
    grid: tuple[int, int] = (4, 4)
    tasks: dict[str, int] = field(default_factory=dict)
    aligners: bool = False
    routers: bool = True
    ratio: int = 4

    @property
    def prefix(self) -> str:
        return "backbone." if self.tasks else ""

    def images(self, count: int = 2, seed: int = 1) -> Tensor:
        """Images in [0, 1] of exactly the size that the model is for."""
        size = (count, 3, PATCH * self.grid[0], PATCH * self.grid[1])
        return torch.rand(size, generator=torch.Generator().manual_seed(seed))


# --------------------------------------------------------------------------------- its state dict
def shapes(model: Official) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor under its official name, in the order of the official code."""
    dim, inner = model.dim, model.dim // model.ratio
    num_tokens = 1 + model.grid[0] * model.grid[1]
    vit = {"cls_token": (1, 1, dim), "pos_embed": (1, num_tokens, dim)}
    vit |= {"patch_embed.proj.weight": (dim, 3, PATCH, PATCH), "patch_embed.proj.bias": (dim,)}
    for block in range(model.depth):
        vit |= norm(f"blocks.{block}.norm1", dim) | linear(f"blocks.{block}.attn.qkv", dim, 3 * dim)
        vit |= linear(f"blocks.{block}.attn.proj", dim, dim) | norm(f"blocks.{block}.norm2", dim)
        vit |= linear(f"blocks.{block}.mlp.fc1", dim, 4 * dim)
        vit |= linear(f"blocks.{block}.mlp.fc2", 4 * dim, dim)
    backbone = {f"vit.{name}": shape for name, shape in vit.items()}
    for teacher in model.teachers:
        for index in range(model.depth + 1):
            name = f"tsap.{teacher}.{index}"
            backbone |= {f"{name}.scale": (1,)}
            backbone |= linear(f"{name}.down", dim, inner) | linear(f"{name}.up", inner, dim)
    places = [(level, teacher) for level in model.levels for teacher in model.teachers]
    for level, teacher in places:
        backbone |= norm(f"out_norms.{level}_{teacher}", dim)
    for level, teacher in places if model.aligners else ():
        backbone |= linear(f"ts_aligners.{level}_{teacher}", dim, model.teachers[teacher])
    for level in model.levels if model.routers else ():
        for task in model.tasks:
            backbone |= router(f"mor.{level}_{task}.router.module", dim, 1 + len(model.teachers))
    found = {model.prefix + name: shape for name, shape in backbone.items()}
    for task, outputs in model.tasks.items():
        found |= head(f"heads.{task}", dim, outputs)
    return found


def linear(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def norm(name: str, dim: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (dim,), f"{name}.bias": (dim,)}


def router(name: str, dim: int, experts: int) -> dict[str, tuple[int, ...]]:
    half = dim // 2
    return (
        linear(f"{name}.0", dim, half)
        | norm(f"{name}.1", half)
        | linear(f"{name}.3", half, 2 * experts)
    )


def head(name: str, dim: int, outputs: int) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for level in range(4):
        found |= linear(f"{name}.linears.{level}", dim, dim // 4)
    fuse = f"{name}.linear_fuse"
    found |= {f"{fuse}.0.weight": (dim, dim, 3, 3), f"{fuse}.0.bias": (dim,)} | norm(
        f"{fuse}.1", dim
    )
    found |= {f"{fuse}.1.running_mean": (dim,), f"{fuse}.1.running_var": (dim,)}
    found |= {f"{fuse}.1.num_batches_tracked": ()}
    last = f"{name}.last_conv"
    return found | {f"{last}.weight": (outputs, dim, 1, 1), f"{last}.bias": (outputs,)}


def random_state(model: Official, seed: int = 0) -> State:
    """A state dict of random values, none at its starting value, so that each tensor counts."""
    generator = torch.Generator().manual_seed(seed)

    def value(name: str, shape: tuple[int, ...]) -> Tensor:
        if name.endswith("num_batches_tracked"):
            return torch.tensor(40000)
        drawn = torch.randn(shape, generator=generator)
        if name.endswith("running_var"):
            return 0.5 + drawn.abs()
        if name.endswith(("pos_embed", "cls_token")):
            return drawn / 2
        if name.endswith(".scale") or (len(shape) == 1 and name.endswith("weight")):
            return 1 + 0.3 * drawn
        fan_in = max(1, drawn[0].numel()) if len(shape) > 1 else 10
        return drawn / fan_in**0.5

    return {name: value(name, shape) for name, shape in shapes(model).items()}


# ------------------------------------------------------------------------------ what it computes
def outputs(
    state: State, model: Official, images: Tensor
) -> tuple[dict[str, list[Tensor]], dict[str, Tensor]]:
    """The maps that distillation compares, per teacher and level, and every task's prediction."""
    backbone = {
        name.removeprefix(model.prefix): value
        for name, value in state.items()
        if name.startswith(model.prefix)
    }
    tokens = stem(backbone, model, (images - MEAN.view(3, 1, 1)) / STD.view(3, 1, 1))
    raw = [tokens[level + 1][:, 1:] for level in model.levels]
    experts = {teacher: path(backbone, model, teacher, tokens) for teacher in model.teachers}
    aligned = {
        teacher: [
            apply(backbone, f"ts_aligners.{level}_{teacher}", x) if model.aligners else x
            for level, x in zip(model.levels, levels, strict=True)
        ]
        for teacher, levels in experts.items()
    }
    maps = {teacher: [as_map(x, model.grid) for x in levels] for teacher, levels in aligned.items()}
    predictions = {}
    for task in model.tasks:
        levels = [
            as_map(fused(backbone, model, f"{level}_{task}", raw[i], experts, i), model.grid)
            for i, level in enumerate(model.levels)
        ]
        predictions[task] = decoded(state, f"heads.{task}", levels, images.shape[-2:])
    return maps, predictions


def apply(state: State, name: str, x: Tensor) -> Tensor:
    return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])


def normalised(state: State, name: str, x: Tensor, eps: float) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"], eps)


def stem(state: State, model: Official, images: Tensor) -> list[Tensor]:
    """Z_0, ..., Z_L of a pre-norm ViT whose norms add 1e-6."""
    proj = "vit.patch_embed.proj"
    patches = F.conv2d(images, state[f"{proj}.weight"], state[f"{proj}.bias"], stride=PATCH)
    cls = state["vit.cls_token"].expand(len(images), -1, -1)
    x = torch.cat([cls, patches.flatten(2).mT], dim=1) + state["vit.pos_embed"]
    found = [x]
    for index in range(model.depth):
        block = f"vit.blocks.{index}"
        x = x + attention(state, block, normalised(state, f"{block}.norm1", x, 1e-6), model)
        hidden = apply(state, f"{block}.mlp.fc1", normalised(state, f"{block}.norm2", x, 1e-6))
        x = x + apply(state, f"{block}.mlp.fc2", F.gelu(hidden))
        found.append(x)
    return found


def attention(state: State, block: str, x: Tensor, model: Official) -> Tensor:
    size = model.dim // model.num_heads
    query, key, value = apply(state, f"{block}.attn.qkv", x).split(model.dim, dim=-1)
    mixed = []
    for first in range(0, model.dim, size):
        q, k, v = (part[..., first : first + size] for part in (query, key, value))
        mixed.append((q @ k.mT / size**0.5).softmax(dim=-1) @ v)
    return apply(state, f"{block}.attn.proj", torch.cat(mixed, dim=-1))


def path(state: State, model: Official, teacher: str, tokens: list[Tensor]) -> list[Tensor]:
    """The levels of one path: the class token is adapted too and dropped before the norm."""
    levels, x = [], 0
    for index, stem_tokens in enumerate(tokens):
        name = f"tsap.{teacher}.{index}"
        summed = x + stem_tokens
        bottleneck = apply(state, f"{name}.up", F.gelu(apply(state, f"{name}.down", summed)))
        x = summed + state[f"{name}.scale"] * bottleneck
        if index - 1 in model.levels:
            levels.append(normalised(state, f"out_norms.{index - 1}_{teacher}", x[:, 1:], 1e-5))
    return levels


def fused(
    state: State, model: Official, place: str, raw: Tensor, experts: dict[str, list[Tensor]], i: int
) -> Tensor:
    """The experts' sum, or weighted by the clean logits of the router; the stem comes first."""
    stacked = torch.stack([raw, *(experts[teacher][i] for teacher in model.teachers)], dim=1)
    if not model.routers:
        return stacked.sum(dim=1)
    name = f"mor.{place}.router.module"
    hidden = normalised(state, f"{name}.1", apply(state, f"{name}.0", raw), 1e-5)
    logits_BK = apply(state, f"{name}.3", F.gelu(hidden)).mean(dim=1)[:, : stacked.shape[1]]
    return torch.einsum("bk,bknd->bnd", logits_BK.softmax(dim=1), stacked)


def decoded(state: State, name: str, levels: list[Tensor], size: tuple[int, int]) -> Tensor:
    quarter = (size[0] // 4, size[1] // 4)
    parts = [
        enlarged(apply(state, f"{name}.linears.{i}", level.movedim(1, -1)).movedim(-1, 1), quarter)
        for i, level in enumerate(levels)
    ]
    fuse, last = f"{name}.linear_fuse", f"{name}.last_conv"
    x = torch.cat(parts, dim=1)
    x = F.conv2d(x, state[f"{fuse}.0.weight"], state[f"{fuse}.0.bias"], padding=1)
    statistics = state[f"{fuse}.1.running_mean"], state[f"{fuse}.1.running_var"]
    x = F.batch_norm(x, *statistics, state[f"{fuse}.1.weight"], state[f"{fuse}.1.bias"])
    x = F.conv2d(F.gelu(x), state[f"{last}.weight"], state[f"{last}.bias"])
    return enlarged(x, size)


def enlarged(maps: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(maps, size=tuple(size), mode="bilinear", align_corners=False)


def as_map(tokens: Tensor, grid: tuple[int, int]) -> Tensor:
    return tokens.mT.unflatten(2, grid)
