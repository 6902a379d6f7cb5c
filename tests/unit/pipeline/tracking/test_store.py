"""The real MLflow takes what journals hold, once."""

import os
import subprocess
import sys

from polytask.pipeline.tracking.importer import Importer
from polytask.pipeline.tracking.journal import job_journal, track
from polytask.pipeline.tracking.store import MlflowStore

DATA = {"name": "rooms", "digest": "0" * 32 + ".dir", "source": "data/rooms"}


def write_journal(folder):
    tags, data = {"mlflow.source.git.commit": "abc"}, [DATA]
    with job_journal(folder, "distill-sak-1", tags, data) as journal:
        with track("distill sak", {"fit": {"lr": 0.1, "levels": [1, 3]}, "none": None}) as run:
            for step in range(3):
                run.log(step, {"loss": 1.0 / (step + 1), "mIoU (%)": float("nan")})
        journal.runs[0].write("outputs", tags={"sha256/results/model.safetensors": "00ff"})


def test_sqlite_holds_the_run_once_even_after_a_lost_state(tmp_path):
    write_journal(tmp_path)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    store = MlflowStore(uri)
    for _ in range(2):
        Importer(tmp_path, lambda: store).poll()
        (tmp_path / ".imported.json").unlink()
    client = store._client
    [run] = client.search_runs([store._experiment])
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "distill sak"
    assert run.data.params == {"fit.lr": "0.1", "fit.levels": "[1, 3]", "none": "None"}
    assert run.data.tags["mlflow.source.git.commit"] == "abc"
    assert run.data.tags["polytask.key"] == "distill-sak-1"
    assert run.data.tags["sha256/results/model.safetensors"] == "00ff"
    [entry] = run.inputs.dataset_inputs
    assert (entry.dataset.name, entry.dataset.digest) == ("rooms", DATA["digest"])
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [(metric.step, metric.value) for metric in history] == [(0, 1.0), (1, 0.5), (2, 1 / 3)]


def test_an_unreachable_server_is_told_in_one_line_and_keeps_the_journal(tmp_path):
    write_journal(tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "polytask.pipeline.tracking", "sync", str(tmp_path)],
        env=os.environ | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1, run.stderr
    assert "http://127.0.0.1:9 does not take runs" in run.stderr
    assert run.stdout == "runs not imported: 1 (http://127.0.0.1:9)\n"


def test_an_importer_killed_while_it_makes_the_store_does_no_harm(tmp_path):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    make = [sys.executable, "-c", f"from {MlflowStore.__module__} import *; MlflowStore({uri!r})"]
    process = subprocess.Popen(make)
    while not list(tmp_path.glob(".mlflow.db.*")):
        assert process.poll() is None
    process.kill()
    process.wait()
    assert not (tmp_path / "mlflow.db").exists()
    write_journal(tmp_path)
    Importer(tmp_path, lambda: MlflowStore(uri)).poll()
    assert not list(tmp_path.glob(".mlflow.db.*"))
