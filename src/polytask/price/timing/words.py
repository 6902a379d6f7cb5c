"""A prediction for the terminal: what was measured, where the seconds go, when all is done."""

from collections.abc import Iterator

from polytask.price.timing.prediction import Prediction
from polytask.price.timing.seconds import STARTING
from polytask.price.timing.speeds import Speeds

LOADED = 0.9
"""Where a process had less of its core than this, something else ran."""


def as_lines(this: Prediction) -> Iterator[str]:
    """All of it, a line for every term."""
    yield from _measured(this.speeds, this.cores)
    yield "Where the core seconds go:"
    for term, seconds in sorted(this.terms.items(), key=lambda item: -item[1]):
        if seconds:
            what = f"starting {this.jobs} jobs" if term == STARTING else term
            yield f"  {what:<24}{seconds:>10,.0f}{seconds / this.busy:>6.0%}"
    yield (
        f"{this.busy / 3600:.3g} core hours: {clock(this.wall)} on {this.cores} cores, of which "
        f"Snakemake plans for {clock(this.planning)}; then cores are idle {this.idle:.0%} of the "
        "time"
    )
    if this.speeds.share < LOADED:
        yield (
            f"! other work took {1 - this.speeds.share:.0%} of the cores while they were measured: "
            f"without it about {clock(this.wall * this.speeds.share)}"
        )


def clock(seconds: float) -> str:
    """`45 s`, `35 min`, `5.5 h`, `12 days`: as one would say it."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.0f} s"


def _measured(speeds: Speeds, cores: int) -> Iterator[str]:
    """Every number of `speeds`, by name."""
    kinds = {f"training steps, {kind} model": v for kind, v in speeds.training.items()}
    yield f"Measured of a core while {cores} were busy:"
    for name, value in {**kinds, "forward passes": speeds.looking}.items():
        yield f"  {name:<32}{value / 1e9:>8.3g} GFLOP/s"
    yield f"  {'start of a job':<32}{speeds.starting:>8.3g} s"
    images = {
        "reading an image": speeds.reading,
        "a view of it": speeds.viewing,
        "a ridge probe, per image": speeds.probing,
        **{f"metric of {task}, per image": v for task, v in speeds.judging.items()},
        **{f"rendering a room of {size} pixels": v for size, v in speeds.rendering.items()},
    }
    for name, value in images.items():
        yield f"  {name:<32}{value * 1e3:>8.3g} ms"
