"""What to tell people about a job that did not end well: what it said, where, and what to do."""

import contextlib
import os
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from polytask.errors import UserError
from polytask.pipeline.status.evidence import last_lines
from polytask.pipeline.status.plan import Plan, read_plan
from polytask.pipeline.status.states import JobState, left_unfinished, states_of

WIDTH = 100
SHOWN_LINES = 5


def title(state: JobState) -> str:
    """The rule and the values of its wildcards, in words."""
    return f"{state.job.rule} {state.job.label}".rstrip()


def place(state: JobState) -> str:
    """The machine and the Slurm job, where it is one."""
    slurm, host = state.sign.get("slurm_job"), state.sign.get("host")
    words = [f"Slurm job {slurm}"] * bool(slurm) + [f"on {host}"] * bool(host)
    return " ".join(words)


def explained(state: JobState, indent: str) -> Iterator[str]:
    """Why the job stopped, the end of its log, and what to do next."""
    yield from _wrapped(f"{indent}what  ", state.reason)
    if log := state.sign.get("log"):
        yield f"{indent}log   {log}"
        for line in last_lines(Path(log), SHOWN_LINES):
            if state.reason not in line:  # most logs end with it
                yield from _wrapped(f"{indent}      | ", " ".join(line.split()))
    yield from _wrapped(f"{indent}next  ", _next(state))


def last_words() -> None:
    """Say, below all that Snakemake had to say, which jobs failed in the run that is over.

    A stage of `dvc repro` has no plan of its own: there Snakemake's words must do.
    """
    if "DVC_STAGE" in os.environ:
        return
    with contextlib.suppress(UserError):
        plan = read_plan()
        lines = after_failure(plan, left_unfinished(plan, states_of(plan)))
        print(*lines, sep="\n", file=sys.stderr)


def after_failure(plan: Plan, states: Sequence[JobState]) -> list[str]:
    """Each job that did not end well, and how to go on; nothing where there is none."""
    if not states:
        return []
    lines = ["", "What did not end well, and what to do:"]
    for state in states:
        lines += [f"  {title(state)}", *explained(state, "    ")]
    return [
        *lines,
        f"Nothing that was finished is lost; go on with: {plan.command}",
        "`polytask status` shows where everything stands.",
    ]


def _next(state: JobState) -> str:
    if state.sign.get("to_mend"):
        first = "mend what it names; then run the same command again"
    elif state.state == "failed":
        first = "not foreseen: the log has all of it; once it is mended, run the same command again"
    else:
        first = "run the same command again"
    if state.sign.get("slurm_job") and state.state != "failed":
        first = f"`sacct -j {state.sign['slurm_job']}` may know why; {first}"
    if not state.kept:
        return f"{first}; this job starts anew"
    return f"{first}: it goes on after {state.kept} if its parameters, inputs and code are the same"


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=label, subsequent_indent=" " * len(label),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
