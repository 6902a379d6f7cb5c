"""`polytask plan`: what a run would cost, before it."""

import argparse
import gc
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polytask.errors import UserError
from polytask.pipeline.provenance import REPOSITORY
from polytask.pipeline.status.plan import phases
from polytask.price.gpus import CPU, GPUS, Machine, arithmetic_of, gpu_named
from polytask.price.jobs import Job, planning

if TYPE_CHECKING:
    from polytask.price.estimate import Estimate
    from polytask.price.timing.prediction import Prediction
    from polytask.price.timing.speeds import Speeds

GPU_UTILISATION = 0.4
"""Of the published peak: an assumption, which is printed with the result."""


def add_parser(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "plan",
        help="FLOPs, disk, memory and GPU hours of a run, before it",
        description="Counts what `snakemake --forceall TARGET` would do, whether made or not. "
        "Nothing is run, nothing has to be there: docs/plan.md.",
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="default: the whole project")
    parser.add_argument(
        "--configfile", action="append", type=Path, default=[], metavar="FILE",
        help="values that differ from params.yaml, as for snakemake; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--gpu", default="H100", help=f"{', '.join(GPUS)}, or {CPU} (default: H100)"
    )
    parser.add_argument(
        "--count", type=int, help="how many of them (1); with cpu: cores (all of this machine)"
    )
    parser.add_argument(
        "--utilisation", type=float,
        help=f"share of the peak that is had ({GPU_UTILISATION}; of a CPU: 1)",
    )  # fmt: skip
    parser.add_argument(
        "--peak", type=float, metavar="TFLOPS",
        help="peak TFLOP/s of each, instead of the published one or, with cpu, of timing",
    )  # fmt: skip
    parser.add_argument(
        "--read-speed", type=float, default=1.0, metavar="GB/S",
        help="how fast cached features can be read for each GPU (1)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the price as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the price of the targets."""
    _check(arguments)
    with _uncollected():
        print(_answer(arguments), end="")
    return 0


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: going through torch's many objects takes half of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # nor when the process ends
        if enabled:
            gc.enable()


def _answer(arguments: argparse.Namespace) -> str:
    """The price as text or JSON."""
    count = _count(arguments)
    cores = count if _is_cpu(arguments) else 1
    with planning(arguments.targets, arguments.configfile, cores) as planned:
        from polytask.price.cached import free_bytes  # late: torch loads while Snakemake plans
        from polytask.price.estimate import estimate
        from polytask.price.table import as_text
        from polytask.price.timing.measuring import measure
        from polytask.price.timing.prediction import predict

        jobs = planned.jobs()
    timed = _is_cpu(arguments) and not arguments.peak
    speeds = measure(jobs, cores) if timed else None
    machine = _machine(arguments, jobs, speeds, count)
    priced, free = estimate(jobs, machine), free_bytes()
    predicted = speeds and predict(jobs, priced, speeds, cores=cores, planning=planned.seconds)
    read_speed = arguments.read_speed * 1e9
    if arguments.json:
        return json.dumps(_as_data(priced, machine, read_speed, free, predicted), indent=1) + "\n"
    wanted = " ".join(arguments.targets) or "the whole project"
    title = f"{len(jobs)} jobs for {wanted}, all of them anew"
    return as_text(
        priced, machine, phases(REPOSITORY / "Snakefile"),
        read_speed=read_speed, free=free, title=title, predicted=predicted,
    )  # fmt: skip


def _is_cpu(arguments: argparse.Namespace) -> bool:
    return arguments.gpu.lower() == CPU


def _count(arguments: argparse.Namespace) -> int:
    """As many as were asked for: one GPU, or all cores that this process may use."""
    if arguments.count is not None:
        return arguments.count
    return len(os.sched_getaffinity(0)) if _is_cpu(arguments) else 1


def _check(arguments: argparse.Namespace) -> None:
    """UserError for words and numbers that cannot be meant."""
    if not _is_cpu(arguments):
        gpu_named(arguments.gpu)
    if arguments.count is not None and arguments.count < 1:
        raise UserError(f"--count {arguments.count}: give 1 or more")
    for name in ("utilisation", "peak", "read_speed"):
        value = getattr(arguments, name)
        if value is not None and value <= 0:
            raise UserError(f"--{name.replace('_', '-')} {value:g}: give more than 0")
    if arguments.utilisation is not None and arguments.utilisation > 1:
        raise UserError(f"--utilisation {arguments.utilisation:g}: a share, at most 1")


def _machine(
    arguments: argparse.Namespace, jobs: Sequence[Job], speeds: "Speeds | None", count: int
) -> Machine:
    """What the words say, its peak published or given; of a CPU that was timed, forward passes."""
    from polytask.price.estimate import precision_of

    precision, peak = precision_of(jobs), arguments.peak and arguments.peak * 1e12
    if _is_cpu(arguments):
        return Machine(
            name=CPU,
            count=count,
            arithmetic=precision,
            peak=peak or speeds.looking,
            utilisation=arguments.utilisation or 1.0,
        )
    gpu = gpu_named(arguments.gpu)
    arithmetic = arithmetic_of(gpu, precision)
    return Machine(
        name=gpu.name,
        count=count,
        arithmetic=arithmetic,
        peak=peak or gpu.peaks[arithmetic],
        utilisation=arguments.utilisation or GPU_UTILISATION,
        memory=gpu.memory,
    )


def _as_data(
    priced: "Estimate", machine: Machine, read_speed: float, free: float,
    predicted: "Prediction | None",
) -> dict[str, Any]:  # fmt: skip
    """All numbers in FLOP, bytes, FLOP/s and hours, `predicted` in seconds; null: not known."""
    from polytask.price.table import hours_by_rule

    spent = hours_by_rule(priced, machine, predicted)
    return {
        "machine": asdict(machine),
        "rules": [
            {
                "rule": each.rule,
                "jobs": each.jobs,
                **asdict(each.work),
                "hours": spent[each.rule],
            }
            for each in priced.rules
        ],
        "flops": priced.flops,
        "written": priced.written,
        "hours": sum(each or 0.0 for each in spent.values()),
        "teachers": [
            {
                **asdict(each),
                "cache_bytes": each.cache_bytes,
                "cached_hours": each.cached_hours(machine, read_speed),
                "online_hours": each.online_hours(machine),
                "cheaper": each.cheaper(machine, read_speed, free)[0],
            }
            for each in priced.choices
        ],
        "predicted": predicted and asdict(predicted),
        "remarks": list(priced.remarks),
    }
