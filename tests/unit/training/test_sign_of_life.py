"""A training is seen from outside while it runs, without being asked to help."""

import json
import time

from resuming import CONFIG, Objective, train

from polytask.pipeline.status import life
from polytask.pipeline.status.life import FOLDER, sign_of_life


def test_the_steps_of_a_training_are_seen_while_it_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(life, "BEAT_SECONDS", 0.01)
    said = {}

    def look(_model):
        end = time.monotonic() + 10
        while said.get("step") != 5 and time.monotonic() < end:
            time.sleep(0.01)
            said.update(json.loads((FOLDER / "distill-sak.json").read_text()))

    with sign_of_life("distill", {"student": "sak"}, None):
        train(tmp_path, Objective(at=5, what=look))
    assert (said["step"], said["total"], said["unit"]) == (5, CONFIG.steps, "step")
    assert said["speed"] > 0
    assert not list(FOLDER.iterdir())
