"""Bring Snakemake's bookkeeping in line with the records; the workflow calls it when they changed.

python workflow/bookkeeping/adopt_records.py [CONFIGFILE ...]
"""

import sys
from pathlib import Path

from dag import loaded

from polytask.pipeline.adopt import adopt, note


def main() -> None:
    with loaded([Path(name) for name in sys.argv[1:]]) as workflow:
        done = adopt(
            workflow.dag.toposorted(),
            workflow.persistence,
            lambda job: workflow.async_run(workflow.persistence.finished(job)),
            lambda job: workflow.async_run(workflow.persistence.incomplete(job)),
        )
        note(workflow.globals["config"], any_outdated=done["outdated"] > 0)
    print(f"records: {done['adopted']} jobs adopted, {done['outdated']} to be made again")


if __name__ == "__main__":
    main()
