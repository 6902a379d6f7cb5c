"""Evaluates again in a scratch folder, from the records alone, and compares the numbers."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from polytask.lineage.findings import Finding
from polytask.pipeline.rederive.compare import compared, differences
from polytask.pipeline.rederive.jobs import (
    Evaluation,
    JobFailed,
    changed_code,
    evaluations,
    prepare,
    run_again,
)
from polytask.progress import bar
from polytask.records.files import FOLDER, Record, read_record

SHOWN = 3


@dataclass(frozen=True)
class Rederived:
    """How many jobs ran again, which files were compared, and what did not come out the same."""

    num_jobs: int
    compared: Sequence[str]
    findings: Sequence[Finding]


def rederive(targets: Sequence[str], repository: Path) -> Rederived:
    """Run the evaluations behind `targets` again, with the code of `repository` as it is now.

    `targets` were made by evaluations. A table is set again from metrics that were measured again.
    Nothing is written in the working directory.
    """
    records = evaluations(targets)
    findings, files, made_again = [], [], set()
    with (
        tempfile.TemporaryDirectory(prefix="polytask-rederive-") as folder,
        bar("rederive", len(records), "job") as progress,
    ):
        scratch = Path(folder)
        for record in records:
            try:
                job = prepare(record, repository)
                run_again(job, scratch, made_again)
                made_again.update(job.outputs.values())
                files += compared(job.outputs.values())
                findings += _differing(job, scratch)
            except JobFailed as error:
                findings.append(_finding(record["output"]["path"], str(error)))
            progress.update()
    return Rederived(len(records), files, findings)


def _differing(job: Evaluation, scratch: Path) -> list[Finding]:
    """A finding for every file of a job that has other numbers now."""
    findings = []
    for path in compared(job.outputs.values()):
        found = differences(Path(path), scratch / path)
        if not found:
            continue
        told = [f"{each.where} was {each.was}, is {each.now}" for each in found[:SHOWN]]
        if len(found) > SHOWN:
            told.append(f"{len(found) - SHOWN} more")
        told += _reasons(job, read_record(Path(path), scratch / FOLDER))
        findings.append(_finding(path, "; ".join(told)))
    return findings


def _reasons(job: Evaluation, again: Record | None) -> list[str]:
    """What was not the same as in the first run, and so may be why."""
    reasons = []
    if again is not None and again["device"] != job.record["device"]:
        reasons.append(f"it was made on {job.record['device']}, this is {again['device']}")
    if changed := changed_code(job):
        reasons.append(f"{len(changed)} of its source files have changed")
    return reasons


def _finding(path: str, text: str) -> Finding:
    return Finding(kind="not reproduced", subject=path, text=text, outputs=frozenset({path}))
