"""PHI-S: one variance for every channel, distances kept in proportion."""

import numpy as np
import pytest
import torch

from polytask.models.sak import Student, StudentConfig
from polytask.teachers.phi_s import (
    TurnedTargets,
    fold_back,
    measured_turns,
    normalised_hadamard,
    turn_of,
)

WIDTH = 12


@pytest.fixture
def features():
    torch.manual_seed(0)
    mixing = torch.randn(WIDTH, WIDTH) * torch.logspace(-1, 1, WIDTH)
    tokens = torch.randn(40, 6, 5, WIDTH) @ mixing + torch.arange(WIDTH)
    return tokens.permute(0, 3, 1, 2).contiguous()


@pytest.fixture
def turn(features):
    return measured_turns(lambda batch: {"a": [batch]}, [features[:20], features[20:]])["a"][0]


def flat(maps_BDhw):
    return maps_BDhw.permute(0, 2, 3, 1).flatten(0, 2)


@pytest.mark.parametrize("order", [1, 2, 8, 12, 20, 48, 144, 384, 768, 1024, 1280])
def test_a_hadamard_matrix_is_orthogonal_with_entries_of_one_size(order):
    matrix = normalised_hadamard(order)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(order), atol=1e-9)
    np.testing.assert_allclose(np.abs(matrix), 1 / np.sqrt(order))


def test_an_order_that_is_not_known_is_told():
    with pytest.raises(ValueError, match="no Hadamard matrix of order 36"):
        normalised_hadamard(36)


def test_every_channel_has_mean_zero_and_variance_one(turn, features):
    turned = flat(turn(features))
    torch.testing.assert_close(turned.mean(dim=0), torch.zeros(WIDTH), atol=1e-3, rtol=0)
    torch.testing.assert_close(turned.var(dim=0), torch.ones(WIDTH), atol=5e-3, rtol=0)


def test_a_half_precision_training_sees_the_same_float32_targets(turn, features):
    with torch.autocast("cpu", torch.bfloat16):
        turned = turn(features)
    assert turned.dtype == torch.float32
    torch.testing.assert_close(turned, turn(features), rtol=0, atol=0)


def test_distances_keep_their_proportions(turn, features):
    before, after = torch.pdist(flat(features)[:50]), torch.pdist(flat(turn(features))[:50])
    ratio = after / before
    torch.testing.assert_close(ratio, ratio[:1].expand_as(ratio), atol=1e-5, rtol=1e-4)


def test_of_uncorrelated_channels_the_scale_is_that_of_the_mean_variance():
    turn = turn_of(np.zeros(4), np.diag([1.0, 2.0, 3.0, 10.0]))
    singular = torch.linalg.svdvals(turn.weight_DD)
    torch.testing.assert_close(singular, torch.full((4,), 0.5))  # 1 / sqrt(16 / 4)


def test_the_turn_does_not_hang_on_the_signs_that_a_library_gives_eigenvectors(monkeypatch):
    mixing = np.random.default_rng(0).normal(size=(WIDTH, WIDTH))
    known = turn_of(np.zeros(WIDTH), mixing @ mixing.T)
    values, vectors = np.linalg.eigh(mixing @ mixing.T)
    flipped = vectors * np.where(np.arange(WIDTH) % 3, 1, -1)
    monkeypatch.setattr(np.linalg, "eigh", lambda _: (values, flipped))
    torch.testing.assert_close(
        turn_of(np.zeros(WIDTH), mixing @ mixing.T).weight_DD, known.weight_DD
    )


@pytest.mark.parametrize("form", ["linear", "mlp"])
@pytest.mark.parametrize("scaled", [True, False])
@torch.no_grad()
def test_folded_back_a_student_says_what_the_teacher_says(turn, features, form, scaled):
    config = StudentConfig(
        model="vit_tiny_patch16_224", image_size=(32, 32), levels=(0, 1), biases="none",
        model_args={"patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2},
        aligner_form=form,
    )  # fmt: skip
    torch.manual_seed(1)
    student = Student(config, {"a": WIDTH}).eval()
    images = torch.rand(2, 3, 32, 32)
    turned = student(images).aligned["a"]
    own = {"mean": flat(features).mean(dim=0).tolist(), "std": flat(features).std(dim=0).tolist()}
    fold_back(student, {"a": [turn, turn]}, {"a": [own, own]} if scaled else None)
    said = student(images).aligned["a"]
    for level, before in zip(said, turned, strict=True):
        mean, std = (torch.tensor(own[key])[:, None, None] for key in ("mean", "std"))
        as_teacher = level * std + mean if scaled else level
        torch.testing.assert_close(turn(as_teacher), before, atol=2e-3, rtol=1e-3)


def test_targets_are_turned_level_by_level(turn, features):
    targets = TurnedTargets(lambda _: {"a": [features, features + 1]}, {"a": [turn, turn]})
    first, second = targets({})["a"]
    torch.testing.assert_close(first, turn(features))
    assert not torch.equal(first, second)
