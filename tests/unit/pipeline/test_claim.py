"""Two processes that are to make the same output: one does, the other waits and takes it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from polytask.pipeline.claim import claimed

JOB = """
import os, time
from pathlib import Path
from types import SimpleNamespace
from polytask.pipeline.rule import run_rule

def make(text: Path) -> None:
    with open("calls", "a") as calls:
        calls.write("called\\n")
    text.write_text("half")
    while not Path("go").exists():
        time.sleep(0.05)
    text.write_text("whole")

run_rule(make, SimpleNamespace(
    rule="make", input={}, output={"text": "out.txt"}, params={}, wildcards={}, log=[], threads=1
))
"""


def wait_for(condition) -> None:
    for _ in range(400):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("waited in vain")


@pytest.fixture
def start(tmp_path):
    processes = []

    def start(log: str) -> subprocess.Popen:
        with (tmp_path / log).open("w") as file:
            processes.append(
                subprocess.Popen([sys.executable, "-c", JOB], cwd=tmp_path, stderr=file)
            )
        return processes[-1]

    yield start
    for process in processes:
        process.kill()


@pytest.fixture
def two(tmp_path, start) -> tuple[subprocess.Popen, subprocess.Popen]:
    """A job at work, and the same started by a second Snakemake, which waits."""
    first = start("first")
    wait_for((tmp_path / "calls").exists)
    second = start("second")
    wait_for(lambda: "waiting for it" in (tmp_path / "second").read_text())
    assert f"process {first.pid} on {os.uname().nodename}" in (tmp_path / "second").read_text()
    return first, second


def calls(folder: Path) -> int:
    return (folder / "calls").read_text().count("called")


def test_the_second_takes_what_the_first_has_made(tmp_path, two):
    (tmp_path / "go").touch()
    assert [process.wait(timeout=30) for process in two] == [0, 0]
    assert calls(tmp_path) == 1
    assert (tmp_path / "out.txt").read_text() == "whole"
    assert "another process has made it meanwhile" in (tmp_path / "second").read_text()


def test_the_second_makes_it_when_the_first_dies(tmp_path, two):
    first, second = two
    first.send_signal(signal.SIGKILL)
    wait_for(lambda: calls(tmp_path) == 2)
    (tmp_path / "go").touch()
    assert second.wait(timeout=30) == 0
    assert (tmp_path / "out.txt").read_text() == "whole"
    assert not list((tmp_path / ".snakemake/claims").iterdir())


def test_what_a_job_starts_belongs_to_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with claimed("make", {"a": "b/c"}) as waited:
        assert not waited
        with claimed("make", {"a": "b/c"}) as waited:
            assert not waited
        assert list((tmp_path / ".snakemake/claims").iterdir())
    assert "POLYTASK_CLAIM" not in os.environ


def test_asked_again_later_it_is_made_again(tmp_path, start):
    (tmp_path / "go").touch()
    for _ in range(2):
        assert start("log").wait(timeout=30) == 0
    assert calls(tmp_path) == 2
