"""Studies: presets over params.yaml, a place for results each."""

from pathlib import Path

import pytest
import yaml

from polytask.errors import UserError
from polytask.papers.published import experiments, pages
from polytask.papers.studies import ASKED, Study, asked_for, merged, read_studies, study_config

ROOT = Path(__file__).parents[3]
STUDIES = read_studies(ROOT / "presets/papers.yaml")
PANELS = [panel for found in experiments().values() for panel in found]
OF_OTHERS = ("sak_table5", "sak_table6", "argus_table1", "argus_table2")
"""Tables that have other people's models, too."""
PRINTED_ROWS = next(panel for panel in PANELS if panel.experiment == "argus_table3").rows


def config_of(name: str) -> dict:
    return study_config(STUDIES[name], ROOT / "params.yaml", ROOT / "presets", PANELS)


def test_every_experiment_has_a_study_on_its_data():
    for panel in PANELS:
        config = config_of(panel.study)
        assert panel.dataset in (config["dataset"], None)
        assert panel.dataset or (panel.paper == "argus" and "argus" in config["systems"])
    for experiment, (paper, study) in pages().items():
        assert study not in STUDIES or paper in config_of(study)["systems"], experiment


def test_a_table_has_the_rows_that_are_methods():
    tables = config_of("sak_pascal")["tables"]
    assert tables["sak_table3"] == {
        "rows": ["single_task", "no_biases", "no_router", "sak"], "baseline": "single_task",
    }  # fmt: skip
    large = ["single_task_large", "multi_task_large", "radio", "sak_large"]
    assert tables["sak_table5"]["rows"] == large
    assert "sak_table6" not in tables


def test_every_row_of_the_ablations_is_a_method():
    methods = config_of("sak_pascal")["downstream"]["methods"]
    rows = {
        name for panel in PANELS for name in panel.rows
        if panel.paper == "sak" and panel.experiment not in OF_OTHERS
    }  # fmt: skip
    assert rows <= methods.keys()


def argus_panels():
    """Each table of Argus that has a study, with that study's section."""
    argus = config_of("argus")["argus"]
    return [(panel, argus) for panel in PANELS if panel.study == "argus"]


def test_every_row_of_argus_tables_is_a_model_but_for_co_detr():
    lacking = {
        row for panel, argus in argus_panels() if panel.experiment not in OF_OTHERS
        for row in panel.rows.keys() - argus["models"].keys()
    }  # fmt: skip
    assert lacking == {"argus_co_detr", "plain_co_detr"}
    tables = config_of("argus")["tables"]
    assert tables["argus_table1"] == {"rows": ["plain", "argus"], "baseline": None}


def test_every_column_of_argus_tables_is_a_task_on_its_data_but_for_second_ones():
    lacking = set()
    for panel, argus in argus_panels():
        for task, about in panel.tasks.items():
            if task not in argus["tasks"]:
                lacking.add(task)
            else:
                assert argus["tasks"][task]["dataset"] == about["dataset"]
    assert lacking == {"semseg_nyud", "instances_ade20k", "pose_recall"}


def test_a_model_of_an_ablation_has_exactly_the_tasks_of_its_table():
    for panel, argus in argus_panels():
        for row in panel.rows.keys() & argus["models"].keys() - {"argus", "argus_tuned"}:
            if panel.experiment not in OF_OTHERS:
                assert set(argus["models"][row]["tasks"]) == panel.tasks.keys(), row


def test_rows_of_argus_table_3_differ_from_its_base_as_their_columns_say():
    config = config_of("argus")
    adapters, models = config["adapters"], config["argus"]["models"]

    def recipe(row):
        own = {**config["argus"]["pretraining"], **models[row]["pretraining"]}
        adapter = adapters[models[row]["adapter"]]
        steps = {**config["argus"]["pretraining"]["fit"], **own.get("fit", {})}["steps"]
        norm = {"group": "GN", "batch": "BN"}[adapter["norm"]]
        return adapter["freeze_vit"], norm, adapter["scale_tokens"], own["ema"] > 0, steps

    assert [recipe(row) for row in PRINTED_ROWS] == [
        (False, "GN", True, False, 200_000),
        (True, "BN", True, False, 200_000),
        (True, "GN", False, False, 200_000),
        (True, "GN", True, False, 200_000),
        (True, "GN", True, True, 200_000),
        (True, "GN", True, True, 300_000),
    ]


def test_no_task_of_argus_keeps_a_size_of_the_demos():
    demo = yaml.safe_load((ROOT / "params.yaml").read_text())["argus"]["tasks"]
    full = yaml.safe_load((ROOT / "presets/argus.yaml").read_text())["argus"]["tasks"]
    for task, entry in demo.items():
        assert full[task].get("decoder") == entry.get("decoder")
        for key in ("options", "fit"):
            assert entry.get(key, {}).keys() <= full[task].get(key, {}).keys(), (task, key)


def test_rows_of_argus_table_5_leave_out_what_their_name_says():
    models = config_of("argus")["argus"]["models"]
    assert {row: model["pretraining"]["without"] for row, model in models.items()
            if "without" in (model.get("pretraining") or {})} == {
        "argus_without_objects": ["instance_segmentation"],
        "argus_without_pose": ["pose"],
        "argus_without_semseg": ["semseg"],
        "argus_without_classification": ["classification"],
    }  # fmt: skip


def test_later_presets_lie_over_earlier_ones():
    assert merged({"a": {"b": 1, "c": [1, 2]}}, {"a": {"c": [3]}}) == {"a": {"b": 1, "c": [3]}}
    assert config_of("sak_nyud")["dataset"] == "nyud"
    assert config_of("sak_nyud")["distill"] == config_of("sak_pascal")["distill"]


def test_what_the_command_line_gives_lies_over_every_study():
    config = study_config(
        STUDIES["sak_nyud"], ROOT / "params.yaml", ROOT / "presets", PANELS,
        [{"runtime": {"precision": "bf16"}}, {"seed": 7}],
    )  # fmt: skip
    assert config["runtime"] == {"device": "cuda", "precision": "bf16"}
    assert config["seed"] == 7


def test_a_study_writes_nothing_where_params_yaml_does():
    places = STUDIES["sak_nyud"].places()
    assert places["results/downstream/"] == "results/papers/sak_nyud/downstream/"
    assert places["results/distill/"] == "results/papers/sak_pascal/distill/"
    own = Study("x", ()).places()
    assert all("papers/x" in place for place in own.values())
    assert not any(a != b and a.startswith(b) for a in own for b in own)


def test_studies_are_read_where_one_is_asked_for(monkeypatch):
    monkeypatch.delenv(ASKED, raising=False)
    assert not asked_for(["-n", "results/tables/sak.csv"], ["sak_table5"])
    assert asked_for(["--cores", "4", "sak_table5"], ["sak_table5"])
    assert asked_for([], ["sak_table5"]), "the process of a job is told by the planner's"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: {presets: [], stage1_of: b}", "no study 'b'"),
        ("a: {presets: [nope.yaml]}", "no such preset"),
    ],
)
def test_a_name_without_a_file_is_refused(tmp_path, text, message):
    (tmp_path / "papers.yaml").write_text(text)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"tables": {}}))
    with pytest.raises(UserError, match=message):
        study = read_studies(tmp_path / "papers.yaml")["a"]
        study_config(study, tmp_path / "params.yaml", tmp_path, [])
