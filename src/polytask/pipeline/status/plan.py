"""Which jobs there are: those of the last run as Snakemake planned it, else those of dvc.yaml."""

import json
import os
import platform
import re
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from polytask.disk import sha256_of
from polytask.errors import UserError
from polytask.pipeline.names import job_name, own_rule
from polytask.pipeline.status.life import FOLDER, write_whole
from polytask.pipeline.status.processes import own_process

PLAN = FOLDER / "plan.json"
PLANNED_RULE = re.compile(r"--allowed-rules (\w+) ")
INCLUDE = re.compile(r'^ *include: "([^"]+)"', re.M)
RULE = re.compile(r"^rule (\w+):", re.M)


@dataclass(frozen=True, kw_only=True)
class PlannedJob:
    """One job: its outputs, the jobs that it waits for, whether the run is to make it (again)."""

    name: str
    rule: str
    outputs: Sequence[str]
    needs: Sequence[str]
    is_due: bool

    @property
    def label(self) -> str:
        """The values of the wildcards, as `checkpoints/<rule>/` calls the job."""
        return self.name.removeprefix(self.rule).removeprefix("-")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The jobs of a run, those that others need first, and who started it with which files.

    `started` is None where no run has started here: then nothing is known to be due. `since` is
    the same by the clock of the file system, with which other files' times are compared.
    """

    jobs: Sequence[PlannedJob]
    started: str | None = None
    command: str = "snakemake --cores all"
    host: str | None = None
    process: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    since: float = 0.0

    def edited_values(self) -> list[str]:
        """The files with values that are no longer what they were when the run started."""
        return [name for name, sha256 in self.values.items() if _sha256(Path(name)) != sha256]


def write_plan(workflow: Any, place: Path = PLAN) -> None:
    """Note what Snakemake's `workflow`, which is about to start, will do.

    Not for `dvc repro`, which starts one for every job: the plan is dvc.yaml then.
    """
    if "DVC_STAGE" in os.environ:
        return
    due = set(workflow.dag.needrun_jobs())
    jobs = [job for level in workflow.dag.toposorted() for job in level if job.output]
    names = {job: job_name(job.rule.name, job.wildcards_dict.values()) for job in jobs}
    planned = [
        PlannedJob(
            name=names[job],
            rule=job.rule.name,
            outputs=list(map(str, job.output)),
            needs=sorted(names[other] for other in workflow.dag.dependencies[job]),
            is_due=job in due,
        )
        for job in jobs
    ]
    plan = Plan(
        jobs=planned,
        started=datetime.now(UTC).isoformat(),
        command=shlex.join(["snakemake", *sys.argv[1:]]),
        host=platform.node(),
        process=own_process(),
        values={os.path.relpath(name): _sha256(Path(name)) for name in workflow.configfiles},
    )
    write_whole(place, asdict(plan))


def read_plan(place: Path = PLAN, stages: Path = Path("dvc.yaml")) -> Plan:
    """The plan of the last run; before the first, the jobs of dvc.yaml. UserError for neither."""
    try:
        found = json.loads(place.read_text())
        jobs = [PlannedJob(**job) for job in found["jobs"]]
        return Plan(**found | {"jobs": jobs, "since": place.stat().st_mtime})
    except FileNotFoundError:
        pass
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"{place}: not a plan of this version; remove it") from error
    if not stages.is_file():
        raise UserError(f"{place}: no run has started here; call this in the project's folder")
    return Plan(jobs=_of_stages(stages))


class Phases(dict[str, str]):
    """The phase of every rule: the name of the file that has it; also of a study's rules."""

    def __missing__(self, rule: str) -> str:
        return self.get(own_rule(rule), "other")


def phases(snakefile: Path) -> Phases:
    """The phases in the order in which `snakefile` includes their files."""
    found = Phases()
    text = snakefile.read_text()
    for name in INCLUDE.findall(text):
        found |= phases(snakefile.parent / name)
    found |= dict.fromkeys(RULE.findall(text), snakefile.stem)
    return found


def _of_stages(file: Path) -> list[PlannedJob]:
    """The jobs of dvc.yaml, which Snakemake's DAG was written to."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    stages = yaml.load(file.read_text(), loader)["stages"]
    outputs = {name: list(_outputs(stage)) for name, stage in stages.items()}
    maker = {output: name for name, made in outputs.items() for output in made}
    return [
        PlannedJob(
            name=name,
            rule=PLANNED_RULE.search(stage["cmd"])[1],
            outputs=outputs[name],
            needs=sorted({maker[path] for path in stage["deps"] if path in maker}),
            is_due=False,
        )
        for name, stage in stages.items()
    ]


def _outputs(stage: Mapping[str, Any]) -> Iterable[str]:
    """What a stage makes, without the records."""
    for kind in ("outs", "metrics", "plots"):
        for [path] in stage.get(kind, []):
            if not path.startswith("provenance/"):
                yield path


def _sha256(file: Path) -> str:
    return sha256_of(file) if file.is_file() else ""
