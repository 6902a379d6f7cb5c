"""The claims of the page with a verdict each."""

from collections.abc import Sequence
from dataclasses import dataclass

from polytask.reporting.sak.claims import CLAIMS, Claim
from polytask.reporting.sak.comparisons import Comparison, Evidence, comparisons_of
from polytask.reporting.sak.verdicts import Judged, Verdict, judge, overall


@dataclass(frozen=True)
class JudgedClaim:
    """A claim, its comparisons, and what is to be said of it: None where nothing of it was run."""

    claim: Claim
    comparisons: Sequence[tuple[Comparison, Judged]]

    @property
    def verdict(self) -> Verdict | None:
        """Held where all of its comparisons are, not held where one of them is not."""
        found = [judged.verdict for _, judged in self.comparisons]
        return overall(found) if found else None

    @property
    def words(self) -> str:
        """The verdict in words; that no difference was shown is no proof that there is none."""
        if self.verdict is None:
            return "not run"
        if self.verdict != "within noise":
            return self.verdict
        if all(judged.why == "one repetition" for _, judged in self.comparisons):
            return "within noise: one repetition"
        return "within noise: not shown different" if self.claim.equal else "within noise"


def judge_claims(evidence: Evidence) -> list[JudgedClaim]:
    """Every one of CLAIMS; p is corrected over all comparisons of the page."""
    found = [(claim, comparisons_of(claim, evidence)) for claim in CLAIMS]
    every = [each for _, comparisons in found for each in comparisons]
    judged = iter(judge(every))
    return [
        JudgedClaim(claim, [(each, next(judged)) for each in comparisons])
        for claim, comparisons in found
    ]


def num_tests(claims: Sequence[JudgedClaim]) -> int:
    """Over how many tests p was corrected."""
    return sum(judged.p is not None for claim in claims for _, judged in claim.comparisons)
