"""Time this machine: all cores at once, each in a process of its own, as jobs run."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from polytask.errors import UserError
from polytask.pipeline.provenance import REPOSITORY
from polytask.price.jobs import Job, own_sources
from polytask.price.timing.examples import as_data, examples
from polytask.price.timing.speeds import Speeds, mean

START = "import runpy, sys, snakemake.script; runpy.run_path(sys.argv[1])"
"""What a job does before it begins: Snakemake's preamble, and the imports of its script."""
SCRIPT = REPOSITORY / "workflow/scripts/downstream.py"


def measure(jobs: Sequence[Job], cores: int) -> Speeds:
    """The speeds of a core while `cores` are busy; UserError where the plan trains nothing."""
    given = json.dumps(as_data(examples(jobs)))
    begin = time.perf_counter()
    _everywhere(["-c", START, str(SCRIPT)], cores, "")
    starting = time.perf_counter() - begin
    found = _everywhere(["-m", "polytask.price.timing"], cores, given)
    return Speeds(starting=starting, **mean([json.loads(each) for each in found]))


def _everywhere(words: list[str], cores: int, given: str) -> list[str]:
    """What Python says to `words` in a process for each core, all at the same time."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = {**os.environ, **one, "PYTHONPATH": own_sources()}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    processes = [
        subprocess.Popen([sys.executable, *words], env=environment, text=True, **pipes)
        for _ in range(cores)
    ]
    for process in processes:
        process.stdin.write(given)
        process.stdin.close()
        process.stdin = None
    found = [process.communicate() for process in processes]
    for process, (_, said) in zip(processes, found, strict=True):
        if process.returncode:
            why = (said.strip() or "a process was killed").splitlines()[-1]
            raise UserError(f"this machine cannot be timed: {why}; give --peak")
    return [out for out, _ in found]
