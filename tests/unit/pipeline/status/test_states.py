"""Every state is told from files, and nothing is claimed that they do not say."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import chains
import pytest

from polytask.pipeline.status.evidence import Evidence
from polytask.pipeline.status.life import FOLDER
from polytask.pipeline.status.plan import Plan, PlannedJob
from polytask.pipeline.status.processes import own_process
from polytask.pipeline.status.states import left_unfinished, states_of
from polytask.records.files import record_path, unfinished_path

KILLED_SOON = """
import time
from polytask.pipeline.status.life import sign_of_life
with sign_of_life("distill", {"student": "sak"}, None):
    time.sleep(60)
"""


def test_a_job_is_done_when_its_outputs_are_there_and_recorded(state, student):
    found = state(student)
    assert (found.state, found.seconds) == ("done", pytest.approx(10.0))


def edit_code(tree):
    (tree.repository / chains.CODE[0]).write_text("# edited\n")
    return chains.CODE[0]


def edit_output(_tree):
    Path(chains.STUDENT).write_text("cut")
    return chains.STUDENT


def make_input_again(tree):
    tree.make("teacher_features", {chains.SHARDS[1]: "other features"}, {})
    return chains.SHARDS[1]


def damage_record(_tree):
    record_path(Path(chains.STUDENT)).write_text("{")
    return f"{record_path(Path(chains.STUDENT))}"


@pytest.mark.parametrize("edit", [edit_code, edit_output, make_input_again, damage_record])
def test_what_was_edited_since_makes_a_job_outdated_and_is_named(tree, state, student, edit):
    subject = edit(tree)
    found = state(student)
    assert found.state == "outdated"
    assert subject in found.reason


@pytest.mark.parametrize("lost", [chains.STUDENT, record_path(Path(chains.STUDENT))])
def test_without_output_or_record_a_job_waits(state, student, lost):
    Path(lost).unlink()
    assert state(student).state == "waiting"


def test_what_is_to_be_made_again_waits_until_it_was(state, student):
    assert state(student, since=-10).state == "waiting"
    assert state(replace(student, is_due=False), since=-10).state == "done"


def test_a_waiting_job_is_ready_once_all_that_it_needs_is_done(tree, student):
    Path(chains.STUDENT).unlink()
    last = PlannedJob(name="x", rule="x", outputs=["x"], needs=["distill-sak"], is_due=True)
    waiting = states_of(Plan(jobs=[student, last]), Evidence(tree.repository))
    assert [each.is_ready for each in waiting] == [True, False]


def test_a_running_job_says_how_far_it_is_and_what_is_left(state, student, leave_sign):
    leave_sign(student, step=30, total=100, unit="step", speed=2.0)
    found = state(student)
    assert found.state == "running"
    assert found.seconds_left == pytest.approx(35, abs=1)


@pytest.mark.parametrize("speed", [None, 0.0])
def test_without_a_speed_no_time_is_promised(state, student, leave_sign, speed):
    leave_sign(student, step=0, total=100, unit="step", speed=speed)
    assert state(student).seconds_left is None


def test_a_job_elsewhere_that_has_long_been_silent_is_stopped(state, student, leave_sign):
    leave_sign(student, age=60)
    assert state(student).state == "running"
    leave_sign(student, age=600)
    found = state(student)
    assert (found.state, found.reason) == ("stopped", "no sign of life from node7 for 10 min")


def test_a_process_of_this_machine_is_looked_for(state, student, leave_sign):
    leave_sign(student, age=600, process=own_process())
    assert state(student).state == "running"
    another = {**own_process(), "born": "1"}  # its number was given to another process
    leave_sign(student, age=1, process=another)
    assert state(student).state == "stopped"


def test_a_job_that_was_killed_is_seen_at_once(state, student):
    source = str(Path(__file__).parents[4] / "src")
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED_SOON], env={**os.environ, "PYTHONPATH": source}
    )
    wait_for(lambda: state(student).state == "running")
    child.send_signal(signal.SIGKILL)
    child.wait()
    found = state(student)
    assert found.state == "stopped"
    assert "killed" in found.reason


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_failed_job_says_why_until_it_is_planned_again_or_made(tree, state, student, leave_sign):
    leave_sign(student, age=1, state="failed", error="UserError: bad")
    found = state(student)
    assert (found.state, found.reason) == ("failed", "UserError: bad")
    assert state(student, since=0.5).state == "waiting"
    tree.make("distill", {chains.STUDENT: "student"}, {})
    assert state(student).state == "done"


@pytest.mark.parametrize(("status", "expected"), [("failed", "failed"), ("interrupted", "stopped")])
def test_the_mark_in_provenance_tells_as_well(state, student, status, expected):
    mark = unfinished_path(Path(chains.STUDENT))
    mark.write_text(json.dumps({"status": status, "error": None, "start": "now", "host": "here"}))
    assert state(student).state == expected


def test_when_a_run_is_over_whatever_seems_to_run_is_told_as_stopped(tree, student, leave_sign):
    leave_sign(student)
    earlier = replace(student, name="distill-other")
    leave_sign(earlier, age=100)
    plan = Plan(jobs=[student, earlier], since=time.time() - 50)
    [left] = left_unfinished(plan, states_of(plan, Evidence(tree.repository)))
    assert (left.job, left.state) == (student, "stopped")


def test_a_damaged_sign_is_no_sign(state, student, leave_sign):
    leave_sign(student)
    (FOLDER / "distill-sak.json").write_text('{"state": "runn')
    assert state(student).state == "done"
