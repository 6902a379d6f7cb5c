"""Cosines of a trained model: by what its tasks share, on given images, and without touching it."""

import json
from dataclasses import replace

import pytest
import tiny_argus as tiny
import torch
from small_models import config as model_config
from task_affinities import TaskAffinitiesConfig, cosines_on, of_argus, opened, task_affinities

from polytask.argus.decoder import LabelSpace
from polytask.argus.model import ArgusModel, Part
from polytask.data.catalogue import DatasetConfig
from polytask.data.sampling import split_key
from polytask.losses.multitask import LossConfig
from polytask.models.files import save_model
from polytask.models.multitask import build_model
from polytask.training.runtime import RuntimeConfig, start

RUNTIME = RuntimeConfig(device="cpu", precision="fp32")
CPU = torch.device("cpu")
CONFIG = TaskAffinitiesConfig(
    seed=0, runtime=RUNTIME, split="val", batch_size=2, num_images=5, system="sak", title="SAK",
    tasks=("semseg", "depth"), losses=LossConfig(edge_pos_weight=0.95),
    dataset=DatasetConfig(
        root="", tasks=("semseg", "depth"), num_classes=5, image_size=(32, 32), train_split="train",
        test_split="test", edge_max_dist=0.01,
    ),
)  # fmt: skip


class Scenes:
    def __len__(self):
        return 6

    def __getitem__(self, key):
        draw = torch.Generator().manual_seed(split_key(key)[0])
        image = torch.randint(0, 256, (3, 32, 32), generator=draw, dtype=torch.uint8)
        return {
            "image": image,
            "bright": image.float().mean() / 255,
            "semseg": torch.randint(0, 5, (32, 32), generator=draw),
            "depth": torch.rand(1, 32, 32, generator=draw) + 1,
        }


@pytest.fixture(autouse=True)
def scenes(monkeypatch):
    monkeypatch.setattr(DatasetConfig, "open", lambda self, root, split, tasks: Scenes())


def test_the_model_of_a_file_is_compared_by_its_student_and_stays(tmp_path):
    torch.manual_seed(0)
    network, file = build_model(model_config("semseg", "depth")), tmp_path / "model.safetensors"
    save_model(file, network, model_config("semseg", "depth"))
    before = file.read_bytes()
    task_affinities(tmp_path, [file], tmp_path / "sak.json", config=CONFIG)
    found = json.loads((tmp_path / "sak.json").read_text())
    assert found["tasks"] == ["semseg", "depth"]
    assert found["num_batches"] == 3  # 5 images by twos
    assert found["num_weights"] == sum(p.numel() for p in network.student.parameters())
    assert found["cosines"][0][0] == found["cosines"][1][1] == 1
    assert -1 < found["cosines"][0][1] == found["cosines"][1][0] < 1
    assert found["spread"][0][1] > 0 == found["spread"][0][0]
    assert file.read_bytes() == before


def test_a_model_that_says_what_its_tasks_share_is_believed(monkeypatch, tmp_path):
    class Shares(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.own, self.frozen = (
                torch.nn.Parameter(torch.ones(2)),
                torch.nn.Parameter(torch.ones(3), requires_grad=False),
            )

        def shared_parameters(self):
            return [self.own, self.frozen]

    network = Shares()
    monkeypatch.setattr("task_affinities.load_model", lambda path: (network, {}))
    monkeypatch.setattr("task_affinities.read_config", lambda *_: {"format": "polytask.model/1"})
    assert opened(CONFIG, [tmp_path], CPU)[0] == [network.own]


def test_argus_decoders_are_compared_by_its_adapter(monkeypatch, tmp_path):
    decoders = {name: tiny.Brightness(16, None) for name in ("light", "same", "dark")}
    decoders["same"].load_state_dict(decoders["light"].state_dict())
    decoders["dark"].load_state_dict(decoders["light"].state_dict())
    with torch.no_grad():
        decoders["dark"].weigh.weight.neg_()  # predicts 10 too many where the others have too few
        decoders["dark"].weigh.bias += 10
        decoders["light"].weigh.bias += 10
        decoders["same"].weigh.bias += 10
    parts = {task: Part(each, "brightness", LabelSpace()) for task, each in decoders.items()}
    model = ArgusModel(tiny.backbone(), parts).eval()
    monkeypatch.setattr("task_affinities.assemble", lambda *_: model)
    config = replace(CONFIG, tasks=tuple(decoders), batch_size=5)
    shared, losses = of_argus(config, [tmp_path], CPU)
    names = {id(p) for p in model.backbone.student.adapter.parameters()}
    assert {id(p) for p in shared} == names
    [found] = cosines_on(config, tmp_path, shared, losses, start(RUNTIME, 0))
    assert found[0, 1].item() == pytest.approx(1, abs=1e-5)
    assert found[0, 2].item() == pytest.approx(-1, abs=0.05)
    assert all(p.grad is None for p in model.parameters())
