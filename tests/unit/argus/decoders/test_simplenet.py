"""SimpleNet: the pieces by hand, and that it finds what no sound photo has."""

import numpy as np
import pytest
import torch

from polytask.argus.decoder import Features, LabelSpace
from polytask.argus.decoders.simplenet import (
    SimpleNet,
    at_image,
    locally_aggregated,
    truncated_l1,
)
from polytask.errors import UserError

HW = (30, 40)


def features(photos: int, *, shifted: bool, seed: int) -> Features:
    """Four maps (photos,16,h,w) of images of 30 x 40, padded to 32 x 64.

    Channels that go together in a sound photo do not in a blob at the left upper corner.
    """
    generator = torch.Generator().manual_seed(seed)
    maps = []
    for stride in (4, 8, 16, 32):
        causes = torch.randn(photos, 2, 32 // stride, 64 // stride, generator=generator)
        mixing = torch.randn(16, 2, generator=torch.Generator().manual_seed(7))
        maps.append(torch.einsum("dk,bkhw->bdhw", mixing, causes))
        if shifted:
            maps[-1][:, :, : 16 // stride, : 16 // stride] += 3 * torch.eye(16)[0][:, None, None]
    return Features(maps, HW)


@pytest.fixture(scope="module")
def trained() -> SimpleNet:
    torch.manual_seed(0)
    decoder = SimpleNet(16, LabelSpace(), hidden=32)
    optimizer = torch.optim.AdamW(decoder.parameters(), 3e-3)
    for step in range(60):
        batch = {"anomaly": torch.zeros(8, dtype=torch.int64)}
        loss = decoder.losses(features(8, shifted=False, seed=step), batch)["anomaly"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return decoder.eval()


def test_photos_with_a_blob_of_strange_features_score_higher(trained: SimpleNet) -> None:
    sound = [p["score"] for p in trained.predict(features(16, shifted=False, seed=1000))]
    strange = [p["score"] for p in trained.predict(features(16, shifted=True, seed=1001))]
    higher = np.greater.outer(strange, sound)
    assert higher.mean() > 0.95


def test_the_map_has_the_images_size_and_shows_where(trained: SimpleNet) -> None:
    for prediction in trained.predict(features(4, shifted=True, seed=5)):
        scores = prediction["map"]
        assert scores.shape == HW and scores.dtype == np.float32
        assert prediction["score"] == pytest.approx(scores.max())
        assert scores[:14, :14].mean() > scores[:, 22:].mean() + 0.1


def test_places_lose_only_on_their_side_of_the_threshold() -> None:
    sound, noisy = torch.tensor([0.5, 2.0, 0.1]), torch.tensor([-0.5, -3.0, 0.2])
    assert truncated_l1(sound, noisy, 0.5).item() == pytest.approx((0.4 + 0.7) / 3)


def test_cells_are_means_of_their_neighbours_at_the_finest_size() -> None:
    fine = torch.zeros(1, 1, 4, 4)
    fine[0, 0, 0, 0] = 36
    coarse = torch.full((1, 1, 2, 2), 5.0)
    cells = locally_aggregated([fine, coarse])
    assert cells.shape == (1, 2, 4, 4) and (cells[0, 1] == 5).all()
    assert cells[0, 0, :2, :2].tolist() == [[9, 6], [6, 4]]  # 4, 6 and 9 neighbours in the map


def test_padding_is_cut_off_the_map() -> None:
    maps = torch.zeros(1, 1, 4, 8)
    maps[..., 5:] = 1  # columns 40 to 63 of the padded image
    shown = at_image(maps, features(1, shifted=False, seed=0))
    assert shown.shape == (1, 1, *HW)
    assert shown[..., :36].max() == 0 < shown[..., 39].min() <= 0.5


def test_training_on_a_defect_is_refused() -> None:
    decoder = SimpleNet(16, LabelSpace())
    with pytest.raises(UserError, match="anomaly: 2 training photos show a defect"):
        decoder.losses(features(3, shifted=False, seed=0), {"anomaly": torch.tensor([0, 1, 1])})
