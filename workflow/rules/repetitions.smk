# The repetitions of SAK's rows: each but the first (and that too below a `sak.budget` of 1) is a module that runs all rules of
# params.yaml with other initial weights and another order of images. And the tables over all of them.
#
# IN   config, the tables of every repetition
# OUT  results/repetitions/{n}/...
#      results/sak/{table}.csv                (means and standard deviations)
#      results/sak/{table}_repetitions.csv    (a line per row and repetition)
#      of_all_repetitions(), of_first_repetition(), REPEATED_FIT

import sys

from polytask.pipeline.names import MARK
from polytask.pipeline.repetitions import (
    OVER_ALL,
    asked_systems,
    module_name,
    modules,
    of_repetition,
    places,
    repetition_config,
    shortened,
)

# Read only when asked for, as studies are.
REPEATED_SYSTEMS = asked_systems(sys.argv[1:])
REPETITION_MODULES = modules(SAK) if REPEATED_SYSTEMS else []
REPEATED_FIT = shortened(config["downstream"], SAK["budget"])["fit"]

for number in REPETITION_MODULES:
    name, prefix = module_name(number), f"{module_name(number)}{MARK}"
    STUDY_CONFIGS[name] = repetition_config(config, number, REPEATED_SYSTEMS)

    module:
        name: name
        snakefile:
            "../system.smk"
        config:
            STUDY_CONFIGS[name]
        replace_prefix:
            places(number)

    # What goes by the seed alone is made once, by the rules of params.yaml.
    use rule * from name exclude rooms, inspection, pretrain_teacher, teacher_features, distill as prefix*


def of_all_repetitions(file):
    """A file of results/ as every repetition has it, the first one first."""
    return [
        of_repetition(number, file) if number in REPETITION_MODULES else file
        for number in range(SAK["repetitions"] if REPEATED_SYSTEMS else 1)
    ]


def of_first_repetition(file):
    """The same as the first one has it: of params.yaml's own rules, or of a module too."""
    return of_all_repetitions(file)[0]


rule repeated_table:
    input:
        tables=lambda wildcards: of_all_repetitions(f"results/tables/sak_{wildcards.table}.csv"),
        code=code("repeated_table.py"),
    output:
        table=update("results/sak/{table}.csv"),
        repetitions=update("results/sak/{table}_repetitions.csv"),
    log:
        "logs/repeated_table/{table}.log",
    wildcard_constraints:
        table="|".join(SAK["tables"]),
    localrule: True  # seconds, where Snakemake itself runs
    script:
        "../scripts/repeated_table.py"
