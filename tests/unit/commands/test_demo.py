"""`polytask demo` as it is typed: what it cannot serve is one line."""

import socket
import subprocess
import sys

import pytest
from demo_models import make_model

from polytask.cli import main
from polytask.demo.server import is_loopback


def said(capsys):
    error = capsys.readouterr().err.strip()
    assert "\n" not in error
    return error


def test_without_the_demos_model_one_line_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--no-browser"]) == 2
    assert "run `make demo` first, or name a model" in said(capsys)


def test_a_model_that_is_not_there_is_named(tmp_path, capsys):
    assert main(["demo", str(tmp_path / "mine"), "--port", "0", "--no-browser"]) == 2
    assert "mine" in said(capsys)


def test_a_port_that_is_taken_is_named(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["demo", str(make_model(tmp_path)), "--port", port, "--no-browser"]) == 2
    assert f"--port {port}" in said(capsys)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_known(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "workstation.example.org"])
def test_all_else_is_not_loopback(host):
    assert not is_loopback(host)


def test_the_command_line_loads_neither_torch_nor_the_server():
    asked = "import sys, polytask.cli as cli; cli.parser(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert not {"torch", "starlette", "jinja2"} & set(run.stdout.split())
