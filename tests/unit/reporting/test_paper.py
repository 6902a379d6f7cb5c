"""Our numbers stand beside the papers' only where they were measured alike."""

from pathlib import Path

import yaml

from polytask.papers.published import panels
from polytask.protocols import protocol_of
from polytask.reporting.paper import DELTAS, paper_efficiency, paper_tables, protocols_of

ROOT = Path(__file__).parents[3]
SIMO = {"semseg": "present_classes", "depth": "abs_error", "normals": "angle_per_batch"}


def beside(**protocols):
    """The paper's tables with made-up numbers of TIES on NYUv2 by these protocols."""
    measured = {task: protocol_of(task, protocols) for task in protocols}
    row = {"method": "ties", "delta_normalised": -9.0, "num_parameters": 9e7}
    row |= {each.column: 50.0 + at for at, each in enumerate(measured.values())}
    first, *others = paper_tables(panels("simo"), [row], "nyuv2", measured, delta=DELTAS["simo"])
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


def test_table_3_is_measured_on_taskonomy_by_the_presets_protocols():
    """Every cell has a value of ours beside it: no task of the table is left without a protocol."""
    preset = yaml.safe_load((ROOT / "presets/simo_taskonomy.yaml").read_text())
    data = yaml.safe_load((ROOT / "params.yaml").read_text())["datasets"][preset["dataset"]]
    measured = {task: protocol_of(task, data["protocols"]) for task in data["tasks"]}
    row = {"method": "ties_heads", "delta_normalised": -30.0, "num_parameters": 9e7}
    row |= {each.column: 0.01 * at for at, each in enumerate(measured.values())}
    tables = paper_tables(panels("simo"), [row], preset["dataset"], measured, delta=DELTAS["simo"])
    (table,) = [table for table in tables if table.same]
    (line,) = [each for each in table.lines if each.ran]
    assert table.source == "SIMO, Table 3" and all(about["alike"] for about in table.columns)
    assert None not in [cell.ours for cell in line.cells] and line.ours == -30


def test_our_delta_stands_beside_only_over_the_same_tasks():
    assert beside(**SIMO, sal="sak")[1].ours is None
    assert beside(semseg="present_classes", depth="abs_error")[1].ours is None


def test_efficiency_stands_beside_on_taskonomy_only():
    ours = [{"method": "multi_task", "steps": 10.0, "trained_parameters": 5.0, "images": 7.0}]
    beside = paper_efficiency(ours, "taskonomy_simo")
    joint = next(line for line in beside.lines if line.title == "MTL")
    assert [(cell.printed, cell.ours) for cell in joint.cells] == [
        (90_000, 10), (103_900_000, 5), (16_000, 7),
    ]  # fmt: skip
    assert not any(line.ran for line in paper_efficiency(ours, "rooms").lines)


def test_a_value_that_the_paper_does_not_print_is_not_made_up():
    row = {"method": "single_task", "delta_m": 0.0, "num_parameters": 2.5e6}
    row |= {"semseg_mean_iou": 40.0}
    protocols = {"semseg": protocol_of("semseg", {})}
    found = paper_tables(panels("sak"), [row], "pascal_context", protocols, delta=DELTAS["sak"])
    table = next(table for table in found if table.source == "SAK, Table 3")
    cell = table.lines[0].cells[0]
    assert (cell.printed, cell.ours) == (None, 40.0)
    assert (table.lines[0].parameters.printed, table.lines[0].parameters.ours) == (None, 2.5)


def test_protocols_come_from_the_table():
    found = protocols_of([{"protocols": "semseg=present_classes depth=rmse"}])
    assert {task: each.name for task, each in found.items()} == {
        "semseg": "present_classes", "depth": "rmse",
    }  # fmt: skip
