# What models cost beside what they stand for: parameters, FLOPs, latency and memory of one image.
#
# IN   results/downstream/{report.show}/, the teachers it was distilled from, both baselines; a table's models
# OUT  results/analysis/costs.json            (a student and its heads against running its teachers)
#      results/analysis/costs/{table}.json    (the rows of a table whose models map images to dense tasks)

DISTILLED_MODEL = config["report"]["show"]
SINGLE_TASK = config["downstream"]["baseline"]
MULTI_TASK = config["merging"]["joint"] if config["merging"]["joint"] in METHODS else None
COSTED_TEACHERS = (
    committee_of(METHODS[DISTILLED_MODEL]["student"])
    if METHODS[DISTILLED_MODEL]["student"]
    else COMMITTEE
)
DENSE_TABLES = [name for name in TABLES if set(TABLES[name]["rows"]) <= set(DENSE_ROWS)]


rule costs:
    input:
        model=models_of(DISTILLED_MODEL),
        single_task=models_of(SINGLE_TASK),
        multi_task=models_of(MULTI_TASK) if MULTI_TASK else [],
        weights=[file for teacher in COSTED_TEACHERS for file in weights_of(teacher)],
        code=code("costs.py"),
    output:
        costs=update("results/analysis/costs.json"),
    log:
        "logs/costs.log",
    resources:
        **asks("costs"),
    params:
        config=given(
            {
                **RUN,
                "title": title_of(DISTILLED_MODEL),
                "single_task": title_of(SINGLE_TASK),
                "multi_task": title_of(MULTI_TASK) if MULTI_TASK else "",
                "teachers": committee_config(COSTED_TEACHERS)["teachers"],
                "image_size": DATASET_CONFIG["image_size"],
            }
        ),
    script:
        "../scripts/costs.py"


rule table_costs:
    input:
        models=lambda wildcards: [
            file for row in TABLES[wildcards.table]["rows"] for file in models_of(row)
        ],
        code=code("table_costs.py"),
    output:
        costs=update("results/analysis/costs/{table}.json"),
    log:
        "logs/table_costs/{table}.log",
    wildcard_constraints:
        table="|".join(DENSE_TABLES),
    resources:
        **asks("table_costs"),
    params:
        config=lambda wildcards: given(
            {
                **RUN,
                "rows": {
                    row: {
                        "title": title_of(row),
                        "num_models": len(models_of(row)),
                        "image_size": judged_by(row)[1]["image_size"],
                    }
                    for row in TABLES[wildcards.table]["rows"]
                },
            }
        ),
    script:
        "../scripts/table_costs.py"
