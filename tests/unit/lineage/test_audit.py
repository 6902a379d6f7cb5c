"""One flipped byte anywhere behind a number is named, exactly that one; nothing cascades."""

import json
from pathlib import Path

import chains
import pytest

from polytask.errors import UserError
from polytask.lineage.audit import Audit, audit, targets_of
from polytask.lineage.verdicts import as_json, lines
from polytask.records import hashes
from polytask.records.files import record_path, unfinished_path

ALL = [chains.TABLE, *(chains.metrics(method) for method in sorted(chains.METHODS))]


@pytest.fixture
def tree(tmp_path, monkeypatch) -> chains.Tree:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return chains.build(tmp_path / "repository")


def audited(tree: chains.Tree, *targets: str) -> Audit:
    return audit(targets_of(targets), repository=tree.repository, lock=tree.lock)


def found(result: Audit) -> list[tuple[str, str]]:
    return [(finding.kind, finding.subject) for finding in result.findings]


def flip(path: Path, position: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(bytes(content))


def edit(output: str, *, reseal: bool = False, tree: chains.Tree | None = None, **fields) -> None:
    path = record_path(Path(output))
    record = json.loads(path.read_text()) | fields
    if reseal:
        record.pop("seal")
        tree.record(record)
    else:
        path.write_text(json.dumps(record))


def test_an_untouched_tree_is_verified(tree):
    result = audited(tree)
    assert found(result) == []
    assert [result.verdict(target) for target in result.chain.targets] == ["verified"] * 3
    assert list(lines(result))[-1].startswith("3 of 3 targets verified (8 of 8 numbers)")


def test_every_table_and_metrics_file_is_audited_unless_some_are_named(tree):
    assert targets_of([]) == ALL
    assert targets_of([f"./{chains.TABLE}", str(Path(chains.TABLE).absolute())]) == [chains.TABLE]


@pytest.mark.parametrize("path", [chains.SHARDS[1], chains.STUDENT, "results/data/rooms.tar",
                                  chains.model("sak"), chains.TABLE])  # fmt: skip
def test_one_flipped_byte_of_a_made_file_is_named_alone(tree, path):
    flip(Path(path))
    result = audited(tree)
    assert found(result) == [("changed", path)]
    [finding] = result.findings
    assert finding.since and finding.recorded != finding.found


def test_one_flipped_byte_of_a_raw_image_is_named_with_the_image(tree, monkeypatch):
    monkeypatch.setattr(hashes, "_SETTLED_NS", -1)
    hashes.FileHashes(Path("provenance/.hashes.sqlite")).sha256(Path("data/photos"))
    flip(Path("data/photos/b.png"))
    result = audited(tree)
    assert found(result) == [("changed", "data/photos")]
    assert "changed: b.png" in result.findings[0].text


def test_without_remembered_hashes_the_image_written_last_is_the_hint(tree):
    flip(Path("data/photos/b.png"))
    Path("provenance/.hashes.sqlite").unlink()
    assert "written last is b.png" in audited(tree).findings[0].text


def test_only_what_was_made_from_it_depends_on_a_changed_file(tree):
    flip(Path(chains.STUDENT))
    result = audited(tree)
    assert result.verdict(chains.metrics("single_task")) == "verified"
    assert result.dependents(0) == [chains.TABLE, chains.metrics("sak")]
    [line] = [line for line in lines(result) if chains.STUDENT in line]
    assert "4 numbers in 2 of 3 targets depend on it" in line


@pytest.mark.parametrize("output", [chains.SHARDS[0], chains.STUDENT, chains.TABLE])
def test_any_flipped_byte_of_a_record_names_that_record(tree, output):
    path = record_path(Path(output))
    whole = path.read_bytes()
    for position in range(0, len(whole), 37):
        if whole[position : position + 1].isspace():
            continue  # the layout of a record is no part of it
        flip(path, position)
        kinds = found(audited(tree))
        assert kinds == [("record edited", str(path))], whole[position - 20 : position + 20]
        path.write_bytes(whole)


def test_an_edit_that_was_sealed_again_is_told_by_the_lineage_that_others_recorded(tree):
    edit(chains.STUDENT, reseal=True, tree=tree, params={"config": {"seed": 8}})
    result = audited(tree)
    assert found(result) == [("record edited", str(record_path(Path(chains.STUDENT))))]
    assert result.dependents(0) == [chains.TABLE, chains.metrics("sak")]


def test_a_record_that_names_another_input_than_its_neighbours_is_the_edited_one(tree):
    record = json.loads(record_path(Path(chains.model("sak"))).read_text())
    record["inputs"]["labelled"][0]["lineage"] = "0" * 64
    edit(chains.model("sak"), reseal=True, tree=tree, inputs=record["inputs"])
    kinds = found(audited(tree, chains.model("sak"), chains.model("single_task")))
    assert kinds == [("record edited", str(record_path(Path(chains.model("sak")))))]


def test_an_input_that_was_made_again_is_changed_and_no_record_is_blamed(tree):
    tree.make(
        "distill", {chains.STUDENT: "another"},
        {"corpus": ["data/photos"], "teachers": chains.SHARDS},
    )  # fmt: skip
    result = audited(tree)
    assert found(result) == [("changed", chains.STUDENT)]
    assert "made again on 2026-11-22 04:09:20" in result.findings[0].text


def test_an_input_made_again_with_the_same_bytes_leaves_the_numbers_intact(tree):
    tree.make(
        "distill", {chains.STUDENT: "student"},
        {"corpus": ["data/photos"], "teachers": chains.SHARDS}, python="3.12.0",
    )  # fmt: skip
    result = audited(tree, chains.metrics("sak"))
    assert ("made again", chains.STUDENT) in found(result)
    assert not any(finding.is_integrity for finding in result.findings)


def test_rows_of_a_table_have_their_own_verdicts(tree):
    flip(Path(chains.model("sak")))
    result = audited(tree, chains.TABLE)
    assert result.cells[chains.TABLE]["sak/depth"] == [0]
    assert result.cells[chains.TABLE]["single_task/depth"] == []
    rows = [line.split() for line in lines(result)][1:3]
    assert ["single_task", "2", "numbers", "verified"] in rows
    assert ["sak", "2", "numbers", "does", "not", "hold:", "changed"] in rows


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), flip])
def test_what_only_one_row_was_made_from_leaves_the_others_alone(tree, damage):
    damage(record_path(Path(chains.metrics("sak"))))
    result = audited(tree, chains.TABLE)
    assert result.cells[chains.TABLE]["single_task/depth"] == []
    assert result.cells[chains.TABLE]["sak/depth"]


def test_one_flipped_byte_of_a_library_file_is_named_alone(tree):
    flip(tree.repository / chains.CODE[0])
    result = audited(tree)
    assert found(result) == [("other code", chains.CODE[0])]
    assert result.findings[0].text == "edited in the working tree since"
    assert result.verdict(chains.TABLE) == "intact, but other code"


def test_code_that_was_committed_since_is_other_code(tree):
    (tree.repository / chains.CODE[0]).write_text("new")
    chains.git(tree.repository, "commit", "-aqm", "new")
    result = audited(tree)
    assert found(result) == [("other code", chains.CODE[0])]
    assert tree.git["commit"][:10] in result.findings[0].text


def test_code_that_was_never_committed_is_named_with_the_dirty_tree(tree):
    (tree.repository / chains.CODE[0]).write_text("tried out")
    tree.git = {**tree.git, "dirty": True}
    tree.make("table", {"results/tables/b.csv": "method,title,a\nsak,SAK,1\n"}, {})
    result = audited(tree, "results/tables/b.csv")
    assert found(result) == [
        ("dirty tree", tree.git["commit"][:10]),
        ("other code", chains.CODE[0]),
    ]
    assert result.findings[1].text == "HEAD has other code"


def test_outside_of_git_only_the_working_tree_is_compared(tree):
    tree.git = {"commit": None, "dirty": None}
    (tree.repository / ".git").rename(tree.repository / "no-git")
    tree.make("table", {"results/tables/b.csv": "method,title,a\nsak,SAK,1\n"}, {})
    assert found(audited(tree, "results/tables/b.csv")) == [("dirty tree", "no commit")]


def test_a_missing_file_is_named_alone(tree):
    Path(chains.SHARDS[0]).unlink()
    assert found(audited(tree)) == [("missing", chains.SHARDS[0])]


def test_a_missing_record_is_named_and_the_bytes_are_still_checked(tree):
    path = record_path(Path(chains.STUDENT))
    path.unlink()
    assert found(audited(tree)) == [("missing", str(path))]
    flip(Path(chains.STUDENT))
    assert found(audited(tree)) == [("changed", chains.STUDENT), ("missing", str(path))]


def test_a_result_that_no_job_made_is_called_made_by_hand(tree):
    Path("results/extra.json").write_text("{}")
    tree.make("table", {"results/tables/b.csv": "method,title,a\nsak,SAK,1\n"},
              {"metrics": ["results/extra.json"]})  # fmt: skip
    assert found(audited(tree, "results/tables/b.csv")) == [("made by hand", "results/extra.json")]
    assert found(audited(tree, "results/extra.json")) == [("made by hand", "results/extra.json")]


def test_another_version_of_a_package_python_or_lock_is_another_environment(tree):
    tree.lock.write_text("newer")
    edit(
        chains.STUDENT, reseal=True, tree=tree, python="3.10.0", packages={"pytest": "1", "no": "2"}
    )
    result = audited(tree, chains.STUDENT)
    environments = [
        f"{f.subject} {f.text}" for f in result.findings if f.recorded and "is" in f.text
    ]
    assert [name.split()[0] for name in environments] == [
        "no",
        "pytest",
        "python",
        "requirements.lock",
    ]
    assert environments[0] == "no was 2, is not here"
    assert not any(finding.is_integrity for finding in result.findings)


def test_a_job_that_did_not_finish_is_told(tree):
    unfinished_path(Path(chains.STUDENT)).write_text('{"status": "failed", "end": "2026-11-22T05"}')
    result = audited(tree)
    assert found(result) == [("unfinished", chains.STUDENT)]
    assert "failed on 2026-11-22 05" in result.findings[0].text


def test_what_changed_while_a_job_ran_is_told(tree):
    edit(chains.TABLE, reseal=True, tree=tree, changed_while_running=["src/library.py"])
    assert found(audited(tree)) == [("changed", "src/library.py")]


def test_links_to_one_file_are_read_once(tree):
    Path(chains.SHARDS[1]).unlink()
    Path(chains.SHARDS[1]).hardlink_to(chains.SHARDS[0])
    result = audited(tree)
    assert found(result) == [("changed", chains.SHARDS[1])]
    assert result.reading.num_files == 3 + 1 + 1 + 1 + 2 + 2 + 1


def test_json_names_the_findings_of_each_target(tree):
    flip(Path(chains.model("sak")))
    told = json.loads(json.dumps(as_json(audited(tree))))
    assert told["targets"][chains.metrics("sak")]["findings"] == [0]
    assert told["targets"][chains.metrics("single_task")]["verdict"] == "verified"
    assert told["targets"][chains.TABLE]["numbers"]["sak/semseg"] == [0]
    assert told["findings"][0]["kind"] == "changed"
    assert told["findings"][0]["integrity"] is True
    assert told["verified"] is False


@pytest.mark.parametrize(
    ("target", "message"),
    [("results/none.csv", "no such file"), ("data/photos/a.png", "has no provenance record")],
)
def test_a_target_that_no_rule_made_is_a_mistake(tree, target, message):
    with pytest.raises(UserError, match=message):
        targets_of([target])


def test_an_empty_folder_asks_for_a_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="run `snakemake`"):
        targets_of([])
