"""A job finds what it kept again, another job does not, and nothing is left of one that ended."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from polytask.pipeline.resume import saved_work
from polytask.pipeline.rule import run_rule

WORK = []


@dataclass(frozen=True)
class Config:
    times: int


@pytest.fixture
def snakemake(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    WORK.clear()
    Path("images.txt").write_text("cat\n")
    Path("code.py").write_text("pass\n")
    return SimpleNamespace(
        rule="train", input={"images": "images.txt", "code": ["code.py"]},
        output={"text": "out.txt"}, params={"config": {"times": 2}},
        wildcards={"method": "sak", "task": "all"}, log=[], threads=1,
    )  # fmt: skip


def cut_short(images: Path, text: Path, *, config: Config) -> None:
    WORK.append(saved_work())
    text.write_text("half")
    WORK[-1].folder.mkdir(parents=True, exist_ok=True)
    (WORK[-1].folder / f"{len(WORK)}").write_text("progress")
    raise SystemExit(143)


def ends(images: Path, text: Path, *, config: Config) -> None:
    assert (saved_work().folder / "1").is_file()
    text.write_text("whole")


def test_what_is_kept_survives_a_stop_and_goes_when_the_job_succeeds(snakemake):
    for _ in range(2):
        with pytest.raises(SystemExit) as exit_:
            run_rule(cut_short, snakemake)
        assert exit_.value.code == 143
        assert not Path("out.txt").exists()
    assert WORK[0] == WORK[1]
    assert WORK[0].folder == Path("checkpoints/train/sak-all")
    run_rule(ends, snakemake)
    assert Path("out.txt").read_text() == "whole"
    assert not WORK[0].folder.exists()
    assert saved_work().folder is None


def edit_code(_snakemake):
    Path("code.py").write_text("pass  # edited\n")


def edit_input(_snakemake):
    Path("images.txt").write_text("dog\n")


def edit_parameter(snakemake):
    snakemake.params = {"config": {"times": 3}}


def edit_outputs(snakemake):
    snakemake.output = {"text": "another.txt"}


@pytest.mark.parametrize("edit", [edit_code, edit_input, edit_parameter, edit_outputs])
def test_another_job_has_another_identity(snakemake, edit):
    for _ in range(2):
        with pytest.raises(SystemExit):
            run_rule(cut_short, snakemake)
        edit(snakemake)
    assert WORK[0].folder == WORK[1].folder
    assert WORK[0].identity != WORK[1].identity


def test_more_threads_are_no_other_job(snakemake):
    for snakemake.threads in (1, 2):
        with pytest.raises(SystemExit):
            run_rule(cut_short, snakemake)
    assert WORK[0] == WORK[1]
