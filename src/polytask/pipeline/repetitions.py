"""Repetitions of SAK's rows: modules that run the same rules with other initial weights and order.

Repetition 0 is what the rules of params.yaml make themselves, but where repetitions are trained for
less than all steps (`sak.budget`; docs/decisions/0012).
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

PLACE = "results/repetitions"
"""Where the results of all repetitions lie that are modules."""

OVER_ALL = "results/sak"
"""Where the tables over all repetitions lie."""

COMPARISON = "results/compare"
"""Where that of the four papers lies."""

ASKED = "POLYTASK_REPETITIONS"
"""Tells the processes of jobs which systems the planned repetitions have."""

SYSTEMS = {"sak": ("sak",), "compare": ("sak", "simo", "vta")}
"""What a repetition is made of, by the target that asks for it."""

OWN = (
    "downstream",
    "evaluate",
    "merge",
    "realign",
    "argus",
    "vta",
    "affinities",
    "analysis",
    "tables",
    "report",
)
"""The folders of results/ that a repetition has for itself; data and stage 1 belong to all."""


def module_name(number: int) -> str:
    """What the module of a repetition is called: `repetition_1`."""
    return f"repetition_{number}"


def places(number: int) -> dict[str, str]:
    """Where the results and logs of a repetition lie instead of results/ and logs/."""
    return {
        **{f"results/{folder}/": f"{PLACE}/{number}/{folder}/" for folder in OWN},
        "results/numbers.": f"{PLACE}/{number}/numbers.",
        "logs/": f"logs/repetitions/{number}/",
    }


def of_repetition(number: int, file: str) -> str:
    """Where the module of a repetition has what the rules of params.yaml call `file`."""
    own = places(number).items()
    return next((place + file[len(head) :] for head, place in own if file.startswith(head)), file)


def modules(sak: Mapping[str, Any]) -> Sequence[int]:
    """Which repetitions are modules: all but the first, and that too with a smaller budget."""
    return range(0 if sak["budget"] < 1 else 1, sak["repetitions"])


def asked_systems(words: Sequence[str]) -> tuple[str, ...]:
    """The systems of the repetitions that a command's `words` ask for; none: no repetitions.

    Asked for by a target of `SYSTEMS`, its page, a file of a repetition (then all of them are
    told), or a table over all. In the process of a job: what the planner's words asked for.
    """
    found = dict.fromkeys(_systems_of(words))
    if found:
        os.environ[ASKED] = ",".join(found)
    return tuple(filter(None, os.environ.get(ASKED, "").split(",")))


def _systems_of(words: Iterable[str]) -> Iterable[str]:
    for word in words:
        if word.startswith((f"{PLACE}/", f"{COMPARISON}/")):
            yield from SYSTEMS["compare"]
        elif word.startswith(f"{OVER_ALL}/"):
            yield from SYSTEMS["sak"]
        else:
            page = word.removeprefix("results/report/").removesuffix(".html")
            yield from SYSTEMS.get(page, ())


def repetition_config(
    config: Mapping[str, Any], number: int, systems: Sequence[str]
) -> dict[str, Any]:
    """The parameters of a repetition: `config` but for its number, its systems and steps."""
    downstream, budget = config["downstream"], config["sak"]["budget"]
    methods = downstream["methods"]
    return {
        **config,
        "repetition": number,
        "systems": list(systems),
        "downstream": {
            **shortened(downstream, budget),
            "methods": {name: shortened(methods[name], budget) for name in methods},
        },
    }


def shortened(entry: Mapping[str, Any], budget: float) -> dict[str, Any]:
    """An entry whose `fit`, where it has one with steps, takes that share of them, at least one."""
    fit = dict(entry.get("fit", {}))
    if "steps" not in fit:
        return dict(entry)
    return {**entry, "fit": {**fit, "steps": max(1, round(budget * fit["steps"]))}}
