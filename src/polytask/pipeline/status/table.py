"""All jobs of a plan for the terminal: a line per phase, and one per job that needs a look."""

from collections import Counter
from collections.abc import Iterator, Sequence

from polytask.pipeline.status.advice import explained, place, title
from polytask.pipeline.status.plan import Phases, Plan
from polytask.pipeline.status.processes import is_alive
from polytask.pipeline.status.states import STATES, JobState

COLOURS = {"done": 32, "running": 36, "outdated": 33, "stopped": 33, "failed": 31, "waiting": 2}
TOLD = ("running", "failed", "stopped")
"""States of which every job has a line of its own."""
COUNTED = ("outdated", "waiting")


def as_text(
    plan: Plan, states: Sequence[JobState], phase_of: Phases, *, coloured: bool = False
) -> str:
    """The whole answer; `phase_of` has the phase of every rule, in order."""
    lines = [_headline(plan), *_remarks(plan), ""]
    for phase in dict.fromkeys([*phase_of.values(), "other"]):
        inside = [each for each in states if phase_of[each.job.rule] == phase]
        if inside:
            lines += _phase(phase, inside, coloured)
    return "\n".join([*lines, "", *_total(plan, states)]) + "\n"


def duration(seconds: float) -> str:
    """`38 s`, `5 min 24 s`, `2 h 05 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def counts(states: Sequence[JobState]) -> dict[str, int]:
    """How many jobs are in each state, in the order of `STATES`."""
    found = Counter(each.state for each in states)
    return {state: found[state] for state in STATES if found[state]}


def _headline(plan: Plan) -> str:
    if plan.started is None:
        return f"{len(plan.jobs)} jobs, as in dvc.yaml: no run has started in this folder."
    when = plan.started[:19].replace("T", " ")
    now = {True: "it runs", False: "it is over", None: "whether it still runs is not seen here"}
    return f"{plan.command}\nstarted {when} UTC on {plan.host}; {now[is_alive(plan.process)]}"


def _remarks(plan: Plan) -> Iterator[str]:
    if edited := plan.edited_values():
        yield (
            f"{', '.join(edited)} was edited since: `snakemake -n` says what a new run would make; "
            "this is about the one that was started."
        )


def _phase(phase: str, states: Sequence[JobState], coloured: bool) -> Iterator[str]:
    counted = counts(states)
    took = sum(each.seconds or 0.0 for each in states)
    others = ", ".join(f"{n} {state}" for state, n in counted.items() if state != "done")
    done = f"{counted.get('done', 0)} of {len(states)} done"
    facts = [done, *([f"{duration(took)} of work"] if took else []), *([others] if others else [])]
    yield f"{phase:<11} {', '.join(facts)}"
    told = [each for state in TOLD for each in states if each.state == state]
    width = max((len(title(each)) for each in told), default=0)
    for each in told:
        pace = _pace(each) if each.state == "running" else ()
        line = ", ".join(filter(None, [*pace, place(each)]))
        yield f"  {_word(each.state, coloured)} {title(each):<{width}}  {line}".rstrip()
        if each.state != "running":
            yield from explained(each, " " * 12)
    for state in COUNTED:
        alike = [each for each in states if each.state == state]
        rules = Counter(each.job.rule for each in alike)
        if alike:
            names = ", ".join(f"{count} {rule}" for rule, count in rules.items())
            why = f": {alike[0].reason}" if alike[0].reason else ""
            yield f"  {_word(state, coloured)} {names}{why}"


def _pace(state: JobState) -> Iterator[str]:
    """How far a running job is, at which speed, and how long it needs."""
    sign = state.sign
    if sign.get("total"):
        share = 100 * sign["step"] / sign["total"]
        yield f"{sign['unit']} {sign['step']} of {sign['total']} ({share:.0f} %)"
    if speed := sign.get("speed"):
        yield f"{speed:.3g} {sign['unit']}/s"
    left = state.seconds_left
    yield f"{duration(left)} left" if left is not None else f"for {duration(state.seconds_running)}"


def _total(plan: Plan, states: Sequence[JobState]) -> Iterator[str]:
    """All counts, and the time left as far as it is known."""
    counted, ready = counts(states), sum(each.is_ready for each in states)
    words = ", ".join(f"{n} {state}" for state, n in counted.items())
    yield f"{len(states)} jobs: {words}{f' ({ready} of them ready)' if ready else ''}"
    running = [each for each in states if each.state == "running"]
    left = [each.seconds_left for each in running if each.seconds_left is not None]
    others = len(states) - len(running) - counted.get("done", 0)
    if left and not others and len(left) == len(running):
        yield f"time left: about {duration(max(left))}"
    elif left:
        yield f"time left: more than {duration(max(left))}; what the other jobs take is not known"
    elif others and not running and (plan.started is None or is_alive(plan.process) is False):
        yield f"nothing runs; go on with: {plan.command}"


def _word(state: str, coloured: bool) -> str:
    return f"\x1b[{COLOURS[state]}m{state:<9}\x1b[0m" if coloured else f"{state:<9}"
