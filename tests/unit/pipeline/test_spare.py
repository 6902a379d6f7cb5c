"""Snakemake deletes outputs of jobs that fail, but no data set that somebody has put there."""

from types import SimpleNamespace

import pytest

from polytask.pipeline.spare import spare_what_appears


@pytest.mark.parametrize(("rules", "kept"), [(["fetch", "rooms"], True), (["rooms"], False)])
def test_nothing_is_deleted_in_runs_that_fetch_a_data_set(rules, kept):
    jobs = [SimpleNamespace(rule=SimpleNamespace(name=name)) for name in rules]
    workflow = SimpleNamespace(
        dag=SimpleNamespace(jobs=jobs),
        execution_settings=SimpleNamespace(keep_incomplete=False),
    )
    spare_what_appears(workflow)
    assert workflow.execution_settings.keep_incomplete is kept
