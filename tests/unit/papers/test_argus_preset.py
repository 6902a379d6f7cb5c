"""The backbones of presets/argus.yaml are of the sizes that the paper prints, in millions."""

from pathlib import Path

import pytest
import torch

from polytask.argus.backbone import Backbone, BackboneConfig
from polytask.models.sak import StudentConfig
from polytask.papers.published import experiments
from polytask.papers.studies import read_studies, study_config

ROOT = Path(__file__).parents[3]
CONFIG = study_config(
    read_studies(ROOT / "presets/papers.yaml")["argus"], ROOT / "params.yaml", ROOT / "presets", []
)
PRINTED = next(iter(experiments()["argus_table7"])).rows


@pytest.mark.parametrize("name", ["argus", "argus_large"])
def test_the_backbone_has_as_many_parameters_as_in_table_7(name):
    model = CONFIG["argus"]["models"][name]
    vit = CONFIG["backbones"].get(model.get("backbone"), {})
    student = {
        **CONFIG["student"],
        **{key: value for key, value in vit.items() if key != "initial_weights"},
        "adapter": CONFIG["adapters"][model["adapter"]],
        "image_size": CONFIG["argus"]["image_size"],
        "biases": "none",
    }
    with torch.device("meta"):
        backbone = Backbone(BackboneConfig(student=StudentConfig(**student)))
    count = sum(p.numel() for p in backbone.parameters()) / 1e6
    assert count == pytest.approx(PRINTED[name].parameters, abs=0.5)
