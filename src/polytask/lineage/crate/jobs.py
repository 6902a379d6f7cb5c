"""Records put together again into the jobs that wrote them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from polytask.records.files import Record
from polytask.records.identity import SHORT, digest


@dataclass(frozen=True)
class Job:
    """`record` is that of any of the job's outputs; all say the same of the job."""

    name: str
    record: Record
    outputs: list[Record]

    @property
    def title(self) -> str:
        return " ".join([self.record["rule"], *self.record["wildcards"].values()])

    @property
    def tool(self) -> str:
        """Names the rule with the code and the software that ran."""
        parts = ("code", "python", "packages", "lock")
        return short_digest({part: self.record[part] for part in parts})

    def pattern(self, path: str) -> str:
        """`path` with its wildcards in place of their values: which output of the rule it is."""
        for name, value in self.record["wildcards"].items():
            alone = rf"(?<![A-Za-z0-9_]){re.escape(value)}(?![A-Za-z0-9_])"
            path = re.sub(alone, f"{{{name}}}", path, count=1)
        return path


def jobs_of(records: Iterable[Record]) -> list[Job]:
    """The jobs in the order that they started in."""
    jobs: dict[str, Job] = {}
    for record in records:
        name = record["tracking"]
        jobs.setdefault(name, Job(name, record, [])).outputs.append(record)
    return sorted(jobs.values(), key=lambda job: (job.record["start"], job.name))


def values_in(params: Any, name: str = "") -> dict[str, Any]:
    """Every single value in nested parameters, by dotted name; lists stay whole."""
    if not isinstance(params, Mapping) or not params:
        return {name: params}
    found: dict[str, Any] = {}
    for key, value in params.items():
        found |= values_in(value, f"{name}.{key}" if name else str(key))
    return found


def short_digest(value: Any) -> str:
    """Tells apart what shares a name: a few digits of a hash over plain data."""
    return digest(value)[:SHORT]
