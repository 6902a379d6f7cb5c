"""A killed Snakemake's lock is removed, one that may be held never, and planners take turns."""

import os
import signal
import subprocess
import sys
import time

import pytest

PLANNER = """
import sys, time
from pathlib import Path
from polytask.pipeline.planners import planning
with planning() as alone:
    print("alone" if alone else "not alone", flush=True)
if "lock" in sys.argv:
    Path(".snakemake/locks").mkdir()
    Path(".snakemake/locks/0.output.lock").write_text("results/x")
    print("locked", flush=True)
time.sleep(float(sys.argv[-1]))
"""
LOCK = ".snakemake/locks/0.output.lock"


def start(folder, *arguments: object, **environment: str) -> subprocess.Popen:
    alone = {key: value for key, value in os.environ.items() if key != "POLYTASK_PLANNER"}
    return subprocess.Popen(
        [sys.executable, "-c", PLANNER, *map(str, arguments)],
        cwd=folder, env=alone | environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def plan(folder, **environment: str) -> tuple[str, str]:
    """What a planner that ends at once is told, and what it tells the user."""
    said, told = start(folder, 0, **environment).communicate(timeout=30)
    return said.strip(), told


@pytest.fixture
def at_work(tmp_path):
    """A planner that has locked the folder."""
    process = start(tmp_path, "lock", 60)
    assert process.stdout.readline() == "alone\n"
    assert process.stdout.readline() == "locked\n"
    yield process
    process.kill()
    process.wait()


def test_the_lock_of_a_killed_one_is_removed(tmp_path, at_work):
    at_work.send_signal(signal.SIGKILL)
    at_work.wait()
    said, told = plan(tmp_path)
    assert (said, "was killed; going on" in told) == ("alone", True)
    assert not (tmp_path / LOCK).exists()
    assert not list((tmp_path / ".snakemake/planners").glob("*.planner"))


def test_the_lock_of_a_living_one_stays_and_its_process_is_named(tmp_path, at_work):
    said, told = plan(tmp_path)
    assert (said, f"process {at_work.pid} on " in told) == ("not alone", True)
    assert (tmp_path / LOCK).exists()


def test_a_lock_that_nobody_announced_stays(tmp_path):
    (tmp_path / LOCK).parent.mkdir(parents=True)
    (tmp_path / LOCK).touch()
    assert plan(tmp_path) == ("alone", "")
    assert (tmp_path / LOCK).exists()


def test_what_another_host_locked_stays_until_its_lock_is_gone(tmp_path):
    announced = tmp_path / ".snakemake/planners/elsewhere.12.planner"
    for place in (tmp_path / LOCK, announced):
        place.parent.mkdir(parents=True)
        place.touch()
    os.utime(announced, (1, 1))
    said, told = plan(tmp_path)
    assert (said, "process 12 on elsewhere" in told) == ("not alone", True)
    assert (tmp_path / LOCK).exists()
    (tmp_path / LOCK).unlink()
    assert plan(tmp_path) == ("alone", "")


def test_one_that_only_looks_is_waited_for(tmp_path):
    looks = start(tmp_path, 2)
    assert looks.stdout.readline() == "alone\n"
    begin = time.monotonic()
    assert plan(tmp_path) == ("alone", "")
    assert looks.wait() == 0
    assert time.monotonic() - begin > 1


def test_a_job_announces_nothing_and_tidies_nothing(tmp_path):
    assert plan(tmp_path, POLYTASK_PLANNER="1") == ("not alone", "")
    assert not (tmp_path / ".snakemake").exists()
