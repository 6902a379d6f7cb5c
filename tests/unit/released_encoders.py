"""Released checkpoints in small, of random weights: Hugging Face's models, published names."""

import torch
from torch import Tensor
from transformers import RadioConfig, RadioModel, ViTConfig, ViTModel

DIM, DEPTH, HEADS, PATCH = 32, 4, 2, 16
SIZES = {"radio": {DIM: ("naflexvit_base_patch16_radio_v3", HEADS)},
         "theia": {DIM: ("deit_base_patch16_224", HEADS)}}  # fmt: skip


def shaken(model: torch.nn.Module) -> torch.nn.Module:
    """No tensor at its starting value, so that each one counts."""
    torch.manual_seed(1)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.2 * torch.randn_like(value))
    return model.eval()


def radio(tokens: int = 10) -> tuple[RadioModel, dict[str, Tensor]]:
    """RADIO as Hugging Face has it, which resamples between centres; ten tokens make it a v4."""
    config = RadioConfig(
        hidden_size=DIM, num_hidden_layers=DEPTH, num_attention_heads=HEADS, patch_size=PATCH,
        max_img_size=8 * PATCH, num_cls_tokens=3, num_registers=tokens - 3,
        norm_mean=[0.4, 0.5, 0.6], norm_std=[0.2, 0.3, 0.4],
    )  # fmt: skip
    model = shaken(RadioModel(config))
    state = model.state_dict()
    vit = {
        "patch_generator.embedder.weight": state["embeddings.patch_projection.weight"],
        "patch_generator.pos_embed": state["embeddings.position_embedding"],
        "patch_generator.cls_token.token": state["embeddings.cls_register_token"],
    }
    for block in range(DEPTH):
        theirs, ours = f"encoder.layer.{block}.", f"blocks.{block}."
        for end in ("weight", "bias"):
            parts = [state[f"{theirs}attention.{each}_proj.{end}"] for each in "qkv"]
            vit[f"{ours}attn.qkv.{end}"] = torch.cat(parts)
            vit[f"{ours}attn.proj.{end}"] = state[f"{theirs}attention.o_proj.{end}"]
            for same in ("norm1", "norm2", "mlp.fc1", "mlp.fc2"):
                vit[f"{ours}{same}.{end}"] = state[f"{theirs}{same}.{end}"]
        for number in (1, 2):
            vit[f"{ours}ls{number}.grandma"] = state[f"{theirs}layer_scale{number}.lambda1"]
    named = {f"radio_model.model.{name}": value.clone() for name, value in vit.items()}
    for each in ("norm_mean", "norm_std"):
        named[f"radio_model.input_conditioner.{each}"] = state[f"input_conditioner.{each}"]
    named["radio_model.adaptors.clip.head_mlp.fc1.weight"] = torch.zeros(4, DIM)
    return model, named


def theia() -> tuple[ViTModel, dict[str, Tensor]]:
    """Theia's backbone, and its checkpoint with the names of the day when it was released."""
    config = ViTConfig(
        hidden_size=DIM, num_hidden_layers=DEPTH, num_attention_heads=HEADS, patch_size=PATCH,
        intermediate_size=4 * DIM, image_size=4 * PATCH, layer_norm_eps=1e-12,
    )  # fmt: skip
    model = shaken(ViTModel(config, add_pooling_layer=False))
    renamed = {
        "layers.": "encoder.layer.",
        "attention.q_proj": "attention.attention.query",
        "attention.k_proj": "attention.attention.key",
        "attention.v_proj": "attention.attention.value",
        "attention.o_proj": "attention.output.dense",
        "mlp.fc1": "intermediate.dense",
        "mlp.fc2": "output.dense",
    }
    named = {}
    for name, value in model.state_dict().items():
        for now, then in renamed.items():
            name = name.replace(now, then)
        named[f"backbone.model.{name}"] = value.clone()
    named["translator.translator_heads.sam.weight"] = torch.zeros(3)
    return model, named
