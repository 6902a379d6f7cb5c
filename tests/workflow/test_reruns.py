"""On a tiny workflow with the real rules of the house: what reruns, and what does not."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SNAKEFILE = """
configfile: Path(workflow.basedir) / "params.yaml"

include: "workflow/rules/common.smk"

rule all:
    default_target: True
    input: "results/sum.txt", "results/other.txt"

rule first:
    input: code=code("first.py"),
    output: text="results/{name}.txt",
    params: config=lookup("first/{name}", within=config),
    log: "logs/first/{name}.log",
    wildcard_constraints: name="one|other",
    script: "workflow/scripts/first.py"

rule second:
    input: text="results/one.txt", code=code("second.py"),
    output: total="results/sum.txt",
    params: config=config["second"],
    log: "logs/second.log",
    script: "workflow/scripts/second.py"
"""
SCRIPT = """
import os
from dataclasses import dataclass
from pathlib import Path

from polytask.{library} import number
from polytask.pipeline.rule import run_rule

@dataclass
class Config:
    a: int
    b: int

def {rule}({arguments}, *, config: Config) -> None:
    {output}.write_text(f"{{number()}} {{config.a}} {{config.b}}")
    if edit := os.environ.get("EDIT_WHILE_RUNNING"):
        Path(edit).write_text("def number(): return 5")

if __name__ == "__main__":
    run_rule({rule}, snakemake)
"""
FILES = {
    "Snakefile": SNAKEFILE,
    "params.yaml": "first: {one: {a: 1, b: 2}, other: {a: 1, b: 2}}\nsecond: {a: 3, b: 4}\n",
    "workflow/schemas/params.schema.yaml": "properties: {first: {}, second: {}}\n"
    "additionalProperties: false\n",
    "workflow/scripts/first.py": SCRIPT.format(
        library="lower", rule="first", arguments="text: Path", output="text"
    ),
    "workflow/scripts/second.py": SCRIPT.format(
        library="upper", rule="second", arguments="text: Path, total: Path", output="total"
    ),
    "src/polytask/lower.py": "def number(): return 1\n",
    "src/polytask/upper.py": "def number(): return 2\n",
    "src/polytask/unused.py": "",
}


def snakemake(folder: Path, *arguments: str, **environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src")} | environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr + run.stdout
    return run.stderr + run.stdout


def would_run(folder: Path) -> set[tuple[str, str]]:
    """The rules, and their outputs, that Snakemake wants to run."""
    plan = snakemake(folder, "--dry-run")
    return set(re.findall(r"^rule (?!all)(\w+):\n(?:.*\n)*?    output: (\S+)", plan, re.M))


FIRST_ONE, FIRST_OTHER = ("first", "results/one.txt"), ("first", "results/other.txt")
SECOND = ("second", "results/sum.txt")


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The tiny workflow, planned and then run once."""
    folder = tmp_path_factory.mktemp("workflow")
    for package in ("src/polytask/pipeline", "src/polytask/records", "workflow/bookkeeping"):
        shutil.copytree(ROOT / package, folder / package)
    shutil.copytree(ROOT / "profiles", folder / "profiles")
    for name in (
        *(f"src/polytask/{module}.py" for module in ("__init__", "errors", "progress")),
        "workflow/rules/common.smk",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
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
    with pytest.raises(AssertionError) as error:
        snakemake(finished)
    last_words = str(error.value).partition("What did not end well")[2]
    for words in ("  second\n", "ValueError: by design", "logs/second.log", "run the same command"):
        assert words in last_words


def test_a_misspelt_parameter_stops_everything_at_once(finished, edit):
    edit("params.yaml", "second:", "secnd:")
    with pytest.raises(AssertionError, match="unknown key `secnd`; did you mean `second`") as error:
        would_run(finished)
    assert "Traceback" not in str(error.value)
