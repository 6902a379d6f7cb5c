"""Protocols have one name each, and a name that is none is told the nearest."""

from pathlib import Path

import pytest
import yaml

from polytask.errors import UserError
from polytask.pipeline.parameters import check_parameters
from polytask.protocols import PROTOCOLS, better, digits_of, protocol_of
from polytask.tasks import TASKS

ROOT = Path(__file__).parents[2]
ALL = [protocol for of_task in PROTOCOLS.values() for protocol in of_task.values()]


def test_every_task_has_a_default_with_the_column_that_tables_always_had():
    assert {task: protocol_of(task, {}).column for task in TASKS} == {
        "semseg": "semseg_mean_iou", "human_parts": "human_parts_mean_iou",
        "sal": "sal_max_f_measure", "edge": "edge_ods_f_measure",
        "normals": "normals_mean_angular_error", "depth": "depth_rmse",
        "part_segmentation": "part_segmentation_mean_iou", "disparity": "disparity_abs_error",
        "autoencoder": "autoencoder_abs_error", "keypoints": "keypoints_abs_error",
        "edge_texture": "edge_texture_abs_error",
    }  # fmt: skip


def test_another_quantity_is_another_column():
    columns = {name: protocol_of("depth", {"depth": name}).column for name in PROTOCOLS["depth"]}
    assert columns == {
        "rmse": "depth_rmse", "rmse_per_image": "depth_rmse_per_image",
        "abs_error": "depth_abs_error", "abs_error_log": "depth_abs_error_log",
    }  # fmt: skip


def test_names_are_unique_and_every_one_is_explained():
    assert len({(protocol.task, protocol.name) for protocol in ALL}) == len(ALL)
    assert all(protocol.about and protocol.name.isidentifier() for protocol in ALL)
    fidelity = (ROOT / "docs/fidelity.md").read_text()
    assert not [each.name for each in ALL if f"`{each.name}`" not in fidelity]


def test_a_task_without_protocols_of_its_own_has_those_of_its_kind():
    assert list(PROTOCOLS["part_segmentation"]) == list(PROTOCOLS["semseg"])
    assert {each.task for each in PROTOCOLS["part_segmentation"].values()} == {"part_segmentation"}
    for task in ("disparity", "autoencoder", "keypoints"):
        assert list(PROTOCOLS[task]) == ["abs_error"]
    assert "abs_error" in PROTOCOLS["normals"]


def test_log_depth_is_not_measured_in_metres():
    units = {name: protocol.unit for name, protocol in PROTOCOLS["depth"].items()}
    assert units.pop("abs_error_log") == "" and set(units.values()) == {"m"}


def test_shares_are_better_high_and_errors_low_whatever_the_task():
    for protocol in ALL:
        assert protocol.higher_is_better == (protocol.unit == "%"), protocol
    assert not better({})["edge_texture"]
    chosen = better({"edge_texture": "f1"})
    assert chosen["edge_texture"] and chosen | better({}) == better({})


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(UserError, match=r"protocols\.edge: no protocol 'seism_r2'; did you mean"):
        protocol_of("edge", {"edge": "seism_r2"})


def test_a_protocol_of_no_task_is_told_the_nearest():
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["datasets"]["nyud"]["protocols"] = {"dept": "rmse"}
    with pytest.raises(UserError, match="unknown key `dept`; did you mean `depth`"):
        check_parameters(params, ROOT / "workflow/schemas/params.schema.yaml")


def test_digits_are_those_of_the_protocol_of_a_column():
    assert digits_of("depth_abs_error") == digits_of("depth_rmse") == 3
    assert digits_of("disparity_abs_error") == digits_of("normals_abs_error") == 4
    assert digits_of("edge_texture_f1") == digits_of("semseg_mean_iou") == digits_of("delta_m") == 2
