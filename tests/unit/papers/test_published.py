"""The published numbers agree with each other, as far as they were rounded."""

from statistics import fmean

import pytest

from polytask.metrics.gain import delta_m, normalised_by_task
from polytask.papers.published import PAPERS, experiments, pages, panels
from polytask.protocols import PROTOCOLS

UNLIKE_ITS_VALUE = {
    ("SIMO, Table 3", "task_arithmetic", "normals"),
    ("SIMO, Table 3", "task_arithmetic_representation", "edge_texture"),
    ("SIMO, Table 3", "ties_heads", "keypoints"),
}
"""Printed shares that do not follow from the value printed beside them."""


def merged_rows():
    """SIMO's rows: panel, name, row, the single-task models' row."""
    for panel in panels("simo"):
        for name, row in panel.rows.items():
            if name != "single_task":
                yield panel, name, row, panel.rows["single_task"]


def values(row):
    return {task: value for task, (value, _) in row.cells.items()}


def better(panel):
    return {task: about["higher_is_better"] for task, about in panel.tasks.items()}


def test_a_printed_share_follows_from_the_printed_values():
    unlike = set()
    for panel, name, row, single in merged_rows():
        shares = normalised_by_task(values(row), values(single), better(panel))
        for task, share in shares.items():
            last = 0.5 * 10 ** -panel.tasks[task]["digits"]
            unsure = share * last * (1 / values(row)[task] + 1 / values(single)[task]) + 0.051
            if abs(row.cells[task][1] - share) > unsure:
                unlike.add((panel.source, name, task))
    assert unlike == UNLIKE_ITS_VALUE


def test_the_printed_delta_is_the_mean_share_less_100():
    unlike = {
        (panel.source, name)
        for panel, name, row, _ in merged_rows()
        if abs(row.delta - (fmean(share for _, share in row.cells.values()) - 100)) > 0.101
    }
    assert unlike == {("SIMO, Table 2", "multi_task")}  # that one is the mean relative gain, -3.66


@pytest.mark.parametrize(("experiment", "gain"), [("sak_table5", 2.30), ("sak_table6", 14.05)])
def test_every_printed_gain_of_sak_follows_from_its_row(experiment, gain):
    (panel,) = experiments()[experiment]
    baseline = values(panel.rows[panel.baseline])
    for row in panel.rows.values():
        assert delta_m(values(row), baseline, better(panel)) == pytest.approx(row.delta, abs=0.011)
    assert panel.rows["sak_large"].delta == gain


def test_the_tables_have_the_papers_shape():
    sizes = {
        panel.source: (len(panel.tasks), len(panel.rows))
        for paper in PAPERS for panel in panels(paper) if "Table" in panel.source
    }  # fmt: skip
    assert sizes == {
        "SAK, Table 2": (5, 4), "SAK, Table 3": (5, 4), "SAK, Table 4": (5, 5),
        "SAK, Table 5": (5, 15), "SAK, Table 6": (4, 12), "SAK, Table 7": (5, 7),
        "SAK, Table 8": (5, 4), "SAK, Table 9": (5, 4),
        "SIMO, Table 1": (3, 8), "SIMO, Table 2": (3, 8), "SIMO, Table 3": (5, 9),
        "Argus, Table 1": (7, 12), "Argus, Table 2": (8, 5), "Argus, Table 3": (5, 6),
        "Argus, Table 4": (5, 3), "Argus, Table 5": (5, 5), "Argus, Table 6": (2, 4),
        "Argus, Table 7": (5, 2), "Argus, Table 8": (6, 3), "Argus, Table 9": (13, 2),
        "VTA, Table 2": (4, 36), "VTA, Table 2, Cityscapes": (3, 24), "VTA, Table 3": (3, 14),
        "VTA, Table 4": (2, 7), "VTA, Table 5": (2, 6), "VTA, Table 6": (1, 5),
    }  # fmt: skip


def test_every_table_and_figure_is_an_experiment():
    sak = [*(f"sak_table{i}" for i in range(2, 10)), *(f"sak_figure{i}" for i in (1, 3, 4, 5))]
    argus = [f"argus_table{i}" for i in (1, 2, 3, 4, 5, 6, 7, 9)]
    assert experiments().keys() == {*sak, *argus, "vta_table2", "vta_table5", "vta_table6"}
    simo = [*(f"simo_table{i}" for i in range(1, 5)), *(f"simo_figure{i}" for i in range(1, 7))]
    assert pages().keys() == set(simo)


def test_a_protocol_of_a_published_table_measures_the_metric_that_it_names():
    for panel in (panel for paper in PAPERS for panel in panels(paper)):
        for task, about in panel.tasks.items():
            if "protocol" in about:
                assert PROTOCOLS[task][about["protocol"]].metric == about["metric"]
