"""A training as rules run it: tracked, with curves, and resumed where it was interrupted."""

from pathlib import Path
from typing import Any

from torch import nn

from polytask.pipeline.resume import saved_work
from polytask.pipeline.tracking import track
from polytask.training.checkpoints import Checkpoints
from polytask.training.config import FitConfig
from polytask.training.curves import CurveWriter
from polytask.training.data_parallel import Objective
from polytask.training.gates import GateWriter
from polytask.training.loop import Batches, fit
from polytask.training.runtime import Runtime


def tracked_fit(
    model: nn.Module,
    batches: Batches,
    objective: Objective,
    config: FitConfig,
    runtime: Runtime,
    *,
    curves: Path,
    run: str,
    params: dict[str, Any],
    title: str,
    gates: Path | None = None,
) -> int:
    """`fit` as the run `run` of the tracking store, called `title` in logs; returns its steps.

    What routers choose goes into the file `gates`, if one is given, and not into curves.
    """
    with track(run, params) as tracked:
        return fit(
            model,
            batches,
            objective,
            config,
            runtime,
            on_log=GateWriter(gates, CurveWriter(curves, tracked.log)),
            checkpoint=Checkpoints(*saved_work()),
            name=title,
        )
