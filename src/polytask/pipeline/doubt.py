"""Outputs whose sources were edited while they were made must be made again.

Snakemake notes the content of inputs when a job ends, so it would take an output of the old code
for one of the new. Such outputs are listed, and when the run is over Snakemake forgets them.
"""

import os
from pathlib import Path
from typing import Any

LIST = Path("provenance/.doubtful")


def doubt(outputs: list[Path]) -> None:
    """Put `outputs` on the list."""
    LIST.parent.mkdir(parents=True, exist_ok=True)
    with LIST.open("a") as file:
        file.writelines(f"{output}\n" for output in outputs)


def forget_doubtful(workflow: Any) -> None:
    """Make Snakemake's `workflow` take those of its outputs that are on the list for outdated.

    They become older than anything, and what Snakemake knows about them is dropped.
    """
    if not LIST.exists():
        return
    doubtful = set(LIST.read_text().splitlines())
    for output in [output for job in workflow.dag.jobs for output in job.output]:
        if str(output) in doubtful and os.path.exists(output):
            workflow.persistence.cleanup_metadata(output)
            os.utime(output, (1, 1))  # the first second of 1970; 0 would mean no time
    LIST.unlink()
