"""A plan's price for the terminal: a line per rule, by phase, and what is not in it."""

from collections.abc import Iterator, Sequence

from polytask.pipeline.status.plan import Phases
from polytask.price.cached import Choice
from polytask.price.estimate import Estimate, RulePrice
from polytask.price.gpus import CPU, Machine
from polytask.price.timing.prediction import Prediction
from polytask.price.timing.words import as_lines

PREFIXES = ("", "k", "M", "G", "T", "P", "E", "Z")
HEADS = ("jobs", "FLOP", "written", "checkpoints", "memory")


def as_text(
    priced: Estimate,
    machine: Machine,
    phase_of: Phases,
    *,
    read_speed: float,
    free: float,
    title: str,
    predicted: Prediction | None = None,
) -> str:
    """The whole answer; `phase_of` has the phase of every rule, in order.

    Hours are those of FLOPs, or `predicted` ones with all that a job does.
    """
    rows = [_row("", [*HEADS, f"{_device(machine)} hours"])]
    spent = hours_by_rule(priced, machine, predicted)
    for phase in dict.fromkeys([*phase_of.values(), "other"]):
        inside = [each for each in priced.rules if phase_of[each.rule] == phase]
        if inside:
            rows += [
                phase,
                *(
                    _row(f"  {each.rule}", _cells(each, machine, spent[each.rule]))
                    for each in inside
                ),
            ]
    total = [
        str(sum(each.jobs for each in priced.rules)), units(priced.flops, ""),
        units(priced.written, "B"), "", "", hours(sum(each or 0.0 for each in spent.values())),
    ]  # fmt: skip
    lines = [*_headline(machine, title), "", *rows, _row("all that is known", total), ""]
    lines += _teachers(priced.choices, machine, read_speed, free)
    lines += _conclusion(priced, machine) if predicted is None else as_lines(predicted)
    lines += _left_out(priced, machine, predicted)
    return "\n".join(lines) + "\n"


def hours_by_rule(
    priced: Estimate, machine: Machine, predicted: Prediction | None
) -> dict[str, float | None]:
    """Device hours of each rule, None where they are not known."""
    if predicted is not None:
        return {rule: seconds / 3600 for rule, seconds in predicted.rules.items()}
    return {
        each.rule: None if each.work.flops is None else machine.hours(each.work.flops)
        for each in priced.rules
    }


def units(value: float | None, unit: str) -> str:
    """Three digits with a prefix, in powers of 1000: `42.5 TB`, `1.22 T`; `-` for None."""
    if value is None:
        return "-"
    prefix = 0
    while value >= 999.5 and prefix < len(PREFIXES) - 1:
        value, prefix = value / 1000, prefix + 1
    return f"{value:.3g} {PREFIXES[prefix]}{unit}".rstrip()


def hours(value: float | None) -> str:
    """`1,234`, `12.3`, `0.012`; `-` for None."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 99.5 else f"{value:.3g}"


def _device(machine: Machine) -> str:
    return "CPU" if machine.name == CPU else "GPU"


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:<26}{cells[0]:>5}" + "".join(f"{cell:>13}" for cell in cells[1:])


def _cells(each: RulePrice, machine: Machine, spent: float | None) -> list[str]:
    work = each.work
    memory = units(work.memory, "B")
    if machine.memory and work.memory and work.memory > machine.memory:
        memory += "!"
    return [
        str(each.jobs), units(work.flops, ""), units(work.written, "B"),
        units(work.checkpoints, "B"), memory, hours(spent),
    ]  # fmt: skip


def _headline(machine: Machine, title: str) -> Iterator[str]:
    yield title
    yield (
        f"{machine.count} x {machine.name}, {machine.arithmetic}: "
        f"{units(machine.peak, 'FLOP/s')} each, of which {machine.utilisation:.0%} is had"
    )


def _teachers(
    found: Sequence[Choice], machine: Machine, read_speed: float, free: float
) -> Iterator[str]:
    """Cached against online, for each set of images that students distil on."""
    if not found:
        return
    device = _device(machine)
    yield f"Teachers cached or online, in {device} hours (reading {units(read_speed, 'B/s')}):"
    for each in found:
        cached, online = each.cached_hours(machine, read_speed), each.online_hours(machine)
        best, why = each.cheaper(machine, read_speed, free)
        yield (
            f"  {each.data:<9} cached {hours(cached)} and {units(each.cache_bytes, 'B')} "
            f"({each.views:,} views), online {hours(online)} ({each.uses:,} looks)"
        )
        if each.images and each.views != each.images:
            once = units(each.images * each.view_bytes, "B")
            yield f"  {'':<9} one view of each of the {each.images:,} images: {once}"
        yield f"  {'':<9} cheaper: {best}, for {why}; the plan: {each.targets}"
    yield ""


def _conclusion(priced: Estimate, machine: Machine) -> Iterator[str]:
    """Time on all devices."""
    spent = machine.hours(priced.flops)
    days = spent / machine.count / 24
    yield (
        f"{hours(spent)} {_device(machine)} hours: {hours(spent / machine.count)} hours "
        f"({days:.3g} days) on {machine.count} x {machine.name} if none is ever idle"
    )


def _left_out(priced: Estimate, machine: Machine, predicted: Prediction | None) -> Iterator[str]:
    """What does not fit, and what is not in the numbers."""
    large = [
        each.rule for each in priced.rules
        if machine.memory and (each.work.memory or 0) > machine.memory
    ]  # fmt: skip
    if large:
        yield f"! more memory than {machine.name} has ({units(machine.memory, 'B')})"
    unknown = [each.rule for each in priced.rules if each.work.flops is None]
    if predicted is not None:
        unknown = [rule for rule in unknown if rule != "rooms"]
    if unknown:
        words = "not known (-)" if predicted is None else "of these the start alone is counted"
        yield f"{words}: {', '.join(unknown)}"
    yield from priced.remarks
