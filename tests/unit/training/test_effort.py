"""What a training took is what was done, not what was asked for."""

import json

from torch import nn

from polytask.training.effort import write_effort


def test_only_trained_parameters_count(tmp_path):
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    model[0].requires_grad_(False)
    write_effort(tmp_path / "effort.json", model, steps=7, batch_size=2, images=10)
    effort = json.loads((tmp_path / "effort.json").read_text())
    assert effort == {"steps": 7, "batch_size": 2, "images": 10, "trained_parameters": 5}
