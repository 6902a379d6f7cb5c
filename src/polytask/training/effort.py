"""What a training took, counted and not timed, so that the same run says the same."""

import json
from pathlib import Path

from torch import nn


def write_effort(path: Path, model: nn.Module, steps: int, batch_size: int, images: int) -> None:
    """Write the steps made, the parameters trained and the images trained on (SIMO, Table 4)."""
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    effort = {
        "steps": steps,
        "batch_size": batch_size,
        "images": images,
        "trained_parameters": trained,
    }
    path.write_text(json.dumps(effort, indent=2) + "\n")
