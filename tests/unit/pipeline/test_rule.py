"""A rule is a function call that leaves outputs, records and a log, or one clean line."""

import hashlib
import json
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from polytask.errors import UserError
from polytask.pipeline import provenance
from polytask.pipeline.rule import run_rule
from polytask.pipeline.tracking import track
from polytask.records.files import record_path, unfinished_path
from polytask.records.identity import lineage_of, seal_of


@dataclass(frozen=True)
class Config:
    times: int
    seed: int = 0


@pytest.fixture
def snakemake(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("images.txt").write_text("cat\n")
    Path("code.py").write_text("pass\n")
    return SimpleNamespace(
        rule="repeat",
        input={"images": "images.txt", "extra": [], "code": ["code.py"]},
        output={"text": "results/sak.txt", "parts": ["results/0", "results/1"]},
        params={"config": {"times": 2, "seed": 7}},
        wildcards={"student": "sak"},
        log=["logs/repeat/sak.log"],
        threads=1,
    )


def repeat(
    images: Path, extra: Path | None, text: Path, parts: list[Path], *, config: Config
) -> None:
    assert extra is None
    with track("repeat", {"times": config.times}) as run:
        text.write_text(images.read_text() * config.times)
        for part in parts:
            part.write_text(part.name)
        run.log(1, {"loss": 0.5})


def record_of(path: str) -> dict:
    return json.loads(record_path(Path(path)).read_text())


def test_the_function_gets_typed_keywords_and_outputs_appear(snakemake):
    run_rule(repeat, snakemake)
    assert Path("results/sak.txt").read_text() == "cat\ncat\n"
    assert Path("results/1").read_text() == "1"
    assert not list(Path("results").glob(".partial*"))


def test_the_record_says_what_the_output_was_made_of(snakemake):
    run_rule(repeat, snakemake)
    record = record_of("results/sak.txt")
    assert record["output"] == {
        "path": "results/sak.txt",
        "sha256": hashlib.sha256(b"cat\ncat\n").hexdigest(),
        "size": 8,
    }
    assert record["rule"] == "repeat"
    assert record["wildcards"] == {"student": "sak"}
    assert record["params"] == {"config": {"times": 2, "seed": 7}}
    assert record["seed"] == 7
    [image] = record["inputs"]["images"]
    assert image["sha256"] == hashlib.sha256(b"cat\n").hexdigest()
    assert image["lineage"] is None
    assert "code" not in record["inputs"]
    assert [each["path"] for each in record["code"]] == [str(Path("code.py").resolve())]
    assert set(record["git"]) == {"commit", "dirty"}
    assert record["packages"]["pytest"]
    assert len(record["lock"]) == 64
    assert record["start"] < record["end"]
    assert record["changed_while_running"] == []


def test_a_record_names_the_lineage_of_its_inputs(snakemake):
    run_rule(repeat, snakemake)
    first = record_of("results/sak.txt")
    assert first["lineage"] == lineage_of(first)
    assert first["seal"] == seal_of(first)
    snakemake.input["images"] = "results/sak.txt"
    snakemake.output = {"text": "results/two.txt", "parts": []}
    run_rule(repeat, snakemake)
    [image] = record_of("results/two.txt")["inputs"]["images"]
    assert image["lineage"] == first["lineage"]


def test_a_record_that_another_machine_shows_late_is_waited_for(snakemake):
    run_rule(repeat, snakemake)
    first, late = record_path(Path("results/sak.txt")), Path("late.json")
    lineage = record_of("results/sak.txt")["lineage"]
    first.rename(late)
    snakemake.input["images"] = "results/sak.txt"
    snakemake.output = {"text": "results/two.txt", "parts": []}
    provenance._last_look.cache_clear()
    threading.Timer(0.5, late.rename, [first]).start()
    run_rule(repeat, snakemake)
    [image] = record_of("results/two.txt")["inputs"]["images"]
    assert image["lineage"] == lineage


def test_a_file_without_a_record_is_not_waited_for_longer_than_once(snakemake, monkeypatch):
    monkeypatch.setattr(provenance, "LATENCY_SECONDS", 0.5)
    provenance._last_look.cache_clear()
    run_rule(repeat, snakemake)
    begin = time.monotonic()
    for number in range(10):
        Path(f"results/hand_made_{number}").touch()
        assert provenance.input_fingerprint(Path(f"results/hand_made_{number}"))["lineage"] is None
    assert 0.4 < time.monotonic() - begin < 2.5


def test_sources_that_were_not_loaded_make_nothing(snakemake, capsys):
    other = Path("elsewhere/src/polytask/pipeline/code.py")
    other.parent.mkdir(parents=True)
    other.touch()
    snakemake.input["code"] = ["code.py", str(other)]
    with pytest.raises(SystemExit):
        run_rule(repeat, snakemake)
    assert f"set PYTHONPATH={other.resolve().parents[2]}" in capsys.readouterr().err
    assert not Path("results/sak.txt").exists()


def test_the_tracked_run_knows_its_outputs_and_the_record_its_run(snakemake):
    run_rule(repeat, snakemake)
    record = record_of("results/sak.txt")
    [journal] = Path("logs/tracking").glob("*.jsonl")
    assert journal.stem == record["tracking"]
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [event["event"] for event in events] == ["start", "metrics", "end", "outputs"]
    assert events[-1]["tags"]["sha256/results/sak.txt"] == record["output"]["sha256"]


def test_code_edited_meanwhile_is_recorded_and_the_output_is_doubted(snakemake):
    def edits(text: Path, **_: object) -> None:
        text.write_text("old code made this")
        Path("code.py").write_text("new\n")

    snakemake.output = {"text": "out.txt"}
    run_rule(edits, snakemake)
    record = record_of("out.txt")
    assert record["changed_while_running"] == [str(Path("code.py").resolve())]
    assert record["code"][0]["sha256"] == hashlib.sha256(b"pass\n").hexdigest()
    assert Path("provenance/.doubtful").read_text() == "out.txt\n"


def test_a_user_error_is_one_line_in_log_and_stderr(snakemake, capsys):
    def fails(text: Path, **_: object) -> None:
        text.write_text("half")
        raise UserError("images.txt: not an image; remove it")

    with pytest.raises(SystemExit) as exit_:
        run_rule(fails, snakemake)
    assert exit_.value.code == 1
    for shown in (Path("logs/repeat/sak.log").read_text(), capsys.readouterr().err):
        assert shown.count("\n") == 1
        assert "images.txt: not an image; remove it" in shown
    assert not Path("results/sak.txt").exists()
    assert not record_path(Path("results/sak.txt")).exists()
    unfinished = json.loads(unfinished_path(Path("results/sak.txt")).read_text())
    assert unfinished["status"] == "failed"
    assert unfinished["error"] == "UserError: images.txt: not an image; remove it"


def test_a_killed_job_is_left_marked_as_interrupted_until_it_finishes(snakemake):
    def killed(**_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_rule(killed, snakemake)
    mark = unfinished_path(Path("results/sak.txt"))
    assert json.loads(mark.read_text())["status"] == "interrupted"
    run_rule(repeat, snakemake)
    assert not mark.exists()
    assert record_of("results/sak.txt")["status"] == "finished"


def test_any_other_error_keeps_its_traceback_in_the_log(snakemake):
    def fails(**_: object) -> None:
        raise ZeroDivisionError("by design")

    with pytest.raises(SystemExit):
        run_rule(fails, snakemake)
    log = Path("logs/repeat/sak.log").read_text()
    assert "Traceback" in log
    assert "ZeroDivisionError: by design" in log


def test_a_misspelt_parameter_is_named(snakemake, capsys):
    snakemake.params = {"config": {"tims": 2}}
    with pytest.raises(SystemExit):
        run_rule(repeat, snakemake)
    assert "config: unknown key `tims`; did you mean `times`?" in capsys.readouterr().err


def test_torch_is_given_the_threads_of_the_rule(snakemake, monkeypatch):
    threads = []
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(
        set_num_threads=threads.append, cuda=SimpleNamespace(is_initialized=lambda: False)
    ))  # fmt: skip
    snakemake.threads = 3
    run_rule(repeat, snakemake)
    assert threads == [3]
