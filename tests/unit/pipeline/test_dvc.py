"""A Snakemake job becomes a DVC stage."""

from types import SimpleNamespace

import yaml

from polytask.pipeline.dvc import by_package, dvc_yaml, stage_name
from polytask.pipeline.given import Node, given

PARAMS = {"seed": 0, "fit": {"lr": 0.1, "steps": 5}}


def job(rule="train", wildcards=None, output=("results/m.safetensors",), own="a"):
    node = Node(PARAMS)
    return SimpleNamespace(
        rule=SimpleNamespace(name=rule),
        wildcards_dict=wildcards or {},
        input=["src/b.py", "data/a.tar", "src/b.py"],
        output=list(output),
        params=SimpleNamespace(config=given({"fit": node["fit"], "name": own})),
    )


def stage(**words):
    [only] = yaml.safe_load(dvc_yaml([job(**words)]))["stages"].values()
    return only


def test_a_stage_is_called_like_its_job():
    assert stage_name(job(wildcards={"method": "sak", "tasks": "a/b"})) == "train-sak-a-b"


def test_a_stage_says_what_the_job_reads_and_makes_and_keeps_the_old_until_then():
    made = stage()
    assert made["deps"] == ["data/a.tar", "src/b.py"]
    assert made["params"] == ["fit"]
    assert made["outs"] == [
        {"results/m.safetensors": {"persist": True}},
        {"provenance/results/m.safetensors.json": {"persist": True}},
    ]
    assert made["cmd"].startswith("snakemake --cores all")
    assert "--allowed-rules train -- results/m.safetensors #" in made["cmd"]


def test_what_the_rule_itself_says_is_part_of_the_command():
    assert stage(own="a")["cmd"] == stage(own="a")["cmd"] != stage(own="b")["cmd"]


def test_metrics_and_curves_are_declared_as_such():
    assert list(stage(rule="evaluate", output=["results/metrics.json"])["metrics"][0]) == [
        "results/metrics.json"
    ]
    [curve] = stage(output=["results/curves.csv"])["plots"]
    assert curve["results/curves.csv"] == {"x": "step", "y": "loss", "persist": True}


def test_a_package_stands_for_its_modules():
    files = ["src/polytask/models/sak.py", "src/polytask/models/stem.py", "src/polytask/tasks.py"]
    data = ["data/a.tar", "workflow/scripts/distill.py"]
    assert by_package([*files, *data]) == [
        *data[:1], "src/polytask/models", "src/polytask/tasks.py", *data[1:]
    ]  # fmt: skip


def test_a_data_set_that_is_fetched_is_no_stage():
    fetched = job(rule="fetch", output=["data/NYUDv2"])
    assert list(yaml.safe_load(dvc_yaml([fetched, job()]))["stages"]) == ["train"]
