"""One number is found by the words that people use for it, or the nearest of them are named."""

import json

import pytest
from trees import TABLE, project

from polytask.cli import main
from polytask.errors import UserError
from polytask.lineage.index import find, numbers_of, write_index
from polytask.lineage.numbers import inputs_behind
from polytask.lineage.sources import hub_weights, source_of
from polytask.records.identity import number_id

METRICS = "results/evaluate/sak/metrics.json"


@pytest.mark.parametrize("row", ["sak", "SAK", "SAK method"])
@pytest.mark.parametrize("column", ["semseg_mean_iou", "semseg", "SemSeg"])
def test_a_cell_is_found_by_row_or_title_and_by_any_unique_end_of_its_column(made, row, column):
    number = find(TABLE, row=row, column=column)
    assert (number.path, number.selector, number.value) == (TABLE, "sak/semseg_mean_iou", "23.4567")
    assert number.name == "sak.rooms.sak.semseg_mean_iou"
    assert number.id == number_id(made.records[TABLE]["lineage"], "sak/semseg_mean_iou")


def test_a_file_may_carry_its_selector(made):
    assert find(f"{TABLE}:SAK/rmse") == find(TABLE, row="sak", column="depth_rmse")
    assert find(f"{METRICS}:tasks.depth.value") == find(METRICS, key="tasks.depth.value")


def test_a_value_of_a_json_file_and_a_whole_file(made):
    assert find(METRICS, key="tasks.semseg.value").value == "23.4567"
    whole = find("results/models/sak/model.bin")
    assert (whole.selector, whole.value, whole.name) == ("", "", "")


@pytest.mark.parametrize(
    ("column", "rows"),
    [("depth_rmse", ["sak"]), ("delta_m", ["sak", "base"]), ("delta_normalised", ["sak", "base"])],
)
def test_what_compares_with_the_baseline_comes_from_its_row_as_well(made, column, rows):
    found = inputs_behind(made.records[TABLE], "sak", column)
    assert found == [f"results/evaluate/{row}/metrics.json" for row in rows]


@pytest.mark.parametrize(
    ("target", "words", "message"),
    [
        (TABLE, {"row": "sac", "column": "semseg"}, "no row 'sac'; did you mean `sak`"),
        (TABLE, {"row": "sak", "column": "depht"}, "no column 'depht'.*depth_rmse"),
        (TABLE, {"row": "sak", "column": "mean_iou"}, "semseg_mean_iou or human_parts_mean_iou"),
        (TABLE, {"row": "sak"}, "needs both --row and --column"),
        (TABLE, {"key": "sak"}, "--key is for .json"),
        (METRICS, {"key": "tasks.semseg.vale"}, "did you mean `tasks.semseg.value`"),
        (METRICS, {"key": "tasks.semseg"}, "not one number; in it: tasks.semseg.value"),
        ("results/tables/sac.csv", {}, "no such file; did you mean `results/tables/sak.csv`"),
        ("data/photos.tar", {}, "no record: raw data, or made by hand"),
        ("0123456789", {}, "there is no results/numbers.json here"),
    ],
)
def test_what_does_not_exist_is_said_with_the_nearest(made, target, words, message):
    with pytest.raises(UserError, match=message):
        find(target, **words)


def test_a_file_whose_job_failed_says_so(made):
    (made.root / "results/x.json").write_text("{}")
    (made.root / "provenance/results/x.json.unfinished.json").write_text("{}")
    with pytest.raises(UserError, match="failed or was interrupted"):
        find("results/x.json")


def test_ids_and_names_are_looked_up_in_the_index(made):
    numbers = numbers_of([made.root / TABLE])
    write_index(made.root / "results/numbers.json", numbers)
    assert len(numbers) == 10
    assert len({number.id for number in numbers}) == 10
    for number in numbers:
        assert find(number.id) == find(number.name) == number
    entry = json.loads((made.root / "results/numbers.json").read_text())[numbers[0].id]
    assert entry == {
        "name": "sak.rooms.base.semseg_mean_iou", "file": TABLE,
        "selector": "base/semseg_mean_iou", "value": 20.0,
    }  # fmt: skip
    with pytest.raises(UserError, match=r"did you mean `sak\.rooms\.sak\.depth_rmse`"):
        find("sak.rooms.sak.depth_rms")


def test_a_file_elsewhere_belongs_to_the_records_there(made, tmp_path):
    project(tmp_path / "other", lr=0.2)
    there = find(str(tmp_path / "other" / TABLE), row="sak", column="semseg")
    assert there.path == TABLE
    assert there.id != find(TABLE, row="sak", column="semseg").id


def test_without_the_file_its_record_still_answers_for_the_whole(made):
    (made.root / TABLE).unlink()
    assert find(TABLE).path == TABLE
    with pytest.raises(UserError, match="dvc pull"):
        find(TABLE, row="sak", column="semseg")


def test_a_table_edited_by_hand_has_no_numbers(made):
    (made.root / TABLE).write_text((made.root / TABLE).read_text().replace("23.4567", "99.4567"))
    with pytest.raises(UserError, match="not what its record describes"):
        numbers_of([made.root / TABLE])


def test_sources_are_known_wherever_the_data_lie():
    assert source_of("data/NYUDv2").name.startswith("NYUD-v2")
    assert source_of("/scratch/data/imagenet/train.tar").name.startswith("ImageNet")
    assert source_of("results/data/rooms_corpus.tar").licence.startswith("images and labels CC0")
    assert source_of("my/photos") is None


def test_weights_from_the_hub_are_found_in_the_parameters():
    teachers = {"a": {"model": "vit_a", "weights": "hub"}, "b": {"model": "vit_b", "weights": "f"}}
    config = {"teachers": teachers, "initial_weights": "hub", "student": {"model": "vit_c"}}
    assert set(hub_weights({"config": config})) == {"hub:vit_a", "hub:vit_c"}


def test_released_weights_are_found_with_the_licence_of_who_released_them():
    encoder = {"model": "naflexvit_large", "weights": "hub:nvidia/RADIO-L"}
    assert list(hub_weights({"config": {"encoder": encoder}})) == ["hub:nvidia/RADIO-L"]
    assert "non-commercial" in source_of("hub:nvidia/RADIO-L").licence
    assert source_of("hub:theaiinstitute/theia-base").name == "Theia"
    assert source_of("hub:vit_a").name == "weights from the hub"


def test_an_id_whose_number_was_made_again_is_still_found(made, capsys):
    numbers = numbers_of([made.root / TABLE])
    write_index(made.root / "results/numbers.json", numbers)
    project(made.root, lr=0.2)
    assert main(["lineage", numbers[0].id]) == 0
    assert "was made again and is now" in capsys.readouterr().err


def test_an_index_that_is_not_json_is_said(made):
    (made.root / "results/numbers.json").write_text("{")
    with pytest.raises(UserError, match="not readable as JSON"):
        find("0123456789")
