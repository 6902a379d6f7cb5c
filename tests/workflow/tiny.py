"""Two rules with the real rules of the house: seconds where the whole DAG takes minutes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SNAKEFILE = """
configfile: Path(workflow.basedir) / "params.yaml"

container: "polytask.sif"

STUDY_CONFIGS = {}

include: "workflow/rules/common.smk"
include: "workflow/rules/session.smk"

rule all:
    default_target: True
    input: "results/sum.txt", "results/other.txt"

rule first:
    input: code=code("first.py"),
    output: text=update("results/{name}.txt"),
    params: config=lookup("first/{name}", within=config),
    log: "logs/first/{name}.log",
    wildcard_constraints: name="one|other",
    script: "workflow/scripts/first.py"

rule second:
    input: text="results/one.txt", code=code("second.py"),
    output: total=update("results/sum.txt"),
    params: config=config["second"],
    log: "logs/second.log",
    script: "workflow/scripts/second.py"
"""
SCRIPT = """
import os
import time
from dataclasses import dataclass
from pathlib import Path

from polytask.errors import UserError
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
    while os.environ.get("WAIT_FOR_GO") and not Path("go").exists():
        time.sleep(0.05)
    if os.environ.get("FAIL"):
        raise UserError("out of luck")

if __name__ == "__main__":
    run_rule({rule}, snakemake)
"""
FILES = {
    "Snakefile": SNAKEFILE,
    "params.yaml": "first: {one: {a: 1, b: 2}, other: {a: 1, b: 2}}\nsecond: {a: 3, b: 4}\n"
    "resources: {}\n",
    "workflow/schemas/params.schema.yaml": "properties: {first: {}, second: {}, resources: {}}\n"
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


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]


def environment(folder: Path, **values: str) -> dict[str, str]:
    """That of a process with the folder's own sources."""
    return os.environ | {"PYTHONPATH": str(folder / "src")} | values


def snakemake(folder: Path, *arguments: str, fails: bool = False, **values: str) -> str:
    """What Snakemake says, both streams; it has to succeed, or to fail."""
    run = subprocess.run(
        command(*arguments), cwd=folder, env=environment(folder, **values), timeout=600,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert (run.returncode != 0) == fails, run.stdout
    return run.stdout


def would_run(folder: Path) -> set[tuple[str, str]]:
    """The rules, and their outputs, that Snakemake wants to run."""
    plan = snakemake(folder, "--dry-run")
    return set(re.findall(r"^rule (?!all)(\w+):\n(?:.*\n)*?    output: (\S+)", plan, re.M))


FIRST_ONE, FIRST_OTHER = ("first", "results/one.txt"), ("first", "results/other.txt")
SECOND = ("second", "results/sum.txt")


def make(folder: Path) -> None:
    """Write the workflow into `folder`, with nothing made."""
    for package in ("pipeline", "records", "papers"):
        shutil.copytree(ROOT / "src/polytask" / package, folder / "src/polytask" / package)
    shutil.copytree(ROOT / "workflow/bookkeeping", folder / "workflow/bookkeeping")
    shutil.copytree(ROOT / "profiles", folder / "profiles")
    names = [f"src/polytask/{name}.py" for name in ("__init__", "disk", "errors", "progress")]
    for name in [*names, "workflow/rules/common.smk", "workflow/rules/session.smk"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
