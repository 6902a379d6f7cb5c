"""Jobs read the parameters again, in a queue hours after they were planned: others are refused."""

import os
from typing import Any

from polytask.errors import UserError
from polytask.records.identity import digest

VALUES = "POLYTASK_PLANNED_VALUES"
"""The environment variable that carries the digest from the planning process to its jobs."""


def refuse_other_values(values: Any, *, planning: bool) -> None:
    """When planning note the `values`, in a job compare them; raises UserError if they differ."""
    here = digest(values)
    if planning:
        os.environ[VALUES] = here
    elif os.environ.get(VALUES, here) != here:
        raise UserError(
            "params.yaml (or a preset, or site.yaml) was edited after this job was planned, so it "
            "does not run; take the edit back, or start the run again with the new values"
        )
