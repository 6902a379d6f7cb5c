"""Each paradigm learns what it is for, and the masked autoencoder never sees what it must paint."""

import pytest
import torch

from polytask.teachers.encoder import TeacherConfig, TrainableEncoder
from polytask.teachers.pretraining.boundaries import Boundaries
from polytask.teachers.pretraining.dense_class import DenseClass
from polytask.teachers.pretraining.masked_autoencoder import (
    MaskedAutoencoder,
    normalised_patches,
    patchify,
    random_order,
)


def encoder(resolution=None, size=32, patch=8):
    torch.manual_seed(0)
    args = {"img_size": size, "patch_size": patch, "embed_dim": 32, "depth": 2, "num_heads": 2}
    return TrainableEncoder(
        TeacherConfig(
            model="vit_tiny_patch16_224", levels=(0, 1), weights="random", model_args=args,
            resolution=resolution,
        )
    )  # fmt: skip


@pytest.fixture
def batch():
    """Squares whose colour is their class, raw pixels as a data set hands them out."""
    generator = torch.Generator().manual_seed(0)
    semseg = torch.randint(0, 3, (4, 1, 4, 4), generator=generator)
    semseg = torch.nn.functional.interpolate(semseg.float(), scale_factor=8, mode="nearest")
    image = (semseg * 100).expand(-1, 3, -1, -1).to(torch.uint8)
    edge = torch.zeros(4, 1, 32, 32)
    edge[..., ::8] = 1
    labels = semseg[:, 0].long()
    labels[:, :3] = 255
    return {
        "image": image, "semseg": labels, "edge": edge, "index": torch.arange(4),
        "view": torch.zeros(4, dtype=torch.long),
    }  # fmt: skip


def losses_of_training(model, batch, steps=25):
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(steps):
        loss = model.loss(batch)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize(
    ("build", "share"),
    [
        (lambda: DenseClass(encoder(), num_classes=3), 0.6),
        (lambda: Boundaries(encoder(resolution=64, size=64, patch=16)), 0.6),
        (lambda: MaskedAutoencoder(encoder(), decoder_dim=32, decoder_depth=1), 0.9),
    ],
    ids=["dense_class", "boundaries", "masked_autoencoder"],
)
def test_training_lowers_the_loss(build, share, batch):
    torch.manual_seed(0)
    losses = losses_of_training(build(), batch)
    assert losses[-1] < share * losses[0]


def test_boundaries_sees_twice_the_resolution_on_the_same_grid(batch):
    model = Boundaries(encoder(resolution=64, size=64, patch=16))
    assert model.encoder(batch["image"] / 255).shape[-2:] == (4, 4)
    assert model(batch["image"] / 255).shape == (4, 1, 32, 32)


def test_dense_class_predicts_quarters_of_tokens(batch):
    assert DenseClass(encoder(), num_classes=3)(batch["image"] / 255).shape == (4, 3, 8, 8)


def test_unlabelled_pixels_give_no_gradient(batch):
    model = DenseClass(encoder(), num_classes=3)
    batch["semseg"] = torch.full_like(batch["semseg"], 255)
    assert model.loss(batch)["loss"] == 0


def test_hidden_patches_do_not_reach_the_encoder():
    model = MaskedAutoencoder(encoder()).eval()
    images = torch.rand(1, 3, 32, 32)
    visible = torch.tensor([[0, 5, 10, 15]])
    other = torch.rand(1, 3, 32, 32)
    for patch in visible[0].tolist():
        rows, columns = (
            slice(patch // 4 * 8, patch // 4 * 8 + 8),
            slice(patch % 4 * 8, patch % 4 * 8 + 8),
        )
        other[:, :, rows, columns] = images[:, :, rows, columns]
    assert torch.equal(model.encode_visible(images, visible), model.encode_visible(other, visible))


def test_all_patches_visible_is_the_plain_encoder():
    model = MaskedAutoencoder(encoder()).eval()
    images = torch.rand(1, 3, 32, 32)
    tokens = model.encode_visible(model.encoder.prepare(images), torch.arange(16)[None])
    plain = model.encoder(images).flatten(2).transpose(1, 2)
    assert torch.allclose(tokens[:, 1:], plain, atol=1e-5)


def test_masks_depend_on_index_and_view_alone():
    first = random_order([(3, 1), (4, 1)], 16, seed=0)
    assert torch.equal(first[1:], random_order([(4, 1)], 16, seed=0))
    assert not torch.equal(first[:1], random_order([(3, 2)], 16, seed=0))
    assert torch.equal(first.sort(dim=1).values, torch.arange(16).expand(2, 16))


def test_patchify_cuts_row_by_row():
    images = torch.arange(2 * 3 * 4 * 6).view(2, 3, 4, 6).float()
    patches = patchify(images, (2, 3))
    assert patches.shape == (2, 4, 18)
    assert torch.equal(patches[0, 1].view(3, 2, 3), images[0, :, :2, 3:])


def test_normalised_patches_have_mean_zero_and_variance_one():
    patches = normalised_patches(torch.rand(2, 5, 192) * 7, variance_floor=1e-6)
    assert patches.mean(dim=-1).abs().max() < 1e-4
    assert (patches.var(dim=-1) - 1).abs().max() < 1e-3


def test_nearly_flat_patches_are_not_blown_up():
    patches = normalised_patches(torch.rand(2, 5, 192) * 0.01, variance_floor=0.05)
    assert patches.abs().max() < 0.05
