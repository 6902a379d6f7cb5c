"""Outputs that Snakemake would take for good, and that must be made again.

Those whose sources were edited while they were made: Snakemake notes the content of inputs when a
job ends, so it would take an output of the old code for one of the new. Such outputs are listed.
And those whose job failed: Snakemake brings the ones before back, but as if they were new. When the
run is over it is made to forget both.
"""

import os
from pathlib import Path
from typing import Any

from polytask.errors import UserError
from polytask.records.files import read_record, unfinished_path

LIST = Path("provenance/.doubtful")


def doubt(outputs: list[Path]) -> None:
    """Put `outputs` on the list."""
    if not outputs:
        return
    LIST.parent.mkdir(parents=True, exist_ok=True)
    with LIST.open("a") as file:
        file.writelines(f"{output}\n" for output in outputs)


def forget_doubtful(workflow: Any) -> None:
    """Make Snakemake's `workflow` take those of its outputs that are in doubt for outdated.

    They become older than anything, and what Snakemake knows about them is dropped. What another
    run in this folder makes stays on the list.
    """
    listed = LIST.read_text().splitlines() if LIST.exists() else []
    doubtful = {output for output in listed if _is_doubtful(Path(output))}
    outputs = {str(output): output for job in workflow.dag.jobs for output in job.output}
    for name, output in outputs.items():
        unfinished = unfinished_path(Path(name)).exists()
        if (unfinished or name in doubtful) and os.path.isfile(name):  # a folder is somebody's data
            workflow.persistence.cleanup_metadata(output)
            os.utime(name, (1, 1))  # the first second of 1970; 0 would mean no time
    LIST.unlink(missing_ok=True)
    doubt([Path(output) for output in sorted(doubtful - outputs.keys())])


def _is_doubtful(output: Path) -> bool:
    """Whether it is still the one that was made while its sources changed."""
    try:
        record = read_record(output)
    except UserError:
        return True
    return record is None or bool(record["changed_while_running"])
