"""Re-alignment of a whole model: added as the identity, kept in files, trained with the heads."""

import pytest
import torch

from polytask.errors import UserError
from polytask.models.files import load_model, save_model
from polytask.models.multitask import build_model
from polytask.models.realignment import trained_parameters, with_realignment

KINDS = pytest.mark.parametrize("kind", ["low_rank", "surgery"])


@pytest.fixture
def merged(config):
    config |= {"fusion": "stem", "teacher_dims": {}}
    config["student"]["biases"] = "none"
    return build_model(config).eval(), config


def shifted(model):
    """The model with paths that do something."""
    with torch.no_grad():
        for path in model.student.realignment:
            path.up.weight.normal_()
    return model


@KINDS
def test_fresh_realignment_is_the_identity_bit_for_bit(merged, images, kind):
    model, _ = merged
    realigned, _ = with_realignment(*merged, kind)
    before, after = model(images), realigned(images)
    assert not realigned.training
    for task in before.predictions:
        assert torch.equal(before.predictions[task], after.predictions[task])
    for old, new in zip(before.representations.stem, after.representations.stem, strict=True):
        assert torch.equal(old, new)


def test_the_first_blocks_change_reaches_every_level(merged, images):
    model, _ = merged
    realigned, _ = with_realignment(*merged, "low_rank")
    torch.nn.init.normal_(realigned.student.realignment[0].up.weight)
    levels = zip(model(images).representations.stem, realigned(images).representations.stem,
                 strict=True)  # fmt: skip
    assert all(not torch.equal(old, new) for old, new in levels)


def test_one_block_by_hand(merged, images):
    realigned = shifted(with_realignment(*merged, "low_rank")[0])
    student = realigned.student
    start, first = student.encode(images).tokens[:2]
    path = student.realignment[0]
    expected = student.vit.blocks[0](start) + start @ path.down.weight.T @ path.up.weight.T
    torch.testing.assert_close(first, expected)


def test_the_weights_lie_under_the_students_realignment(merged):
    model, config = merged
    realigned, described = with_realignment(*merged, "surgery", rank=3)
    added = set(realigned.state_dict()) - set(model.state_dict())
    assert added == {
        f"student.realignment.{b}.{p}.weight" for b in range(4) for p in ("down", "up")
    }
    assert realigned.student.realignment[0].down.weight.shape == (3, 32)
    changed = {"realignment": "surgery", "realignment_rank": 3}
    assert described == config | {"student": config["student"] | changed}
    assert "realignment" not in config["student"]


@KINDS
def test_a_realigned_model_comes_back_from_its_file(merged, images, tmp_path, kind):
    realigned, described = with_realignment(*merged, kind)
    shifted(realigned)
    save_model(tmp_path / "model.safetensors", realigned, described)
    loaded, config = load_model(tmp_path / "model.safetensors")
    assert config == described
    assert torch.equal(loaded(images).predictions["edge"], realigned(images).predictions["edge"])
    with pytest.raises(UserError, match=f"'{kind}' already"):
        with_realignment(loaded, config, "low_rank")


def test_a_model_without_it_has_no_key_of_it(merged):
    model, config = merged
    config["student"] |= {"realignment": "none", "realignment_rank": 16}
    explicit = build_model(config)
    assert list(explicit.state_dict()) == list(model.state_dict())
    assert not [key for key in model.state_dict() if "realignment" in key]


@KINDS
def test_what_is_trained_receives_a_gradient(merged, images, kind):
    realigned, _ = with_realignment(*merged, kind)
    trained = trained_parameters(realigned)
    assert {name.split(".")[0] for name in trained} == {"student", "heads"}
    alone = trained_parameters(realigned, with_heads=False)
    assert len(alone) == 2 * 4 and all("student.realignment." in name for name in alone)
    for name, parameter in realigned.named_parameters():
        parameter.requires_grad_(name in trained)
    sum(x.square().mean() for x in realigned(images).predictions.values()).backward()
    assert all(parameter.grad is not None for parameter in trained.values())
    assert all(path.up.weight.grad.any() for path in realigned.student.realignment)


def test_values_out_of_range_are_refused(merged):
    with pytest.raises(UserError, match="none, low_rank, surgery"):
        with_realignment(*merged, "lora")
    with pytest.raises(UserError, match="realignment_rank: 0"):
        with_realignment(*merged, "low_rank", rank=0)
