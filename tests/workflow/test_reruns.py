"""On a tiny workflow with the real rules of the house: what reruns, and what does not."""

from pathlib import Path

import pytest
import tiny
from tiny import FIRST_ONE, FIRST_OTHER, SECOND, snakemake, would_run


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The tiny workflow, planned and then run once."""
    folder = tmp_path_factory.mktemp("workflow")
    tiny.make(folder)
    assert would_run(folder) == {FIRST_ONE, FIRST_OTHER, SECOND}
    assert not (folder / "logs").exists(), "a dry run must start nothing"
    snakemake(folder)
    return folder


@pytest.fixture
def edit(finished):
    """Replace text in a file of the workflow, and put it back after the test."""
    before: dict[Path, str] = {}

    def replace(name: str, old: str, new: str) -> None:
        file = finished / name
        before.setdefault(file, file.read_text())
        assert old in before[file]
        file.write_text(before[file].replace(old, new))

    yield replace
    for file, text in before.items():
        file.write_text(text)


def test_the_run_leaves_results_records_and_logs(finished):
    assert (finished / "results/sum.txt").read_text() == "2 3 4"
    assert (finished / "provenance/results/sum.txt.json").is_file()
    assert (finished / "logs/second.log").is_file()
    assert not list(finished.rglob(".partial*"))


def test_touching_every_file_reruns_nothing(finished):
    for file in [*finished.glob("*"), *finished.rglob("*.*")]:
        if file.is_file() and ".snakemake" not in file.parts:
            file.touch()
    assert would_run(finished) == set()


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        ("src/polytask/upper.py", "2", "3", {SECOND}),
        ("src/polytask/lower.py", "1", "3", {FIRST_ONE, FIRST_OTHER, SECOND}),
        ("params.yaml", "other: {a: 1, b: 2}", "other: {a: 2, b: 1}", {FIRST_OTHER}),
    ],
    ids=["last library", "first library", "two parameters change places"],
)
def test_an_edit_reruns_exactly_what_depends_on_it(finished, edit, name, old, new, wanted):
    edit(name, old, new)
    assert would_run(finished) == wanted


def test_code_edited_while_its_job_runs_makes_the_job_run_again(finished, edit):
    edit("src/polytask/upper.py", "2", "4")
    library = str(finished / "src/polytask/upper.py")
    snakemake(finished, EDIT_WHILE_RUNNING=library)
    assert (finished / "results/sum.txt").read_text() == "4 3 4"
    assert would_run(finished) == {SECOND}


def test_a_run_that_fails_ends_with_what_failed_where_its_log_is_and_what_to_do(finished, edit):
    edit("src/polytask/upper.py", "return 2", "raise ValueError('by design')")
    said = snakemake(finished, fails=True)
    last_words = said.partition("What did not end well")[2]
    for words in ("  second\n", "ValueError: by design", "logs/second.log", "run the same command"):
        assert words in last_words


def test_a_misspelt_parameter_stops_everything_at_once(finished, edit):
    edit("params.yaml", "second:", "secnd:")
    with pytest.raises(AssertionError, match="unknown key `secnd`; did you mean `second`") as error:
        would_run(finished)
    assert "Traceback" not in str(error.value)
