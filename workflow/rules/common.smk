# What every rule file needs: checked parameters, a script's sources, tracking beside the jobs.
#
# IN   config, workflow/schemas/params.schema.yaml
# OUT  code()

from snakemake.exceptions import WorkflowError

from polytask.errors import UserError
from polytask.pipeline.code import code_closure
from polytask.pipeline.doubt import forget_doubtful
from polytask.pipeline.parameters import check_parameters
from polytask.pipeline.tracking.follower import Follower

WORKFLOW = Path(workflow.basedir) / "workflow"
FOLLOWER = Follower()

try:
    check_parameters(config, WORKFLOW / "schemas" / "params.schema.yaml")
except UserError as error:
    raise WorkflowError(str(error)) from None


def code(script):
    """The script and all that it imports from here: editing any of it reruns the rule."""
    return code_closure(WORKFLOW / "scripts" / script)


def finish():
    """Let the tracking store have the last runs, and Snakemake forget what it must make again."""
    forget_doubtful(workflow)
    FOLLOWER.finish()


onstart:
    if not workflow.touch:
        FOLLOWER.start()


onsuccess:
    finish()


onerror:
    finish()
