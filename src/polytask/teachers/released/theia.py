"""Theia's released weights, a DeiT as Hugging Face names it, as timm's DeiT.

Shapes: D width, N tokens of the position embedding, the class token first.
"""

import torch
from torch import Tensor

from polytask.errors import UserError
from polytask.models.stem import IMAGENET_MEAN, IMAGENET_STD
from polytask.teachers.released.encoder import ReleasedEncoder, Tensors, num_blocks

PREFIXES = ("backbone.model.", "")
PATCHES = "embeddings.patch_embeddings.projection."
POSITIONS = "embeddings.position_embeddings"
LAYERS = "encoder.layer."
SIZES = {
    192: ("deit_tiny_patch16_224", 3),
    384: ("deit_small_patch16_224", 6),
    768: ("deit_base_patch16_224", 12),
}
"""timm's name and the attention heads of every width."""
WHOLE = {
    "embeddings.cls_token": "cls_token",
    POSITIONS: "pos_embed",
    f"{PATCHES}weight": "patch_embed.proj.weight",
    f"{PATCHES}bias": "patch_embed.proj.bias",
    "layernorm.weight": "norm.weight",
    "layernorm.bias": "norm.bias",
}
IN_BLOCK = {
    "layernorm_before": "norm1",
    "attention.output.dense": "attn.proj",
    "layernorm_after": "norm2",
    "intermediate.dense": "mlp.fc1",
    "output.dense": "mlp.fc2",
}
ATTENTION = tuple(f"attention.attention.{each}" for each in ("query", "key", "value"))
POOLER = "pooler."


def is_theia(tensors: Tensors) -> bool:
    return any(f"{prefix}{PATCHES}weight" in tensors.named for prefix in PREFIXES)


def from_theia(tensors: Tensors) -> ReleasedEncoder:
    """Theia's backbone under timm's names; raises UserError for what it cannot place.

    The translators into its teachers' features are left out. Its variants without a class token or
    with registers are refused.
    """
    prefix = next(prefix for prefix in PREFIXES if f"{prefix}{PATCHES}weight" in tensors.named)
    projection = tensors.shaped(f"{prefix}{PATCHES}weight", None, 3, None, None)
    width, patch = projection.shape[0], projection.shape[-1]
    tensors.width_among(f"{prefix}{PATCHES}weight", width, SIZES)
    positions = tensors.shaped(prefix + POSITIONS, 1, None, width)
    grid = tensors.side(prefix + POSITIONS, positions.shape[1] - 1)
    depth = num_blocks(tensors.named, prefix + LAYERS)
    sources = _sources(prefix, depth)
    _refuse_others(tensors, prefix, {each for names in sources.values() for each in names})
    model, num_heads = SIZES[width]
    return ReleasedEncoder(
        model=model,
        model_args={
            "img_size": grid * patch, "patch_size": patch, "embed_dim": width, "depth": depth,
            "num_heads": num_heads,
        },
        mean=IMAGENET_MEAN,
        std=IMAGENET_STD,
        weights={ours: _joined(tensors, names) for ours, names in sources.items()},
        left_out=tuple(
            name for name in tensors.named if not prefix or not name.startswith(prefix)
        ),
    )  # fmt: skip


def _sources(prefix: str, depth: int) -> dict[str, tuple[str, ...]]:
    """Theia's names behind each of timm's: one, or the three that make `qkv`."""
    found = {ours: (prefix + theirs,) for theirs, ours in WHOLE.items()}
    for block in range(depth):
        theirs, ours = f"{prefix}{LAYERS}{block}.", f"blocks.{block}."
        for end in ("weight", "bias"):
            found[f"{ours}attn.qkv.{end}"] = tuple(f"{theirs}{n}.{end}" for n in ATTENTION)
            for other, own in IN_BLOCK.items():
                found[f"{ours}{own}.{end}"] = (f"{theirs}{other}.{end}",)
    return found


def _joined(tensors: Tensors, names: tuple[str, ...]) -> Tensor:
    parts = [tensors[name] for name in names]
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _refuse_others(tensors: Tensors, prefix: str, used: set[str]) -> None:
    for name in tensors.named:
        known = name in used or name.startswith(prefix + POOLER)
        if name.startswith(prefix or "embeddings.") and not known:
            raise UserError(f"{tensors.source}: {name} has no place in this Theia")
