"""The jobs of a run are those that Snakemake planned; before the first, those of dvc.yaml."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from polytask.errors import UserError
from polytask.pipeline.status.plan import PLAN, phases, read_plan, write_plan

ROOT = Path(__file__).parents[4]


@pytest.fixture
def workflow(tmp_path, monkeypatch):
    """Two jobs, the second of which is due, below a target rule that makes nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_STAGE", raising=False)
    Path("params.yaml").write_text("seed: 0\n")

    class Job(SimpleNamespace):
        __hash__ = object.__hash__

    def job(rule, *outputs, **wildcards):
        name = SimpleNamespace(name=rule)
        return Job(rule=name, wildcards_dict=wildcards, output=list(outputs))

    rooms, train = job("rooms", "a.tar", part="a"), job("train", "m", "c", method="x", tasks="y/z")
    target = job("all")
    dag = SimpleNamespace(
        needrun_jobs=lambda: [train, target],
        toposorted=lambda: [[rooms], [train], [target]],
        dependencies={rooms: {}, train: {rooms: {"a.tar"}}, target: {train: {"m"}}},
    )
    return SimpleNamespace(dag=dag, configfiles=[Path("params.yaml").absolute()])


def test_a_plan_is_read_as_it_was_written(workflow):
    write_plan(workflow)
    plan = read_plan()
    rooms, train = plan.jobs
    assert (rooms.name, rooms.is_due, rooms.needs) == ("rooms-a", False, [])
    assert (train.name, train.is_due, train.needs) == ("train-x-y-z", True, ["rooms-a"])
    assert (train.label, train.outputs) == ("x-y-z", ["m", "c"])
    assert plan.since == PLAN.stat().st_mtime


def test_values_edited_after_the_start_are_told(workflow):
    write_plan(workflow)
    assert read_plan().edited_values() == []
    Path("params.yaml").write_text("seed: 1\n")
    assert read_plan().edited_values() == ["params.yaml"]


def test_a_stage_of_dvc_repro_does_not_replace_the_plan(workflow, monkeypatch):
    monkeypatch.setenv("DVC_STAGE", "train")
    write_plan(workflow)
    assert not PLAN.exists()


def test_before_the_first_run_the_jobs_are_those_of_dvc_yaml():
    plan = read_plan(Path("no plan"), ROOT / "dvc.yaml")
    stages = yaml.load((ROOT / "dvc.yaml").read_text(), yaml.CSafeLoader)["stages"]
    jobs = {job.name: job for job in plan.jobs}
    assert list(jobs) == list(stages)
    assert plan.started is None
    trained = jobs["downstream-single_task-depth"]
    assert (trained.rule, trained.label) == ("downstream", "single_task-depth")
    assert [Path(output).name for output in trained.outputs] == [
        "model.safetensors", "model.json", "gates.csv", "effort.json", "curves.csv",
    ]  # fmt: skip
    assert "downstream-single_task-depth" in jobs["evaluate-single_task"].needs


def test_every_job_belongs_to_a_phase_and_phases_come_in_order():
    phase_of = phases(ROOT / "Snakefile")
    assert {job.rule for job in read_plan(Path("no plan"), ROOT / "dvc.yaml").jobs} <= set(phase_of)
    assert list(dict.fromkeys(phase_of.values()))[:3] == ["data", "teachers", "distill"]


def test_neither_is_one_line_of_advice(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="project's folder"):
        read_plan()
    PLAN.parent.mkdir(parents=True)
    PLAN.write_text("[]")
    with pytest.raises(UserError, match="remove it"):
        read_plan()
