"""Which of the claims of VTA hold in this run, task by task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from polytask.reporting.tables import protocols_in
from polytask.reporting.vta.config import row_name
from polytask.reporting.vta.efforts import Effort
from polytask.reporting.vta.settings import gain

CLOSE = 0.02
"""Share of a value below which another one is too close to it to tell: a choice, not a measure."""

Verdict = Literal["holds", "close", "fails"]
Metrics = Mapping[str, Any]


@dataclass(frozen=True)
class Pair:
    """Two models by their names: the paper has the first above the second, on `tasks`.

    Without these on all that both have.
    """

    better: str
    worse: str
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """What the paper says, where, and the pairs that are compared in a domain."""

    statement: str
    source: str
    domain: str
    pairs: tuple[Pair, ...]


CLAIMS = (
    Claim(
        "Adapters beside a frozen backbone beat training all of it", "Tables 2 and 3", "source",
        (Pair("vta_sd", "multi_sd"), Pair("vta_sdn", "multi_sdn"), Pair("vta", "multi")),
    ),
    Claim("One model of all tasks beats one per task", "Section 5", "source",
          (Pair("vta", "single"),)),
    Claim("More tasks help those that were there", "Table 2", "source",
          (Pair("vta_sdn", "vta_sd"), Pair("vta", "vta_sdn"))),
    Claim("Affinities out of gradients (TROA) help", "Section 3.2.1", "source",
          (Pair("vta", "no_troa"),)),
    Claim("Attention that knows the task (TAA) helps", "Section 3.2.2", "source",
          (Pair("vta", "no_taa"),)),
    Claim("Norms that know the task (TSN) help", "Section 3.2.3", "source",
          (Pair("vta", "no_tsn"),)),
    Claim(
        "Affinities carry to tasks without labels", "Table 3", "target",
        (Pair("vta_transfer_sd", "multi_transfer_sd", ("depth",)),
         Pair("vta_transfer_sdn", "multi_transfer_sdn", ("normals",))),
    ),
    Claim("Images of the target domain help", "Table 4", "target",
          (Pair("vta_adapted", "vta_sd"),)),
    Claim("Adapters adapt better than a backbone does", "Table 4", "target",
          (Pair("vta_adapted", "multi_adapted"),)),
    Claim("Adapters carry further into a new domain", "Table 5", "target",
          (Pair("vta_sd", "single"), Pair("vta_sd", "multi_sd"))),
)  # fmt: skip
"""Of these a page shows the pairs whose models it has. Table 6 is judged by `judge_efforts`."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What two models reach at a task, or need; `gain` is how much better the first is."""

    measure: str
    above: float
    below: float
    gain: float
    digits: int

    @property
    def verdict(self) -> Verdict:
        """Whether the first is better by more than a difference that tells nothing."""
        if abs(self.gain) < CLOSE * abs(self.below):
            return "close"
        return "holds" if self.gain > 0 else "fails"


@dataclass(frozen=True)
class JudgedPair:
    """The titles of two models, and what both reach by task."""

    better: str
    worse: str
    comparisons: Mapping[str, Comparison]


@dataclass(frozen=True)
class JudgedClaim:
    """A claim and those of its pairs that this run has."""

    claim: Claim
    pairs: Sequence[JudgedPair]

    @property
    def comparisons(self) -> list[Comparison]:
        """All of them, pair after pair."""
        return [each for pair in self.pairs for each in pair.comparisons.values()]


def judge_claims(metrics: Sequence[Metrics]) -> list[JudgedClaim]:
    """Every one of CLAIMS; UserError where two models of a pair were not measured alike."""
    rows = {each["method"]: each for each in metrics}
    found = []
    for claim in CLAIMS:
        pairs = [_judged(pair, claim.domain, rows) for pair in claim.pairs]
        if known := [pair for pair in pairs if pair and pair.comparisons]:
            found.append(JudgedClaim(claim, known))
    return found


def judge_efforts(ours: Effort, baseline: Effort) -> list[Comparison]:
    """What training took of both: the parameters trained in millions, and minutes per epoch.

    Fewer is better (VTA, Table 6).
    """
    pair = ours, baseline
    measures = {
        "Trained parameters, M": [each.trained_parameters / 1e6 for each in pair],
        "Minutes per epoch": [each.minutes_per_epoch for each in pair],
    }
    return [
        Comparison(measure=measure, above=above, below=below, gain=below - above, digits=2)
        for measure, (above, below) in measures.items()
        if above is not None and below is not None
    ]


def counts(comparisons: Sequence[Comparison]) -> dict[Verdict, int]:
    """How many comparisons have each verdict."""
    found = [each.verdict for each in comparisons]
    return {verdict: found.count(verdict) for verdict in ("holds", "close", "fails")}


def _judged(pair: Pair, domain: str, rows: Mapping[str, Metrics]) -> JudgedPair | None:
    names = [row_name(model, domain) for model in (pair.better, pair.worse)]
    if not rows.keys() >= set(names):
        return None
    better, worse = (rows[name] for name in names)
    protocols = protocols_in([better, worse])
    found = {}
    for task in pair.tasks or better["tasks"]:
        if task in better["tasks"] and task in worse["tasks"]:
            above, below = (each["tasks"][task]["value"] for each in (better, worse))
            found[task] = Comparison(
                measure=task,
                above=above,
                below=below,
                gain=gain(protocols[task], above, below),
                digits=protocols[task].digits,
            )
    return JudgedPair(better["title"], worse["title"], found)
