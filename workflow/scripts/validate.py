"""Rule `validate`: what the single-task models score on the split that merging may look at."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polytask.models.files import load_model
from polytask.pipeline.rule import run_rule
from polytask.training.runtime import start
from polytask.validation import Validation, ValidationConfig

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


@dataclass(frozen=True, kw_only=True)
class ValidateConfig(ValidationConfig):
    """Nothing but the split."""


def validate(labelled: Path, models: list[Path], scores: Path, *, config: ValidateConfig) -> None:
    runtime = start(config.runtime, config.seed)
    validation = Validation(config, labelled, runtime)
    found: dict[str, float] = {}
    for file in models:
        network, _ = load_model(file)
        found |= validation.scores(network.to(runtime.device))
    scores.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    run_rule(validate, snakemake)
