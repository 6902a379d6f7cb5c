"""Every claim is judged by what was measured of both of its sides, in the paper's direction."""

from dataclasses import replace

import pytest

from polytask.protocols import protocol_of
from polytask.reporting.repeated.tables import RepeatedRow, RepeatedTable, spread_of
from polytask.reporting.sak.claims import CLAIMS
from polytask.reporting.sak.comparisons import OTHERS, Evidence
from polytask.reporting.sak.judging import judge_claims, num_tests
from polytask.reporting.sak.oracle import oracle_of, printed_oracle
from polytask.reporting.sak.routers import routers_of

NOTHING = Evidence(tables={}, oracle=None, similarity={}, routers=None, costs=[])


def table(name, baseline=None, **gains):
    """A table of rows with the given gains by repetition, and nothing else."""
    return RepeatedTable(
        name=name, baseline=baseline, protocols={},
        rows={
            method: RepeatedRow(
                method=method, title=method, count=len(values), num_parameters=1.0, spreads={},
                runs={at: {"delta_m": value} for at, value in enumerate(values)},
            )
            for method, values in gains.items()
        },
    )  # fmt: skip


def values_table(**methods):
    """A table of semseg and depth; methods map to a pair per repetition."""
    protocols = {task: protocol_of(task, {}) for task in ("semseg", "depth")}
    columns = [protocol.column for protocol in protocols.values()]
    rows = {}
    for method, pairs in methods.items():
        runs = {at: dict(zip(columns, pair, strict=True)) for at, pair in enumerate(pairs)}
        found = RepeatedRow(
            method=method, title=method, count=len(pairs), num_parameters=1.0, runs=runs,
            spreads={},
        )  # fmt: skip
        rows[method] = replace(found, spreads=spreads_of(runs, columns))
    return RepeatedTable(name="table2", baseline=None, protocols=protocols, rows=rows)


def spreads_of(runs, columns):
    return {column: spread_of(run[column] for run in runs.values()) for column in columns}


def judged(statement, tables=(), **evidence):
    by_name = {each.name: each for each in tables}
    found = judge_claims(replace(NOTHING, tables=by_name, **evidence))
    return next(each for each in found if each.claim.statement.startswith(statement))


def test_a_claim_of_which_nothing_was_run_says_so():
    found = judge_claims(NOTHING)
    assert len(found) == len(CLAIMS) > 15
    assert {each.words for each in found} == {"not run"}
    assert {claim.key for claim in CLAIMS if not claim.pairs} == OTHERS.keys()


def test_gains_of_the_same_repetition_are_compared():
    """Both swing by ten points, their difference does not: only a paired test can see it."""
    rows = {"sak": [11.0, 1.2, 21.1], "no_router": [10.0, 0.1, 20.0]}
    found = judged("Routers beat", tables=[table("table3", "single_task", **rows)])
    (comparison, _), = found.comparisons  # fmt: skip
    assert comparison.differences == pytest.approx([1.0, 1.1, 1.1])
    assert found.words == "held"
    assert comparison.above.mean == pytest.approx(11.1)


def test_the_other_way_round_is_not_held_and_one_repetition_is_noise():
    rows = {"sak": [1.0, 1.1, 1.2], "no_router": [3.0, 3.1, 3.2]}
    assert judged("Routers", tables=[table("table3", "x", **rows)]).words == "not held"
    once = {"sak": [9.0], "no_router": [1.0]}
    found = judged("Routers", tables=[table("table3", "x", **once)])
    assert found.words == "within noise: one repetition"


def test_no_difference_is_not_called_equality():
    rows = {"no_biases": [1.0, 2.0, 0.0], "no_router": [1.5, 1.0, 0.6]}
    found = judged("Without routers", tables=[table("table3", "x", **rows)])
    assert found.words == "within noise: not shown different"


def test_one_pair_that_fails_is_enough_and_pairs_without_rows_are_left_out():
    rows = {"sak": [5.0, 5.1, 5.2], "radio": [1.0, 1.1, 1.3], "unic": [9.0, 9.1, 9.3]}
    found = judged("SAK beats many-to-one", tables=[table("peers", "single_task", **rows)])
    assert [c.worse for c, _ in found.comparisons] == ["radio", "unic"]
    assert found.words == "not held"


def test_all_rows_of_a_table_but_its_baseline_tell_its_noise():
    """Beside two more rows two repetitions have three degrees of freedom, not one."""
    gains = {"sak": [3.0, 4.0], "sak_small": [1.1, 1.9], "other": [0.0, 1.1], "more": [5.0, 6.0]}
    rows = {"single_task": [0.0, 0.0], **gains}
    found = judged("A larger student", tables=[table("table8", "single_task", **rows)])
    (comparison, verdict), = found.comparisons  # fmt: skip
    assert (comparison.noise.freedom, verdict.why) == (3, "t-test, noise of the table, df 3")
    alone = judged("SAK beats single-task", tables=[table("table4", "single_task", **rows)])
    assert alone.comparisons[0][1].why == "paired t-test, df 1"


def test_a_claim_is_judged_by_the_table_that_it_names():
    rows = {"single_task": [0.0, 0.0], "sak": [3.0, 4.0], "radio": [1.1, 1.9]}
    other = table("figure5", "single_task", **{**rows, "radio": [9.0, 9.0]})
    assert judged("SAK beats many-to-one", tables=[other]).words == "not run"
    found = judged("SAK beats many", tables=[other, table("peers", "single_task", **rows)])
    assert found.comparisons[0][0].below.mean == 1.5


def test_the_oracle_takes_the_best_teacher_of_each_task():
    rows = values_table(
        frozen_semantic=[(30.0, 1.0), (32.0, 1.0)], frozen_boundary=[(20.0, 0.5), (40.0, 0.5)],
        frozen_no_biases=[(27.0, 0.55), (31.0, 0.55)],
    )  # fmt: skip
    oracle = oracle_of(rows)
    assert {task: duel.teacher for task, duel in oracle.duels.items()} == {
        "semseg": "frozen_semantic", "depth": "frozen_boundary",
    }  # fmt: skip
    assert oracle.duels["depth"].gain.mean == pytest.approx(-10.0)
    assert oracle.shortfalls[0] == pytest.approx((10.0 + 10.0) / 2)
    found = judged("The best teacher", oracle=oracle)
    assert found.comparisons[0][0].differences == pytest.approx(list(oracle.shortfalls.values()))


def test_the_printed_oracle_is_that_of_the_paper():
    beside, found = printed_oracle()
    gains = {task: round(duel.gain, 2) for task, duel in found.items()}
    assert gains == {
        "semseg": -1.23, "human_parts": -7.06, "sal": 1.52, "normals": 1.30, "edge": -6.23,
    }  # fmt: skip
    assert round(sum(gains.values()) / 5, 2) == -2.34
    assert found["edge"].teacher == "SAM"
    assert beside.setting == "PASCAL-Context, ViT-B"


def gates(stem, boundary, top_stem, levels=(3, 7)):
    """One task of two levels and three experts, that started evenly."""
    rows = []
    for level, (a, c) in zip(levels, ((stem, boundary), (top_stem, 0.1)), strict=True):
        for step, weights in ((1, (1 / 3,) * 3), (9, (a, 1 - a - c, c))):
            for expert, weight in zip(("stem", "semantic", "boundary"), weights, strict=True):
                rows.append(
                    {"step": float(step), "task": "edge", "level": float(level), "expert": expert,
                     "weight": weight}
                )  # fmt: skip
    return rows


def test_routers_are_judged_by_their_last_step_at_the_lowest_and_the_highest_level():
    routers = routers_of([gates(0.2, 0.6, 0.10), gates(0.21, 0.62, 0.11), gates(0.2, 0.61, 0.1)])
    boundary = judged("At the lowest level, boundaries", routers=routers)
    (comparison, _), = boundary.comparisons  # fmt: skip
    assert comparison.worse == "Stem, boundaries"
    assert comparison.differences == pytest.approx([0.4, 0.41, 0.41])
    assert boundary.words == "held"
    assert judged("At the lowest level the stem", routers=routers).words == "held"
    paths = judged("At the highest level", routers=routers).comparisons[0][0]
    assert paths.differences[0] == pytest.approx((0.8 + 0.1) / 2 - 0.1)


def test_costs_are_counted_and_similarity_was_measured_once():
    costs = [
        {"name": "student", "title": "Student", "parameters": 2e6, "flops": 1e9},
        {"name": "teachers", "title": "Teachers", "parameters": 5e6, "flops": 9e8},
    ]
    found = judged("The student costs", costs=costs)
    assert [j.verdict for _, j in found.comparisons] == ["held", "not held"]
    assert found.words == "not held"
    similarity = {"sak": {"a": {"centred": 0.9}}, "no_biases": {"a": {"centred": 0.5}}}
    assert judged("Adapter paths keep", similarity=similarity).words == (
        "within noise: one repetition"
    )


def test_p_is_corrected_over_all_tests_of_the_page():
    rows = {"sak": [2.0, 2.1, 2.2], "no_router": [1.0, 1.2, 1.1], "no_biases": [1.1, 1.0, 1.2]}
    found = judge_claims(replace(NOTHING, tables={"table3": table("table3", "x", **rows)}))
    assert num_tests(found) == 3
    tested = [judged for each in found for _, judged in each.comparisons]
    assert max(t.corrected / t.p for t in tested) == pytest.approx(3)
