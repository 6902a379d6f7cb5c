"""Write dvc.yaml from the DAG.

python workflow/bookkeeping/stages.py           write it
python workflow/bookkeeping/stages.py --check   only say whether it is up to date (exit status 1)
"""

import os
import sys
from pathlib import Path

from dag import SNAKEFILE, loaded

from polytask.pipeline.dvc import dvc_yaml


def main() -> int:
    place = Path("dvc.yaml")
    with loaded([]) as workflow:
        text = dvc_yaml(workflow.dag.jobs)
    if "--check" in sys.argv[1:]:
        if place.is_file() and place.read_text() == text:
            return 0
        print("dvc.yaml is not what the DAG says: run make dvc.yaml", file=sys.stderr)
        return 1
    partial = place.with_name(f".{place.name}.{os.getpid()}")
    partial.write_text(text)
    partial.replace(place)
    return 0


if __name__ == "__main__":
    os.chdir(SNAKEFILE.parent)
    sys.exit(main())
