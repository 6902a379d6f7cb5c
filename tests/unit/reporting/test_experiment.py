"""The page of an experiment that spans data sets and prints no gain: a table of Argus."""

import re

from polytask.papers.published import experiments
from polytask.reporting.experiment import ExperimentConfig, render

CORE = ("detection", "instance_segmentation", "pose", "semseg", "classification")
ROW = {
    "method": "argus_no_ema", "title": "Argus", "num_parameters": 1.0e8,
    "protocols": " ".join(
        ["detection=coco", "instance_segmentation=coco", "pose=coco_true_boxes",
         "semseg=all_classes", "classification=top1"]
    ),
    "detection_ap": 51.25, "pose_ap": 70.0, "semseg_mean_iou": 44.0,
}  # fmt: skip


def plain(html: str) -> str:
    """The words of a piece of the page."""
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def cells_of(page: str, title: str) -> list[str]:
    """The text of a row's cells."""
    (row,) = re.findall(rf"<tr><td>{title}</td>(.*?)</tr>", page, re.DOTALL)
    return [plain(cell) for cell in re.findall("<td[^>]*>(.*?)</td>", row)]


def test_ours_stand_beside_what_is_printed_where_the_measure_is_the_same():
    panels = experiments()["argus_table3"]
    config = ExperimentConfig(experiment="argus_table3", tables={"argus": "table.csv"})
    page = render(config, panels, [[ROW]], [], {})
    assert cells_of(page, "Base, 200k iterations") == [
        "57.7 here 51.2", "51.1", "75.2", "55.6 here 44.0", "85.1", "run",
    ]  # fmt: skip
    assert cells_of(page, "Batch norms")[-1] == "not run"
    assert "here by coco_true_boxes" in plain(page)
