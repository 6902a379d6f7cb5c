"""The demo's decoders, one of each kind: losses in half precision are those in float32."""

from pathlib import Path

import pytest
import torch
import yaml

from polytask.argus.decoder import Features, LabelSpace
from polytask.argus.model import DecoderConfig, build_decoder
from polytask.argus.objectives import loss_of

PARAMS = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text())["argus"]
SPACE = LabelSpace(
    classes=tuple(map(str, range(18))), things=tuple(range(12)), image_classes=("a", "b", "c"),
    protocols={},
)  # fmt: skip


@pytest.fixture(scope="module")
def batch():
    torch.manual_seed(0)
    masks = torch.zeros(2, 16, 16, dtype=torch.bool)
    masks[0, 2:9, 2:8] = masks[1, 5:15, 6:14] = True
    objects = {
        "masks": masks, "boxes": torch.tensor([[2.0, 2, 8, 9], [6, 5, 14, 15]]),
        "classes": torch.tensor([1, 3]), "crowd": torch.zeros(2, dtype=torch.bool),
        "areas": torch.tensor([42.0, 80.0]), "keypoints": torch.zeros(2, 17, 3),
    }  # fmt: skip
    return {
        "instances": [objects, objects], "panoptic": [objects, objects],
        "image_class": torch.tensor([0, 2]),
        "anomaly": torch.zeros(2, dtype=torch.int64),
        "semseg": torch.randint(0, 18, (2, 16, 16)),
    }  # fmt: skip


@pytest.mark.parametrize(
    "task", ["instance_segmentation", "panoptic", "semseg", "classification", "anomaly"]
)
def test_losses_of_half_maps_are_float32_and_nearly_the_same(task, batch):
    torch.manual_seed(1)
    entry = PARAMS["tasks"][task]
    config = DecoderConfig(decoder=entry["decoder"], options=entry["options"])
    decoder = build_decoder(task, config, 128, SPACE)
    maps = [torch.randn(2, 128, cells, cells) for cells in (8, 4, 2, 1)]
    torch.manual_seed(2)
    with torch.no_grad():
        exact = loss_of(decoder, Features(maps, (16, 16), 2), batch)
    torch.manual_seed(2)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        halves = [each.bfloat16() for each in maps]
        found = loss_of(decoder, Features(halves, (16, 16), 2), batch)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(exact.item(), rel=0.02)
