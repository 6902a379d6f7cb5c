"""What fits its record is adopted, what does not is made to look old, all else is left alone."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.persistence import ParamsChange

from polytask.pipeline import adopt
from polytask.pipeline.rule import run_rule
from polytask.records.files import record_path


class Notes:
    """What Snakemake knows about outputs."""

    def __init__(self):
        self.known, self.changed, self.started = set(), set(), set()

    def has_metadata(self, job):
        return job.output[0] in self.known

    def params_changed(self, job):
        new = {"another value"} if job.output[0] in self.changed else set()
        return ParamsChange(only_new=new, files=set(job.output))  # names files in any case

    def input_changed(self, job):
        return []

    def cleanup_metadata(self, output):
        self.known.discard(output)

    def finish(self, job):
        self.known.add(job.output[0])
        self.changed.discard(job.output[0])
        self.started.discard(job.output[0])

    def interrupted(self, job):
        return [output for output in job.output if output in self.started]


def double(text: Path, doubled: Path, *, config: dict) -> None:
    doubled.write_text(text.read_text() * config["times"])


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A job that was run here, as Snakemake shows it in its DAG."""
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("a")
    Path("code.py").write_text("pass")
    run_rule(
        double,
        SimpleNamespace(
            rule="double", input={"text": "text.txt", "code": ["code.py"]},
            output={"doubled": "results/two.txt"}, params={"config": {"times": 2}},
            wildcards={}, log=[], threads=1,
        ),
    )  # fmt: skip
    return SimpleNamespace(
        rule=SimpleNamespace(name="double"), input=["text.txt", "code.py"],
        output=["results/two.txt"], params={"config": {"times": 2}},
    )  # fmt: skip


def adopted(job, notes):
    return adopt.adopt([[job]], notes, notes.finish, notes.interrupted)


def test_what_a_pull_brought_is_adopted_once(job):
    notes = Notes()
    Path("text.txt").touch()  # a pull gives times in any order
    assert adopted(job, notes) == {"adopted": 1, "outdated": 0}
    assert notes.known == {"results/two.txt"}
    assert Path("results/two.txt").stat().st_mtime_ns > Path("text.txt").stat().st_mtime_ns
    assert adopted(job, notes) == {"adopted": 0, "outdated": 0}


def test_notes_about_other_parameters_are_replaced(job):
    notes = Notes()
    notes.known = notes.changed = {"results/two.txt"}
    assert adopted(job, notes)["adopted"] == 1
    assert not notes.changed


def test_a_job_that_finished_while_snakemake_was_killed_is_adopted(job):
    notes = Notes()
    notes.known, notes.started = {"results/two.txt"}, {"results/two.txt"}
    assert adopted(job, notes) == {"adopted": 1, "outdated": 0}
    assert not notes.started


@pytest.mark.parametrize("edited", ["text.txt", "code.py", "results/two.txt", "params"])
@pytest.mark.parametrize("known", [set(), {"results/two.txt"}], ids=["unknown", "known"])
def test_what_does_not_fit_is_made_to_look_old(job, edited, known):
    if edited == "params":
        job.params = {"config": {"times": 3}}
    else:
        Path(edited).write_text("other")
    notes = Notes()
    notes.known = known
    assert adopted(job, notes) == {"adopted": 0, "outdated": 1}
    assert Path("results/two.txt").stat().st_mtime == 1


def test_what_snakemake_will_make_anyhow_is_left_alone(job):
    notes = Notes()
    notes.known = notes.changed = {"results/two.txt"}
    job.params = {"config": {"times": 3}}
    assert adopted(job, notes) == {"adopted": 0, "outdated": 0}
    assert Path("results/two.txt").stat().st_mtime > 1


@pytest.mark.parametrize("text", [None, "{", "edited"])
def test_without_a_record_that_can_be_believed_nothing_is_said(job, text):
    record = record_path(Path("results/two.txt"))
    if text is None:
        record.unlink()
    else:
        record.write_text(text.replace("edited", record.read_text().replace("double", "triple")))
    assert adopt.fits(job) is None


def test_the_adoption_is_asked_for_when_records_or_values_changed(job):
    assert not adopt.in_line({"a": 1})
    adopt.note({"a": 1})
    assert adopt.in_line({"a": 1})
    assert adopt.in_line({"a": 2})  # Snakemake sees that by itself
    adopt.note({"a": 1}, any_outdated=True)
    assert not adopt.in_line({"a": 2})
    adopt.note({"a": 1})
    adopt.SEEN.write_text(adopt.SEEN.read_text()[:20])  # a power cut
    assert not adopt.in_line({"a": 1})
    adopt.note({"a": 1})
    record = record_path(Path("results/two.txt"))
    record.write_text(json.dumps(json.loads(record.read_text())))
    assert not adopt.in_line({"a": 1})
