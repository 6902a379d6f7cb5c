"""RADIO's released weights (v2 to v4, C-RADIO) as timm's ViT with cropped position embeddings.

Shapes: D width, N places of the position embedding, T prefix tokens, P pixels of a patch's side.
"""

import torch
from torch import Tensor

from polytask.errors import UserError
from polytask.teachers.released.encoder import ReleasedEncoder, Tensors, num_blocks

PREFIXES = ("radio_model.model.", "base_model.", "")
"""How the ViT's names begin: on Hugging Face, in RADIO's own checkpoints, alone."""
EMBEDDER = "patch_generator.embedder.weight"
POSITIONS = "patch_generator.pos_embed"
TOKENS = "patch_generator.cls_token.token"
UNUSED = ("norm.", "fc_norm.", "head.", "patch_generator.video_embedder.")
CONDITIONER = ("radio_model.input_conditioner.", "input_conditioner.")
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
SIZES = {
    768: ("naflexvit_base_patch16_radio_v3", 12),
    1024: ("naflexvit_large_patch16_radio_v3", 16),
    1152: ("naflexvit_so400m_patch16_radio_v4", 16),
    1280: ("naflexvit_huge_patch16_radio_v3", 16),
    1536: ("naflexvit_giant_patch16_radio_v3", 24),
}
"""timm's name and the attention heads of every width."""
TOKENS_OF_V4 = 10
"""Only v4 has ten; it resamples positions between centres of its grid, the others corners."""


def is_radio(tensors: Tensors) -> bool:
    return any(prefix + EMBEDDER in tensors.named for prefix in PREFIXES)


def from_radio(tensors: Tensors) -> ReleasedEncoder:
    """RADIO's tensors under timm's names; raises UserError for what it cannot place.

    The adaptors to its teachers and the norm after the last block are left out.
    """
    prefix = next(prefix for prefix in PREFIXES if prefix + EMBEDDER in tensors.named)
    embedder = tensors.shaped(prefix + EMBEDDER, None, None)
    width, length = embedder.shape
    tensors.width_among(prefix + EMBEDDER, width, SIZES)
    model, num_heads = SIZES[width]
    patch = tensors.side(prefix + EMBEDDER, length // 3)
    tokens = tensors.shaped(prefix + TOKENS, None, width)
    positions = tensors.shaped(prefix + POSITIONS, 1, None, width)
    grid = tensors.side(prefix + POSITIONS, positions.shape[1])
    blocks = _blocks(tensors, prefix)
    hidden = tensors.shaped(f"{prefix}blocks.0.mlp.fc1.weight", None, width).shape[0]
    return ReleasedEncoder(
        model=model,
        model_args={
            "patch_size": patch, "embed_dim": width, "depth": num_blocks(blocks, "blocks."),
            "num_heads": num_heads, "mlp_ratio": hidden / width, "reg_tokens": len(tokens) - 1,
            "init_values": 1e-5 if "blocks.0.ls1.gamma" in blocks else 0.0,  # 0: no layer scale
            "pos_embed_grid_size": [grid, grid],
            "pos_embed_align_corners": len(tokens) != TOKENS_OF_V4,
        },
        **_colours(tensors),
        weights={
            "embeds.proj.weight": embedder.unflatten(1, (3, patch, patch)).movedim(1, 3).flatten(1),
            "embeds.proj.bias": torch.zeros(width),
            "embeds.pos_embed": positions.unflatten(1, (grid, grid)),
            "embeds.cls_token": tokens[None, :1],
            "embeds.reg_token": tokens[None, 1:],
            **blocks,
        },
        left_out=tuple(name for name in tensors.named if not _placed(name, prefix)),
    )  # fmt: skip


def _blocks(tensors: Tensors, prefix: str) -> dict[str, Tensor]:
    """The blocks' tensors, once nothing else is left of the ViT."""
    found = {}
    for name, value in tensors.named.items():
        if not name.startswith(prefix):
            continue
        own = name.removeprefix(prefix)
        if own.startswith("blocks."):
            found[own.replace(".grandma", ".gamma")] = value
        elif prefix and not _placed(name, prefix) and not own.startswith(UNUSED):
            raise UserError(f"{tensors.source}: {name} has no place in this RADIO")
    return found


def _placed(name: str, prefix: str) -> bool:
    own = name.removeprefix(prefix)
    conditioner = name.startswith(CONDITIONER)
    return conditioner or own in (EMBEDDER, POSITIONS, TOKENS) or own.startswith("blocks.")


def _colours(tensors: Tensors) -> dict[str, tuple[float, ...]]:
    """The mean and std that stand in the file, or those of all released models."""
    colours = {"mean": MEAN, "std": STD}
    for name in colours:
        for prefix in CONDITIONER:
            if (value := tensors.named.get(f"{prefix}norm_{name}")) is not None:
                colours[name] = tuple(float(str(each)) for each in value.flatten().numpy())
    return colours
