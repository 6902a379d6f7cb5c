"""A recorded evaluation as a job that can run again somewhere else."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polytask.disk import sha256_of
from polytask.pipeline.names import own_rule
from polytask.records.files import Record, inputs_of, read_record, record_path

EVALUATIONS = ("evaluate", "table")
"""The rules that turn models into numbers; all that is before them is taken as it lies here."""


class JobFailed(Exception):
    """The last words of a job that did not run to its end."""


@dataclass(frozen=True)
class Evaluation:
    """`outputs` are the job's files by the name that its rule gives them."""

    record: Record
    script: Path
    outputs: dict[str, str]


def evaluations(targets: Sequence[str]) -> list[Record]:
    """The records of the evaluations behind `targets`, one a job, each after those it reads."""
    found: dict[str, Record] = {}

    def visit(path: str) -> None:
        record = read_record(Path(path))
        if record is None or record["tracking"] in found:
            return
        if own_rule(record["rule"]) not in EVALUATIONS:
            return
        for each in inputs_of(record):
            visit(each["path"])
        found[record["tracking"]] = record

    for target in targets:
        visit(target)
    return list(found.values())


def prepare(record: Record, repository: Path) -> Evaluation:
    """The job behind a record, with the script that is in `repository`. Raises JobFailed."""
    script = repository / "workflow" / "scripts" / f"{own_rule(record['rule'])}.py"
    if not script.is_file():
        raise JobFailed(f"it cannot be evaluated again: there is no {script}")
    names = _output_names(script, record)
    paths = _siblings(record)
    outputs = {name: path for name in names for path in paths if Path(path).stem == name}
    left = [path for path in paths if path not in outputs.values()]
    missing = [name for name in names if name not in outputs]
    if len(missing) != len(left):
        raise JobFailed(f"it cannot be evaluated again: no record tells of {', '.join(missing)}")
    return Evaluation(record, script, outputs | dict(zip(missing, left, strict=True)))


def run_again(job: Evaluation, scratch: Path, made_again: Collection[str]) -> None:
    """Run a job with `scratch` as working directory, in a process of its own.

    Inputs that were `made_again` are taken from there, others from here. Raises JobFailed.
    """
    places = {
        name: [path if path in made_again else str(Path(path).absolute()) for path in paths]
        for name, paths in _input_paths(job.record).items()
    }
    description = {
        "script": str(job.script),
        "rule": job.record["rule"],
        "input": {name: paths[0] if len(paths) == 1 else paths for name, paths in places.items()},
        "output": job.outputs,
        **{key: job.record[key] for key in ("params", "wildcards", "threads")},
        "log": [],
    }
    done = subprocess.run(
        [sys.executable, "-m", "polytask.pipeline.rederive"], cwd=scratch,
        env=_environment(job), input=json.dumps(description), capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        words = [line for line in done.stderr.splitlines() if line.strip()]
        raise JobFailed(f"it could not be evaluated again: {words[-1] if words else 'no reason'}")


def changed_code(job: Evaluation) -> list[str]:
    """The job's source files that are not what they were when it ran first."""
    root = job.script.parents[2]

    def same(each: Mapping[str, Any]) -> bool:
        file = root / each["path"]
        return file.is_file() and sha256_of(file) == each["sha256"]

    return [each["path"] for each in job.record["code"] if not same(each)]


def _siblings(record: Record) -> list[str]:
    """All outputs of the job, told by its records; those of an evaluation lie in one folder."""
    output = Path(record["output"]["path"])
    names = [each.name.removesuffix(".json") for each in record_path(output).parent.glob("*.json")]
    records = [read_record(output.with_name(name)) for name in sorted(names)]
    same = [each for each in records if each and each["tracking"] == record["tracking"]]
    return [each["output"]["path"] for each in same if each["status"] == "finished"]


def _output_names(script: Path, record: Record) -> list[str]:
    """The arguments of the rule's function that are neither inputs nor keywords."""
    for each in ast.parse(script.read_text()).body:
        if isinstance(each, ast.FunctionDef) and each.name == own_rule(record["rule"]):
            names = [argument.arg for argument in each.args.args]
            return [name for name in names if name not in record["inputs"]]
    raise JobFailed(f"it cannot be evaluated again: {script} has no function {record['rule']}")


def _input_paths(record: Record) -> dict[str, list[str]]:
    return {name: [each["path"] for each in files] for name, files in record["inputs"].items()}


def _environment(job: Evaluation) -> dict[str, str]:
    """This code, and as many threads as the job had."""
    source = str(job.script.parents[2] / "src")
    path = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    threads = str(job.record["threads"])
    limits = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**os.environ, "PYTHONPATH": path, **dict.fromkeys(limits, threads)}
