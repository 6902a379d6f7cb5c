"""The numbers that Argus printed agree with each other and with what its text says of them."""

from itertools import chain

import pytest

from polytask.papers.published import panels

TABLES = {int(panel.source[-1]): panel for panel in panels("argus")}
CORE = ("detection", "instance_segmentation", "pose", "semseg", "classification")
LOST = {
    (4, row, task)
    for row in ("argus_famo", "argus_gradnorm")
    for task in ("detection", "pose", "semseg")
} | {(5, "argus_without_pose", task) for task in ("detection", "pose", "semseg")}
"""Cells that cannot be read: table, row, column."""
OTHERS_LACK = (1, 2, 6)
"""Tables in which not every row has every task."""


def value(table, row, task):
    return TABLES[table].rows[row].cells[task][0]


def gains(table, row, baseline):
    """By how much a row is better than another, in the columns that both have."""
    panel = TABLES[table]
    both = panel.rows[row].cells.keys() & panel.rows[baseline].cells.keys()
    return {
        task: (value(table, row, task) - value(table, baseline, task))
        * (1 if panel.tasks[task]["higher_is_better"] else -1)
        for task in both
    }


def test_the_cells_that_cannot_be_read_are_left_out_and_no_others():
    missing = {
        (number, row, task)
        for number, panel in TABLES.items() if number not in OTHERS_LACK
        for row, printed in panel.rows.items()
        for task in panel.tasks.keys() - printed.cells.keys()
    }  # fmt: skip
    assert missing == LOST


def test_a_model_has_one_number_per_task_but_for_two_that_the_paper_prints_twice():
    found = {}
    for panel in TABLES.values():
        for row, printed in panel.rows.items():
            for task, (number, _) in printed.cells.items():
                found.setdefault((row, task), set()).add(number)
    assert {key: numbers for key, numbers in found.items() if len(numbers) > 1} == {
        ("argus", "edge"): {76.7, 75.8}, ("argus", "semseg"): {56.5, 55.6},
    }  # fmt: skip


def test_a_column_is_measured_alike_in_every_table():
    found = {}
    for task, about in chain.from_iterable(panel.tasks.items() for panel in TABLES.values()):
        assert found.setdefault(task, about) == about
        assert about["dataset"]


@pytest.mark.parametrize(
    ("table", "row", "baseline"),
    [(1, "argus", "plain"), (2, "argus", "plain"),
     (3, "argus_no_ema", "argus_unfrozen"), (3, "argus_no_ema", "argus_batch_norm"),
     (6, "argus_mask_rcnn", "plain_mask_rcnn"),
     (6, "argus_co_detr", "plain_co_detr"),
     (7, "argus_large", "argus"), (8, "argus", "four_m"), (8, "argus", "florence_2"),
     (9, "argus_tuned", "argus")],
)  # fmt: skip
def test_what_the_text_calls_better_is_better_in_every_column(table, row, baseline):
    assert min(gains(table, row, baseline).values()) > 0


def test_argus_is_behind_somebody_in_detection_and_classification_alone():
    behind = {
        task
        for number in (1, 2)
        for other in TABLES[number].rows
        for task, gain in gains(number, "argus", other).items()
        if gain < 0
    }
    assert behind == {"detection", "classification"}


def test_leaving_a_task_out_costs_that_task_and_gains_others_less_than_half_a_point():
    own = {
        "argus_without_objects": ("detection", "instance_segmentation"),
        "argus_without_pose": ("pose",),
        "argus_without_semseg": ("semseg",),
        "argus_without_classification": ("classification",),
    }
    for row, left_out in own.items():
        for task, gain in gains(5, row, "argus_no_ema").items():
            assert gain < -1 if task in left_out else gain < 0.5


def test_a_trained_adapter_gains_as_little_as_the_text_says():
    for task, gain in gains(9, "argus_tuned", "argus").items():
        assert gain < (0.5 if task in CORE else 1.5)


def test_famo_is_worst_and_fixed_weights_are_not_best_in_classification():
    found = [value(4, row, "classification") for row in
             ("argus_famo", "argus_no_ema", "argus_gradnorm")]  # fmt: skip
    assert found == sorted(found)


def test_half_of_all_overlaps_are_easier_than_the_mean_over_overlaps():
    for printed in TABLES[8].rows.values():
        for task, (number, _) in printed.cells.items():
            if not task.endswith("50"):
                assert number < printed.cells[f"{task}50"][0]


def test_the_sizes_are_those_of_vit_and_adapter():
    assert TABLES[7].rows["argus"].parameters == pytest.approx(86 + 13.6, abs=0.5)
    assert TABLES[7].rows["argus_large"].parameters == pytest.approx(303 + 23.7, abs=0.5)
