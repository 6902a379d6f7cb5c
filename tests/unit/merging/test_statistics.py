"""What Fisher merging and RegMean measure: hand-computed, and in the form that they take."""

import pytest
import torch
from torch import nn

from polytask.errors import UserError
from polytask.merging.fisher import fisher_merging
from polytask.merging.regmean import regmean
from polytask.merging.statistics import fisher_diagonal, input_grams


class Encoder(nn.Module):
    """Two linear layers, the second of which runs on every token; `spare` is never run."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(2, 3)
        self.blocks = nn.ModuleList([nn.Linear(3, 3)])
        self.spare = nn.Linear(2, 2)

    def forward(self, tokens_BND):
        return self.blocks[0](self.embed(tokens_BND).relu())


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return Encoder().eval()


@pytest.fixture
def examples():
    random = torch.Generator().manual_seed(1)
    return [torch.randn(1, 4, 2, generator=random) for _ in range(6)]


def test_the_fisher_of_a_linear_regression_is_that_of_the_formula():
    """loss = (w x - y)^2 with w = 2: gradients 2 (2x - y) x = 4, -12, squared 16, 144."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 2.0)
    pairs = [(torch.tensor([[1.0]]), 0.0), (torch.tensor([[-3.0]]), -8.0)]
    fisher = fisher_diagonal(model, pairs, lambda pair: (model(pair[0]) - pair[1]).square().sum())
    assert fisher["weight"].tolist() == [[80.0]]


def test_the_fisher_is_the_mean_over_examples_of_squares_not_the_square_of_the_mean(
    encoder, examples
):
    def loss(tokens):
        return encoder(tokens).square().mean()

    expected = {key: torch.zeros_like(value) for key, value in encoder.named_parameters()}
    for example in examples:
        encoder.zero_grad()
        loss(example).backward()
        for key, value in encoder.named_parameters():
            expected[key] += 0 if value.grad is None else value.grad**2 / len(examples)
    encoder.zero_grad()
    fisher = fisher_diagonal(encoder, iter(examples), loss)
    assert fisher.keys() == encoder.state_dict().keys()
    torch.testing.assert_close(fisher, expected)
    assert all(value.grad is None for value in encoder.parameters())


def test_a_gram_is_the_mean_outer_product_of_a_layers_inputs(encoder, examples):
    grams = input_grams(encoder, examples, encoder)
    inputs = torch.cat(examples).flatten(0, 1)
    hidden = encoder.embed(inputs).relu().detach()
    assert grams.keys() == {"embed.weight", "blocks.0.weight"}
    torch.testing.assert_close(grams["embed.weight"], inputs.T @ inputs / 24)
    torch.testing.assert_close(grams["blocks.0.weight"], hidden.T @ hidden / 24)


def test_grams_do_not_depend_on_how_many_examples_there_are(encoder, examples):
    torch.testing.assert_close(
        input_grams(encoder, examples * 2, encoder), input_grams(encoder, examples, encoder)
    )


def test_grams_are_not_rounded_under_autocast(encoder, examples):
    def forward(tokens):
        with torch.autocast("cpu", torch.bfloat16):
            encoder(tokens)

    inputs = torch.cat(examples).flatten(0, 1)
    gram = input_grams(encoder, examples, forward)["embed.weight"]
    torch.testing.assert_close(gram, inputs.T @ inputs / 24)


def test_hooks_are_gone_afterwards_also_after_an_error(encoder, examples):
    input_grams(encoder, examples, encoder)
    with pytest.raises(RuntimeError):
        input_grams(encoder, [torch.zeros(1, 4, 5)], encoder)
    assert not any(module._forward_pre_hooks for module in encoder.modules())


def test_only_as_many_examples_as_asked_for_are_read(encoder, examples):
    def endless():
        while True:
            yield examples[0]

    def loss(tokens):
        return encoder(tokens).square().mean()

    torch.testing.assert_close(
        fisher_diagonal(encoder, endless(), loss, 3), fisher_diagonal(encoder, examples[:1], loss)
    )
    torch.testing.assert_close(
        input_grams(encoder, endless(), encoder, 3), input_grams(encoder, examples[:1], encoder)
    )


def test_both_fit_what_merges(encoder, examples):
    base = encoder.state_dict()
    models = [{key: value + step for key, value in base.items()} for step in (0.1, 0.2)]
    fishers = [
        fisher_diagonal(encoder, examples, lambda tokens: encoder(tokens).square().mean())
    ] * 2
    grams = [input_grams(encoder, examples, encoder)] * 2
    expected = {key: value + 0.15 for key, value in base.items()}
    torch.testing.assert_close(fisher_merging(base, models, fishers), expected)
    torch.testing.assert_close(regmean(base, models, grams), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("measure", [fisher_diagonal, input_grams])
def test_no_examples_are_an_error_of_one_line(encoder, measure):
    with pytest.raises(UserError, match="no examples"):
        measure(encoder, [], encoder)
