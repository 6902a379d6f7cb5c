"""The injector's gate and scale."""

import pytest
import torch

from polytask.models.argus.config import AdapterConfig
from polytask.models.argus.deformable import grid_centres
from polytask.models.argus.interaction import Injector, to_maps, to_tokens, token_scale

SHAPES = [(4, 4), (2, 2), (1, 1)]


@pytest.fixture
def injector(adapted):
    def make(**changes):
        torch.manual_seed(0)
        made = Injector(AdapterConfig(**adapted["student"]["adapter"] | changes), 32)
        torch.nn.init.constant_(made.gate, 0.5)
        return made

    return make


def inject(injector, tokens):
    random = torch.Generator().manual_seed(1)
    spatial = torch.randn(len(tokens), 21, 32, generator=random)
    return injector(tokens, grid_centres([(2, 2)], tokens.device), spatial, SHAPES)


def test_scaled_tokens_are_sqrt_d_long_on_average_in_each_image():
    tokens = torch.randn(3, 5, 16) * torch.tensor([0.1, 1.0, 40.0])[:, None, None]
    lengths = (tokens * token_scale(tokens)).norm(dim=2).mean(dim=1)
    torch.testing.assert_close(lengths, torch.full((3,), 4.0))
    token = torch.tensor([[[3.0, 4.0], [0.0, 1.0]]])  # lengths 5 and 1
    assert token_scale(token).item() == pytest.approx(2**0.5 / 3)


def test_it_is_scale_inject_unscale(injector):
    made, tokens = injector(), torch.randn(2, 4, 32) * 7
    plain = injector(scale_tokens=False)
    scale = token_scale(tokens)
    torch.testing.assert_close(inject(made, tokens), inject(plain, tokens * scale) / scale)


def test_what_is_injected_grows_with_the_tokens_only_where_they_are_scaled(injector):
    tokens = torch.randn(2, 4, 32)
    for scale_tokens, growth in ((True, 10.0), (False, 1.0)):
        made = injector(scale_tokens=scale_tokens)
        small, large = inject(made, tokens) - tokens, inject(made, 10 * tokens) - 10 * tokens
        torch.testing.assert_close(large, growth * small, rtol=1e-2, atol=1e-4)


def test_maps_survive_the_way_to_tokens_and_back():
    maps = [torch.randn(2, 32, *shape) for shape in SHAPES]
    for before, after in zip(maps, to_maps(to_tokens(maps), SHAPES), strict=True):
        assert torch.equal(before, after)
