"""Argus in miniature: both stages, stored maps and computed ones, judged and shown."""

import csv
import json

import pytest

CORE = ("detection", "instance_segmentation", "semseg", "classification", "pose")


@pytest.fixture(scope="module")
def argus(finished):
    """The finished miniature with a model of Argus of eight tasks, two of them on a plain ViT."""
    finished.snakemake("argus")
    return finished.folder / "results"


def test_the_adapter_is_trained_once_and_every_further_task_has_its_decoder(argus):
    made = {str(path.parent.relative_to(argus / "argus/argus"))
            for path in argus.glob("argus/argus/*/model.safetensors")}  # fmt: skip
    assert made == {"backbone", "panoptic", "depth", "anomaly"}
    assert (argus / "argus/argus/features/rooms/index.json").is_file()
    assert not (argus / "argus/argus/features/inspection").exists()  # of one task alone
    effort = json.loads((argus / "argus/argus/backbone/effort.json").read_text())
    assert effort["steps"] == 2


def test_every_task_is_in_the_table_and_on_the_page(argus):
    with (argus / "tables/argus.csv").open() as lines:
        row = {row["method"]: row for row in csv.DictReader(lines)}["argus"]
    metrics = json.loads((argus / "evaluate/argus/metrics.json").read_text())
    assert {task for task, about in metrics["tasks"].items() if about["pretrained"]} == set(CORE)
    assert {task: about["decoder_of"] for task, about in metrics["tasks"].items()} == {
        **{task: task for task in metrics["tasks"]}, "detection": "instance_segmentation",
    }  # fmt: skip
    for task, about in metrics["tasks"].items():
        assert float(row[f"{task}_{about['metric']}"]) == pytest.approx(about["value"], rel=1e-4)
    page = (argus / "report/argus.html").read_text()
    assert page.count('src="data:image') > len(metrics["tasks"])


def test_it_predicts_what_it_is_asked_for(argus, finished):
    photo, out = finished.folder / "docs/images/sheet.png", finished.folder / "predictions"
    finished.run(
        "polytask", "predict", photo, "--model", argus / "argus/argus", "--out", out,
        "--tasks", "detection,depth",
    )  # fmt: skip
    names = {path.name for path in (out / "sheet").iterdir()}
    assert {"detection.png", "detection.json", "depth.png", "panel.png"} <= names
    assert not any(name.startswith("semseg") for name in names)


def test_nothing_is_left_to_do(argus, finished):
    assert "Nothing to be done" in finished.snakemake("--dry-run", "argus")
