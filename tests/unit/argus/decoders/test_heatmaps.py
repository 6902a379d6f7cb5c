"""Heatmaps of joints: what is written into them is read out of them."""

import pytest
import torch

from polytask.argus.decoder import Features, LabelSpace
from polytask.argus.decoders.heatmaps import HeatmapDecoder, decode_heatmaps, gaussians

DIM, JOINTS = 8, 17


def features(crop_hw=(64, 48), *, enlarged=1, num_persons=2):
    generator = torch.Generator().manual_seed(0)
    padded = [-(-enlarged * side // 32) * 32 for side in crop_hw]
    maps = [
        torch.randn(num_persons, DIM, *(side // stride for side in padded), generator=generator)
        for stride in (4, 8, 16, 32)
    ]
    return Features([each.requires_grad_() for each in maps], crop_hw, enlarged)


def decoder():
    torch.manual_seed(0)
    return HeatmapDecoder(DIM, LabelSpace(), width=16)


def test_a_heatmap_is_a_gaussian_around_the_joint():
    maps = gaussians(torch.tensor([[[4.5, 2.5]]]), (8, 10), sigma=2.0)
    assert maps.shape == (1, 1, 8, 10)
    assert maps[0, 0, 2, 4] == 1
    assert maps[0, 0, 2, 6] == pytest.approx(0.6065307)  # exp(-1/2): one sigma away
    assert maps[0, 0, 5, 4] == pytest.approx(0.3246525)  # exp(-9/8)


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.49, 0.5, 0.75, 0.99])
def test_joints_come_back_to_a_quarter_cell(fraction):
    """Everywhere but in the outermost cells; the middle of a cell comes back exactly."""
    places = torch.cartesian_prod(torch.arange(2, 9), torch.arange(2, 7)).float() + fraction
    maps = gaussians(places[None], (8, 10), sigma=2.0)
    found, maxima = decode_heatmaps(maps)
    assert (found - places).abs().max() <= 0.25 + 1e-5
    assert (maxima > 0.9).all()
    if fraction == 0.5:
        assert torch.equal(found[0], places)


def test_at_the_border_a_joint_is_in_the_middle_of_its_cell():
    places = torch.tensor([[[0.1, 7.9], [9.9, 3.5]]])
    found, _ = decode_heatmaps(gaussians(places, (8, 10), sigma=2.0))
    assert found[0, 0].tolist() == [0.5, 7.5] and found[0, 1].tolist() == [9.5, 3.5]


@pytest.mark.parametrize(("enlarged", "grid"), [(1, (16, 12)), (2, (32, 24))])
def test_joints_come_back_to_pixels_of_the_crop(enlarged, grid, monkeypatch):
    """Also where the crop is padded (48 to 64 pixels) or enlarged before the backbone."""
    network, seen = decoder(), features(enlarged=enlarged)
    assert network(seen).shape == (2, JOINTS, *grid)
    pose = torch.rand(2, JOINTS, 2, generator=torch.Generator().manual_seed(1))
    pose = 8 + pose * torch.tensor([32.0, 48.0])
    cells = pose * enlarged / 4
    monkeypatch.setattr(HeatmapDecoder, "forward", lambda *_: gaussians(cells, grid, 2.0))
    for person, joints in zip(network.predict(seen), pose, strict=True):
        assert (person["keypoints"][:, :2] - joints).abs().max() <= 1 / enlarged + 1e-4
        assert person["score"] == pytest.approx(float(person["keypoints"][:, 2].mean()))
    pose_3 = torch.cat([pose, torch.full((2, JOINTS, 1), 2.0)], dim=2)
    assert network.losses(seen, {"pose": pose_3})["pose"] < 1e-10


def test_joints_that_are_not_labelled_do_not_count():
    network, seen = decoder(), features()
    pose = torch.full((2, JOINTS, 3), 20.0)
    pose[..., 2] = 0
    assert network.losses(seen, {"pose": pose})["pose"] == 0
    pose[0, 3, 2] = 1  # hidden, and labelled
    one = network.losses(seen, {"pose": pose})["pose"]
    target = gaussians(torch.tensor([[[5.0, 5.0]]]), (16, 12), 2.0)[0, 0]
    expected = (network(seen)[0, 3] - target).square().sum() / (2 * JOINTS * 16 * 12)
    torch.testing.assert_close(one, expected)


def test_every_map_and_every_weight_learns():
    network, seen = decoder(), features()
    network.losses(seen, {"pose": torch.full((2, JOINTS, 3), 20.0)})["pose"].backward()
    assert all(each.grad.abs().sum() > 0 for each in seen.maps)
    assert all(weight.grad is not None for weight in network.parameters())
