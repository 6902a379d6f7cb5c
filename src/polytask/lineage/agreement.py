"""Do the records agree with each other? What a job read must be what another job made."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from polytask.lineage.chain import Chain
from polytask.lineage.findings import Finding
from polytask.records.files import inputs_of, record_path


def edited_records(chain: Chain) -> Iterator[Finding]:
    """Records that do not fit their own seal or lineage."""
    for output, reason in chain.edited.items():
        yield _edited(output, reason, {output})


def disagreements(chain: Chain) -> Iterator[Finding]:
    """Records of inputs that are not what the records of the outputs say was read.

    An input that was made again later is called changed where its bytes did, else made again. If it
    was not, and others agree with its record, the one that disagrees was edited; where none does,
    the input's own record was.
    """
    agree, differ = defaultdict(set), defaultdict(set)
    for output, each in chain.uses():
        own = chain.records.get(each["path"])
        if own is not None:
            (agree if _same(each, own) else differ)[each["path"]].add(output)
    for path, outputs in differ.items():
        end = chain.records[path]["end"]
        stale = {output for output in outputs if chain.records[output]["start"] < end}
        same_bytes = {output for output in stale if _read_these_bytes(chain, output, path)}
        if stale - same_bytes:
            yield _changed(path, end, stale - same_bytes)
        if same_bytes:
            yield _made_again(path, end, same_bytes)
        if not (edited := outputs - stale):
            continue
        if agree[path]:
            for output in edited:
                yield _edited(output, f"it names another {path} than the one there was", {output})
        else:
            yield _edited(path, "it is not the one that later jobs read", {path, *edited})


def changed_while_running(chain: Chain) -> Iterator[Finding]:
    """Inputs or sources that were not the same when a job ended as when it began."""
    touched = defaultdict(set)
    for output, record in chain.records.items():
        for path in record["changed_while_running"]:
            touched[path].add(output)
    for path, outputs in touched.items():
        text = f"changed while {min(outputs)} was made"
        yield Finding(kind="changed", subject=path, text=text, outputs=frozenset(outputs))


def _same(each: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    return (each["lineage"], each["sha256"]) == (own["lineage"], own["output"]["sha256"])


def _read_these_bytes(chain: Chain, output: str, path: str) -> bool:
    """Whether `output` was made from the very bytes that `path` was made again with."""
    read = [each["sha256"] for each in inputs_of(chain.records[output]) if each["path"] == path]
    return all(sha256 == chain.records[path]["output"]["sha256"] for sha256 in read)


def _changed(path: str, end: str, stale: set[str]) -> Finding:
    when = end[:19].replace("T", " ")
    text = f"made again on {when}, after {min(stale)} was made from it"
    return Finding(kind="changed", subject=path, text=text, outputs=frozenset(stale), since=when)


def _made_again(path: str, end: str, stale: set[str]) -> Finding:
    when = end[:19].replace("T", " ")
    text = f"the same bytes, but of another history, since {when}; {min(stale)} is older"
    return Finding(kind="made again", subject=path, text=text, outputs=frozenset(stale), since=when)


def _edited(output: str, reason: str, outputs: set[str]) -> Finding:
    subject = str(record_path(Path(output)))
    return Finding(kind="record edited", subject=subject, text=reason, outputs=frozenset(outputs))
