"""The attentional pooler: it learns what is somewhere in the image, and looks where it is told."""

import math

import pytest
import torch

from polytask.argus.decoder import Features, LabelSpace
from polytask.argus.decoders.attentive_pooler import AttentivePooler
from polytask.errors import UserError

SPACE = LabelSpace(image_classes=("n01", "n02", "n03"))


def features(classes: torch.Tensor, seed: int = 0) -> Features:
    """Noise of 16 channels, with one cell of the coarsest map that tells the class."""
    generator = torch.Generator().manual_seed(seed)
    maps = [torch.randn(len(classes), 16, 32 // s, 32 // s, generator=generator) / 4
            for s in (4, 8, 16, 32)]  # fmt: skip
    maps[3][torch.arange(len(classes)), classes, 0, 0] += 4
    return Features(maps, (32, 32))


def test_it_learns_a_class_that_one_cell_tells() -> None:
    torch.manual_seed(0)
    decoder = AttentivePooler(16, SPACE, heads=4)
    optimizer = torch.optim.AdamW(decoder.parameters(), 3e-3)
    classes = torch.arange(12) % 3
    for step in range(60):
        loss = decoder.losses(features(classes, step), {"image_class": classes})["classification"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    said = torch.stack(decoder.predict(features(classes, 999)))
    assert (said.argmax(1) == classes).all()
    assert said.shape == (12, 3) and torch.allclose(said.sum(1), torch.ones(12))


def test_only_the_maps_asked_for_matter() -> None:
    decoder = AttentivePooler(16, SPACE, levels=(1, 2)).eval()
    first, second = features(torch.tensor([0])), features(torch.tensor([0]))
    second.maps[0].zero_()
    second.maps[3].zero_()
    assert torch.equal(decoder.logits(first), decoder.logits(second))
    second.maps[2].zero_()
    assert not torch.equal(decoder.logits(first), decoder.logits(second))


def test_smoothing_gives_a_share_of_the_label_to_all_classes() -> None:
    decoder = AttentivePooler(16, SPACE, smoothing=0.3)
    decoder.logits = lambda _: torch.tensor([[math.log(2.0), 0.0, 0.0]])  # 1/2, 1/4, 1/4
    loss = decoder.losses(None, {"image_class": torch.tensor([0])})["classification"]
    assert loss.item() == pytest.approx(0.8 * math.log(2) + 0.2 * math.log(4))


def test_a_data_set_without_classes_of_images_is_refused() -> None:
    with pytest.raises(UserError, match="classification: the data set has no classes"):
        AttentivePooler(16, LabelSpace())
