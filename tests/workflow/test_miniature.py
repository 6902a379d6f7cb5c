"""The whole DAG runs in an empty folder, in miniature, and a second run has nothing to do."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())


def snakemake(folder: Path, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    overlay = ROOT / "tests/workflow/miniature.yaml"
    command += ["--configfile", overlay, "--directory", folder, "--cores", "2", *words]
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, env=environment, timeout=900
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("miniature")
    run = snakemake(folder)
    assert run.returncode == 0, run.stderr[-4000:]
    return folder


def test_every_method_stands_in_the_table_with_every_task(finished):
    with (finished / "results/tables/sak.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["method"] for row in rows} == set(PARAMS["downstream"]["methods"])
    assert all(row["delta_m"] for row in rows)


def test_the_report_is_one_page_that_needs_nothing_else(finished):
    page = (finished / "results/report/index.html").read_text()
    assert PARAMS["report"]["banner"].split(".")[0] in page.replace("\n", " ")
    assert 'src="http' not in page
    assert 'href="http' not in page.replace('href="http://www.w3.org', "")


def test_gates_of_every_level_and_task_sum_to_one(finished):
    metrics = json.loads((finished / "results/evaluate/sak/metrics.json").read_text())
    assert set(metrics["gates"]) == set(PARAMS["datasets"]["rooms"]["tasks"])
    sums = [sum(level) for levels in metrics["gates"].values() for level in levels]
    assert sums == pytest.approx([1.0] * len(sums), abs=1e-4)


def test_every_output_has_its_provenance(finished):
    made = [
        path.relative_to(finished)
        for path in (finished / "results").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    ]
    missing = [p for p in made if not (finished / "provenance" / f"{p}.json").is_file()]
    assert not missing


def test_a_second_run_has_nothing_to_do(finished):
    run = snakemake(finished, "--dry-run")
    assert "Nothing to be done" in run.stdout + run.stderr
