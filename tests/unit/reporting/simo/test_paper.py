"""The published numbers agree with each other, as far as they were rounded."""

from statistics import fmean

from polytask.metrics.gain import normalised_by_task
from polytask.protocols import PROTOCOLS, protocol_of
from polytask.reporting.simo.paper import paper_efficiency, paper_tables, published

TABLES = {table["source"]: table for table in published()["performance"]}
UNLIKE_ITS_VALUE = {
    ("SIMO, Table 3", "task_arithmetic", "normals"),
    ("SIMO, Table 3", "task_arithmetic_representation", "edge_texture"),
    ("SIMO, Table 3", "ties_heads", "keypoints"),
}
"""Printed shares that do not follow from the value printed beside them."""


def rows():
    for source, table in TABLES.items():
        for name, row in table["rows"].items():
            if name != "single_task":
                yield source, table["tasks"], name, row, table["rows"]["single_task"]


def test_a_printed_share_follows_from_the_printed_values():
    unlike = set()
    for source, tasks, name, row, single in rows():
        better = {task: about["higher_is_better"] for task, about in tasks.items()}
        values, baseline = ({task: r[task][0] for task in tasks} for r in (row, single))
        for task, share in normalised_by_task(values, baseline, better).items():
            last = 0.5 * 10 ** -tasks[task]["digits"]
            unsure = share * last * (1 / values[task] + 1 / baseline[task]) + 0.051
            if abs(row[task][1] - share) > unsure:
                unlike.add((source, name, task))
    assert unlike == UNLIKE_ITS_VALUE


def test_the_printed_delta_is_the_mean_share_less_100():
    unlike = {
        (source, name)
        for source, tasks, name, row, _ in rows()
        if abs(row["delta"] - (fmean(row[task][1] for task in tasks) - 100)) > 0.101
    }
    assert unlike == {("SIMO, Table 2", "multi_task")}  # that one is the mean relative gain, -3.66


def test_the_tables_have_the_papers_shape():
    sizes = {source: (len(t["tasks"]), len(t["rows"])) for source, t in TABLES.items()}
    assert sizes == {"SIMO, Table 1": (3, 8), "SIMO, Table 2": (3, 8), "SIMO, Table 3": (5, 9)}


SIMO = {"semseg": "present_classes", "depth": "abs_error", "normals": "angle_per_batch"}


def beside(**protocols):
    """The paper's tables with made-up numbers of TIES on NYUv2 by these protocols."""
    measured = {task: protocol_of(task, protocols) for task in protocols}
    row = {"method": "ties", "delta_normalised": -9.0}
    row |= {each.column: 50.0 + at for at, each in enumerate(measured.values())}
    first, *others = paper_tables([row], "nyuv2", measured)
    return first, next(line for line in first.lines if line.title == "TIES"), others


def test_ours_stand_beside_only_on_the_same_data():
    first, line, others = beside(**SIMO)
    assert [cell.ours for cell in line.cells] == [50.0, 51.0, 52.0]
    assert (line.delta, line.ours, line.ran) == (-32.8, -9, True)
    assert [table.same for table in (first, *others)] == [True, False, False]
    assert not any(line.ran for table in others for line in table.lines)


def test_ours_stand_beside_only_by_the_same_protocol():
    """The metric alone is not enough: mIoU with absent classes at 0 is lower."""
    first, line, _ = beside(**SIMO | {"semseg": "all_classes", "depth": "rmse"})
    assert [cell.ours for cell in line.cells] == [None, None, 52.0]
    assert (line.ours, line.ran) == (None, True)
    assert [about["here"] for about in first.columns] == ["all_classes", "rmse", "angle_per_batch"]


def test_our_delta_stands_beside_only_over_the_same_tasks():
    assert beside(**SIMO, sal="sak")[1].ours is None
    assert beside(semseg="present_classes", depth="abs_error")[1].ours is None


def test_a_protocol_of_a_published_table_measures_the_metric_that_it_names():
    for table in TABLES.values():
        for task, about in table["tasks"].items():
            if "protocol" in about:
                assert PROTOCOLS[task][about["protocol"]].metric == about["metric"]


def test_efficiency_stands_beside_on_taskonomy_only():
    ours = [{"method": "multi_task", "steps": 10.0, "trained_parameters": 5.0, "images": 7.0}]
    beside = paper_efficiency(ours, "taskonomy")
    joint = next(line for line in beside.lines if line.title == "MTL")
    assert [(cell.printed, cell.ours) for cell in joint.cells] == [
        (90_000, 10), (103_900_000, 5), (16_000, 7),
    ]  # fmt: skip
    assert not any(line.ran for line in paper_efficiency(ours, "rooms").lines)
