"""The released models under SAK's heads are of the size that the paper prints."""

from pathlib import Path

from pytest import approx, mark

from polytask.models.encoder import describe_encoder
from polytask.models.multitask import build_model
from polytask.papers.published import experiments
from polytask.papers.studies import read_studies, study_config
from polytask.pipeline.arguments import build
from polytask.pipeline.selection import check_selection
from polytask.price.counting import on_meta
from polytask.tasks import num_outputs
from polytask.teachers.encoder import TeacherConfig

ROOT = Path(__file__).parents[3]
PRESETS = ROOT / "presets"
PRINTED = {study: panel.rows["radio"].parameters for study, panel in (
    (panel.study, panel) for name in ("sak_table5", "sak_table6") for panel in experiments()[name]
)}  # fmt: skip


def config_of(study: str) -> dict:
    known = read_studies(PRESETS / "papers.yaml")[study]
    panels = [panel for panels in experiments().values() for panel in panels]
    return study_config(known, ROOT / "params.yaml", PRESETS, panels)


@mark.parametrize(("study", "printed"), PRINTED.items())
def test_radio_has_as_many_parameters_as_printed(study, printed):
    config = config_of(study)
    entry = config["teachers"][config["downstream"]["methods"]["radio"]["encoder"]]
    data = config["datasets"][config["dataset"]]
    heads = {task: num_outputs(task, data["num_classes"]) for task in data["tasks"]}
    encoder = describe_encoder(build(TeacherConfig, entry, "teachers.radio"))
    student = {**encoder, "image_size": data["image_size"]}
    described = {"student": student, "teacher_dims": {}, "fusion": "stem", "tasks": heads}
    model = on_meta(lambda: build_model(described))
    assert sum(each.numel() for each in model.parameters()) / 1e6 == approx(printed, abs=0.6)


@mark.parametrize("study", PRINTED)
def test_rows_of_released_models_are_methods_on_encoders(study):
    config = config_of(study)
    check_selection(config)
    for name, method in config["downstream"]["methods"].items():
        if name.startswith(("radio", "theia")):
            assert method["encoder"].startswith(name.partition("_")[0])
            assert not method.get("frozen")
            assert config["teachers"][method["encoder"]]["weights"].startswith("hub:")
