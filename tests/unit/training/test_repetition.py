"""A repetition draws initial weights and the order of images anew; views stay what they are."""

import pytest

from polytask.data.catalogue import DatasetConfig
from polytask.data.sampling import Plan
from polytask.data.views import ScaleAndCrop
from polytask.losses.multitask import LossConfig
from polytask.small_set import SmallSetConfig
from polytask.training.config import FitConfig
from polytask.training.repetition import seed_of
from polytask.training.runtime import RuntimeConfig

FIT = FitConfig(
    steps=2, batch_size=2, lr=0.01, weight_decay=0.1, schedule="cosine", warmup_steps=0,
    warmup_lr=1.0, final_lr=1.0, clip_norm=1.0, log_every=1, checkpoint_every=2, num_workers=0,
)  # fmt: skip


def test_the_first_is_what_the_seed_alone_gives():
    assert [seed_of(seed, 0) for seed in (0, 42, 2**31)] == [0, 42, 2**31]


def test_every_seed_and_repetition_has_its_own_and_always_the_same():
    drawn = [seed_of(seed, repetition) for seed in range(20) for repetition in range(20)]
    assert len(set(drawn)) == len(drawn)
    assert drawn == [seed_of(seed, repetition) for seed in range(20) for repetition in range(20)]
    assert all(0 <= seed < 2**32 for seed in drawn), "NumPy's old generator takes no other"


@pytest.mark.parametrize("num_views", [0, 2])
def test_another_order_shows_the_same_views_of_each_image(num_views):
    def keys(repetition):
        plan = Plan(8, 4, 6, seed_of(3, repetition), num_views)
        return [key for batch in plan for key in batch]

    first, second = keys(0), keys(1)
    assert first != second
    assert sorted(first) == sorted(second)


def test_the_views_that_features_were_cached_of_are_those_of_every_repetition():
    first, second = (
        SmallSetConfig(
            seed=5, runtime=RuntimeConfig(), num_views=2, fit=FIT,
            losses=LossConfig(edge_pos_weight=0.9, normals_loss="l1"),
            dataset=DatasetConfig(
                root="", tasks=("depth",), num_classes=2, image_size=(16, 16), train_split="train",
                test_split="val", edge_max_dist=0.01,
            ),
            split="val", view=ScaleAndCrop(scale=(1.0, 1.5), cat_max_ratio=0.75, photometric=False),
            repetition=repetition,
        )
        for repetition in (0, 1)
    )  # fmt: skip
    assert first.views() == second.views()
    assert first.training_seed == 5 != second.training_seed
