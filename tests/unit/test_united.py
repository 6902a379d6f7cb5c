"""Single-task models become one: their heads stay, its encoder is any on the way between theirs."""

import pytest
import torch
from small_models import config

from polytask.errors import UserError
from polytask.models.files import load_model, save_model
from polytask.models.multitask import build_model
from polytask.united import United, along, set_encoder

IMAGES = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def files(single_task):
    return [folder / "model.safetensors" for folder in single_task]


def predictions(network, task):
    with torch.no_grad():
        return network(IMAGES, [task]).predictions[task]


def test_every_model_predicts_as_before_under_its_own_encoder(files, base):
    united = United(files, base)
    network = united.network(united.base)
    for file, tasks, encoder in zip(files, united.tasks, united.encoders, strict=True):
        set_encoder(network, encoder)
        assert torch.equal(
            predictions(network, tasks[0]), predictions(load_model(file)[0], tasks[0])
        )


def test_the_way_begins_at_the_base_bit_for_bit_and_passes_the_end(files, base):
    united = United(files, base)
    start, end = (along(united.base, united.encoders[0], scale) for scale in (0, 1))
    for key in united.base:
        assert torch.equal(start[key], united.base[key])
        torch.testing.assert_close(end[key], united.encoders[0][key])


def test_models_with_different_encoders_are_refused(files, base, tmp_path):
    other = config() | {"tasks": {"normals": 3}}
    other["student"] = {**other["student"], "levels": [1]}
    save_model(tmp_path / "other.safetensors", build_model(other), other)
    with pytest.raises(UserError, match=r"other.safetensors: its student is not that of .*semseg"):
        United([files[0], tmp_path / "other.safetensors"], base)
