"""params.yaml, its presets, the schema and the dataclasses beside the algorithms agree."""

from pathlib import Path

import pytest
import timm
import yaml

from polytask.data.catalogue import DatasetConfig
from polytask.data.views import RandomResizedCrop, ScaleAndCrop
from polytask.errors import UserError
from polytask.losses.multitask import LossConfig
from polytask.models.argus.config import AdapterConfig
from polytask.models.mlore.config import MloreConfig
from polytask.models.sak import StudentConfig
from polytask.models.vta.config import VtaConfig
from polytask.papers.published import experiments
from polytask.papers.studies import merged, read_studies, study_config
from polytask.pipeline.arguments import build
from polytask.pipeline.needs import Size
from polytask.pipeline.parameters import check_parameters
from polytask.pipeline.selection import check_selection
from polytask.teachers.encoder import TeacherConfig
from polytask.training.balancing.config import OPTIONS, BalancingConfig
from polytask.training.loop import FitConfig
from polytask.training.runtime import RuntimeConfig
from polytask.vta.adversarial import AdversarialConfig

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/params.schema.yaml"
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
PRESETS = [file for file in (ROOT / "presets").glob("*.yaml") if file.name != "papers.yaml"]
OVERLAYS = [*sorted(PRESETS), ROOT / "tests/workflow/miniature.yaml"]
PANELS = [panel for found in experiments().values() for panel in found]
BASELINES = ("single_task", "multi_task")
CONFIGS = (
    {"params.yaml": PARAMS}
    | {file.name: merged(PARAMS, yaml.safe_load(file.read_text())) for file in OVERLAYS}
    | {
        name: study_config(study, ROOT / "params.yaml", ROOT / "presets", PANELS)
        for name, study in read_studies(ROOT / "presets/papers.yaml").items()
    }
)


@pytest.fixture(params=CONFIGS, ids=str)
def config(request) -> dict:
    return CONFIGS[request.param]


def test_the_schema_takes_it(config):
    check_parameters(config, SCHEMA)
    check_selection(config)


@pytest.mark.parametrize("mode", [False, "default", "reduce-overhead", "max-autotune"])
def test_what_makes_trainings_faster_or_smaller_may_be_said(mode):
    runtime = {"device": "cpu", "precision": "fp16", "channels_last": True, "compile": mode}
    config = merged(PARAMS, {"runtime": runtime, "distill": {"fit": {"images_at_once": 4}}})
    check_parameters(config, SCHEMA)
    assert build(RuntimeConfig, runtime, "runtime") == RuntimeConfig(**runtime)
    assert build(FitConfig, config["distill"]["fit"], "fit").images_at_once == 4


def test_every_dataclass_can_be_built(config):
    build(RuntimeConfig, config["runtime"], "runtime")
    for name, teacher in config["teachers"].items():
        build(TeacherConfig, teacher, f"teachers.{name}")
    for name, entry in config["datasets"].items():
        build(DatasetConfig, entry, f"datasets.{name}")
    for name, student in config["distill"]["students"].items():
        built = {**config["student"], "biases": student["biases"]}
        build(StudentConfig, built, f"distill.students.{name}")
    for name, backbone in config["backbones"].items():
        own = {key: value for key, value in backbone.items() if key != "initial_weights"}
        build(StudentConfig, {**config["student"], **own}, f"backbones.{name}")
    for name, adapter in config["adapters"].items():
        build(AdapterConfig, adapter, f"adapters.{name}")
    build(RandomResizedCrop, config["distill"]["view"], "distill.view")
    build(ScaleAndCrop, config["downstream"]["view"], "downstream.view")
    build(BalancingConfig, config["downstream"]["balancing"], "downstream.balancing")
    build(MloreConfig, config["downstream"]["mlore"], "downstream.mlore")
    for rule, size in config["resources"].items():
        build(Size, size, f"resources.{rule}")
    stages = [config["distill"], config["downstream"], *config["pretraining"].values()]
    for stage in stages:
        build(FitConfig, stage["fit"], "fit")


def test_every_dataclass_of_vta_can_be_built(config):
    vta = config["vta"]
    parts = {
        "backbone": {key: vta["backbone"][key] for key in vta["backbone"] if key != "weights"},
        "adapter": {**vta["adapter"], "taa": True, "tsn": False},
        "decoder": vta["decoder"],
    }
    build(VtaConfig, {**parts, "frozen": True}, "vta")
    build(VtaConfig, {**parts, "frozen": False, "adapter": None}, "vta")
    build(BalancingConfig, vta["balancing"], "vta.balancing")
    build(LossConfig, vta["losses"], "vta.losses")
    build(AdversarialConfig, vta["adversarial"], "vta.adversarial")
    build(ScaleAndCrop, vta["view"], "vta.view")
    build(FitConfig, vta["fit"], "vta.fit")


def test_the_schema_knows_the_balancing_methods_and_their_options():
    balancing = yaml.safe_load(SCHEMA.read_text())["$defs"]["balancing"]["properties"]
    assert balancing["method"]["enum"] == list(OPTIONS)
    known = {option for options in OPTIONS.values() for option in options}
    assert balancing["options"]["properties"].keys() == known
    with pytest.raises(UserError, match="'nash' is not one of"):
        check_parameters(merged(PARAMS, {"downstream": {"balancing": {"method": "nash"}}}), SCHEMA)


@pytest.mark.parametrize(
    "name", [n for n, t in PARAMS["teachers"].items() if t["weights"] == "hub"]
)
def test_a_teacher_of_the_papers_has_timms_weights_and_normalisation(name):
    teacher = PARAMS["teachers"][name]
    published = timm.get_pretrained_cfg(teacher["model"])
    assert published is not None
    config = build(TeacherConfig, teacher, f"teachers.{name}")
    assert (config.mean, config.std) == (tuple(published.mean), tuple(published.std))


def by(method: str, change: dict) -> dict:
    return {"downstream": {"methods": {method: change}}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"committee": ["dinov2_bas"]}, "committee: no entry 'dinov2_bas'; did you mean"),
        ({"dataset": "pascal"}, "dataset: no entry 'pascal'"),
        (
            {"datasets": {"nyud": {"protocols": {"depth": "rsme"}}}},
            r"datasets\.nyud\.protocols\.depth: no entry 'rsme'; did you mean `rmse`",
        ),
        ({"report": {"show": "sakk"}}, "report.show: no entry 'sakk'; did you mean `sak`"),
        ({"distill": {"num_views": 0}}, r"distill.num_views: 0 draws new views"),
        (
            {"downstream": {"balancing": {"method": "gradnorm"}}},
            r"methods\.probe\.balancing: gradnorm compares .* `frozen` trains none",
        ),
        (
            {"distill": {"students": {"mine": {"steps": 2}}}},
            r"distill\.students\.mine: give `biases` to train it, or `weights`",
        ),
        (
            {"downstream": {"methods": {"probe": {"encoder": "sam_bse"}}}},
            r"methods\.probe\.encoder: no entry 'sam_bse'; did you mean `sam_base`",
        ),
        (
            {"downstream": {"methods": {"sak": {"encoder": "sam_base"}}}},
            r"methods\.sak\.encoder: it takes the place of a student; drop one of them",
        ),
        (
            {"downstream": {"methods": {"probe": {"encoder": "sam_base", "fusion": "stem_cls"}}}},
            r"methods\.probe\.encoder: it has no experts to fuse; set fusion: stem",
        ),
        (by("sak", {"adapter": "argus"}), r"methods\.sak\.adapter: it needs student: null"),
        (by("probe", {"adapter": "argos"}), r"adapter: no entry 'argos'; did you mean `argus`"),
        (by("multi_task", {"adapter": "argus"}), r"adapter: probe, where it starts, has another"),
        (
            {"downstream": {"methods": {n: {"adapter": "argus"} for n in ("probe", *BASELINES)}}},
            r"merging\.single_task: single_task has an adapter",
        ),
        (by("sak", {"mlore": {"width": 8}}), r"methods\.sak\.mlore: its head is conv"),
        (
            by("sak", {"head": "mlore", "mlore": {"top_k": 9}}),
            r"methods\.sak: mlore\.top_k is 9 of 5",
        ),
        (by("multi_task", {"head": "mlore"}), r"head: probe, where it starts, has another"),
        (
            {"downstream": {"methods": {n: {"head": "mlore"} for n in ("probe", *BASELINES)}}},
            r"merging\.single_task: single_task has the head mlore",
        ),
    ],
)
def test_a_name_that_points_nowhere_is_told(change, message):
    with pytest.raises(UserError, match=message):
        check_selection(merged(PARAMS, change))
