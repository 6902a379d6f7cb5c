"""`snakemake`, `dvc` and a fresh clone agree on what is up to date."""

import json
import re

import pytest
from working_copy import ROOT, Project

CLEAN = "Data and pipelines are up to date."
NOTHING = "Nothing to be done"
JOB = re.compile(r"^(?:local)?rule (\w+):\n((?:    .*\n)+)", re.M)


def test_dvc_yaml_is_what_the_dag_says():
    Project(ROOT).run("python", "workflow/bookkeeping/stages.py", "--check")


@pytest.fixture(scope="module")
def published(finished, tmp_path_factory) -> Project:
    """The finished project with everything pushed to a folder that plays the remote."""
    finished.run("dvc", "remote", "add", "--default", "store", tmp_path_factory.mktemp("remote"))
    finished.commit("remote")
    finished.run("dvc", "push", "--quiet")
    return finished


@pytest.fixture
def clone(published, tmp_path) -> Project:
    copy = Project(tmp_path / "clone")
    published.run("git", "clone", "--quiet", ".", copy.folder)
    copy.run("dvc", "pull", "--quiet")
    return copy


def jobs_for_their_parameters(project: Project) -> set[str]:
    """The stages of the jobs that Snakemake would run because their parameters changed."""
    found = set()
    for rule, block in JOB.findall(project.snakemake("--dry-run")):
        if "Params have changed" in block:
            wildcards = re.search(r"wildcards: (.*)", block)
            pairs = wildcards[1].split(", ") if wildcards else []
            found.add("-".join([rule, *[pair.partition("=")[2] for pair in pairs]]))
    return found


def stages_for_their_parameters(project: Project) -> set[str]:
    """The stages that DVC calls changed because of params.yaml."""
    status = json.loads(project.run("dvc", "status", "--json"))
    return {
        stage
        for stage, causes in status.items()
        if any("params.yaml" in cause.get("changed deps", {}) for cause in causes if cause)
    }


def assert_nothing_to_do(project: Project) -> None:
    assert CLEAN in project.run("dvc", "status")
    assert NOTHING in project.snakemake("--dry-run")


def test_a_green_run_leaves_both_with_nothing_to_do(finished):
    assert_nothing_to_do(finished)


def test_a_fresh_clone_has_nothing_to_do_after_a_pull(clone):
    assert_nothing_to_do(clone)


@pytest.mark.parametrize("link", ["copy", "symlink"])
def test_whatever_way_dvc_links_files(published, tmp_path, link):
    copy = Project(tmp_path / "clone")
    published.run("git", "clone", "--quiet", ".", copy.folder)
    copy.run("dvc", "config", "--local", "cache.type", link)
    copy.run("dvc", "pull", "--quiet")
    assert_nothing_to_do(copy)


def test_both_name_the_same_jobs_for_one_changed_value(clone):
    clone.edit(downstream__methods__no_router__gamma=0.5)
    assert jobs_for_their_parameters(clone) == {"downstream-no_router-all"}
    assert stages_for_their_parameters(clone) == {"downstream-no_router-all"}


def test_both_name_the_same_jobs_for_two_values_that_swap_places(clone):
    clone.edit(distill__alpha=0.1, distill__beta=0.9)
    named = jobs_for_their_parameters(clone)
    assert named == stages_for_their_parameters(clone)
    assert {"distill-sak", "downstream-sak-all"} <= named


def test_dvc_repro_computes_through_snakemake_and_history_can_be_walked(clone):
    made = clone.folder / "results/downstream/sak/all/model.safetensors"
    before = made.stat().st_mtime_ns
    clone.edit(downstream__baseline="multi_task")
    said = clone.run("dvc", "repro")
    assert "Running stage 'table'" in said
    assert "Running stage 'distill" not in said
    assert_nothing_to_do(clone)
    assert made.stat().st_mtime_ns >= before
    clone.commit("another baseline")
    table = (clone.folder / "results/tables/sak.csv").read_text()

    clone.run("git", "checkout", "--quiet", "HEAD~1")
    clone.run("dvc", "checkout", "--quiet")
    assert (clone.folder / "results/tables/sak.csv").read_text() != table
    assert_nothing_to_do(clone)

    clone.run("git", "checkout", "--quiet", "main")
    clone.run("dvc", "checkout", "--quiet")
    assert_nothing_to_do(clone)
    assert "downstream.baseline" in clone.run("dvc", "params", "diff", "HEAD~1")
    assert "metrics.json" in clone.run("dvc", "metrics", "show")
