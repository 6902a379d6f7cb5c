# What every rule file needs: checked parameters, a script's sources, what a job asks a cluster for.
#
# IN   config, workflow/schemas/params.schema.yaml, workflow/profiles/slurm/site.yaml
# OUT  code(), asks()

from snakemake.exceptions import WorkflowError

from polytask.errors import UserError
from polytask.pipeline.code import code_closure
from polytask.pipeline.needs import needs, read_site
from polytask.pipeline.parameters import check_parameters

WORKFLOW = Path(workflow.basedir) / "workflow"

try:
    check_parameters(config, WORKFLOW / "schemas" / "params.schema.yaml")
    SITE = read_site(WORKFLOW / "profiles/slurm/site.yaml", config["resources"])
except UserError as error:
    raise WorkflowError(str(error)) from None


def code(script):
    """The script and all that it imports from here: editing any of it reruns the rule."""
    return code_closure(WORKFLOW / "scripts" / script)


def asks(rule):
    """What a job of `rule` asks a cluster for; without one nothing is held to it."""
    return needs(rule, config["resources"], SITE, on_cluster=workflow.remote_exec)
