# What one start of Snakemake does beside its jobs: tracking them, refusing values that changed since they
# were planned, and bookkeeping that agrees with the provenance records before the first job and after
# the last.
#
# IN   config, papers.smk, provenance/
# OUT  dvc.lock, tracked runs

from polytask.pipeline.adopt import bring_in_line, note
from polytask.pipeline.code import use_in_containers
from polytask.pipeline.doubt import forget_doubtful
from polytask.pipeline.dvc import record_in_lock
from polytask.pipeline.planned import refuse_other_values
from polytask.pipeline.planners import at_work, planning
from polytask.pipeline.scheduling import spare_the_scheduler
from polytask.pipeline.spare import spare_what_appears
from polytask.pipeline.status.advice import last_words
from polytask.pipeline.status.plan import write_plan
from polytask.pipeline.tracking.follower import Follower

FOLLOWER = Follower()
use_in_containers()

try:
    refuse_other_values([config, SITE, STUDY_CONFIGS], planning=workflow.is_main_process)
except UserError as error:
    raise WorkflowError(str(error)) from None

with planning(is_main=workflow.is_main_process) as alone:
    if alone and not workflow.config_settings.config:  # the adoption could not see such values
        bring_in_line(
            WORKFLOW / "bookkeeping/adopt_records.py", config, workflow.config_settings.configfiles
        )


def finish():
    """Let the tracking store have the last runs, and Snakemake forget what it must make again."""
    forget_doubtful(workflow)
    FOLLOWER.finish(all_ended=not at_work())
    note(config)


onstart:
    spare_the_scheduler(workflow.scheduler)
    if not workflow.touch:
        spare_what_appears(workflow)
        write_plan(workflow)
        FOLLOWER.start()


onsuccess:
    finish()
    if not workflow.touch:
        script = WORKFLOW / "bookkeeping/record_in_lock.py"
        targets = workflow.dag_settings.targets
        record_in_lock(script, workflow.dag.jobs, config, targets=targets)


onerror:
    finish()
    last_words()
