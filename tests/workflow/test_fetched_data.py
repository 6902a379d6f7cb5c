"""A data set that is not there is fetched; one that is there, or gets there, is left alone."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = "data/ADEChallengeData2016"


@contextmanager
def proxy_that_finds_nothing(meanwhile) -> Iterator[str]:
    """A proxy that calls `meanwhile` and then says that there is no such file."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            meanwhile()
            self.send_error(404)

        def log_message(self, *words):
            """Nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=listener.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.server_port}"
    finally:
        listener.shutdown()
        listener.server_close()


@pytest.fixture
def root(project) -> Iterator[Path]:
    yield project.folder / ROOT
    shutil.rmtree(project.folder / ROOT, ignore_errors=True)


def planned(project) -> bool:
    """Whether a run on NYUD-v2 would fetch it."""
    run = project.snakemake(
        "--dry-run", "--quiet", "rules", "--config", "dataset=nyud", "systems=[sak]", check=False
    )
    return "\nfetch " in run


def test_what_is_not_there_is_planned_and_what_is_there_is_not(project):
    assert planned(project)
    (project.folder / "data/NYUDv2").mkdir()
    assert not planned(project)
    (project.folder / "data/NYUDv2").rmdir()


def test_what_its_owner_puts_there_meanwhile_survives_a_job_that_fails(project, root, monkeypatch):
    def put():
        root.mkdir()
        (root / "mine.txt").write_text("mine")

    with proxy_that_finds_nothing(put) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        told = project.snakemake(ROOT, check=False)
    assert "the server says 404 Not Found" in told
    assert "Removing output files" not in told
    assert [file.name for file in root.iterdir()] == ["mine.txt"]
