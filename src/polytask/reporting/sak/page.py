"""The report on SAK in full: one self-contained HTML page of tables, figures and claims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from polytask.errors import UserError
from polytask.records.files import Record
from polytask.reporting.claims import mean_similarity
from polytask.reporting.frame import about_page
from polytask.reporting.jobs import rule_times
from polytask.reporting.lineages import Lineages
from polytask.reporting.rendering import filled
from polytask.reporting.repeated.shown import Compared, Similarities, compared
from polytask.reporting.repeated.tables import RepeatedTable
from polytask.reporting.sak import figures
from polytask.reporting.sak.comparisons import Evidence
from polytask.reporting.sak.config import SakPageConfig
from polytask.reporting.sak.costs import MEASURES, costs_of, ratios_of
from polytask.reporting.sak.judging import JudgedClaim, judge_claims, num_tests
from polytask.reporting.sak.oracle import oracle_of, printed_oracle
from polytask.reporting.sak.printed import counterpart_of, printed_gains, printed_similarity
from polytask.reporting.sak.routers import Routers
from polytask.reporting.sak.verdicts import LEVEL
from polytask.tasks import TASKS

FAMILIES = "sak", "radio", "theia"
"""Methods that are trained on shares of the images too (SAK, Figure 5)."""

SECTIONS = {
    "table3": ("Table 3: adapter paths and routers", "table3"),
    "table4": ("Table 4: the two stages of training", "table4"),
    "peers": ("Table 5: students of many teachers, and both baselines", "peers"),
    "table6": ("Table 6: the same rows, beside the numbers of NYUD-v2", "peers"),
    "table7": ("Table 7: committees of teachers", "table7"),
    "table8": ("Table 8: sizes of teachers and students, and a Swin as the student", "table8"),
    "table9": ("Table 9: decoders", "table9"),
}
"""What is shown of tables as they are, in this order: a title, and which of `sak.tables` it is."""

DRAWN = "figure1", "figure5"
"""Those that are drawn."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Everything that the page shows, read from the files of earlier rules.

    `tables` are by name; `similarity`, `norms` and `costs` the contents of their JSON files,
    `routers` None of a model without them, `lineages` None where nothing is known of the tables.
    """

    tables: Mapping[str, RepeatedTable]
    routers: Routers | None
    similarity: Mapping[str, Any]
    norms: Mapping[str, Any]
    costs: Mapping[str, Any]
    records: Mapping[str, Record]
    lineages: Lineages | None


def render(found: Findings, config: SakPageConfig) -> str:
    """The page as text; UserError where a table that it shows is missing."""
    _refuse_less(found.tables)
    oracle = oracle_of(found.tables["table2"])
    claims = judge_claims(
        Evidence(
            tables=found.tables,
            oracle=oracle,
            similarity=found.similarity,
            routers=found.routers,
            costs=found.costs["rows"],
        )
    )
    beside, printed = printed_oracle()
    costs = costs_of(found.costs["rows"])
    return filled(
        "sak.html.jinja",
        **about_page(found.records, config.heading, "report_sak") | {"lineages": found.lineages},
        config=config,
        run=_run(found, config),
        rows=_rows(found.tables),
        baseline=None,
        oracle=oracle,
        oracle_protocols=found.tables["table2"].protocols,
        printed_oracle=printed,
        oracle_source=beside,
        shown_tables={
            name: (title, _shown(name, found.tables[table], _similarity_of(name, found)))
            for name, (title, table) in SECTIONS.items()
        },
        tasks=TASKS,
        biases=_shown("figure1", found.tables["figure1"]),
        data_shares=_shown("figure5", found.tables["figure5"]),
        figure={name: Markup(text) for name, text in _figures(found, config).items()},
        printed_gains={name: printed_gains(f"sak_{name}") for name in ("figure3", "figure5")},
        num_levels=_num_levels(found.similarity),
        similarity=found.similarity,
        mean_similarity={name: mean_similarity(of) for name, of in found.similarity.items()},
        costs=costs,
        ratios=ratios_of(costs),
        measures=MEASURES,
        measured_on=found.costs,
        claims=claims,
        counts=_counts(claims),
        num_tests=num_tests(claims),
        level=LEVEL,
    )


def _refuse_less(tables: Mapping[str, RepeatedTable]) -> None:
    needed = dict.fromkeys(("table2", *(table for _, table in SECTIONS.values()), *DRAWN))
    if missing := [name for name in needed if name not in tables]:
        raise UserError(f"sak.tables: the page needs {', '.join(missing)}; add what is missing")


def _run(found: Findings, config: SakPageConfig) -> dict[str, Any]:
    """How much was trained: the rows, and the time of all jobs behind the page in minutes."""
    times = rule_times(found.records)
    methods = {name for table in found.tables.values() for name in table.rows}
    counts = sorted({row.count for t in found.tables.values() for row in t.rows.values()})
    return {
        "methods": len(methods),
        "repetitions": counts,
        "jobs": sum(count for count, _ in times.values()),
        "minutes": sum(seconds for _, seconds in times.values()) / 60,
        "tables": {name: len(table.rows) for name, table in found.tables.items()},
        "asked": config.repetitions,
    }


def _rows(tables: Mapping[str, RepeatedTable]) -> list[dict[str, Any]]:
    """Every row once, for the windows on lineages, with what its gains are measured against."""
    rows: dict[str, dict[str, Any]] = {}
    for table in tables.values():
        against = table.rows[table.baseline].title if table.baseline in table.rows else None
        for name, row in table.rows.items():
            rows.setdefault(name, {"method": name, "title": row.title, "baseline": against})
    return list(rows.values())


def _shown(section: str, table: RepeatedTable, similarity: Similarities | None = None) -> Compared:
    return compared(table, counterpart_of(section), similarity)


def _similarity_of(section: str, found: Findings) -> Similarities | None:
    """Rep Sim, ours and printed, of the rows of Table 3: routers leave the student as it is."""
    if section != "table3":
        return None
    printed = printed_similarity()
    students = {"no_biases": "no_biases", "no_router": "sak", "sak": "sak"}
    return {
        row: (
            mean_similarity(found.similarity[student]) if student in found.similarity else None,
            printed.get(student),
        )
        for row, student in students.items()
    }


def _figures(found: Findings, config: SakPageConfig) -> dict[str, str]:
    peers, first = found.tables["peers"], found.tables["figure5"]
    others = [table for name, table in found.tables.items() if name != "figure5"]
    by_share = figures.shares_of([first, *others], FAMILIES)
    shown = peers.rows[config.show].title if config.show in peers.rows else config.show
    routers = found.routers
    return {
        "biases": figures.frozen_gains(found.tables["figure1"]),
        "main": figures.main_rows(peers),
        "maps": figures.router_maps(routers) if routers else "",
        "lines": figures.router_lines(routers) if routers and len(routers.steps) > 1 else "",
        "shares": figures.shares(by_share, shown) if by_share else "",
        "norms": figures.feature_norms(found.norms) if any(found.norms.values()) else "",
        "similarities": figures.similarities(found.similarity),
    }


def _num_levels(similarity: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> int:
    return max((len(v.get("levels", ())) for of in similarity.values() for v in of.values()),
               default=0)  # fmt: skip


def _counts(claims: Sequence[JudgedClaim]) -> dict[str, int]:
    found = [claim.verdict or "not run" for claim in claims]
    words = ("held", "not held", "within noise", "not run")
    return {word: found.count(word) for word in words}
