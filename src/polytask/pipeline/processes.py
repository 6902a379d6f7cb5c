"""A rule in several processes on one node: its script runs once more in each, under torchrun.

How many is the resource `processes` of the rule (`--set-resources distill:processes=4`), no
parameter: it changes neither what is made nor whether it is made again. The first process writes
outputs, records and the log; the others only help it.
"""

import ctypes
import functools
import logging
import os
import signal
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

FIRST_FAILURE = "POLYTASK_FIRST_FAILURE"
"""Set in each of several processes: the file that the first one to fail makes."""
SIGNALS = "SIGTERM,SIGINT,SIGHUP,SIGQUIT,SIGUSR1"
PATIENCE = 3600
"""Seconds that processes have to end when they are told to: they may be writing a checkpoint."""


def asked_for(snakemake: Any) -> int:
    """How many processes the job is to have."""
    return int(getattr(snakemake, "resources", {}).get("processes", 1))


def inside() -> bool:
    """Whether this is one of several processes of a job."""
    return FIRST_FAILURE in os.environ


def rank() -> int:
    """The number of this process; 0 is the first one, or the only one."""
    return int(os.environ["RANK"]) if inside() else 0


def world_size() -> int:
    """How many processes work on this job."""
    return int(os.environ["WORLD_SIZE"]) if inside() else 1


@functools.cache
def first_to_fail() -> bool:
    """Whether no other process of the job failed before: what the others say then is its echo."""
    if not inside():
        return True
    try:
        Path(os.environ[FIRST_FAILURE]).touch(exist_ok=False)
    except OSError:
        return False
    return True


def end_with_the_launcher() -> None:
    """Let this process be told to stop when the one that started it is gone (Linux)."""
    if inside() and sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, int(signal.SIGTERM))


def run_in(count: int) -> None:
    """Run this very program again in `count` processes, and return when all have ended well.

    Signals reach all of them. If one fails the others are stopped, and this process exits with the
    code of the first; after a signal with 128 plus the signal.
    """
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    with tempfile.TemporaryDirectory() as folder:
        os.environ[FIRST_FAILURE] = str(Path(folder) / "failed")
        config = LaunchConfig(
            min_nodes=1, max_nodes=1, nproc_per_node=count, max_restarts=0,
            run_id=uuid.uuid4().hex, rdzv_backend="c10d", rdzv_endpoint="localhost:0",
            logs_specs=DefaultLogsSpecs(folder), signals_to_handle=SIGNALS,
            shutdown_timeout=PATIENCE,
        )  # fmt: skip
        logging.disable(logging.ERROR)  # the processes speak for themselves
        try:
            elastic_launch(config, sys.executable)(*sys.orig_argv[1:])
        except SignalException as stopped:
            raise SystemExit(128 + stopped.sigval) from None
        except ChildFailedError as failed:
            raise SystemExit(_code(*failed.get_first_failure())) from None
        finally:
            logging.disable(logging.NOTSET)
            del os.environ[FIRST_FAILURE]


def _code(number: int, failure: Any) -> int:
    """The exit code of the process that failed; a killed one could not say so itself."""
    if failure.exitcode >= 0:
        return failure.exitcode
    logging.disable(logging.NOTSET)
    name = signal.Signals(-failure.exitcode).name
    hint = "; was there too little memory?" if name == "SIGKILL" else ""
    logger.error("process %d of this job was killed by %s%s", number, name, hint)
    return 128 - failure.exitcode
