"""Only what a run knows, and what is still in doubt, is forgotten by Snakemake."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from polytask.pipeline.doubt import LIST, doubt, forget_doubtful


@pytest.fixture
def workflow(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.txt").touch()
    Path("b.txt").touch()
    return SimpleNamespace(
        dag=SimpleNamespace(jobs=[SimpleNamespace(output=["a.txt"])]),
        persistence=SimpleNamespace(cleanup_metadata=lambda output: None),
    )


def test_outputs_of_another_run_stay_on_the_list(workflow):
    doubt([Path("a.txt"), Path("b.txt")])
    forget_doubtful(workflow)
    assert (Path("a.txt").stat().st_mtime, Path("b.txt").stat().st_mtime > 1) == (1, True)
    assert LIST.read_text() == "b.txt\n"


def test_what_came_back_after_its_job_failed_is_forgotten(workflow):
    Path("provenance").mkdir()
    Path("provenance/a.txt.unfinished.json").touch()
    forget_doubtful(workflow)
    assert Path("a.txt").stat().st_mtime == 1


def test_what_was_made_again_since_is_doubted_no_more(workflow):
    doubt([Path("a.txt")])
    Path("provenance/a.txt.json").write_text(
        '{"format": "polytask.provenance/2", "changed_while_running": []}'
    )
    forget_doubtful(workflow)
    assert Path("a.txt").stat().st_mtime > 1
    assert not LIST.exists()


def test_a_folder_of_data_keeps_its_time(workflow):
    Path("provenance").mkdir()
    Path("provenance/a.txt.unfinished.json").touch()
    Path("a.txt").unlink()
    Path("a.txt").mkdir()
    forget_doubtful(workflow)
    assert Path("a.txt").stat().st_mtime > 1
