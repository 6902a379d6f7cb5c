"""An MLflow server that is killed in the middle of a run costs nothing but time."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from polytask.pipeline.tracking.__main__ import follow
from polytask.pipeline.tracking.importer import Importer
from polytask.pipeline.tracking.journal import job_journal, track
from polytask.pipeline.tracking.store import MlflowStore


@pytest.fixture
def server(tmp_path):
    """Start `mlflow server`, and again, on one port and one database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    uri, started = f"http://127.0.0.1:{port}", []

    def start() -> str:
        command = [sys.executable, "-m", "mlflow", "server", "--port", port, "--workers", 1,
                   "--backend-store-uri", f"sqlite:///{tmp_path}/server.db",
                   "--artifacts-destination", tmp_path / "artifacts"]  # fmt: skip
        with (tmp_path / "server.log").open("a") as log:
            started.append(
                subprocess.Popen(
                    list(map(str, command)), cwd=tmp_path, stdout=log, stderr=log,
                    start_new_session=True,
                )
            )  # fmt: skip
        for _ in range(3000):
            try:
                urllib.request.urlopen(f"{uri}/health", timeout=1)
                return uri
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise AssertionError((tmp_path / "server.log").read_text())

    start.kill = lambda: (os.killpg(started[-1].pid, 9), started[-1].wait())
    yield start
    start.kill()


def test_a_run_goes_on_while_its_server_is_dead_and_is_whole_in_the_end(
    tmp_path, monkeypatch, server, capsys
):
    MlflowStore(f"sqlite:///{tmp_path}/server.db")  # made once, so that the server starts faster
    uri, folder = server(), tmp_path / "tracking"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    importer = Importer(folder, MlflowStore)

    with job_journal(folder, "distill-sak-1", {}), track("distill sak", {"lr": 0.1}) as run:
        run.log(1, {"loss": 1.0})
        importer.poll()
        assert importer.pending() == 0
        server.kill()
        run.log(2, {"loss": 0.5})
        read, write = os.pipe()
        os.close(write)  # the workflow is over
        assert follow(importer, read, poll=0.01) == 1
        assert f"{uri} does not take runs" in capsys.readouterr().err
        run.log(3, {"loss": 0.25})
    assert importer.pending() == 1

    server()
    importer.poll()
    store = MlflowStore(uri)
    [found] = store._client.search_runs([store._experiment])
    history = store._client.get_metric_history(found.info.run_id, "loss")
    assert found.info.status == "FINISHED"
    assert [(each.step, each.value) for each in history] == [(1, 1.0), (2, 0.5), (3, 0.25)]
    assert "View run" not in capsys.readouterr().out
