"""Merging by task vectors: what must hold whatever the models are."""

import pytest
import torch
from torch import Tensor

from polytask.errors import UserError
from polytask.merging.breadcrumbs import breadcrumbs
from polytask.merging.dare import dare
from polytask.merging.fisher import fisher_merging
from polytask.merging.layer_scaling import linear_in_depth, shallow_scale
from polytask.merging.regmean import regmean
from polytask.merging.tall_masks import best_thresholds, consensus, tall_mask_model
from polytask.merging.task_arithmetic import task_arithmetic
from polytask.merging.ties import ties

State = dict[str, Tensor]
SHAPES = {
    "patch_embed.bias": (7,),
    "blocks.0.weight": (6, 5),
    "blocks.1.weight": (6, 5),
    "blocks.2.weight": (4,),
}
METHODS = {
    "task_arithmetic": task_arithmetic,
    "ties": ties,
    "ties_per_tensor": lambda *models, **options: ties(*models, trim="per_tensor", **options),
    "ties_sum": lambda *models, **options: ties(*models, total="sum", **options),
    "dare": dare,
    "breadcrumbs": breadcrumbs,
    "consensus": consensus,
}


def state(seed: int, size: float = 1.0) -> State:
    random = torch.Generator().manual_seed(seed)
    return {key: size * torch.randn(shape, generator=random) for key, shape in SHAPES.items()}


def moved(base: State, seed: int) -> State:
    step = state(seed, size=0.1)
    return {key: base[key] + step[key] for key in base}


BASE = state(0)
MODELS = [moved(BASE, seed) for seed in (1, 2, 3)]


def assert_equal(one: State, other: State, tolerance: float = 1e-6) -> None:
    assert one.keys() == other.keys()
    for key in one:
        torch.testing.assert_close(one[key], other[key], rtol=0, atol=tolerance, msg=key)


def mean(models: list[State]) -> State:
    return {key: torch.stack([model[key] for model in models]).mean(dim=0) for key in models[0]}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_scale_zero_gives_the_base_back_bit_for_bit(method):
    base = {**BASE, "patch_embed.bias": torch.tensor([-0.0, 0, 1, 2, 3, 4, 5])}
    merged = method(base, MODELS, scale=0.0)
    assert all(merged[key].numpy().tobytes() == base[key].numpy().tobytes() for key in base)


@pytest.mark.parametrize(
    "merged",
    [
        lambda one: task_arithmetic(BASE, [one], 1.0),
        lambda one: ties(BASE, [one], 1.0, density=1.0),
        lambda one: dare(BASE, [one], 1.0, drop=0.0),
        lambda one: breadcrumbs(BASE, [one], 1.0, smallest=0.0, largest=0.0),
        lambda one: consensus(BASE, [one], 1.0, agreeing=1),
        lambda one: tall_mask_model(BASE, [one], 0),
        lambda one: fisher_merging(BASE, [one], [BASE]),
    ],
    ids=["task_arithmetic", "ties", "dare", "breadcrumbs", "consensus", "tall_mask", "fisher"],
)
def test_merging_one_model_returns_it(merged):
    assert_equal(merged(MODELS[0]), MODELS[0])


@pytest.mark.parametrize("name", sorted(METHODS.keys() - {"dare"}))
def test_the_order_of_the_models_does_not_matter(name):
    assert_equal(METHODS[name](BASE, MODELS), METHODS[name](BASE, MODELS[::-1]))


def test_equal_models_merge_to_themselves_under_the_mean():
    same = [MODELS[0]] * 3
    assert_equal(task_arithmetic(BASE, same, 1 / 3), MODELS[0])
    assert_equal(ties(BASE, same, 1.0, density=1.0), MODELS[0])


def test_ties_without_trimming_and_conflicts_is_the_mean():
    models = [{key: BASE[key] + step for key in BASE} for step in (0.1, 0.3, 0.2)]
    assert_equal(ties(BASE, models, 1.0, density=1.0), mean(models))


def ties_of_the_paper(density: float, total: str) -> State:
    """Trim, elect, merge on one flat vector per model, as Yadav et al. write it."""
    flat = torch.stack([torch.cat([(m[k] - BASE[k]).flatten() for k in BASE]) for m in MODELS])
    num_kept = int(density * flat.shape[1])
    for vector in flat:
        vector[vector.abs() < vector.abs().sort().values[-num_kept - 1]] = 0
    merged = torch.zeros(flat.shape[1])
    for entry, values in enumerate(flat.T.tolist()):
        positive = sum(values) > 0
        agreeing = [value for value in values if value and (value > 0) == positive]
        merged[entry] = sum(agreeing) / (len(agreeing) or 1 if total == "mean" else 1)
    parts = merged.split([BASE[key].numel() for key in BASE])
    return {k: BASE[k] + part.view_as(BASE[k]) for k, part in zip(BASE, parts, strict=True)}


@pytest.mark.parametrize("density", [0.1, 0.2, 0.5])
@pytest.mark.parametrize("total", ["mean", "sum"])
def test_ties_is_that_of_the_paper(density, total):
    merged = ties(BASE, MODELS, 1.0, density=density, total=total)
    assert_equal(merged, ties_of_the_paper(density, total))


@pytest.mark.parametrize(
    ("rest", "tied"),
    [([3.0, 1, -1], 1), ([-3.0, -1, 1], -1), ([1.0, -1, 0], -1)],
    ids=["most are positive", "most are negative", "even those tie"],
)
def test_a_tie_takes_the_sign_of_most_entries_of_the_whole_model(rest, tied):
    """Two entries tie, 2 against -2 and 1, 1 against -2; `rest` are in another tensor."""
    base = {"a": torch.zeros(2), "b": torch.zeros(3)}
    steps = ([2.0, 1], [-2.0, 1], [0.0, -2])
    models = [{"a": torch.tensor(step), "b": torch.tensor(rest)} for step in steps]
    by_sign = {1: [2.0, 1], -1: [-2.0, -2]}
    for trim in ("global", "per_tensor"):
        merged = ties(base, models, 1.0, density=1.0, trim=trim)
        assert merged["a"].tolist() == by_sign[tied]
        assert merged["b"].tolist() == rest


def test_trimming_each_tensor_keeps_small_tensors_that_global_trimming_drops():
    quiet = {key: BASE[key] + (1e-3 if key == "blocks.2.weight" else 1.0) for key in BASE}
    by_tensor = ties(BASE, [quiet], 1.0, density=0.5, trim="per_tensor")["blocks.2.weight"]
    by_model = ties(BASE, [quiet], 1.0, density=0.5)["blocks.2.weight"]
    torch.testing.assert_close(by_tensor, quiet["blocks.2.weight"])
    torch.testing.assert_close(by_model, BASE["blocks.2.weight"])


def test_dare_keeps_the_mean_of_a_task_vector_and_drops_its_share():
    base = {"weight": torch.zeros(200_000)}
    merged = dare(base, [{"weight": torch.ones(200_000)}], 1.0, drop=0.8)["weight"]
    assert merged.mean().item() == pytest.approx(1.0, abs=0.02)
    assert (merged == 0).float().mean().item() == pytest.approx(0.8, abs=0.01)
    assert torch.equal(dare(base, [base], 1.0, drop=0.8)["weight"], base["weight"])


def test_breadcrumbs_leave_out_the_largest_and_the_smallest():
    base = {"weight": torch.zeros(10)}
    steps = torch.tensor([1.0, -2, 3, -4, 5, -6, 7, -8, 9, -10])
    merged = breadcrumbs(base, [{"weight": steps}], 1.0, smallest=0.3, largest=0.2)["weight"]
    assert merged.tolist() == [0, 0, 0, -4, 5, -6, 7, -8, 0, 0]


def test_tall_masks_give_tasks_that_share_no_entry_their_own_model_back():
    halves = [torch.arange(6) % 2 == half for half in (0, 1)]
    base = {"weight": torch.zeros(6)}
    models = [{"weight": torch.where(half, torch.randn(6), 0)} for half in halves]
    for task, model in enumerate(models):
        assert_equal(tall_mask_model(base, models, task), model)


def test_each_task_takes_the_threshold_of_its_best_score_and_of_equals_the_smallest():
    asked = {"semseg": 0.6, "depth": 2.0}
    scores = {(t, lam): -abs(lam - asked[t]) for t in asked for lam in (0.2, 0.6, 1.4, 2.0)}
    chosen = best_thresholds(asked, lambda *each: scores[each], (0.2, 0.6, 1.4, 2.0))
    assert chosen == asked
    assert best_thresholds(["depth"], lambda task, threshold: 1.0) == {"depth": 0.2}


def test_consensus_keeps_only_what_several_tasks_use():
    base = {"weight": torch.zeros(3)}
    models = [{"weight": torch.tensor(step)} for step in ([1.0, 1, 0], [1.0, 0, 0], [1.0, 0, 1])]
    assert consensus(base, models, 1.0)["weight"].tolist() == [3, 0, 0]


def test_the_scale_of_lines_grows_from_the_first_block_to_the_last():
    scale = linear_in_depth(BASE, 0.2, 1.0)
    assert [round(scale(key), 6) for key in BASE] == [0.2, 0.2, 0.6, 1.0]
    merged = task_arithmetic(BASE, [MODELS[0]], scale)
    torch.testing.assert_close(merged["blocks.2.weight"], MODELS[0]["blocks.2.weight"])
    assert shallow_scale(BASE, MODELS, task_arithmetic(BASE, MODELS, 1.0)) == pytest.approx(1 / 3)


def test_fisher_merging_follows_the_task_that_depends_on_an_entry():
    certain, careless = ({key: torch.full(SHAPES[key], w) for key in BASE} for w in (1.0, 0.0))
    assert_equal(fisher_merging(BASE, MODELS[:2], [certain, careless]), MODELS[0], 1e-5)
    assert_equal(fisher_merging(BASE, MODELS, [certain] * 3), mean(MODELS))


def test_the_scale_of_a_tasks_loss_does_not_weigh_in_fisher_merging():
    fishers = [{key: value.square() for key, value in state(seed).items()} for seed in (5, 6, 7)]
    louder = [{key: 1e4 * value for key, value in fishers[0].items()}, *fishers[1:]]
    assert_equal(fisher_merging(BASE, MODELS, louder), fisher_merging(BASE, MODELS, fishers))


def test_an_entry_that_no_task_depends_on_is_the_mean_under_fisher_merging():
    zeros = {key: torch.zeros(shape) for key, shape in SHAPES.items()}
    assert_equal(fisher_merging(BASE, MODELS, [zeros] * 3), mean(MODELS))


def test_regmean_is_the_least_squares_fit_of_every_models_outputs():
    random = torch.Generator().manual_seed(4)
    inputs = [torch.randn(40, 5, generator=random, dtype=torch.float64) for _ in MODELS]
    key = "blocks.0.weight"
    grams = [{key: x.T @ x} for x in inputs]
    merged = regmean(BASE, MODELS, grams, off_diagonal=1.0)
    outputs = [x @ m[key].double().T for x, m in zip(inputs, MODELS, strict=True)]
    best = torch.linalg.lstsq(torch.cat(inputs), torch.cat(outputs)).solution.T
    torch.testing.assert_close(merged[key].double(), best, rtol=0, atol=1e-5)
    torch.testing.assert_close(merged["blocks.2.weight"], mean(MODELS)["blocks.2.weight"])


@pytest.mark.parametrize(
    ("base", "model", "message"),
    [
        ({"a": torch.ones(2)}, {"a": torch.ones(2), "b": torch.ones(1)}, "b: not in the base"),
        ({"a": torch.ones(2), "b": torch.ones(1)}, {"a": torch.ones(2)}, "b: not in model 1"),
        ({"a": torch.ones(2)}, {"a": torch.ones(3)}, r"a: its shape in model 1 is \(3,\)"),
        ({"n": torch.tensor(3)}, {"n": torch.tensor(3)}, "n: holds integers"),
    ],
)
def test_models_that_are_not_alike_are_refused_with_the_key(base, model, message):
    with pytest.raises(UserError, match=message):
        task_arithmetic(base, [model])


def test_half_precision_models_merge_in_float32_and_stay_half():
    half = [{key: value.bfloat16() for key, value in each.items()} for each in (BASE, *MODELS)]
    merged = task_arithmetic(half[0], half[1:], 1 / 3)
    assert {value.dtype for value in merged.values()} == {torch.bfloat16}
