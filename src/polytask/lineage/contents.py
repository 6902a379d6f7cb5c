"""Are the bytes still those in the records? Names the file itself, never what was made from it."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from polytask.lineage.chain import Chain
from polytask.lineage.findings import Finding
from polytask.lineage.folders import what_changed
from polytask.lineage.reading import Reading, files_in
from polytask.records.files import record_path

RESULTS = Path("results")
"""What lies here was made by a rule, so it has a record; files elsewhere are raw data."""

Claims = dict[str, dict[str, set[str]]]


def claims_of(chain: Chain) -> Claims:
    """For every file its recorded hashes, each with the outputs whose records say so.

    A file with an intact record of its own is judged by that alone.
    """
    claims: Claims = defaultdict(lambda: defaultdict(set))
    for output, record in chain.records.items():
        claims[output][record["output"]["sha256"]].add(output)
    for output, each in chain.uses():
        if each["path"] not in chain.records:
            claims[each["path"]][each["sha256"]].add(output)
    return claims


def wrong_contents(claims: Claims, reading: Reading) -> Iterator[Finding]:
    """A finding for every file that is gone or has other bytes than recorded."""
    for path, recorded in claims.items():
        if path not in reading.hashes:
            outputs = frozenset().union(*recorded.values())
            yield Finding(kind="missing", subject=path, text="no such file", outputs=outputs)
            continue
        found = reading.hashes[path]
        for sha256, outputs in recorded.items():
            if sha256 != found:
                yield _changed(path, sha256, outputs, reading)


def without_records(chain: Chain) -> Iterator[Finding]:
    """Files among the results that no job says it made, and records that are gone."""
    users: dict[tuple[str, bool], set[str]] = defaultdict(set)
    for output, each in chain.uses():
        path = each["path"]
        if path not in chain.records and path not in chain.edited:
            users[path, each["lineage"] is not None].add(output)
    for target in chain.targets:
        if target not in chain.records and target not in chain.edited:
            users[target, False].add(target)
    for (path, had_record), outputs in users.items():
        if had_record:
            yield Finding(
                kind="missing", subject=str(record_path(Path(path))),
                text=f"the record of {path} is gone", outputs=frozenset(outputs),
            )  # fmt: skip
        elif Path(path).exists() and RESULTS in Path(path).parents:
            yield Finding(
                kind="made by hand", subject=path, text="among the results, but no job made it",
                outputs=frozenset(outputs), since=_since(Path(path)),
            )  # fmt: skip


def _changed(path: str, sha256: str, outputs: set[str], reading: Reading) -> Finding:
    found, since = reading.hashes[path], _since(Path(path))
    text = f"since {since}: recorded {sha256[:10]}, found {found[:10]}"
    if path in reading.parts:
        text += f"; {what_changed(Path(path), sha256, reading.parts[path])}"
    return Finding(
        kind="changed", subject=path, text=text, outputs=frozenset(outputs),
        recorded=sha256, found=found, since=since,
    )  # fmt: skip


def _since(path: Path) -> str:
    """When a file, or the newest in a folder, was last written."""
    newest = max((file.stat().st_mtime for file in files_in(path)), default=path.stat().st_mtime)
    return datetime.fromtimestamp(newest, UTC).isoformat(sep=" ", timespec="seconds")
