"""What a record says of the source tree."""

import subprocess

import pytest

from polytask.pipeline import provenance


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A repository with one commit, in the place of the project's own."""

    def git(*arguments):
        identity = ("-c", "user.name=n", "-c", "user.email=e")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True)

    git("init", "--quiet")
    for name in ("code.py", "dvc.lock"):
        (tmp_path / name).write_text("as committed\n")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    monkeypatch.setattr(provenance, "REPOSITORY", tmp_path)
    provenance.git_state.cache_clear()
    yield tmp_path
    provenance.git_state.cache_clear()


def test_a_tree_is_clean_after_a_run_has_written_dvc_lock(tree):
    (tree / "dvc.lock").write_text("what a run made\n")
    assert provenance.git_state()["dirty"] is False


def test_a_tree_with_an_edited_source_is_dirty(tree):
    (tree / "code.py").write_text("edited\n")
    assert provenance.git_state()["dirty"] is True
