"""SIGKILL to everything at ten random moments of one run: the same bytes in the end."""

import hashlib
import json
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from process_tree import kill_all, processes_in
from working_copy import Project

CHECKPOINT = "the first checkpoint"
TARGET = "results/evaluate/sak/metrics.json"
# A rule in which to kill (None: while Snakemake plans), and at most how many seconds after that
# began. The checkpoint comes before the moment in `distill`, which may fall after the last one.
MOMENTS = [
    (None, 6.0), ("rooms", 2.0), ("pretrain_teacher", 2.0), (None, 6.0), ("teacher_features", 1.0),
    ("teacher_features", 1.0), (CHECKPOINT, 0.05), ("distill", 1.0), ("downstream", 1.0),
    ("evaluate", 0.5),
]  # fmt: skip


@dataclass
class Run:
    """A run of the part of the DAG behind one number, which is killed again and again."""

    project: Project
    random: random.Random
    story: list[str] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)

    def until(self, rule: str | None, longest: float) -> None:
        """Start, and kill everything at a random moment after a job of `rule` began."""
        shutil.rmtree(self.project.folder / ".snakemake/claims", ignore_errors=True)
        with (self.project.folder / "said.txt").open("w") as said:
            process = subprocess.Popen(
                ["snakemake", "--cores", "2", TARGET], cwd=self.project.folder,
                env=self.project.environment, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip
        before = self.checkpoints()
        wait_until(lambda: self.has_begun(rule, before) or process.poll() is not None)
        delay = self.random.uniform(0, longest)
        time.sleep(delay)
        ended = process.poll() is not None
        running = self.at_work() or ["planning"]
        kill_all(self.project.folder)
        process.wait()
        self.story.append(f"{delay:.1f} s into {rule or 'the start'}: {', '.join(running)}")
        assert not ended, f"{self.text()}\n{(self.project.folder / 'said.txt').read_text()}"
        assert not processes_in(self.project.folder)

    def has_begun(self, rule: str | None, before: set[Path]) -> bool:
        if rule == CHECKPOINT:
            return bool(self.checkpoints() - before)
        return rule is None or bool(self.at_work(rule))

    def checkpoints(self, job: str = "*") -> set[Path]:
        return set(self.project.folder.glob(f"checkpoints/distill/{job}/*.safetensors"))

    def at_work(self, rule: str = "") -> list[str]:
        """The jobs, of one rule or all, that are going on, and with what they would go on."""
        names = sorted(p.name for p in self.project.folder.glob(f".snakemake/claims/{rule}*"))
        kept = [len(self.checkpoints(name.removeprefix("distill-"))) for name in names]
        return [
            f"{name} with {count} checkpoints" if count else name
            for name, count in zip(names, kept, strict=True)
        ]

    def text(self) -> str:
        return "killed " + "; ".join(self.story)


def wait_until(condition: Callable[[], bool], seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def starts(folder: Path) -> dict[str, str]:
    """When each output was made, of the jobs that have ended."""
    records = [json.loads(f.read_text()) for f in folder.glob("provenance/results/**/*.json")]
    open_jobs = {job_of(record) for record in records if record["status"] != "finished"}
    return {
        record["output"]["path"]: record["start"]
        for record in records
        if record["status"] == "finished" and job_of(record) not in open_jobs
    }


def job_of(record: dict) -> tuple[str, ...]:
    return (record["rule"], *record["wildcards"].values())


def results(folder: Path) -> list[str]:
    """Every result but the curves, which tell speed: that is never the same."""
    return [
        str(path.relative_to(folder))
        for path in folder.glob("results/**/*")
        if path.is_file() and path.name != "curves.csv"
    ]


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def killed(finished, tmp_path_factory) -> Run:
    """A clone without results in which a run was killed ten times and then left in peace."""
    project = Project(tmp_path_factory.mktemp("kills") / "clone")
    finished.run("git", "clone", "--quiet", ".", project.folder)
    run = Run(project, random.Random(0))
    for rule, longest in MOMENTS:
        run.until(rule, longest)
        run.made = starts(project.folder) | run.made
    project.snakemake(TARGET)
    return run


def test_the_kills_fell_into_every_phase_and_between_checkpoints(killed):
    story = killed.text()
    assert all(rule in story for rule, _ in MOMENTS if rule), story
    logs = [path.read_text() for path in killed.project.folder.glob("logs/**/*.log")]
    assert any("goes on after step" in log for log in logs), story


def test_nothing_that_was_finished_is_made_again(killed):
    now = starts(killed.project.folder)
    again = [output for output, start in killed.made.items() if now[output] != start]
    assert killed.made
    assert not again, killed.text()


def test_every_result_is_what_a_run_in_peace_makes(killed, finished):
    folder = killed.project.folder
    found = results(folder)
    assert TARGET in found
    assert len(found) > 14
    different = [each for each in found if sha256(folder / each) != sha256(finished.folder / each)]
    assert not different, killed.text()


def test_nothing_is_left_and_nothing_is_to_do(killed):
    folder = killed.project.folder
    assert "Nothing to be done" in killed.project.snakemake("--dry-run", TARGET)
    places = ["results/**/.*", "checkpoints/*/*/*", "**/*.unfinished.json", ".snakemake/locks/*"]
    assert not [path for place in places for path in folder.glob(place)], killed.text()


def test_every_run_reaches_the_tracking_store(killed):
    said = killed.project.run("python", "-m", "polytask.pipeline.tracking", "sync")
    assert "runs not imported: 0" in said, killed.text()
