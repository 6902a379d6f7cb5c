"""VTA in miniature: trained jointly, transferred, adapted to a domain, judged and shown."""

import csv
import json

import pytest

TASKS = ("semseg", "depth", "normals", "edge_texture")
ROWS = {
    "multitask": ["single_on_source", "vta_sd_on_source"],
    "transfer": ["vta_transfer_sd_on_target"],
    "adaptation": ["vta_sd_on_target", "vta_adapted_on_target"],
    "generalisation": ["single_on_target", "vta_sd_on_target"],
}


@pytest.fixture(scope="module")
def vta(finished):
    """The finished miniature with a model of VTA in each of the four settings, and a baseline."""
    finished.snakemake("vta")
    return finished.folder / "results"


def metrics_of(vta, row):
    return json.loads((vta / f"evaluate/{row}/metrics.json").read_text())


def test_every_setting_has_a_table_of_its_rows(vta):
    for setting, names in ROWS.items():
        with (vta / f"tables/vta_{setting}.csv").open() as lines:
            rows = {row["method"]: row for row in csv.DictReader(lines)}
        assert list(rows) == names
        for name, row in rows.items():
            for task, about in metrics_of(vta, name)["tasks"].items():
                value = float(row[f"{task}_{about['metric']}"])
                assert value == pytest.approx(about["value"], rel=1e-4)


def test_a_row_is_judged_in_its_domain_at_the_tasks_of_its_model(vta):
    assert list(metrics_of(vta, "vta_sd_on_source")["tasks"]) == list(TASKS)
    assert list(metrics_of(vta, "single_on_target")["tasks"]) == ["depth"]
    data = {row: metrics_of(vta, row)["dataset"] for rows in ROWS.values() for row in rows}
    assert data["vta_sd_on_source"] == "rooms_day"
    assert data["vta_sd_on_target"] == data["vta_adapted_on_target"] == "rooms_evening"


def test_affinities_are_learnt_and_go_along_into_a_new_domain(vta):
    learnt, taken = (
        json.loads((vta / f"vta/{model}/all/affinities.json").read_text())
        for model in ("vta_sd", "vta_transfer_sd")
    )
    assert learnt["tasks"] == taken["tasks"] == list(TASKS)
    assert taken["affinities"] == learnt["affinities"]
    uniform = [1 / len(TASKS)] * len(TASKS)
    for weights in learnt["affinities"]:
        assert sum(weights) == pytest.approx(1, abs=1e-5)
        assert weights != pytest.approx(uniform, abs=1e-9)


def test_the_page_shows_every_setting(vta):
    page = (vta / "report/vta.html").read_text()
    assert page.count('src="data:image') >= 3
    assert all(f"vta_{setting}" in page for setting in ROWS)


def test_it_predicts_what_it_is_asked_for(vta, finished):
    photo, out = finished.folder / "docs/images/sheet.png", finished.folder / "predictions_vta"
    model = vta / "vta/vta_sd/all/model.safetensors"
    finished.run("polytask", "predict", photo, "--model", model, "--out", out)
    assert {"depth.png", "normals.png"} <= {path.name for path in (out / "sheet").iterdir()}


def test_nothing_is_left_to_do(vta, finished):
    assert "Nothing to be done" in finished.snakemake("--dry-run", "vta")
