"""The scheduler is spared work, and what is spared is still what Snakemake has."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from polytask.pipeline.scheduling import spare_the_scheduler

SNAKEFILE = """
from polytask.pipeline.scheduling import spare_the_scheduler

NUMBERS = range(8)

rule all:
    input: expand("{number}.done", number=NUMBERS)

rule one:
    input: expand("{part}.part", part=range(5))
    output: touch("{number}.done")
    shell: "sleep 0.4"

onstart:
    if config["spared"]:
        spare_the_scheduler(workflow.scheduler)
    chosen = workflow.scheduler.job_selector

    def counted(jobs):
        with open("choices", "a") as file:
            file.write(".")
        return chosen(jobs)

    workflow.scheduler.job_selector = counted
"""


@pytest.fixture(scope="module")
def choices(tmp_path_factory):
    """How often Snakemake chose among the waiting jobs, spared and not."""
    found = {}
    for spared in (False, True):
        folder = tmp_path_factory.mktemp(f"spared_{spared}")
        for part in range(5):
            (folder / f"{part}.part").touch()
        (folder / "Snakefile").write_text(SNAKEFILE)
        words = ["--cores", "1", "--nolock", "--config", f"spared={spared}"]
        subprocess.run(
            [sys.executable, "-m", "snakemake", *words],
            cwd=folder, capture_output=True, check=True, text=True,
        )  # fmt: skip
        assert len(list(folder.glob("*.done"))) == 8
        found[spared] = len((folder / "choices").read_text())
    return found


def test_a_choice_is_made_where_a_job_has_ended(choices):
    """With one core: at the start, and when each of the eight jobs has ended."""
    assert choices[True] == 9 < choices[False]


def test_sizes_are_not_asked_for_and_all_the_same():
    scheduler = SimpleNamespace(_input_sizes={"a": 5}, update_input_sizes=None)
    spare_the_scheduler(scheduler)
    assert scheduler._input_sizes["a"] == scheduler._input_sizes["anything"] == 0


def test_a_scheduler_of_another_make_is_left_as_it_is():
    scheduler = SimpleNamespace(_input_sizes={"a": 5})
    spare_the_scheduler(scheduler)
    assert vars(scheduler) == {"_input_sizes": {"a": 5}}
