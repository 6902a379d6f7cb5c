"""The jobs of a run that has not started: Snakemake plans them in a process of its own."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polytask.errors import UserError
from polytask.pipeline.names import job_name
from polytask.pipeline.provenance import REPOSITORY

SCRIPT = REPOSITORY / "workflow/bookkeeping/jobs.py"
ERROR = re.compile(r"^[\w.]*(?:Exception|Error): ", re.M)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job: its inputs by name, its outputs, its parameters, the GPUs it asks a cluster for.

    Here it takes so many `cores`, and goes before those that have a lower `priority`.
    """

    rule: str
    wildcards: Mapping[str, str]
    inputs: Mapping[str, Sequence[str]]
    outputs: Sequence[str]
    config: Mapping[str, Any] | None
    gpus: int
    cores: int = 1
    priority: int = 0

    @property
    def name(self) -> str:
        """As `polytask status` calls it."""
        return job_name(self.rule, self.wildcards.values())


class Planning:
    """A Snakemake that is finding out which jobs there are; `jobs()` waits for it.

    `seconds`: how long it took; what starts any run takes as long.
    """

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process, self.begin, self.seconds = process, time.perf_counter(), 0.0

    def jobs(self) -> list[Job]:
        """Every job, those that others need first; UserError with what Snakemake objects to."""
        found, said = self.process.communicate()
        self.seconds = time.perf_counter() - self.begin
        if self.process.returncode:
            raise UserError(f"nothing can be planned: {_objection(said)}")
        return [Job(**each) for each in json.loads(found)]


@contextmanager
def planning(
    targets: Sequence[str], configfiles: Sequence[Path], cores: int = 1
) -> Iterator[Planning]:
    """Start to plan `targets` (none: the whole project) for `cores` with the values of overlays.

    In an empty folder: every job counts, made or not, and no data have to be there. Raises
    UserError where an overlay is missing.
    """
    for file in configfiles:
        if not file.is_file():
            raise UserError(f"{file}: no such file; --configfile names an overlay of params.yaml")
    overlays = [f"--configfile={file.resolve()}" for file in configfiles]
    command = [sys.executable, str(SCRIPT), *overlays, f"--cores={cores}", "--", *targets]
    environment = {**os.environ, "PYTHONPATH": own_sources()}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, cwd=folder, env=environment, **pipes) as process,
    ):
        try:
            yield Planning(process)
        finally:
            process.kill()


def own_sources() -> str:
    """These sources first, as they are those that plan."""
    others = [path for path in (os.environ.get("PYTHONPATH"),) if path]
    return os.pathsep.join([str(REPOSITORY / "src"), *others])


def _objection(said: str) -> str:
    """The message of the exception that ended it, on one line."""
    return " ".join(ERROR.split(said)[-1].split()) or "Snakemake failed"
