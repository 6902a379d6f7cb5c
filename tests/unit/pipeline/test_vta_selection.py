"""What the section `vta` of params.yaml may say, and the one line that names what it may not."""

import copy
from pathlib import Path

import pytest
import yaml

from polytask.errors import UserError
from polytask.pipeline.vta_selection import check_vta

PARAMS = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text())


def changed(path: str, value):
    """params.yaml with one value changed."""
    config = copy.deepcopy(PARAMS)
    *parents, last = path.split(".")
    place = config
    for key in parents:
        place = place[key]
    place[last] = value
    return config


def test_it_is_in_order_as_it_stands():
    check_vta(PARAMS)
    assert set(PARAMS["vta"]["tables"]) == {
        "multitask", "transfer", "adaptation", "generalisation",
    }  # fmt: skip


def test_every_model_stands_in_a_table():
    vta = PARAMS["vta"]
    shown = {row for table in vta["tables"].values() for row in table["rows"]}
    assert shown == set(vta["models"])


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("vta.domains.target", "rooms_nigt", "vta.domains.target: no entry 'rooms_nigt'"),
        ("vta.show", "vat", "vta.show: no entry 'vat'; did you mean `vta`"),
        ("vta.show", "multi", "vta.show: multi has no affinities"),
        ("vta.sheets.target", ["multi"], "vta.sheets.target: no entry 'multi'"),
        ("vta.models.vta.supervised", ["depth"], "other decoders learn nothing"),
        ("vta.models.sak", {"title": "x", "tasks": ["depth"]}, "sak: is one of downstream.methods"),
        ("vta.models.argus", {"title": "x", "tasks": ["depth"]}, "is one of argus.models too"),
        ("vta.models.vta_transfer_sd.start", "vta_ds", r"start: no entry 'vta_ds'; did you mean"),
        ("vta.models.vta_transfer_sd.start", "single", "single is a model per task"),
        ("vta.models.vta_transfer_sd.start", "multi_transfer_sd", "starts from another model"),
        ("vta.models.vta_transfer_sd.tasks", ["semseg"], "tasks: it is that of vta_sd; drop"),
        ("vta.models.vta_transfer_sd.adapters", False, "adapters: it is that of vta_sd; drop"),
        ("vta.models.vta_transfer_sd.supervised", ["normals"], "supervised: no entry 'normals'"),
        ("vta.models.single.supervised", ["depth"], "each of its models has one task"),
        ("vta.models.vta_adapted.unlabelled", "source", "it has the labels of source"),
        ("vta.models.multi.taa", False, "it has no adapters; drop taa and tsn"),
        ("vta.models.multi.balancing", {"method": "troa"}, "shared adapters, and it has none"),
        ("vta.models.vta.balancing", {"method": "famo", "options": {"alpha": 1}}, "no option"),
        ("vta.models.vta.tasks", ["semseg", "sal"], "vta.task_weights: no entry 'sal'"),
        ("vta.task_weights", {"semseg": 1.0}, "vta.task_weights: no entry 'depth'"),
        ("datasets.rooms_evening.tasks", ["semseg"], "rooms_evening has no labels of depth"),
        ("datasets.rooms_day.tasks", ["semseg", "depth"], "rooms_day has no labels of normals"),
        ("datasets.rooms_evening.num_classes", 14, "tells 18 classes apart .*evening has 14"),
        ("vta.tables.transfer.rows", ["vta_transfer"], "tables.transfer.rows: no entry"),
        ("vta.tables.multitask.baseline", "oracle", "tables.multitask.baseline: no entry"),
        ("vta.tables.multitask.baseline", "multi_sd", "multi_sd has no edge_texture, which single"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(path, value, says):
    with pytest.raises(UserError, match=says) as found:
        check_vta(changed(path, value))
    assert "\n" not in str(found.value)
