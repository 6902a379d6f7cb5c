"""The last good weights of a running job, kept where no workflow tool deletes them."""

import os
from pathlib import Path

from safetensors.torch import save_file
from torch import nn


class Keeper:
    """Saves a module's weights to `path` (safetensors), replacing the last save atomically."""

    def __init__(self, module: nn.Module, path: Path) -> None:
        self.module, self.path = module, path

    def __call__(self, step: int) -> str:
        """Save and return where, with the step."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_name(f".{self.path.name}.{os.getpid()}.partial")
        state = {
            key: value.detach().cpu().contiguous()
            for key, value in self.module.state_dict().items()
        }
        save_file(state, partial, metadata={"step": str(step)})
        partial.replace(self.path)
        return f"{self.path} (step {step})"
