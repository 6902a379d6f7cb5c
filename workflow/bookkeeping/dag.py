"""The DAG as Snakemake builds it, without running it.

`_workflow` and what is called on it are private to Snakemake: requirements.lock pins the version.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    ExecutionSettings,
    OutputSettings,
    Quietness,
    RemoteExecutionSettings,
    ResourceSettings,
    StorageSettings,
    WorkflowSettings,
)

SNAKEFILE = Path(__file__).resolve().parents[2] / "Snakefile"


@contextmanager
def loaded(configfiles: list[Path]) -> Iterator[Any]:
    """The workflow of the whole project with its DAG, every job in it, in the working directory."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow_api = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=configfiles),
            storage_settings=StorageSettings(),
            workflow_settings=WorkflowSettings(),
            snakefile=SNAKEFILE,
        )
        workflow_api.dag(DAGSettings(targets=set(), forceall=True))
        workflow = workflow_api._workflow
        workflow.execution_settings = ExecutionSettings()
        workflow.remote_execution_settings = RemoteExecutionSettings()
        workflow._prepare_dag(
            forceall=True, ignore_incomplete=True, lock_warn_only=True, nolock=True
        )
        workflow._build_dag()
        yield workflow
