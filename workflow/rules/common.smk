# What every rule file needs: checked parameters, a script's sources, tracking beside the jobs, and
# bookkeeping that agrees with the provenance records before the first job and after the last.
#
# IN   config, workflow/schemas/params.schema.yaml, workflow/profiles/slurm/site.yaml, provenance/
# OUT  code(), asks(), dvc.lock

from snakemake.exceptions import WorkflowError

from polytask.errors import UserError
from polytask.pipeline.adopt import bring_in_line, note
from polytask.pipeline.code import code_closure, use_in_containers
from polytask.pipeline.doubt import forget_doubtful
from polytask.pipeline.dvc import record_in_lock
from polytask.pipeline.needs import needs, read_site
from polytask.pipeline.parameters import check_parameters
from polytask.pipeline.planned import refuse_other_values
from polytask.pipeline.planners import at_work, planning
from polytask.pipeline.status.advice import last_words
from polytask.pipeline.status.plan import write_plan
from polytask.pipeline.tracking.follower import Follower

WORKFLOW = Path(workflow.basedir) / "workflow"
FOLLOWER = Follower()
use_in_containers()

try:
    check_parameters(config, WORKFLOW / "schemas" / "params.schema.yaml")
    SITE = read_site(WORKFLOW / "profiles/slurm/site.yaml", config["resources"])
    refuse_other_values([config, SITE], planning=workflow.is_main_process)
except UserError as error:
    raise WorkflowError(str(error)) from None

with planning(is_main=workflow.is_main_process) as alone:
    if alone and not workflow.config_settings.config:  # the adoption could not see such values
        bring_in_line(
            WORKFLOW / "bookkeeping/adopt_records.py", config, workflow.config_settings.configfiles
        )


def code(script):
    """The script and all that it imports from here: editing any of it reruns the rule."""
    return code_closure(WORKFLOW / "scripts" / script)


def asks(rule):
    """What a job of `rule` asks a cluster for; without one nothing is held to it."""
    return needs(rule, config["resources"], SITE, on_cluster=workflow.remote_exec)


def finish():
    """Let the tracking store have the last runs, and Snakemake forget what it must make again."""
    forget_doubtful(workflow)
    FOLLOWER.finish(all_ended=not at_work())
    note(config)


onstart:
    if not workflow.touch:
        write_plan(workflow)
        FOLLOWER.start()


onsuccess:
    finish()
    if not workflow.touch:
        script = WORKFLOW / "bookkeeping/record_in_lock.py"
        record_in_lock(script, workflow.dag.jobs, config)


onerror:
    finish()
    last_words()
