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


@pytest.fixture(scope="module")
def clone(published, tmp_path_factory) -> Project:
    """A fresh clone at its first use; each test leaves it up to date."""
    copy = Project(tmp_path_factory.mktemp("clone") / "clone")
    published.run("git", "clone", "--quiet", ".", copy.folder)
    copy.run("dvc", "pull", "--quiet")
    return copy


def jobs_and_reasons(project: Project) -> dict[str, str]:
    """What Snakemake would run, as stages are called, and why."""
    found = {}
    for rule, block in JOB.findall(project.snakemake("--dry-run")):
        wildcards = re.search(r"wildcards: (.*)", block)
        values = [pair.partition("=")[2] for pair in wildcards[1].split(", ")] if wildcards else []
        found["-".join([rule, *values])] = re.search(r"reason: (.*)", block)[1]
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


@pytest.mark.parametrize("link", ["copy", "symlink"])
def test_a_fresh_clone_has_nothing_to_do_after_a_pull_whatever_way_dvc_links(
    published, tmp_path, link
):
    copy = Project(tmp_path / "clone")
    published.run("git", "clone", "--quiet", ".", copy.folder)
    copy.run("dvc", "config", "--local", "cache.type", link)
    copy.run("dvc", "pull", "--quiet")
    assert_nothing_to_do(copy)


def test_a_value_that_changes_before_the_first_look_is_seen(clone):
    clone.edit(downstream__methods__no_router__gamma=0.5)
    assert set(jobs_and_reasons(clone)) == {
        "downstream-no_router-all", "evaluate-no_router", "table-sak", "report", "paper_numbers",
        "all",
    }  # fmt: skip
    clone.edit(downstream__methods__no_router__gamma=1.0)
    assert NOTHING in clone.snakemake("--dry-run")


@pytest.mark.parametrize(
    ("changes", "among"),
    [
        ({"downstream__methods__no_router__gamma": 0.5}, {"downstream-no_router-all"}),
        ({"distill__alpha": 0.1, "distill__beta": 0.9}, {"distill-sak", "downstream-sak-all"}),
    ],
    ids=["one value", "two values that swap places"],
)
def test_both_name_the_same_jobs(clone, changes, among):
    clone.edit(**changes)
    jobs, stages = jobs_and_reasons(clone), stages_for_their_parameters(clone)
    assert among <= stages <= set(jobs)
    for job in jobs.keys() - stages:  # DVC names these when their inputs have changed
        assert "Input files updated by another job" in jobs[job]
    clone.run("git", "checkout", "--quiet", "params.yaml")


def test_dvc_repro_computes_through_snakemake_and_history_can_be_walked(clone):
    made = clone.folder / "results/downstream/sak/all/model.safetensors"
    before = made.stat().st_mtime_ns
    clone.edit(downstream__baseline="multi_task")
    said = clone.run("dvc", "repro")
    assert "Running stage 'table-sak'" in said
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
