"""docs/provenance.md and the schema say what run_rule really writes."""

import json
import re
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import chains
import pytest
from jsonschema import Draft202012Validator, ValidationError

from polytask.pipeline.rule import run_rule
from polytask.records.files import FORMAT, record_path, unfinished_path
from polytask.records.identity import lineage_of, seal_of

SCHEMA = json.loads((files("polytask.lineage") / "record.schema.json").read_text())
DOCUMENT = Path(__file__).parents[3] / "docs" / "provenance.md"
OUTPUT = Path("results/out.txt")


@pytest.fixture
def snakemake(tmp_path, monkeypatch) -> SimpleNamespace:
    monkeypatch.chdir(tmp_path)
    Path("raw").mkdir()
    Path("raw/image.txt").write_text("cat\n")
    Path("code.py").write_text("pass\n")
    return SimpleNamespace(
        rule="copy", input={"images": "raw", "extra": [], "code": ["code.py"]},
        output={"text": str(OUTPUT)}, params={"config": {"seed": 7, "sizes": [1, 2.5, None]}},
        wildcards={"student": "sak"}, log=[], threads=2,
    )  # fmt: skip


def check(record: dict) -> None:
    Draft202012Validator(SCHEMA).validate(record)


def written(snakemake: SimpleNamespace) -> dict:
    run_rule(lambda text, **_: text.write_text("done"), snakemake)
    return json.loads(record_path(OUTPUT).read_text())


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["format"]["const"] == FORMAT


def test_finished_records_fit_first_and_later_ones(snakemake):
    check(written(snakemake))
    snakemake.input, snakemake.output = {"images": str(OUTPUT), "code": []}, {"text": "b"}
    run_rule(lambda text, **_: text.write_text("b"), snakemake)
    check(json.loads(record_path(Path("b")).read_text()))


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_failed_and_interrupted_ones_fit(snakemake, error):
    def fails(**_: object) -> None:
        raise error("by design")

    with pytest.raises((SystemExit, KeyboardInterrupt)):
        run_rule(fails, snakemake)
    check(json.loads(unfinished_path(OUTPUT).read_text()))


@pytest.mark.parametrize(
    "edit",
    [
        {"more": 1}, {"error": None}, {"seal": "0"}, {"threads": 0}, {"status": "done"},
        {"lineage": None}, {"output": {"path": "x", "sha256": None, "size": None}},
        {"git": {"commit": None}}, {"inputs": {"a": [{"path": "x"}]}}, {"packages": None},
    ],
)  # fmt: skip
def test_anything_else_does_not(snakemake, edit):
    with pytest.raises(ValidationError):
        check(written(snakemake) | edit)


def test_nothing_may_be_left_out(snakemake):
    record = written(snakemake)
    for key in record:
        with pytest.raises(ValidationError):
            check({name: value for name, value in record.items() if name != key})


def test_the_trees_that_tests_tamper_with_have_records_of_this_format(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    chains.build(tmp_path / "repository")
    for path in Path("provenance").rglob("*.json"):
        check(json.loads(path.read_text()))


def test_the_example_in_the_document_is_a_true_record_and_every_field_is_explained(snakemake):
    text = DOCUMENT.read_text()
    [example] = re.findall(r"```json\n(.*?)```", text, re.S)
    record = json.loads(example)
    check(record)
    assert record["lineage"] == lineage_of(record)
    assert record["seal"] == seal_of(record)
    explained = set(re.findall(r"^\| `(\w+)`", text, re.M))
    assert explained == set(written(snakemake)) | {"error"}
