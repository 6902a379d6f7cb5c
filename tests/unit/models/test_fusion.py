import pytest
import torch

from polytask.errors import UserError
from polytask.models.fusion import (
    MixtureFusion,
    StemFusion,
    StemPlusClassToken,
    StemWithClassToken,
    SumFusion,
)
from polytask.models.sak import Representations

LEVELS = (1, 3)


@pytest.fixture
def representations() -> Representations:
    def levels() -> list[torch.Tensor]:
        return [torch.randn(2, 16, 3, 4) for _ in LEVELS]

    return Representations(stem=levels(), experts={"a": levels(), "b": levels()}, aligned={},
                           class_tokens=[torch.randn(2, 16) for _ in LEVELS])  # fmt: skip


def test_mixture_is_the_weighted_sum_of_stem_and_paths(representations):
    fusion = MixtureFusion((16, 16), LEVELS, ("a", "b"), ("edge",)).eval()
    fused, gates = fusion(representations, "edge")
    assert gates.shape == (2, 2, 3)
    paths = representations.experts
    for index, stem in enumerate(representations.stem):
        experts = torch.stack([stem, paths["a"][index], paths["b"][index]])
        expected = torch.einsum("bk,kbdhw->bdhw", gates[:, index], experts)
        torch.testing.assert_close(fused[index], expected)


def test_mixture_of_equal_experts_is_that_expert(representations):
    same = Representations(
        stem=representations.stem, experts=dict.fromkeys("ab", representations.stem), aligned={}
    )
    fused, _ = MixtureFusion((16, 16), LEVELS, ("a", "b"), ("edge",))(same, "edge")
    torch.testing.assert_close(fused, same.stem)


def test_sum_adds_every_path_to_the_stem(representations):
    fused, gates = SumFusion()(representations, "edge")
    paths = representations.experts
    assert gates is None
    for index, stem in enumerate(representations.stem):
        torch.testing.assert_close(fused[index], stem + paths["a"][index] + paths["b"][index])


def test_stem_fusion_passes_the_stem_on(representations):
    fused, gates = StemFusion()(representations, "edge")
    assert gates is None and fused is representations.stem


def test_mixture_without_paths_is_refused():
    with pytest.raises(UserError, match="mixture"):
        MixtureFusion((16, 16), LEVELS, (), ("edge",))


def test_stem_cls_appends_the_levels_own_class_token_to_every_patch(representations):
    fused, gates = StemWithClassToken()(representations, "edge")
    assert gates is None and StemWithClassToken.width == 2
    for index, (stem, token) in enumerate(
        zip(representations.stem, representations.class_tokens, strict=True)
    ):
        assert torch.equal(fused[index][:, :16], stem)
        assert all(torch.equal(patch, token) for patch in fused[index][:, 16:].flatten(2).unbind(2))


def test_stem_plus_cls_adds_it(representations):
    fused, gates = StemPlusClassToken()(representations, "edge")
    assert gates is None and StemPlusClassToken.width == 1
    for index, stem in enumerate(representations.stem):
        added = fused[index] - stem
        expected = representations.class_tokens[index][:, :, None, None].expand_as(added)
        torch.testing.assert_close(added, expected)
