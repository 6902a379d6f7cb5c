"""Dense decoders: outputs at the images' size, every map used, batches that may be cut."""

import pytest
import torch

from polytask.argus.decoder import Features, LabelSpace
from polytask.argus.decoders.dpt import DPTDecoder
from polytask.argus.decoders.upernet import UperNetDecoder
from polytask.errors import UserError

SPACE = LabelSpace(classes=("floor", "wall", "sofa"))
DIM = 8
DECODERS = {
    "upernet": lambda task, **options: UperNetDecoder(
        task, DIM, SPACE, width=16, auxiliary_width=16, **options
    ),
    "dpt": lambda task, **options: DPTDecoder(task, DIM, SPACE, width=16, **options),
}
decoders = pytest.mark.parametrize("decoder", DECODERS)


def features(image_hw=(40, 30), *, enlarged=1, num_images=2, seed=0):
    """Maps of images padded to whole strides of 32 in the backbone's pixels."""
    generator = torch.Generator().manual_seed(seed)
    padded = [-(-enlarged * side // 32) * 32 for side in image_hw]
    maps = [
        torch.randn(num_images, DIM, *(side // stride for side in padded), generator=generator)
        for stride in (4, 8, 16, 32)
    ]
    return Features([each.requires_grad_() for each in maps], image_hw, enlarged)


def labels(image_hw=(40, 30), num_images=2):
    generator = torch.Generator().manual_seed(1)
    return {"semseg": torch.randint(0, 3, (num_images, *image_hw), generator=generator)}


@decoders
@pytest.mark.parametrize("enlarged", [1, 2])
@pytest.mark.parametrize(("task", "channels"), [("semseg", 3), ("normals", 3), ("edge", 1)])
def test_a_prediction_has_the_size_of_the_image(decoder, enlarged, task, channels):
    predictions = DECODERS[decoder](task).predict(features(enlarged=enlarged))
    assert [tuple(each.shape) for each in predictions] == [(channels, 40, 30)] * 2
    assert not predictions[0].requires_grad


@decoders
@pytest.mark.parametrize("enlarged", [1, 2])
def test_padding_is_cut_off_where_it_was_added(decoder, enlarged):
    """Whatever is seen of the padded image at a pixel is what is predicted for it."""
    network = DECODERS[decoder]("depth").eval()
    cut = features((20, 24), enlarged=enlarged)
    whole = Features(cut.maps, (32, 32), enlarged)
    for part, full in zip(network.predict(cut), network.predict(whole), strict=True):
        torch.testing.assert_close(part, full[:, :20, :24])


@decoders
def test_every_map_and_every_weight_learns(decoder):
    network, seen = DECODERS[decoder]("semseg"), features((64, 64))
    sum(network.losses(seen, labels((64, 64))).values()).backward()
    assert all(each.grad.abs().sum() > 0 for each in seen.maps)
    assert all(weight.grad is not None for weight in network.parameters())


@decoders
def test_an_image_is_the_same_whatever_batch_it_is_in(decoder):
    network, seen = DECODERS[decoder]("semseg").train(), features()
    alone = Features([each[:1] for each in seen.maps], seen.image_hw)
    torch.testing.assert_close(
        network.predict(alone)[0], network.predict(seen)[0], atol=1e-5, rtol=1e-4
    )
    assert not list(network.buffers())


def test_the_auxiliary_head_counts_by_its_weight_or_is_not_there():
    torch.manual_seed(0)
    network = DECODERS["upernet"]("semseg", auxiliary_weight=0.4)
    parts = network.losses(features(), labels())
    network.auxiliary_weight = 0.8
    doubled = network.losses(features(), labels())
    torch.testing.assert_close(doubled["auxiliary"], 2 * parts["auxiliary"])
    assert doubled["semseg"] == parts["semseg"]
    without = DECODERS["upernet"]("semseg", auxiliary_weight=0)
    assert without.losses(features(), labels()).keys() == {"semseg"}
    assert len(list(without.parameters())) < len(list(network.parameters()))


def test_options_choose_the_loss():
    torch.manual_seed(0)
    network = DECODERS["dpt"]("edge", edge_pos_weight=0.8)
    other = DECODERS["dpt"]("edge")
    other.load_state_dict(network.state_dict())
    edges = {"edge": torch.zeros(2, 1, 40, 30)}
    light, heavy = (each.losses(features(), edges)["edge"] for each in (other, network))
    torch.testing.assert_close(heavy / 0.2, light / 0.05)  # by 1 - the weight of boundaries


def test_what_cannot_be_built_is_said_in_a_line():
    with pytest.raises(UserError, match=r"40 channels cannot be normalised.*multiple of 16"):
        UperNetDecoder("depth", DIM, SPACE, width=40)
    with pytest.raises(UserError, match="'semseg': the data set has no classes"):
        DPTDecoder("semseg", DIM, LabelSpace())
