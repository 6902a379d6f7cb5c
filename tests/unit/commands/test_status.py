"""`polytask status` as it is typed, in a folder where something runs, waits and has failed."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from polytask.cli import main
from polytask.pipeline.status.life import FOLDER, write_whole
from polytask.pipeline.status.plan import PLAN, Plan, PlannedJob
from polytask.pipeline.status.processes import own_process

NOW = "2026-11-22T05:00:00+00:00"


def job(rule, label, *needs):
    name = f"{rule}-{label}"
    outputs = [f"results/{rule}/{label}/model.safetensors"]
    return PlannedJob(name=name, rule=rule, outputs=outputs, needs=needs, is_due=True)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """One job runs, one has failed, one waits for both."""
    monkeypatch.chdir(tmp_path)
    jobs = [
        job("distill", "sak"),
        job("distill", "no_biases"),
        job("evaluate", "sak", "distill-sak"),
    ]
    command = "snakemake --cores all --profile slurm"
    write_whole(PLAN, asdict(Plan(jobs=jobs, started=NOW, command=command, host="login1")))
    log = Path("logs/distill/no_biases.log")
    log.parent.mkdir(parents=True)
    log.write_text("\n".join(f"line {n}" for n in range(20)))
    about = {"started": NOW, "host": "node7", "slurm_job": "12", "process": own_process()}
    pace = {"doing": "sak", "step": 25, "total": 100, "unit": "step", "speed": 5.0}
    write_whole(FOLDER / "distill-sak.json", about | pace | {"state": "running"})
    failure = {"state": "failed", "error": "OSError: no space left", "log": str(log)}
    write_whole(FOLDER / "distill-no_biases.json", about | failure)


def test_each_job_is_told_by_what_people_need_to_know(run, capsys):
    assert main(["status"]) == 1
    told = capsys.readouterr().out
    assert "step 25 of 100 (25 %), 5 step/s, 15 s left, Slurm job 12 on node7" in told
    assert "OSError: no space left" in told
    assert "line 19" in told
    assert "line 2\n" not in told
    assert "logs/distill/no_biases.log" in told
    assert "3 jobs: 1 running, 1 failed, 1 waiting" in told
    assert "more than 15 s" in told
    assert "\x1b" not in told


def test_programs_get_the_same_as_json(run, capsys):
    assert main(["status", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == {"running": 1, "failed": 1, "waiting": 1}
    states = {each["name"]: each["state"] for each in told["jobs"]}
    assert states == {
        "distill-sak": "running", "distill-no_biases": "failed", "evaluate-sak": "waiting",
    }  # fmt: skip


def test_when_all_is_over_it_says_how_to_go_on(run, capsys):
    plan = json.loads(PLAN.read_text())
    write_whole(PLAN, plan | {"process": {**own_process(), "born": "1"}})
    (FOLDER / "distill-sak.json").unlink()
    main(["status"])
    go_on = capsys.readouterr().out.splitlines()[-1]
    assert go_on == "nothing runs; go on with: snakemake --cores all --profile slurm"


def test_without_a_plan_it_is_one_line_and_status_2(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["status"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
