"""What a stopped job would go on from: its own checkpoints, not those of other values or code."""

from types import SimpleNamespace

import pytest

from polytask.pipeline.resume import saved_work
from polytask.pipeline.rule import run_rule
from polytask.pipeline.status.evidence import Evidence
from polytask.pipeline.status.plan import PlannedJob

JOB = PlannedJob(
    name="train-sak-all", rule="train", outputs=["m.safetensors", "c.csv"], needs=[], is_due=True
)


@pytest.fixture
def stop_after(tmp_path, monkeypatch):
    """Run a job with some files in its checkpoint folder, and stop it."""
    monkeypatch.chdir(tmp_path)
    snakemake = SimpleNamespace(
        rule="train", input={}, output={"model": "m.safetensors", "curves": "c.csv"},
        params={"config": {"lr": 0.1, "levels": (1, 2)}}, log=[], threads=1,
        wildcards={"method": "sak", "task": "all"},
    )  # fmt: skip

    def stop(*names: str) -> None:
        def train(**_: object) -> None:
            work = saved_work()
            work.folder.mkdir(parents=True)
            for name in names:
                (work.folder / name.format(own=work.identity[:8])).touch()
            raise SystemExit(143)

        with pytest.raises(SystemExit):
            run_rule(train, snakemake)

    return stop


def test_the_last_checkpoint_of_the_same_work_counts(stop_after):
    stop_after(
        "00000200-{own}.safetensors", "00000400-{own}.safetensors",
        "00000900-0badc0de.safetensors", ".00000600-{own}.safetensors.12.partial",
    )  # fmt: skip
    assert Evidence().kept(JOB) == "step 400"


def test_complete_shards_count(stop_after):
    stop_after("00.safetensors", "00.json", "01.safetensors", "01.json", "02.safetensors")
    assert Evidence().kept(JOB) == "2 shards"


def test_with_nothing_of_its_own_a_job_keeps_nothing(stop_after):
    stop_after("00000900-0badc0de.safetensors")
    assert Evidence().kept(JOB) == ""
