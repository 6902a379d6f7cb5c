"""Both backbones hand over the same four maps, of images that may be enlarged."""

import pytest
import tiny_argus as tiny
import torch


@pytest.mark.parametrize("adapter", [tiny.ADAPTER, None], ids=["adapter", "plain"])
@pytest.mark.parametrize("enlarged", [1, 2])
def test_maps_cover_a_quarter_to_a_32nd_of_the_padded_image(adapter, enlarged):
    images = torch.randint(0, 256, (2, 3, 40, 64), dtype=torch.uint8)
    features = tiny.backbone(adapter, enlarged)(images)
    sizes = [tuple(each.shape[-2:]) for each in features.maps]
    padded = features.padded_hw
    assert features.image_hw == (40, 64)
    assert padded == ((64, 64) if enlarged == 1 else (48, 64))
    assert sizes == [tuple(side * enlarged // s for side in padded) for s in (4, 8, 16, 32)]


def test_levels_of_a_plain_vit_are_normalised():
    maps = tiny.backbone(None)(torch.rand(1, 3, 32, 32)).maps
    assert maps[2].mean(dim=1).abs().max() < 1e-5  # of the ViT's own grid: not resampled
    assert maps[2].var(dim=1, unbiased=False).sub(1).abs().max() < 1e-2


def test_an_adapter_is_all_that_is_trained():
    backbone = tiny.backbone()
    backbone.train_adapter()
    trained = {name for name, p in backbone.named_parameters() if p.requires_grad}
    assert trained == {name for name, _ in backbone.named_parameters() if ".adapter." in name}
    assert {id(p) for p in backbone.last_layer()} <= {id(p) for p in backbone.parameters()}
