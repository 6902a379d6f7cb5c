"""The DAG as Snakemake builds it, without running it.

`_workflow` and what is called on it are private to Snakemake: requirements.lock pins the version.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    ExecMode,
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
def loaded(
    configfiles: list[Path], targets: Iterable[str] = (), *, to_look: bool = False, cores: int = 1
) -> Iterator[Any]:
    """The workflow with its DAG, every job behind `targets` in it (default: the whole project's).

    In the working directory. `to_look` takes files that nobody makes for granted, and keeps off
    Snakemake's bookkeeping: as in the process of a job, which trusts the one that planned it.
    """
    mode = ExecMode.SUBPROCESS if to_look else ExecMode.DEFAULT
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow_api = api.workflow(
            resource_settings=ResourceSettings(cores=cores),
            config_settings=ConfigSettings(configfiles=configfiles),
            storage_settings=StorageSettings(),
            workflow_settings=WorkflowSettings(exec_mode=mode),
            snakefile=SNAKEFILE,
        )
        workflow_api.dag(DAGSettings(targets=set(targets), forceall=True))
        workflow = workflow_api._workflow
        workflow.execution_settings = ExecutionSettings()
        workflow.remote_execution_settings = RemoteExecutionSettings()
        workflow._prepare_dag(
            forceall=True, ignore_incomplete=True, lock_warn_only=True, nolock=True
        )
        workflow._build_dag()
        yield workflow
