"""What jobs take: hand-computed training memory, caches, and the ways that rules count looks."""

from collections import Counter

import pytest
from retention import chosen

from polytask.price.costs import Cost, Costs
from polytask.price.counting import Count
from polytask.price.descriptions import Descriptions, frozen_teacher
from polytask.price.images import Images
from polytask.price.jobs import Job
from polytask.price.merging import subsets_of_size
from polytask.price.stages import Ledger, evaluate, teacher_features
from polytask.price.work import UNKNOWN, Beside, Devices, training
from polytask.teachers.caching import required_bytes

FIT = {
    "steps": 10, "batch_size": 4, "lr": 0.1, "weight_decay": 0.0, "schedule": "cosine",
    "warmup_steps": 0, "warmup_lr": 1.0, "final_lr": 0.0, "clip_norm": 0.0, "log_every": 1,
    "checkpoint_every": 5, "num_workers": 0,
}  # fmt: skip
TEACHER = {
    "model": "vit_tiny_patch16_224",
    "model_args": {"img_size": 64, "patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2},
    "weights": "hub",
    "levels": [0, 1],
}


def job(rule: str = "downstream", gpus: int = 0, inputs: dict | None = None, **config) -> Job:
    return Job(
        rule=rule, wildcards={}, inputs=inputs or {}, outputs=["out"], config=config, gpus=gpus
    )


def test_memory_is_weights_gradients_moments_and_a_share_of_the_activations():
    cost = Cost(
        Count(flops=100, forward_flops=40, kept_bytes=1000),
        parameters=50,
        trained=20,
        file_bytes=200,
    )
    devices = Devices(count=8, half=False)
    work = training(job(gpus=2, fit=FIT), cost, devices, Beside(flops=30, parameters=7))
    assert work.flops == 10 * 4 * (100 + 30)
    assert work.memory == 4 * (50 + 7) + 4 * 20 + 8 * 20 + 2 * 1000  # 4 images on 2 devices
    assert work.checkpoints == 2 * 4 * (50 + 2 * 20)
    assert work.written == 200


@pytest.mark.parametrize(("at_once", "kept"), [(0, 4), (3, 3), (9, 4)])
def test_micro_batches_keep_the_activations_of_one(at_once, kept):
    cost = Cost(
        Count(flops=1, forward_flops=1, kept_bytes=1000), parameters=0, trained=0, file_bytes=0
    )
    fit = {**FIT, "images_at_once": at_once}
    assert training(job(fit=fit), cost, Devices(count=1, half=False)).memory == kept * 1000


def test_half_precision_halves_the_activations_alone():
    cost = Cost(
        Count(flops=1, forward_flops=1, kept_bytes=1000), parameters=0, trained=0, file_bytes=0
    )
    work = training(job(fit=FIT), cost, Devices(count=1, half=True))
    assert work.memory == 4 * 500


def test_a_training_of_no_steps_takes_nothing():
    cost = Cost(
        Count(flops=100, forward_flops=40, kept_bytes=0), parameters=50, trained=50, file_bytes=200
    )
    work = training(job(fit={**FIT, "steps": 0}), cost, Devices(count=1, half=False))
    assert (work.flops, work.checkpoints) == (0, 0)


def test_a_cache_is_as_large_as_caching_says():
    rooms = Job(
        rule="rooms", wildcards={}, inputs={}, outputs=["rooms.tar"], config={"train": 7}, gpus=0
    )
    features = job(
        "teacher_features", inputs={"images": ["rooms.tar"]}, teacher=TEACHER, images="photos",
        split="train", image_size=[64, 64], num_views=3,
    )  # fmt: skip
    jobs = [rooms, features]
    ledger = Ledger(Costs(), Descriptions(jobs), Images(jobs), Devices(count=1, half=False))
    work = teacher_features(features, ledger)
    assert work.written == required_bytes([(32, 8, 8)] * 2, num_images=7, num_views=3)
    assert work.written == required_bytes(frozen_teacher(TEACHER).shapes((64, 64)), 7, 3)
    assert work.flops == 7 * 3 * ledger.costs.teacher(TEACHER, [64, 64]).count.flops


def test_what_a_row_of_vta_takes_is_not_known():
    row = job("evaluate", inputs={"labelled": ["rooms.tar"], "models": ["out"]})
    jobs = [job("vta_train"), row]
    ledger = Ledger(Costs(), Descriptions(jobs[:1]), Images(jobs), Devices(count=1, half=False))
    assert evaluate(row, ledger) == UNKNOWN


def test_heads_on_a_teacher_cost_its_look_at_its_own_size_and_themselves():
    teacher = {**TEACHER, "resolution": 64}
    trained = job(
        encoder=teacher, student=None, fusion="stem", head="conv", tasks=["depth"],
        dataset={"image_size": [32, 32], "num_classes": 5},
    )  # fmt: skip
    description, costs = Descriptions([trained]).model("out"), Costs()
    whole, look = costs.model(description), costs.teacher(teacher, [32, 32])
    head = costs.head(description, "depth").count.forward_flops
    assert head > 0 and whole.count.flops == look.count.flops + head


@pytest.mark.parametrize("how", ["all", "neighbours"])
def test_subsets_are_those_that_retention_merges(how):
    tasks = ["a", "b", "c", "d"]
    found = Counter(len(subset) for subset in chosen(tasks, how, seed=0))
    assert subsets_of_size(4, how) == found


def test_images_that_nobody_has_counted_are_not_guessed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images = Images([])
    assert images.of("data/NYUDv2", "val") == 654
    assert images.of("data/unheard_of", "train") is None
    assert "data/unheard_of is not here" in images.remarks["data/unheard_of"]


def test_images_on_this_disk_are_counted(tmp_path):
    lists = tmp_path / "NYUDv2" / "gt_sets"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("a\nb\nc\n")
    images = Images([])
    assert images.of(str(tmp_path / "NYUDv2"), "train") == 3
    assert not images.remarks
