"""What its owner puts in the place of a data set while that is fetched is not Snakemake's."""

from typing import Any

from polytask.pipeline.names import FETCH


def spare_what_appears(workflow: Any) -> None:
    """Where data sets are fetched, have Snakemake's `workflow` delete nothing when a job fails.

    It would take a folder that somebody has copied there meanwhile for the half-made output of the
    job. Jobs here leave no half-made outputs: they appear whole or not at all.
    """
    if any(job.rule.name == FETCH for job in workflow.dag.jobs):
        workflow.execution_settings.keep_incomplete = True
