"""The model of presets/vta_taskonomy.yaml is what the paper says of it, as far as it does."""

from pathlib import Path

import pytest
import torch

from polytask.class_names import CLASS_NAMES
from polytask.data.merged_classes import MergedClasses
from polytask.data.taskonomy.reader import CLASSES
from polytask.models.multitask import build_model
from polytask.papers.published import experiments
from polytask.papers.studies import read_studies, study_config
from polytask.tasks import num_outputs

ROOT = Path(__file__).parents[3]
PANELS = [panel for found in experiments().values() for panel in found]


def study(name):
    known = read_studies(ROOT / "presets/papers.yaml")
    return study_config(known[name], ROOT / "params.yaml", ROOT / "presets", PANELS)


CONFIG = study("vta")
VTA = CONFIG["vta"]


def test_as_many_parameters_are_trained_as_in_table_6():
    tasks = VTA["models"]["vta"]["tasks"]
    backbone = {key: value for key, value in VTA["backbone"].items() if key != "weights"}
    parts = {key: VTA[key] for key in ("adapter", "decoder")}
    with torch.device("meta"):
        model = build_model({
            "vta": {"backbone": backbone, "frozen": True, **parts},
            "tasks": {task: num_outputs(task, 17) for task in tasks},
        })  # fmt: skip
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad) / 1e6
    (table,) = experiments()["vta_table6"]
    assert trained == pytest.approx(table.rows["vta_on_source"].parameters, abs=0.5)


def test_adapters_stand_where_the_paper_has_them():
    """Blocks 15 to 18 of the third stage, counted from one, and both of the fourth."""
    places = [name.split(".") for name in VTA["backbone"]["at"]]
    assert [(int(stage) + 1, int(block) + 1) for _, stage, _, block in places] == [
        (3, 15), (3, 16), (3, 17), (3, 18), (4, 1), (4, 2),
    ]  # fmt: skip


def test_tables_have_the_rows_that_are_models_of_the_study():
    tables = CONFIG["tables"]
    rows = ["vta_sd_on_source", "vta_sdn_on_source", "vta_on_source"]
    assert tables["vta_table2"] == {"rows": rows, "baseline": None}
    assert tables["vta_table6"]["rows"] == ["multi_on_source", "vta_on_source"]


def test_on_nyud_v2_both_data_sets_tell_the_same_classes_apart():
    datasets = study("vta_nyud")["datasets"]
    merged = {
        "taskonomy_tiny": MergedClasses(datasets["taskonomy_tiny"]["merged"], 10).names(CLASSES),
        "nyud": MergedClasses(datasets["nyud"]["merged"], 10).names(CLASS_NAMES["nyud"]),
    }
    assert merged["taskonomy_tiny"] == [
        "background", "chair", "couch", "bed", "dining table", "toilet", "tv", "sink",
        "refrigerator", "book",
    ]  # fmt: skip
    assert merged["nyud"][1:] == [
        "chair", "sofa", "bed", "table", "toilet", "television", "sink", "refrigerator", "books",
    ]  # fmt: skip


def test_a_printed_row_has_the_tasks_of_its_model():
    (table,) = experiments()["vta_table2"]
    for row in CONFIG["tables"]["vta_table2"]["rows"]:
        model = VTA["models"][row.removesuffix("_on_source")]
        assert table.rows[row].cells.keys() == set(model["tasks"])
