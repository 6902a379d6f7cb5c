"""Teachers of any widths, depths, patches and families teach a student of yet another."""

import pytest
import torch

from polytask.models.sak import Student, StudentConfig
from polytask.teachers.committee import CommitteeConfig, open_committee
from polytask.teachers.encoder import TeacherConfig
from polytask.training.objectives import DistillationObjective

TEACHERS = {
    "wide": TeacherConfig(
        model="vit_base_patch16_dinov3.lvd1689m", weights="random",
        model_args={"embed_dim": 48, "depth": 8, "num_heads": 3},
    ),
    "narrow": TeacherConfig(
        model="vit_small_patch14_reg4_dinov2.lvd142m", weights="random", resolution=56,
        model_args={"embed_dim": 16, "depth": 5, "num_heads": 2, "img_size": 56},
    ),
    "as_wide": TeacherConfig(
        model="vit_base_patch16_siglip_512.v2_webli", weights="random",
        model_args={"embed_dim": 32, "depth": 4, "num_heads": 2, "img_size": 64},
    ),
}  # fmt: skip


@pytest.mark.parametrize("standardise", [True, False])
@pytest.mark.parametrize("names", [("wide", "narrow", "as_wide"), ("narrow",)], ids=len)
def test_a_student_learns_from_it_through_aligners(names, standardise):
    torch.manual_seed(0)
    committee = CommitteeConfig(
        teachers={name: TEACHERS[name] for name in names}, targets="online", standardise=standardise
    )
    batch = {"image": torch.rand(2, 3, 48, 80)}
    opened = open_committee(committee, [], {}, lambda: iter([batch]), torch.device("cpu"), None)
    assert opened.dims == {n: {"wide": 48, "narrow": 16, "as_wide": 32}[n] for n in names}
    config = StudentConfig(
        model="vit_tiny_patch16_224", image_size=(48, 80), levels=(1, 2, 4, 6),
        model_args={"embed_dim": 32, "depth": 7, "num_heads": 2},
    )  # fmt: skip
    student = Student(config, opened.dims)
    aligned = {key.partition("_")[2] for key in student.ts_aligners}
    assert aligned == set(names) - {"as_wide"}, "one that is as wide needs none"
    parts = DistillationObjective(opened.targets, 0.9, 0.1)(student, batch)
    parts["loss"].backward()
    assert parts["loss"].isfinite()
    for name in names:
        assert student.tsap[name][0].down.weight.grad.abs().sum() > 0
