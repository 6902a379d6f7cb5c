"""What an audit can find: one thing that does not hold, and the outputs that it touches first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

INTEGRITY = ("changed", "missing", "record edited", "made by hand", "not reproduced")
"""The bytes or the records are not what they say."""
CIRCUMSTANCES = ("made again", "dirty tree", "other code", "other environment", "unfinished")
"""Bytes and records hold, but what made them is not what is here now."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`subject` is the file, commit or package; `outputs` are those that it concerns directly.

    What was made from these outputs depends on the finding too, but is never listed one by one.
    """

    kind: str
    subject: str
    text: str
    outputs: frozenset[str]
    recorded: str | None = None
    found: str | None = None
    since: str | None = None

    @property
    def is_integrity(self) -> bool:
        return self.kind in INTEGRITY

    def as_json(self) -> dict[str, Any]:
        """Every field, as plain JSON."""
        return {
            "kind": self.kind,
            "integrity": self.is_integrity,
            "subject": self.subject,
            "text": self.text,
            "recorded": self.recorded,
            "found": self.found,
            "since": self.since,
            "outputs": sorted(self.outputs),
        }


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Integrity first, then by kind and subject."""
    kinds = INTEGRITY + CIRCUMSTANCES
    return sorted(findings, key=lambda each: (kinds.index(each.kind), each.subject, each.text))
