"""A real Slurm of one node with two pretended GPUs and no accounting, for as long as a test runs.

Its configuration must lie in /etc/slurm, since the executor plugin drops SLURM_CONF from the
environment of a job; one that was there before is left alone, and the test is skipped.
"""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from debian import can_install, install, missing

ETC = Path("/etc/slurm")
OURS = "# Written by the tests of polytask, which remove it when they end.\n"
PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "srun")
PACKAGES = ("slurm-wlm", "munge")
NODE = f"""{OURS}ClusterName=polytask
SlurmctldHost={{host}}(127.0.0.1)
SlurmctldPort={{port}}
SlurmdPort={{port2}}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={{folder}}/munge.socket
CryptoType=crypto/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
SwitchType=switch/none
SlurmctldPidFile={{folder}}/slurmctld.pid
SlurmdPidFile={{folder}}/slurmd.pid
SlurmdSpoolDir={{folder}}/spool
StateSaveLocation={{folder}}/state
MinJobAge=300
KillWait=5
GresTypes=gpu
NodeName={{host}} NodeAddr=127.0.0.1 CPUs=2 RealMemory=64000 Gres=gpu:2 State=UNKNOWN
PartitionName=all Nodes={{host}} Default=YES MaxTime=60 State=UP
"""
GPUS = f"{OURS}NodeName={{host}} Name=gpu File=/dev/null,/dev/zero\n"


def why_not() -> str:
    """Why Slurm cannot be started here, or nothing; installs it where that was asked for."""
    if os.geteuid() != 0:
        return "needs root: Slurm reads its configuration from /etc/slurm"
    if missing(PROGRAMS) and can_install("POLYTASK_INSTALL_SLURM"):
        install(PACKAGES, PROGRAMS)
    if program := missing(PROGRAMS):
        packages = " ".join(PACKAGES)
        return f"no {program}: apt-get install {packages}, or set POLYTASK_INSTALL_SLURM=1"
    for file in (ETC / "slurm.conf", ETC / "gres.conf"):
        if file.exists() and not file.read_text().startswith(OURS):
            return f"{file} belongs to a Slurm of this machine, which is left alone"
    return "another test run uses Slurm" if _answers() else ""


@contextmanager
def one_node(folder: Path) -> Iterator[None]:
    """Within the block Slurm takes jobs; its state lies in `folder`, new and with a short name."""
    host = socket.gethostname().partition(".")[0]
    port, port2 = _free_ports(2)
    words = {"host": host, "folder": folder, "port": port, "port2": port2}
    folder.chmod(0o711)
    (folder / "munge.key").write_bytes(os.urandom(128))
    (folder / "munge.key").chmod(0o600)
    ETC.mkdir(exist_ok=True)
    (ETC / "slurm.conf").write_text(NODE.format(**words))
    (ETC / "gres.conf").write_text(GPUS.format(**words))
    daemons: list[subprocess.Popen] = []
    try:
        for command in _commands(folder, host):
            with (folder / f"{command[0]}.log").open("w") as log:
                daemons.append(subprocess.Popen(command, stdout=log, stderr=log))
        wait_for(lambda: "idle" in _said("sinfo", "--noheader", "--format=%T"), 30, "an idle node")
        yield
    finally:
        _said("scancel", "--user", "root")
        wait_for(lambda: not _said("squeue", "--noheader"), 30, "the end of all jobs", check=False)
        for daemon in reversed(daemons):
            daemon.terminate()
            daemon.wait(30)
        for name in ("slurm.conf", "gres.conf"):
            (ETC / name).unlink(missing_ok=True)


def job_called(comment: str) -> str:
    """The id of the running job with this comment, or nothing."""
    lines = _said("squeue", "--noheader", "--states=RUNNING", "--format=%i %k").splitlines()
    return next((line.split()[0] for line in lines if line.endswith(f" {comment}")), "")


def requeue(job: str) -> None:
    """Take a running job from its node, as a preemption does, and let it start again at once."""
    subprocess.run(["scontrol", "requeue", job], check=True)
    state = ("squeue", "--noheader", "--states=all", f"--jobs={job}", "--format=%T")
    wait_for(lambda: _said(*state) == "PENDING", 60, "the requeue")
    now = ["scontrol", "update", f"jobid={job}", "StartTime=now"]  # it would wait for two minutes
    subprocess.run(now, check=True)


def wait_for(true: Callable[[], object], seconds: float, what: str, check: bool = True) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            assert not check, f"waited {seconds:.0f} s for {what}"
            return
        time.sleep(0.2)


def _commands(folder: Path, host: str) -> list[list[str]]:
    munged = {
        "key-file": "munge.key", "socket": "munge.socket", "pid-file": "munged.pid",
        "seed-file": "munged.seed", "log-file": "munged.out",
    }  # fmt: skip
    places = [f"--{option}={folder / name}" for option, name in munged.items()]
    return [
        ["munged", "--foreground", "--force", *places],
        ["slurmctld", "-D"],
        ["slurmd", "-D", "-N", host],
    ]


def _answers() -> bool:
    return "UP" in _said("scontrol", "ping") if (ETC / "slurm.conf").exists() else False


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
