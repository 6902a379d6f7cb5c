"""`snakemake --cores all --profile slurm` on a real Slurm of one node."""

import hashlib
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from one_node import job_called, one_node, requeue, wait_for, why_not
from working_copy import Project

PARTITION = {
    "every_job": {"slurm_partition": "all"},
    "at_most": {"cpus_per_task": 2, "runtime": 30},
    "rules": {"distill": {"gpu": 1}},
}
IMPATIENT = ("--slurm-init-seconds-before-status-checks", 2, "--seconds-between-status-checks", 1,
             "--latency-wait", 20)  # fmt: skip
FEATURES = "results/features/labelled/masked"
MADE = (
    "results/distill/sak/model.safetensors",
    "results/downstream/sak/all/model.safetensors",
    "results/evaluate/sak/metrics.json",
)
ALREADY_THERE = ("results/data", "results/teachers", "results/features")
PAUSE = """
import os, sys, time


def pause(event, arguments):
    '''Before its second state is in place the training waits, once, to be killed.'''
    if event == "os.rename" and "checkpoints/distill/sak/00000006" in str(arguments[1]):
        if not os.path.exists({marker!r}):
            open({marker!r}, "x").close()
            for second in range(120):
                time.sleep(1)


sys.addaudithook(pause)
"""


@pytest.fixture(scope="module")
def slurm():
    if reason := why_not():
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    with one_node(folder):
        yield
    shutil.rmtree(folder)


@pytest.fixture
def cluster(finished, tmp_path) -> Project:
    """A clone of the finished project that has its data and features but for one teacher's.

    With this cluster in its site.yaml.
    """
    clone = Project(tmp_path / "cluster")
    finished.run("git", "clone", "--quiet", ".", clone.folder)
    for name in ALREADY_THERE:
        shutil.copytree(finished.folder / name, clone.folder / name, dirs_exist_ok=True)
    shutil.rmtree(clone.folder / FEATURES)
    site = clone.folder / "workflow/profiles/slurm/site.yaml"
    site.write_text(yaml.safe_dump(PARTITION))
    return clone


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_run_on_slurm_with_a_requeued_training_ends_like_one_without(finished, cluster, slurm):
    marker = cluster.folder / "paused"
    (cluster.folder / "src/sitecustomize.py").write_text(PAUSE.format(marker=str(marker)))
    words = ["snakemake", "--cores", "all", "--profile", "slurm", *IMPATIENT, MADE[-1]]
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(cluster.run, *words)
        wait_for(lambda: marker.exists() or run.done(), 1200, "the training")
        requeue(job_called("rule_distill_wildcards_sak"))
        run.result()
    assert "goes on after step 3" in (cluster.folder / "logs/distill/sak.log").read_text()
    for file in MADE:
        assert sha256(cluster.folder / file) == sha256(finished.folder / file)
