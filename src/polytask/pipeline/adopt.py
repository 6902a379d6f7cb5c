"""Make Snakemake's bookkeeping agree with the provenance records.

After a clone and `dvc pull`, a checkout, or a copy of another machine's results the files are right
but Snakemake knows them by times only. Our records know content: a job whose record fits the files
on disk, the code and the parameters is adopted, one whose record does not is made to look old.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from polytask.disk import replacing
from polytask.errors import UserError
from polytask.pipeline.provenance import HASHES, REPOSITORY
from polytask.records.files import FOLDER, Record, read_record
from polytask.records.identity import digest, seal_of

SEEN = Path(".snakemake/polytask.records.json")
"""The state of the records that Snakemake's bookkeeping was last brought in line with."""


def bring_in_line(script: Path, config: Mapping[str, Any], configfiles: Iterable[Path]) -> None:
    """Run the adoption `script` if a clone, a pull, a checkout or a kill has left other records."""
    if in_line(config):
        return
    subprocess.run([sys.executable, script, *map(str, configfiles)], check=True)


def in_line(config: Mapping[str, Any]) -> bool:
    """Whether Snakemake can decide by itself: records as `note` saw them, nothing made to look old.

    What was made to look old for its parameters may fit when they have changed once more.
    """
    try:
        seen = json.loads(SEEN.read_text())
    except (OSError, ValueError):
        seen = {}
    same_values = seen.get("outdated_under") in (None, digest(config))
    return same_values and seen.get("records", digest([])) == digest(_records())


def note(config: Mapping[str, Any], *, any_outdated: bool = False) -> None:
    """Remember the present state of the records."""
    under = digest(config) if any_outdated else None
    with replacing(SEEN) as partial:
        partial.write_text(json.dumps({"records": digest(_records()), "outdated_under": under}))


def _records() -> list[tuple[Any, ...]]:
    """Every record with size, time and inode: another list after every pull and checkout."""
    stats = [(file, file.stat()) for file in sorted(FOLDER.rglob("*.json"))]
    return [(str(file), s.st_size, s.st_mtime_ns, s.st_ino) for file, s in stats]


def fits(job: Any) -> bool | None:
    """Whether the job's outputs are what it would make now.

    None where an output is missing, has no record, or one that is unreadable or was edited.
    """
    outputs = [Path(str(output)) for output in job.output]
    if not all(output.exists() for output in outputs):
        return None
    records = [_record_of(output) for output in outputs]
    if any(record is None for record in records):
        return None
    return all(_fits(job, output, record) for output, record in zip(outputs, records, strict=True))


def _record_of(output: Path) -> Record | None:
    try:
        record = read_record(output)
    except UserError:
        return None
    return record if record is None or record["seal"] == seal_of(record) else None


def _fits(job: Any, output: Path, record: Record) -> bool:
    params = json.loads(json.dumps(dict(job.params.items()), default=str))
    if record["rule"] != job.rule.name or record["params"] != params:
        return False
    if record["changed_while_running"] or HASHES.sha256(output) != record["output"]["sha256"]:
        return False
    then = {each["path"]: each["sha256"] for files in record["inputs"].values() for each in files}
    code = {str(REPOSITORY / each["path"]): each["sha256"] for each in record["code"]}
    now = {str(file) for file in job.input}
    sources = {file for file in now if str(Path(file).resolve()) in code}
    if now - sources != set(then) or {str(Path(f).resolve()) for f in sources} != set(code):
        return False
    wanted: Mapping[str, str] = then | code
    return all(Path(f).exists() and HASHES.sha256(Path(f)) == sha for f, sha in wanted.items())


def adopt(
    levels: Iterable[Iterable[Any]],
    persistence: Any,
    finish: Callable[[Any], Any],
    interrupted: Callable[[Any], Any],
) -> dict[str, int]:
    """Go through the jobs, inputs first; returns how many were adopted and made to look old.

    `finish(job)` writes what Snakemake notes when a job has ended; `interrupted(job)` says whether
    it has noted the start alone, as when it was killed while the job went on.
    """
    counts = {"adopted": 0, "outdated": 0}
    for job in (job for level in levels for job in level if job.output):
        verdict = fits(job)
        if verdict:
            old = _lift(job)
            needed = not persistence.has_metadata(job) or _will_be_made(job, persistence)
            if needed or interrupted(job):
                finish(job)
                old = True
            counts["adopted"] += old
        elif verdict is False and not _will_be_made(job, persistence):
            counts["outdated"] += 1
            for output in job.output:
                persistence.cleanup_metadata(output)
                os.utime(output, (1, 1))  # the first second of 1970; 0 would mean no time
    return counts


def _lift(job: Any) -> bool:
    """Make outputs newer than inputs; returns whether any was older."""
    newest = max((_time_of(str(file)) for file in job.input), default=0)
    late = [output for output in map(str, job.output) if _time_of(output) <= newest]
    for output in late:
        now = max(time.time_ns(), newest + 1_000_000)
        os.utime(output, ns=(now, now))
    return bool(late)


def _will_be_made(job: Any, persistence: Any) -> bool:
    """Whether what Snakemake noted itself already says that the job must run."""
    return bool(persistence.has_metadata(job)) and (
        bool(persistence.params_changed(job)) or any(persistence.input_changed(job))
    )


def _time_of(path: str) -> int:
    return os.stat(path, follow_symlinks=False).st_mtime_ns if os.path.lexists(path) else 0
