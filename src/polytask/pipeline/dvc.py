"""DVC's view of the DAG: one stage per Snakemake job, and the lock that says what was made.

Jobs are Snakemake's; nothing here imports it. docs/decisions/0004 says why it is built this way.
"""

import logging
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from polytask.papers.studies import PLACE, read
from polytask.pipeline.adopt import fits
from polytask.pipeline.given import Given
from polytask.pipeline.names import FETCH, job_name
from polytask.records.files import record_path
from polytask.records.identity import digest

logger = logging.getLogger(__name__)

HEADER = "# Generated from the Snakemake DAG by `make dvc.yaml`; do not edit.\n"


def stage_name(job: Any) -> str:
    """What `polytask status` calls the job as well: `downstream-sak-all`."""
    return job_name(job.rule.name, job.wildcards_dict.values())


def dvc_yaml(jobs: Iterable[Any]) -> str:
    """The text of dvc.yaml for all jobs that make something."""
    stages = {stage_name(job): _stage(job) for job in jobs if _is_kept(job)}
    ordered = {"stages": dict(sorted(stages.items()))}
    return HEADER + yaml.dump(ordered, Dumper=_Plain, sort_keys=False, width=200)


def _is_kept(job: Any) -> bool:
    """Whether DVC keeps what a job makes: not the data, nor the studies of the papers."""
    if not job.output or job.rule.name == FETCH:
        return False
    return not str(job.output[0]).startswith(f"{PLACE}/")


def _stage(job: Any) -> dict[str, Any]:
    outputs = [str(output) for output in job.output]
    config = getattr(job.params, "config", None)
    read, own = (config.read, config.own) if isinstance(config, Given) else ([], config)
    stage: dict[str, Any] = {
        "cmd": _command(job.rule.name, outputs[0], own),
        "deps": by_package(str(file) for file in job.input),
    }
    if read:
        stage["params"] = read
    kinds = {output: _kind(job.rule.name, Path(output)) for output in outputs}
    stage["outs"] = [
        {path: {"persist": True}}
        for output in outputs
        for path in ([output] if kinds[output] == "outs" else []) + [str(record_path(Path(output)))]
    ]
    for kind, entry in (("metrics", {}), ("plots", {"x": "step", "y": "loss"})):
        found = [output for output in outputs if kinds[output] == kind]
        if found:
            stage[kind] = [{output: {**entry, "persist": True}} for output in found]
    return stage


def by_package(files: Iterable[str], root: Path = Path("src/polytask")) -> list[str]:
    """The same files, those of a package under `root` replaced by the package's folder.

    DVC reads dvc.lock, slowly, at every command: named one by one, the 60 source files of each job
    make it four times as long. An edit in a package then concerns more stages than jobs; Snakemake,
    which each stage asks, knows which. What DVC calls up to date is.
    """
    places = set()
    for file in map(Path, files):
        inside = file.relative_to(root).parts if file.is_relative_to(root) else ()
        places.add(str(root / inside[0] if len(inside) > 1 else file))
    return sorted(places)


def _command(rule: str, output: str, own: Any) -> str:
    """Make this one output; the digest of what the rule itself says makes DVC see that change."""
    words = ["snakemake", "--cores", "all", "--quiet", "rules", "--allowed-rules", rule, "--"]
    return f"{shlex.join([*words, output])} # {digest(own)[:8]}"


def _kind(rule: str, output: Path) -> str:
    if rule == "evaluate" and output.suffix == ".json":
        return "metrics"
    return "plots" if output.name == "curves.csv" else "outs"


class _Plain(yaml.SafeDumper):
    """Without anchors: a list that two stages share is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def record_in_lock(
    script: Path, jobs: Iterable[Any], config: Mapping[str, Any], *, targets: Iterable[str]
) -> None:
    """After a green run, have `script` write to dvc.lock what the `jobs` have made.

    Only jobs whose records still fit: what was edited after a job had read it made nothing. Does
    nothing where DVC does not keep the folder, or when `dvc repro` started the run and records by
    itself. A run with other values than params.yaml's (an overlay) is not recorded. dvc.yaml has
    the jobs of the target `all`; those that only another of the `targets` needs are left out.
    """
    if not Path(".dvc").is_dir() or not Path("dvc.yaml").is_file() or "DVC_STAGE" in os.environ:
        return
    values = Path("params.yaml")
    if not values.is_file() or read(values) != config:
        logger.warning("dvc.lock not updated: this run's values are not those of params.yaml")
        return
    known = read(Path("dvc.yaml"))["stages"]
    verdicts = {stage_name(job): fits(job) for job in jobs if _is_kept(job)}
    if other := sorted(name for name, verdict in verdicts.items() if verdict is False):
        logger.warning("not in dvc.lock, edited since: %s", ", ".join(other))
    names = sorted(name for name, verdict in verdicts.items() if verdict)
    unknown = [name for name in names if name not in known]
    if unknown and set(targets) <= {"all"}:
        logger.warning("dvc.lock not updated: dvc.yaml lacks %s; run make dvc.yaml", unknown[0])
        return
    if recorded := [name for name in names if name in known]:
        _commit(script, recorded)


def _commit(script: Path, stages: list[str]) -> None:
    done = subprocess.run([sys.executable, script, *stages], capture_output=True, text=True)
    if done.returncode:  # no result is lost: the next green run tries again
        said = done.stderr.strip().splitlines()
        logger.warning("dvc.lock not updated: %s", said[-1] if said else "DVC failed")
