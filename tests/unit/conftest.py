"""A disk that is really full, a log of its own for every test, and models to merge."""

import logging
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

SIZE = 512 * 1024
LONGEST = ("test_processes.py", "test_plan.py", "test_resume.py", "test_store.py")
"""Files that start processes: first, so that no other one waits for them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A folder where half a megabyte is too much: a disk of its own, or files that may not grow."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder]
    if os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0:
        yield folder
        subprocess.run(["umount", "--lazy", folder], check=True)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SIZE, before[1]))
    yield folder
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """Where a rule logs to in a test goes with that test."""
    yield
    for handler in logging.getLogger().handlers[:]:
        if type(handler) in (logging.StreamHandler, logging.FileHandler):
            logging.getLogger().removeHandler(handler)
            handler.close()
    logging.captureWarnings(False)


@pytest.fixture
def base(tmp_path) -> Path:
    from small_models import make_base  # late: most tests need no torch

    return make_base(tmp_path / "base.safetensors")


@pytest.fixture
def single_task(tmp_path, base) -> list[Path]:
    """A model per task, fine-tuned from the base."""
    from small_models import make_single_task

    return make_single_task(tmp_path, base)
