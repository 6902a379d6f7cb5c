"""Does everything behind a number still hold? Bytes, records, code and environment.

A thing that does not hold is found once, where it is; what was made from it only depends on it.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from polytask.errors import UserError
from polytask.lineage.agreement import changed_while_running, disagreements, edited_records
from polytask.lineage.cells import cells_of
from polytask.lineage.chain import Chain, walk
from polytask.lineage.contents import RESULTS, claims_of, without_records, wrong_contents
from polytask.lineage.current_code import dirty_trees, other_code
from polytask.lineage.findings import Finding, in_order
from polytask.lineage.installed import other_environments
from polytask.lineage.reading import Reading, read
from polytask.records.files import FOLDER, record_path, unfinished_path


@dataclass(frozen=True)
class Audit:
    """What was found; a finding is named by its place in the list.

    `affected` has the findings behind each target, `cells` those behind each number in it.
    """

    chain: Chain
    findings: Sequence[Finding]
    affected: Mapping[str, Sequence[int]]
    cells: Mapping[str, Mapping[str, Sequence[int]]]
    reading: Reading

    def dependents(self, number: int) -> list[str]:
        """The targets that depend on finding `number`."""
        return [target for target, numbers in self.affected.items() if number in numbers]

    def verdict(self, target: str) -> str:
        """verified, or which kinds of things do not hold."""
        return self.verdict_on(self.affected[target])

    def verdict_on(self, numbers: Iterable[int]) -> str:
        """The verdict on what these findings lie behind."""
        behind = [self.findings[number] for number in numbers]
        kinds = ", ".join(dict.fromkeys(finding.kind for finding in behind))
        if not behind:
            return "verified"
        broken = any(finding.is_integrity for finding in behind)
        return f"does not hold: {kinds}" if broken else f"intact, but {kinds}"


def audit(targets: Sequence[str], *, repository: Path, lock: Path) -> Audit:
    """Check all that `targets` were made from; paths are relative to the working directory."""
    chain = walk(targets)
    claims = claims_of(chain)
    reading = read(Path(path) for path in claims)
    findings = [
        *wrong_contents(claims, reading),
        *without_records(chain),
        *edited_records(chain),
        *disagreements(chain),
        *changed_while_running(chain),
        *dirty_trees(chain),
        *other_code(chain, repository),
        *other_environments(chain, lock),
        *unfinished(chain),
    ]
    return concluded(chain, findings, reading)


def concluded(chain: Chain, findings: Iterable[Finding], reading: Reading) -> Audit:
    """The verdicts that follow from findings: what each touches, and all that was made from it."""
    ordered = in_order(findings)
    behind = {target: chain.behind(target) for target in chain.targets}
    affected = {
        target: [n for n, finding in enumerate(ordered) if finding.outputs & behind[target]]
        for target in chain.targets
    }
    cells = {target: _behind_cells(chain, target, ordered) for target in chain.targets}
    return Audit(chain, ordered, affected, cells, reading)


def _behind_cells(
    chain: Chain, target: str, findings: Sequence[Finding]
) -> dict[str, Sequence[int]]:
    """The findings behind each number that `target` states."""
    cells = cells_of(target, chain.records.get(target))
    everything = frozenset().union(*cells.values())
    behind: dict[frozenset[str], Sequence[int]] = {}
    for inputs in set(cells.values()):
        files = {target}.union(*map(chain.behind, inputs))
        others = everything - inputs
        others |= {str(record_path(Path(path))) for path in others}
        behind[inputs] = [
            n for n, finding in enumerate(findings)
            if finding.outputs & files - ({target} if finding.subject in others else set())
        ]  # fmt: skip
    return {selector: behind[inputs] for selector, inputs in cells.items()}


def unfinished(chain: Chain) -> Iterator[Finding]:
    """Outputs that a later job began to make again and did not finish."""
    for output in chain.records:
        mark = unfinished_path(Path(output))
        if not mark.is_file():
            continue
        try:
            status, when = (str(json.loads(mark.read_text())[key]) for key in ("status", "end"))
            text = f"a later job for it was {status} on {when[:19].replace('T', ' ')}"
        except (ValueError, KeyError, TypeError):
            text = f"a later job for it left a mark that cannot be read, {mark}"
        yield Finding(kind="unfinished", subject=output, text=text, outputs=frozenset({output}))


def targets_of(words: Sequence[str]) -> list[str]:
    """The files that were asked for, or every table and metrics file that has a record."""
    if not words:
        return _tables_and_metrics()
    targets = list(dict.fromkeys(_from_here(word) for word in words))
    for target in targets:
        path = Path(target)
        if record_path(path).is_file() or (path.exists() and RESULTS in path.parents):
            continue
        what = "has no provenance record" if path.exists() else "no such file, and no record of it"
        raise UserError(f"{target}: {what}; name a file that a rule made, or none for all tables")
    return targets


def _tables_and_metrics() -> list[str]:
    folder = FOLDER / RESULTS
    records = [*sorted(folder.rglob("*.csv.json")), *sorted(folder.rglob("metrics.json.json"))]
    if not records:
        raise UserError(
            f"{folder}: no record of a table or a metrics file; run `snakemake` here first"
        )
    return [str(each.relative_to(FOLDER)).removesuffix(".json") for each in records]


def _from_here(word: str) -> str:
    """The path as records spell it: relative, without `./` or `..`."""
    path, here = Path(os.path.abspath(word)), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
