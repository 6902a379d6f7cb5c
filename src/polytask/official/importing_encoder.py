"""A released RADIO or Theia as a local entry of `teachers`: its weights, and an overlay."""

import json
from pathlib import Path
from typing import Any

import yaml
from safetensors import SafetensorError

from polytask.disk import replacing, sha256_of
from polytask.errors import UserError
from polytask.models.files import WEIGHTS, load_state
from polytask.models.timm_encoders import create_encoder, even_levels
from polytask.official.checkpoint import read_checkpoint
from polytask.official.importing import REPORT
from polytask.teachers.released.encoder import ReleasedEncoder
from polytask.teachers.released.reading import read_released
from polytask.teachers.weights import save_encoder

OVERLAY = "teacher.yaml"


def import_encoder(checkpoint: Path, out: Path, *, name: str | None = None) -> Path:
    """Write a released encoder into the folder `out`; returns the overlay of params.yaml.

    The overlay adds it to `teachers` as `name` (default: as the folder). In evaluation mode its
    blocks give what the released model's give for the same images. Raises UserError, before
    anything is written, for a file that is no such model and for an `out` that holds one.
    """
    name = name or out.resolve().name
    if not name.isidentifier():
        raise UserError(f"--name {name}: use letters, digits and underscores only")
    weights = out / WEIGHTS
    if weights.exists() or (out / OVERLAY).exists():
        raise UserError(f"{weights}: exists; name another folder")
    released = read_released(read_checkpoint(checkpoint).tensors, str(checkpoint))
    encoder = create_encoder(released.model, released.model_args)
    load_state(encoder, released.weights, str(checkpoint))
    entry = {"teachers": {name: entry_of(released, str(weights))}}
    origin = {
        "checkpoint": str(checkpoint),
        "sha256": sha256_of(checkpoint),
        "left_out": sorted({each.rpartition(".")[0] or each for each in released.left_out}),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        save_encoder(encoder, weights)
        with replacing(out / REPORT) as partial:
            partial.write_text(json.dumps(origin, indent=1) + "\n")
        with replacing(out / OVERLAY) as partial:
            partial.write_text(yaml.safe_dump(entry, sort_keys=False, default_flow_style=None))
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{out}: cannot be written to: {reason}") from error
    return out / OVERLAY


def entry_of(released: ReleasedEncoder, weights: str) -> dict[str, Any]:
    """What `teachers` of params.yaml says of a released encoder."""
    return {
        "model": released.model,
        "model_args": released.model_args,
        "weights": weights,
        "resolution": None,
        "resize": "exact",
        "mean": list(released.mean),
        "std": list(released.std),
        "levels": list(even_levels(released.model_args["depth"])),
    }
