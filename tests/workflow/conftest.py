"""A copy of the project with miniature values, made once: what every workflow test looks at."""

import os
import shutil
import subprocess

import pytest
import yaml
from working_copy import MINIATURE, ROOT, Project

from polytask.papers.studies import merged


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Project:
    """The project in miniature, under git and DVC, with nothing made."""
    copy = Project(tmp_path_factory.mktemp("project"))
    listed = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in filter(None, subprocess.check_output(listed, text=True).split("\0")):
        if os.path.lexists(ROOT / name):
            (copy.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy.folder / name, follow_symlinks=False)
    params, overlay = (yaml.safe_load(f.read_text()) for f in (ROOT / "params.yaml", MINIATURE))
    (copy.folder / "params.yaml").write_text(
        yaml.safe_dump(merged(params, overlay), sort_keys=False)
    )
    copy.run("python", "workflow/bookkeeping/stages.py")
    copy.run("git", "init", "--quiet", "--initial-branch", "main")
    copy.commit("miniature")
    return copy


@pytest.fixture(scope="session")
def finished(project) -> Project:
    """The same after one green run of the whole DAG, recorded in dvc.lock and committed."""
    project.snakemake()
    project.commit("results")
    return project
