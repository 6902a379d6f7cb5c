"""The importer process lives and dies with the workflow, and never holds it up."""

import subprocess
import sys
import time

from polytask.pipeline.tracking.follower import Follower

UNTIL_CLOSED = (sys.executable, "-c", "import sys; sys.exit(sys.stdin.read() != 'finished\\n')")


def test_the_importer_is_told_and_ends(tmp_path, capsys):
    follower = Follower(tmp_path / "tracking", UNTIL_CLOSED)
    follower.start()
    follower.finish()
    assert capsys.readouterr().err == ""


def test_jobs_of_another_workflow_are_not_called_ended(tmp_path):
    note = "import sys; sys.exit(sys.stdin.read() != '')"
    follower = Follower(tmp_path, (sys.executable, "-c", note))
    follower.start()
    process = follower._process
    follower.finish(all_ended=False)
    assert process.returncode == 0


def test_without_a_start_there_is_nothing_to_finish():
    Follower().finish()


def test_a_failed_import_is_told_in_one_line(tmp_path, capsys):
    follower = Follower(tmp_path, (sys.executable, "-c", "raise SystemExit(1)"))
    follower.start()
    follower.finish()
    assert capsys.readouterr().err.count("\n") == 1


def test_a_slow_importer_is_not_waited_for(tmp_path, capsys):
    follower = Follower(tmp_path, (sys.executable, "-c", "import time; time.sleep(3)"))
    follower.start()
    follower.finish(patience=0.05)
    assert "nothing is lost" in capsys.readouterr().err


def test_an_importer_that_cannot_start_is_no_failure(tmp_path, capsys):
    follower = Follower(tmp_path, ("/no/such/program",))
    follower.start()
    follower.finish()
    assert "runs are not followed" in capsys.readouterr().err


def test_the_importer_ends_when_the_workflow_is_killed(tmp_path):
    note = (
        f"import sys, pathlib; sys.stdin.read(); pathlib.Path({str(tmp_path / 'ended')!r}).touch()"
    )
    start = (
        "import os, signal, sys; from pathlib import Path;"
        "from polytask.pipeline.tracking.follower import Follower;"
        f"f = Follower(Path({str(tmp_path)!r}), (sys.executable, '-c', {note!r})); f.start();"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", start]).returncode == -9
    for _ in range(200):
        if (tmp_path / "ended").exists():
            return
        time.sleep(0.05)
    raise AssertionError("the importer outlived its workflow")
