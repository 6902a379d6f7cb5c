"""Why two numbers differ is answered with exactly what was changed, where it came in first."""

import json

import pytest
from trees import PHOTOS, TABLE, project

from polytask.cli import main
from polytask.lineage.compare import compare
from polytask.lineage.index import find
from polytask.lineage.tree import tree_of
from polytask.lineage.verdict import as_text

MODEL = "results/models/sak/model.bin"
METRICS = "results/evaluate/sak/metrics.json"


def comparison(a, b, cell="sak/semseg", cell_b=None):
    numbers = (f"{a}/{TABLE}:{cell}", f"{b}/{TABLE}:{cell_b or cell}")
    return compare(*(tree_of(find(number)) for number in numbers))


def parted(tmp_path, **changes):
    """The causes between the project and one made with `changes`: path -> differences."""
    project(tmp_path / "a")
    project(tmp_path / "b", **changes)
    found = comparison(tmp_path / "a", tmp_path / "b")
    assert not found.same
    return {
        cause.a.path: [(each.kind, each.key, each.a, each.b) for each in cause.differences]
        for cause in found.causes
    }


def test_a_parameter(tmp_path):
    assert parted(tmp_path, lr=0.2) == {MODEL: [("parameter", "fit.lr", "0.1", "0.2")]}


def test_a_code_file_is_named_once_however_many_jobs_use_it(tmp_path):
    causes = parted(tmp_path, code={"src/loss.py": "loss 2", "src/data.py": "data 1"})
    ((path, ((kind, key, *_),)),) = causes.items()
    assert (path, kind, key) == (MODEL, "code", "src/loss.py")


def test_a_package(tmp_path):
    causes = parted(tmp_path, packages={"numpy": "2.0", "torch": "2.2"})
    assert causes == {MODEL: [("package", "torch", "2.1", "2.2")]}


def test_a_package_that_is_only_there_once(tmp_path):
    causes = parted(tmp_path, packages={"numpy": "2.0", "torch": "2.1", "timm": "1"})
    assert causes == {MODEL: [("package", "timm", "not there", "1")]}


def test_a_device(tmp_path):
    causes = parted(tmp_path, device="cuda: H100")
    assert causes == {MODEL: [("device", "", "cpu: x86_64", "cuda: H100")]}


def test_a_raw_file_with_both_hashes(tmp_path):
    ((path, ((kind, _, a, b),)),) = parted(tmp_path, pixels="pixelz").items()
    assert (path, kind) == (PHOTOS, "raw data")
    assert a.startswith("sha256 ") and b.startswith("sha256 ") and a != b


def test_two_things_in_two_places_the_deeper_one_first(tmp_path):
    causes = parted(tmp_path, lr=0.2, pixels="pixelz")
    assert list(causes) == [PHOTOS, MODEL]


def test_bytes_that_differ_without_a_reason_are_called_that(tmp_path):
    one, two = project(tmp_path / "a"), project(tmp_path / "b")
    for found, text in ((one, "x"), (two, "y")):
        found.make("results/x", text, "train", {"photos": [PHOTOS]})
    trees = (tree_of(find(str(tmp_path / side / "results/x"))) for side in "ab")
    result = compare(*trees)
    assert [each.kind for each in result.causes[0].differences] == ["content"]
    assert "not deterministic" in as_text(result)


def test_made_here_and_by_hand_there(tmp_path):
    project(tmp_path / "a")
    other = project(tmp_path / "b")
    other.records.pop(MODEL)
    inputs = {"photos": [PHOTOS], "models": [MODEL]}
    config = {"seed": 0, "dataset_name": "rooms"}
    other.make(METRICS, "{}", "evaluate", inputs, config=config, wildcards={"method": "sak"})
    trees = (tree_of(find(str(tmp_path / side / METRICS))) for side in "ab")
    (cause,) = compare(*trees).causes
    assert cause.a.path == MODEL
    assert cause.differences[0].b.startswith("no record")


def test_rows_of_one_table_part_where_their_methods_do(made):
    found = comparison(".", ".", "sak/semseg", "base/semseg")
    causes = {cause.a.path: {each.key for each in cause.differences} for cause in found.causes}
    assert causes == {MODEL: {"method", "fusion"}}
    assert found.causes[0].b.path == "results/models/base/model.bin"
    assert found.causes[0].also == [METRICS]


def test_jobs_of_different_rules_are_not_compared_further(made):
    made.make("results/y", "y", "other", {"photos": [PHOTOS]}, config={"z": 1})
    found = compare(tree_of(find(MODEL)), tree_of(find("results/y")))
    assert [each.kind for each in found.causes[0].differences] == ["rule"]


def test_more_inputs_on_one_side_are_a_difference(made):
    made.make("results/y", "y", "train", {}, config=made.records[MODEL]["params"]["config"])
    found = compare(tree_of(find(MODEL)), tree_of(find("results/y")))
    kinds = {(each.kind, each.key, each.b) for c in found.causes for each in c.differences}
    assert ("inputs", "photos", "not there") in kinds


@pytest.mark.parametrize(
    ("cell", "words"),
    [("sak/semseg", "the same number"), ("sak/depth", "only row or column differ")],
)
def test_one_lineage_is_called_that(made, cell, words):
    found = comparison(".", ".", "sak/semseg", cell)
    assert found.causes == []
    assert words in as_text(found)


def test_a_change_in_another_row_is_no_change_of_this_number(tmp_path):
    project(tmp_path / "a")
    other = project(tmp_path / "b")
    path = "results/evaluate/base/metrics.json"
    other.make(path, "{}", "evaluate", config={"dataset_name": "rooms"}, wildcards={"method": "x"})
    record = other.records[TABLE]
    other.make(TABLE, (tmp_path / "b" / TABLE).read_text(), "table",
               {"metrics": [path, METRICS]}, config=record["params"]["config"])  # fmt: skip
    found = comparison(tmp_path / "a", tmp_path / "b")
    assert found.causes == []
    assert not found.same
    assert "other rows only" in as_text(found)


def test_clean_commits_give_the_command_that_shows_the_code(tmp_path):
    project(tmp_path / "a")
    code = {"src/loss.py": "loss 2", "src/data.py": "data 1"}
    project(tmp_path / "b", code=code, git={"commit": "beef" * 10, "dirty": False})
    text = as_text(comparison(tmp_path / "a", tmp_path / "b"))
    assert "git diff c0ffeec0ffee beefbeefbeef -- src/loss.py" in text


def test_the_command_answers_in_words_and_in_json(tmp_path, capsys):
    project(tmp_path / "a")
    project(tmp_path / "b", lr=0.2)
    pair = [f"{tmp_path / side}/{TABLE}:sak/semseg" for side in "ab"]
    assert main(["lineage", "--why-different", *pair]) == 0
    assert "parameter fit.lr: 0.1 -> 0.2" in capsys.readouterr().out
    assert main(["lineage", "--json", "--why-different", *pair]) == 0
    (cause,) = json.loads(capsys.readouterr().out)["causes"]
    assert cause["differences"] == [{"kind": "parameter", "key": "fit.lr", "a": "0.1", "b": "0.2"}]
