"""A training of VTA: what it learns from, moves and leaves alone, and that it can be repeated."""

import json
import shutil
from itertools import chain, repeat

import pytest
import torch
import vta_train as script
from miniatures.nyud import write_nyud
from safetensors.torch import load_file, save_file

from polytask.errors import UserError
from polytask.models.encoder import create_encoder
from polytask.models.files import load_model
from polytask.pipeline.arguments import build
from polytask.pipeline.resume import SavedWork
from polytask.predict import Predictor
from polytask.training.interruption import StopRequest

VIT = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "depth": 4, "num_heads": 2}
FIT = {
    "steps": 4, "batch_size": 2, "lr": 0.01, "weight_decay": 0.1, "schedule": "cosine",
    "warmup_steps": 0, "warmup_lr": 1.0, "final_lr": 1.0, "clip_norm": 1.0, "log_every": 2,
    "checkpoint_every": 100, "num_workers": 0,
}  # fmt: skip
DATASET = {
    "root": "", "tasks": ["semseg", "normals", "edge", "depth"], "num_classes": 40,
    "image_size": [24, 32], "train_split": "train", "test_split": "val", "edge_max_dist": 0.01,
}  # fmt: skip
TASKS = ["semseg", "depth", "normals"]
VALUES = {
    "name": "vta/all", "seed": 0, "runtime": {"device": "cpu", "precision": "fp32"},
    "architecture": {
        "backbone": {
            "model": "vit_tiny_patch16_224", "model_args": VIT, "at": ["blocks.2", "blocks.3"],
            "skips": ["blocks.0", "blocks.1"], "mean": [0.5] * 3, "std": [0.5] * 3,
        },
        "frozen": True,
        "adapter": {"window": 2, "bottleneck": 4, "task_dim": 4, "taa": True, "tsn": True},
        "decoder": {"dim": 16, "window": 2, "num_heads": 2},
    },
    "initial_weights": "vit", "dataset": DATASET, "tasks": TASKS, "supervised": TASKS,
    "balancing": {"method": "troa", "options": {"rule": "tawt", "step_size": 1.0, "every": 2}},
    "unlabelled_dataset": None, "adversarial": {"weight": 0.1, "width": 4},
    "task_weights": dict.fromkeys(TASKS, 1.0), "losses": {"edge_pos_weight": 0.95},
    "view": {"scale": [1.0, 1.5], "cat_max_ratio": 0.75, "photometric": False}, "num_views": 0,
    "fit": FIT,
}  # fmt: skip
VANILLA = {**VALUES["architecture"], "frozen": False, "adapter": None}


def configured(**changes) -> script.VtaTrainConfig:
    return build(script.VtaTrainConfig, VALUES | changes, "params")


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    """A labelled data set, and one that has lost all labels."""
    folder = tmp_path_factory.mktemp("rooms")
    labelled, bare = write_nyud(folder / "labelled"), write_nyud(folder / "bare")
    for name in ("segmentation", "edge", "normals", "depth"):
        shutil.rmtree(bare / name)
    torch.manual_seed(7)
    vit = create_encoder("vit_tiny_patch16_224", VIT)
    save_file(vit.state_dict(), folder / "vit.safetensors")
    return labelled, bare, folder / "vit.safetensors"


def trained(folder, rooms, config, start=(), unlabelled=()):
    """The model of a training in `folder`."""
    folder.mkdir(exist_ok=True)
    out = folder / "model.safetensors"
    files = [out.with_suffix(".json"), folder / "curves.csv"]
    files += [folder / "effort.json", folder / "affinities.json"]
    labelled, _, vit = rooms
    weights = [] if start else [vit]
    script.vta_train(labelled, list(unlabelled), weights, list(start), out, *files, config=config)
    return out


@pytest.fixture(scope="module")
def model(tmp_path_factory, rooms):
    return trained(tmp_path_factory.mktemp("vta") / "model", rooms, configured())


def moved(one, other) -> set[str]:
    """The names of tensors that two models do not share."""
    before, after = load_file(one), load_file(other)
    assert before.keys() == after.keys()
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_adapters_decoders_and_affinities_are_learnt_beside_a_frozen_backbone(model, rooms):
    network, described = load_model(model)
    vit = load_file(rooms[2])
    backbone = {k: v for k, v in load_file(model).items() if "backbone" in k and "blocks." in k}
    assert backbone
    for name, value in backbone.items():
        assert torch.equal(value, vit["blocks." + name.partition("blocks.")[2]]), name
    found = json.loads(model.with_name("affinities.json").read_text())
    assert found["tasks"] == TASKS == list(described["tasks"])
    torch.testing.assert_close(torch.tensor(found["affinities"]), network.affinities)
    assert (network.affinities - 1 / 3).abs().max() > 1e-3
    torch.testing.assert_close(network.affinities.sum(1), torch.ones(3))
    assert torch.tensor(found["cosines"]).diagonal().tolist() == pytest.approx([1, 1, 1])
    effort = json.loads(model.with_name("effort.json").read_text())
    frozen = sum(value.numel() for value in network.backbone.parameters())
    assert 0 < effort["trained_parameters"] <= sum(p.numel() for p in network.parameters()) - frozen
    assert Predictor.load(model, "cpu", None).size == 24


def test_the_same_seed_gives_the_same_bytes(model, tmp_path, rooms):
    again = trained(tmp_path / "again", rooms, configured())
    assert again.read_bytes() == model.read_bytes()


def test_an_interrupted_training_ends_as_one_that_was_not(model, tmp_path, rooms, monkeypatch):
    monkeypatch.setattr("polytask.tracked.saved_work", lambda: SavedWork(tmp_path / "kept", "job1"))
    asked = chain([0, 0, 0], repeat(15))
    with monkeypatch.context() as signals, pytest.raises(SystemExit):
        signals.setattr(StopRequest, "agreed", lambda self: next(asked))
        trained(tmp_path / "cut", rooms, configured())
    resumed = trained(tmp_path / "cut", rooms, configured())
    assert resumed.read_bytes() == model.read_bytes()
    affinities = [path.with_name("affinities.json").read_bytes() for path in (resumed, model)]
    assert affinities[0] == affinities[1]


def test_a_transfer_moves_adapters_and_leaves_what_belongs_to_tasks_without_labels(
    model, tmp_path, rooms
):
    config = configured(supervised=["semseg"])
    other = trained(tmp_path / "transfer", rooms, config, start=[model])
    names = moved(model, other)
    assert any("adapters" in name for name in names)
    assert any("decoders.semseg" in name for name in names)
    kept = ("backbone", "decoders.depth", "decoders.normals", "affinities", "representations")
    assert not [name for name in names if any(part in name for part in kept)]
    found = json.loads(other.with_name("affinities.json").read_text())
    assert found["affinities"] == load_model(model)[0].affinities.tolist()
    assert found["cosines"] is None


def test_with_all_labels_affinities_go_on_from_the_other_models(model, tmp_path, rooms):
    config = configured(fit={**FIT, "steps": 1})
    other = trained(tmp_path / "more", rooms, config, start=[model])
    assert torch.equal(load_file(other)["affinities"], load_file(model)["affinities"])
    assert "task_representations" in moved(model, other)


def test_a_domain_without_labels_is_looked_at_and_never_its_labels(model, tmp_path, rooms):
    config = configured(unlabelled_dataset=DATASET)
    adapted = trained(tmp_path / "adapted", rooms, config, unlabelled=[rooms[1]])
    assert load_file(adapted).keys() == load_file(model).keys()
    header = adapted.with_name("curves.csv").read_text().splitlines()[0].split(",")
    assert {"adversarial", "discriminator_accuracy", "depth"} <= set(header)
    assert any("adapters" in name for name in moved(model, adapted))


def test_without_adapters_the_whole_backbone_learns(tmp_path, rooms):
    config = configured(architecture=VANILLA, balancing={"method": "fixed"})
    vanilla = trained(tmp_path / "vanilla", rooms, config)
    vit = load_file(rooms[2])
    backbone = {k: v for k, v in load_file(vanilla).items() if "backbone" in k and "blocks." in k}
    assert backbone
    assert not any(torch.equal(v, vit["blocks." + k.partition("blocks.")[2]])
                   for k, v in backbone.items())  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "start", "said"),
    [
        (
            {"supervised": ["semseg", "sal"]},
            False,
            "supervised: the model has no decoder for 'sal'",
        ),
        ({"supervised": ["semseg"]}, False, "nothing trains the decoder of 'depth'; give `start`"),
        ({"architecture": VANILLA}, True, "`start` is a model with vta"),
        ({"tasks": ["semseg"], "supervised": ["semseg"]}, True, "`start` is a model with tasks"),
        ({"unlabelled_dataset": DATASET}, False, "unlabelled: no images of the target domain"),
        (
            {"unlabelled_dataset": DATASET, "runtime": {"compile": "default"}},
            False,
            r"set runtime\.compile: false",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused(model, tmp_path, rooms, changes, start, said):
    with pytest.raises(UserError, match=said):
        trained(
            tmp_path / "no", rooms, configured(**changes), start=[model] if start else [],
            unlabelled=[rooms[1]] if "runtime" in changes else [],
        )  # fmt: skip
