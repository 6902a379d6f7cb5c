"""`polytask status`: which jobs are done, run, wait, or did not end well."""

import argparse
import contextlib
import json
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from polytask.pipeline.provenance import REPOSITORY
from polytask.pipeline.status.plan import Phases, Plan, phases, read_plan
from polytask.pipeline.status.states import JobState, states_of
from polytask.pipeline.status.table import as_text, counts

EVERY_SECONDS = 2.0
CLEAR = "\x1b[H\x1b[2J\x1b[3J"


def add_parser(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "status",
        help="which jobs are done, run, wait, or failed, and why",
        description="Reads records, signs of life and checkpoints only: it works beside a run, on "
        "any machine that sees this folder. Exit status: 0, or 1 where a job failed.",
    )
    parser.add_argument("--json", action="store_true", help="print every job as JSON")
    parser.add_argument(
        "--watch", action="store_true", help=f"look again every {EVERY_SECONDS:g} seconds"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print where every job stands; 1 when one failed."""
    text, has_failed = look(arguments.json)
    with contextlib.suppress(KeyboardInterrupt):
        while arguments.watch:
            print(CLEAR if sys.stdout.isatty() else "", text, sep="", end="", flush=True)
            time.sleep(EVERY_SECONDS)
            text, has_failed = look(arguments.json)
    print("" if arguments.watch else text, end="")
    return 1 if has_failed else 0


def look(as_data: bool) -> tuple[str, bool]:
    """What to print, and whether a job failed."""
    plan = read_plan()
    states = states_of(plan)
    has_failed = any(each.state == "failed" for each in states)
    phase_of = phases(REPOSITORY / "Snakefile")
    if as_data:
        return json.dumps(_as_data(plan, states, phase_of), indent=1) + "\n", has_failed
    coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return as_text(plan, states, phase_of, coloured=coloured), has_failed


def _as_data(plan: Plan, states: Sequence[JobState], phase_of: Phases) -> dict[str, Any]:
    return {
        "plan": {"command": plan.command, "started": plan.started, "host": plan.host},
        "counts": counts(states),
        "jobs": [
            {
                "name": each.job.name,
                "rule": each.job.rule,
                "phase": phase_of[each.job.rule],
                "state": each.state,
                "reason": each.reason or None,
                "goes_on_after": each.kept or None,
                "seconds": each.seconds,
                "seconds_left": each.seconds_left,
                "is_ready": each.is_ready,
                "outputs": list(each.job.outputs),
                "sign": dict(each.sign) or None,
            }
            for each in states
        ],
    }
