"""A working copy of the project in which tests run commands."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from polytask.papers.studies import merged

ROOT = Path(__file__).parents[2]
MINIATURE = ROOT / "tests/workflow/miniature.yaml"
MORE_OF_THE_SAME = {
    "methods": ("no_distillation_1", "no_distillation_2"), "students": ("undistilled",)
}  # fmt: skip
"""Rows of the demo that take no rule, and no way through one, that others do not."""
TABLES_OF_SAK = {"table3": {"rows": ["no_biases", "sak"], "baseline": "no_biases"}}
"""What a miniature repeats, each row twice; the first time is the demo's own."""


def small_values() -> dict:
    """The values of params.yaml in miniature."""
    params, overlay = (yaml.safe_load(f.read_text()) for f in (ROOT / "params.yaml", MINIATURE))
    small = merged(params, overlay)
    for name in MORE_OF_THE_SAME["methods"]:
        del small["downstream"]["methods"][name]
        small["sak"]["rows"].remove(name)
    for name in MORE_OF_THE_SAME["students"]:
        del small["distill"]["students"][name]
    small["sak"] |= {"repetitions": 2, "budget": 1.0, "tables": TABLES_OF_SAK}
    return small


@dataclass(frozen=True)
class Project:
    """A working copy; commands run in it with its own sources."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """In which commands find the folder's own sources and this interpreter's programs."""
        beside = Path(sys.executable).parent
        return {
            **os.environ,
            "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.folder / "src"),
            "MLFLOW_TRACKING_URI": f"sqlite:///{self.folder}/mlflow.db",
            **{f"GIT_{who}_{what}": "test@localhost"
               for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }  # fmt: skip

    def run(self, *words: object, check: bool = True) -> str:
        """What a command says, both streams; fails with that unless `check` is off."""
        done = subprocess.run(
            list(map(str, words)), cwd=self.folder, env=self.environment, timeout=2400,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert done.returncode == 0 or not check, done.stdout[-4000:]
        return done.stdout

    def snakemake(self, *words: object, check: bool = True) -> str:
        return self.run("snakemake", "--cores", 2, *words, check=check)

    def commit(self, message: str) -> None:
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", message)

    def edit(self, **changes: object) -> None:
        """Set values of params.yaml by key, `a__b=1` for a.b."""
        file = self.folder / "params.yaml"
        params = yaml.safe_load(file.read_text())
        for key, value in changes.items():
            *sections, last = key.split("__")
            place = params
            for section in sections:
                place = place[section]
            assert last in place
            place[last] = value
        file.write_text(yaml.safe_dump(params, sort_keys=False))
