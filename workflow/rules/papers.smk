# The papers' tables and figures: every study is a module that runs all rules with its presets, and every
# experiment a page with what was printed beside what was measured.
#
# IN   presets/papers.yaml, the tables of the studies
# OUT  results/papers/{study}/..., results/papers/{experiment}.html

import sys

from polytask.papers.published import experiments, pages
from polytask.papers.studies import PLACE, asked_for, read, read_studies, study_config
from polytask.pipeline.names import MARK

EXPERIMENTS, ON_PAGES = experiments(), pages()
PRESETS = Path(workflow.basedir) / "presets"
STUDIES, STUDY_CONFIGS = {}, {}

# Reading the rules once per study takes seconds, which only those wait who ask for one. Snakemake
# itself knows its targets after it has read the rules.
if asked_for(sys.argv[1:], [*EXPERIMENTS, *ON_PAGES, "papers"]):
    try:
        STUDIES = read_studies(PRESETS / "papers.yaml")
        PANELS = [panel for panels in EXPERIMENTS.values() for panel in panels]
        GIVEN = [*map(read, workflow.config_settings.configfiles), workflow.config_settings.config]
        STUDY_CONFIGS = {
            name: study_config(study, PRESETS.parent / "params.yaml", PRESETS, PANELS, GIVEN)
            for name, study in STUDIES.items()
        }
    except UserError as error:
        raise WorkflowError(str(error)) from None


for name, study in STUDIES.items():
    prefix = f"{name}{MARK}"

    module:
        name: name
        snakefile:
            "../system.smk"
        config:
            STUDY_CONFIGS[name]
        replace_prefix:
            study.places()

    # Rooms and the demo's teachers are made by the rules of params.yaml.
    if study.stage1_of:

        use rule * from name exclude rooms, inspection, pretrain_teacher, distill as prefix*

    else:

        use rule * from name exclude rooms, inspection, pretrain_teacher as prefix*


def tables_of(experiment):
    """The table of each panel of an experiment, by its study."""
    return {
        panel.study: f"{PLACE}/{panel.study}/tables/{experiment}.csv"
        for panel in EXPERIMENTS[experiment]
    }


def drawn(experiment):
    """The metrics of the rows of which more is drawn than a table."""
    return [
        f"{PLACE}/{panel.study}/evaluate/{row}/metrics.json"
        for panel in EXPERIMENTS[experiment]
        if panel.draws
        for row in panel.rows
    ]


rule experiment:
    input:
        tables=lambda wildcards: list(tables_of(wildcards.experiment).values()),
        drawn=lambda wildcards: drawn(wildcards.experiment),
        code=code("experiment.py"),
    output:
        page=update("results/papers/{experiment}.html"),
    log:
        "logs/experiment/{experiment}.log",
    wildcard_constraints:
        experiment="|".join(EXPERIMENTS),
    localrule: True  # seconds, where Snakemake itself runs
    params:
        config=lambda wildcards: given(
            {"experiment": wildcards.experiment, "tables": tables_of(wildcards.experiment)}
        ),
    script:
        "../scripts/experiment.py"


# `snakemake sak_table5`: the page that shows it.
SHOWN = {
    **{name: f"{PLACE}/{name}.html" for name in EXPERIMENTS},
    **{
        name: PAGES[paper].replace("results/", f"{PLACE}/{study}/")
        for name, (paper, study) in ON_PAGES.items()
    },
}
for name, page in SHOWN.items():

    rule:
        name:
            name
        input:
            page,


rule papers:
    input:
        list(SHOWN.values()),
