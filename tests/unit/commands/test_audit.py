"""`polytask audit` and `polytask crate` as they are typed: output and exit status."""

import json
from pathlib import Path

import chains
import pytest

from polytask.cli import main
from polytask.commands import audit, crate


@pytest.fixture
def tree(tmp_path, monkeypatch) -> chains.Tree:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    tree = chains.build(tmp_path / "repository")
    for module in (audit, crate):
        monkeypatch.setattr(module, "REPOSITORY", tree.repository)
    monkeypatch.setattr(audit, "LOCK", tree.lock)
    return tree


def test_all_verified_is_status_0(tree, capsys):
    assert main(["audit"]) == 0
    assert "3 of 3 targets verified" in capsys.readouterr().out


def test_a_finding_is_status_1_and_is_named(tree, capsys):
    Path(chains.STUDENT).write_text("tampered")
    assert main(["audit", chains.TABLE, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [each["subject"] for each in told["findings"]] == [chains.STUDENT]


def test_a_mistake_is_one_line_and_status_2(tree, capsys):
    assert main(["audit", "results/tables/sok.csv"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith("polytask: results/tables/sok.csv: no such file")


def test_records_that_were_edited_are_not_evaluated_again(tree, capsys):
    record = Path("provenance") / f"{chains.STUDENT}.json"
    record.write_text(record.read_text().replace('"seed": 7', '"seed": 8'))
    assert main(["audit", chains.metrics("sak"), "--rederive"]) == 1
    out = capsys.readouterr().out
    assert "record edited" in out
    assert "evaluated again in 0 jobs" in out


def test_an_evaluation_that_cannot_run_again_is_a_finding(tree, capsys):
    assert main(["audit", chains.metrics("sak"), "--rederive"]) == 1
    assert "not reproduced: results/evaluate/sak/metrics.json" in capsys.readouterr().out


def test_a_crate_says_what_is_in_it(tree, capsys, tmp_path):
    assert main(["crate", str(tmp_path / "out"), chains.TABLE]) == 0
    assert "entities" in capsys.readouterr().out
    assert main(["crate", str(tmp_path / "out")]) == 2
    assert "already there" in capsys.readouterr().err
