"""Rule `realign_heads`: the merged model with every head that was re-aligned by itself."""

from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING

from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from polytask.pipeline.rule import run_rule

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def realign_heads(merged: Path, heads: list[Path], model: Path, model_config: Path) -> None:
    with safe_open(merged, framework="numpy") as file:
        metadata = file.metadata()  # the digest of the configuration, which stays what it is
    state = load_file(merged)
    for head in heads:
        task = head.parent.name
        state |= {f"heads.{task}.{key}": value for key, value in load_file(head).items()}
    save_file(state, model, metadata=metadata)
    copyfile(merged.with_suffix(".json"), model_config)


if __name__ == "__main__":
    run_rule(realign_heads, snakemake)
