"""On a tiny workflow: runs that fail, are killed, or meet another one in the same folder."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tiny
from tiny import FIRST_ONE, FIRST_OTHER, SECOND, snakemake, would_run

LOCKS = ".snakemake/locks"


@pytest.fixture
def folder(tmp_path) -> Path:
    tiny.make(tmp_path)
    return tmp_path


@pytest.fixture
def start(folder) -> Iterator[Callable[..., subprocess.Popen]]:
    """Start a run that waits in its first jobs until there is a file `go`."""
    runs = []

    def start(*arguments: str) -> subprocess.Popen:
        runs.append(
            subprocess.Popen(
                tiny.command(*arguments), cwd=folder, start_new_session=True,
                env=tiny.environment(folder, WAIT_FOR_GO="1"),
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
        )  # fmt: skip
        for _ in range(3000):
            if len(list(folder.glob("results/.partial*/*.txt"))) == 2:
                return runs[-1]
            time.sleep(0.05)
        raise AssertionError("no job has begun")

    yield start
    for run in runs:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)


def test_jobs_that_outlive_their_killed_snakemake_are_not_made_twice(folder, start):
    run = start()
    run.kill()  # its jobs go on
    run.wait()
    second = subprocess.Popen(
        tiny.command(), cwd=folder, env=tiny.environment(folder),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    while "waiting for it" not in "".join(f.read_text() for f in folder.glob("logs/first/*.log")):
        time.sleep(0.05)
        assert second.poll() is None
    (folder / "go").touch()
    said = second.communicate(timeout=300)[0]
    assert second.returncode == 0, said
    assert "another process has made it meanwhile" in said + "".join(
        file.read_text() for file in folder.glob("logs/first/*.log")
    )
    assert (folder / "results/sum.txt").read_text() == "2 3 4"
    assert would_run(folder) == set()


def test_a_second_run_is_refused_and_harms_nothing(folder, start):
    run = start()
    locks = sorted((folder / LOCKS).iterdir())
    said = snakemake(folder, fails=True)
    assert f"process {run.pid} on {os.uname().nodename}" in said
    assert "cannot be locked" in said
    assert sorted((folder / LOCKS).iterdir()) == locks
    assert would_run(folder) == {FIRST_ONE, FIRST_OTHER, SECOND}  # to look is allowed
    (folder / "go").touch()
    assert run.wait(timeout=300) == 0
    assert (folder / "results/sum.txt").read_text() == "2 3 4"
    assert would_run(folder) == set()


def test_a_job_that_failed_keeps_its_old_output_and_is_wanted_again(folder):
    snakemake(folder)
    source = folder / "src/polytask/upper.py"
    source.write_text(source.read_text().replace("2", "4"))
    snakemake(folder, fails=True, FAIL="1")
    assert (folder / "results/sum.txt").read_text() == "2 3 4"
    assert would_run(folder) == {SECOND}
    snakemake(folder)
    assert (folder / "results/sum.txt").read_text() == "4 3 4"


APPTAINER = """#!/bin/sh
[ "$1" = --version ] && { echo "apptainer version 1.3.6"; exit; }
echo "$@" >> containers.log
while [ "$1" != polytask.sif ]; do shift; done
shift
PATH={bin}:$PATH PYTHONPATH=$APPTAINERENV_PYTHONPATH exec "$@"
"""


def test_in_a_container_jobs_use_these_sources_and_nothing_is_made_again(folder, tmp_path):
    program = tmp_path / "bin/apptainer"
    program.parent.mkdir()
    program.write_text(APPTAINER.replace("{bin}", str(Path(tiny.sys.executable).parent)))
    program.chmod(0o755)
    path = {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    snakemake(folder, "results/one.txt")
    assert not (folder / "containers.log").exists()
    assert "output: results/one.txt" not in snakemake(folder, "-n", "--sdm", "apptainer", **path)
    snakemake(folder, "--sdm", "apptainer", **path)
    started = (folder / "containers.log").read_text().splitlines()
    assert len(started) == 2
    assert all("--nv" in line for line in started)
    assert (folder / "results/sum.txt").read_text() == "2 3 4"
    assert would_run(folder) == set()
