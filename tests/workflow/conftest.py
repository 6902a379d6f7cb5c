"""A copy of the project with miniature values, and a finished one: made once for all tests."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from working_copy import ROOT, Project, small_values
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

IN_THE_FINISHED_PROJECT = ("test_argus", "test_miniature", "test_one_dag", "test_sak", "test_vta")


class ByFolder(LoadScopeScheduling):
    """A file's tests run in one process, and so do all that run in the finished project."""

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0]).stem
        return "finished" if file in IN_THE_FINISHED_PROJECT else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFolder:
    return ByFolder(config, log)


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Project:
    """The project in miniature, under git and DVC, with nothing made."""
    return miniature(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def finished(tmp_path_factory, worker_id) -> Project:
    """The same after one green run of the whole DAG, recorded in dvc.lock and committed.

    The first process that asks makes it; the others wait. They may look at it and clone it.
    """
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent
    copy, made = Project(base / "finished"), base / "finished.is-made"
    with (base / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not copy.folder.exists():
            miniature(copy.folder).snakemake()
            copy.commit("results")
            made.touch()
    assert made.exists(), "another process failed to make it, and says why"
    return copy


def miniature(folder: Path) -> Project:
    """A copy of the working tree in `folder`, with miniature values."""
    copy = Project(folder)
    listed = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in filter(None, subprocess.check_output(listed, text=True).split("\0")):
        if os.path.lexists(ROOT / name):
            (copy.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy.folder / name, follow_symlinks=False)
    (copy.folder / "params.yaml").write_text(yaml.safe_dump(small_values(), sort_keys=False))
    copy.run("python", "workflow/bookkeeping/stages.py")
    copy.run("git", "init", "--quiet", "--initial-branch", "main")
    copy.commit("miniature")
    return copy
