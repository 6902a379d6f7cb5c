"""A job's file tells how far it is, goes when it succeeds and stays when it does not."""

import json
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from polytask.errors import UserError
from polytask.pipeline.status import life
from polytask.pipeline.status.life import FOLDER, Pace, sign_of_life
from polytask.progress import bar

SIGN = FOLDER / "train-sak.json"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(life, "BEAT_SECONDS", 0.01)


def living():
    return sign_of_life("train", {"student": "sak"}, Path("logs/train/sak.log"))


def said() -> dict:
    return json.loads(SIGN.read_text()) if SIGN.exists() else {}


def wait_for(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, said()
        time.sleep(0.01)


def test_a_job_that_succeeds_leaves_nothing():
    with living():
        wait_for(lambda: said().get("state") == "running")
        assert said()["log"] == "logs/train/sak.log"
    assert list(FOLDER.iterdir()) == []


def test_the_bar_of_the_job_is_seen():
    with living(), bar("sak", 10, "step", initial=4) as progress:
        progress.update(2)
        wait_for(lambda: said().get("step") == 6 and said()["speed"])
        assert (said()["doing"], said()["total"], said()["unit"]) == ("sak", 10, "step")
        progress.close()
        wait_for(lambda: "step" not in said())


@pytest.mark.parametrize(
    ("error", "state", "words"),
    [
        (UserError("a.txt: mend it"), "failed", "a.txt: mend it"),
        (ZeroDivisionError("first\nsecond"), "failed", "ZeroDivisionError: first"),
        (SystemExit(143), "interrupted", "stopped by SIGTERM"),
        (KeyboardInterrupt(), "interrupted", "stopped"),
    ],
)
def test_a_job_that_does_not_end_well_leaves_why(error, state, words):
    with pytest.raises(type(error)), living():
        raise error
    assert (said()["state"], said()["error"]) == (state, words)
    assert said().get("to_mend", False) == isinstance(error, UserError)


def test_a_disk_that_refuses_costs_the_job_nothing():
    FOLDER.parent.mkdir()
    FOLDER.write_text("a file where the folder should be")
    with living():
        pass


def test_speed_is_that_of_the_last_minute(monkeypatch):
    clock = SimpleNamespace(time=lambda: now)
    progress = SimpleNamespace(start_t=0.0, initial=0, n=0, desc="", total=1000, unit="step")
    monkeypatch.setattr(life, "time", clock)
    monkeypatch.setattr(life, "current", lambda: progress)
    pace, speeds = Pace(), []
    for now in range(0, 200, 5):  # one step per second at first, two per second later
        progress.n = now if now < 100 else 2 * now - 100
        speeds.append(pace.now()["speed"])
    assert speeds[0] is None
    assert speeds[15] == pytest.approx(1.0)
    assert speeds[-1] == pytest.approx(2.0)
