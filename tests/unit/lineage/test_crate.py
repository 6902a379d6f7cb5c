"""A crate names every job, file and parameter of a run, and holds what its ids say."""

import base64
import hashlib
import json
from pathlib import Path
from urllib.parse import unquote

import chains
import offline_validator
import pytest

from polytask.errors import UserError
from polytask.lineage.crate.build import About
from polytask.lineage.crate.write import write_crate
from polytask.records.files import record_path, recorded_outputs

ABOUT = About(name="A run", license="https://spdx.org/licenses/MIT", agent="Ada")


@pytest.fixture
def tree(tmp_path, monkeypatch) -> chains.Tree:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return chains.build(tmp_path / "repository")


@pytest.fixture
def crate(tree, tmp_path) -> Path:
    write_crate(tmp_path / "crate", recorded_outputs(), tree.repository, ABOUT)
    return tmp_path / "crate"


@pytest.fixture
def entities(crate) -> dict[str, dict]:
    graph = json.loads((crate / "ro-crate-metadata.json").read_text())["@graph"]
    assert len({entity["@id"] for entity in graph}) == len(graph)
    return {entity["@id"]: entity for entity in graph}


def of_type(entities: dict[str, dict], type_: str) -> list[dict]:
    return [each for each in entities.values() if type_ in ids_of(each["@type"])]


def ids_of(value: object) -> list:
    values = value if isinstance(value, list) else [value] if value is not None else []
    return [each["@id"] if isinstance(each, dict) else each for each in values]


def test_every_reference_within_the_crate_leads_somewhere(entities):
    elsewhere = ("https://w3id.org/ro/crate/1.1",)
    for entity in entities.values():
        for value in entity.values():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    assert each["@id"] in entities or each["@id"] in elsewhere


def test_the_root_conforms_to_the_profiles_and_to_ro_crate_1_1(entities):
    assert "https://w3id.org/ro/wfrun/provenance/0.5" in ids_of(entities["./"]["conformsTo"])
    descriptor = entities["ro-crate-metadata.json"]
    assert "https://w3id.org/ro/crate/1.1" in ids_of(descriptor["conformsTo"])
    workflow = entities[entities["./"]["mainEntity"]["@id"]]
    assert workflow["@id"] == "Snakefile"
    assert len(workflow["step"]) == 6
    assert len(of_type(entities, "HowToStep")) == 6


def test_every_job_is_an_action_of_its_tool_asked_for_by_its_step(entities, tree):
    jobs = [each for each in of_type(entities, "CreateAction") if each["@id"] != "#run"]
    assert len(jobs) == tree.jobs
    assert len(of_type(entities, "ControlAction")) == tree.jobs
    job = next(each for each in jobs if each["name"] == "evaluate sak")
    assert entities[job["instrument"]["@id"]]["name"] == "rule evaluate"
    assert [unquote(result) for result in ids_of(job["result"])] == [
        chains.metrics("sak"), "results/evaluate/sak/samples.npz",
    ]  # fmt: skip
    assert chains.model("sak") in ids_of(job["object"])
    steps = [entities[each] for each in ids_of(job["object"]) if each.startswith("#value")]
    assert {each["name"]: each["value"] for each in steps} == {"config.seed": 7,
                                                               "config.fit.steps": 3}  # fmt: skip
    assert entities[job["agent"]["@id"]]["name"] == "Ada"


def test_files_in_the_crate_have_the_hashes_that_it_states(crate, entities):
    files = [each for each in of_type(entities, "File") if not each["@id"].startswith("ni:")]
    assert chains.TABLE in {each["@id"] for each in files}
    assert str(record_path(Path(chains.TABLE))) in {each["@id"] for each in files}
    for each in files:
        content = (crate / unquote(each["@id"])).read_bytes()
        assert hashlib.sha256(content).hexdigest() == each["sha256"]
        assert str(len(content)) == each["contentSize"]
    assert {each["@id"] for each in files} <= set(ids_of(entities["./"]["hasPart"]))


def test_large_files_and_raw_data_are_named_by_their_hash(tree, tmp_path):
    tree.make("distill", {"results/large.bin": "x" * 200_000}, {"corpus": ["data/photos"]})
    write_crate(tmp_path / "crate", ["results/large.bin"], tree.repository, ABOUT)
    graph = json.loads((tmp_path / "crate/ro-crate-metadata.json").read_text())["@graph"]
    by_name = {each.get("name"): each for each in graph if each["@id"].startswith("ni:")}
    assert set(by_name) == {"results/large.bin", "data/photos"}
    digest = by_name["results/large.bin"]["@id"].split(";")[1].split("?")[0]
    expected = hashlib.sha256(b"x" * 200_000).digest()
    assert base64.urlsafe_b64decode(digest + "=") == expected
    assert by_name["data/photos"]["@type"] == "Dataset"


def test_another_state_of_the_code_is_another_tool(tree, tmp_path):
    (tree.repository / chains.CODE[0]).write_text("new")
    tree.make("table", {"results/tables/b.csv": "a"}, {"metrics": [chains.metrics("sak")]})
    targets = [chains.TABLE, "results/tables/b.csv"]
    write_crate(tmp_path / "crate", targets, tree.repository, ABOUT)
    graph = json.loads((tmp_path / "crate/ro-crate-metadata.json").read_text())["@graph"]
    tools = [each for each in graph if each.get("name") == "rule table"]
    assert len(tools) == 2
    step = next(each for each in graph if each["@id"] == "#step/table")
    assert len(step["workExample"]) == 2


def test_what_does_not_hold_is_not_put_into_a_crate(tree, tmp_path):
    Path(chains.TABLE).write_text("edited")
    with pytest.raises(UserError, match=r"sak\.csv: not what its record says"):
        write_crate(tmp_path / "crate", recorded_outputs(), tree.repository, ABOUT)
    record = record_path(Path(chains.TABLE))
    record.write_text(record.read_text().replace("table", "tables"))
    with pytest.raises(UserError, match="its seal does not fit"):
        write_crate(tmp_path / "crate", [chains.TABLE], tree.repository, ABOUT)


def test_an_existing_folder_is_left_alone(crate, tree):
    with pytest.raises(UserError, match="already there"):
        write_crate(crate, recorded_outputs(), tree.repository, ABOUT)


def test_rocrate_opens_it(crate):
    rocrate = pytest.importorskip("rocrate.rocrate")
    opened = rocrate.ROCrate(crate)
    assert opened.mainEntity.id == "Snakefile"
    assert opened.metadata.id == "ro-crate-metadata.json"
    assert opened.dereference(chains.TABLE)["sha256"]
    actions = [entity for entity in opened.get_entities() if entity.type == "CreateAction"]
    assert actions


@pytest.mark.parametrize("profile", offline_validator.PROFILES)
def test_roc_validator_finds_nothing_required_missing(crate, monkeypatch, profile):
    pytest.importorskip("rocrate_validator")
    assert offline_validator.required_issues(crate, profile, monkeypatch) == []
