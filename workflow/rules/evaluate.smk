# Judge every method on the test split, and set all of them in one table.
#
# IN   the labelled set, results/downstream/{method}/
# OUT  results/evaluate/{method}/metrics.json, samples.npz
#      results/tables/sak.csv


rule evaluate:
    input:
        labelled=DATASET["root"],
        models=lambda wildcards: models_of(wildcards.method),
        code=code("evaluate.py"),
    output:
        metrics=update("results/evaluate/{method}/metrics.json"),
        samples=update("results/evaluate/{method}/samples.npz"),
    log:
        "logs/evaluate/{method}.log",
    resources:
        **asks("evaluate"),
    params:
        config=lambda wildcards: given(
            {
                **RUN,
                "name": wildcards.method,
                "title": METHOD_CONFIGS[wildcards.method]["title"],
                "dataset_name": PARAMS["dataset"],
                "dataset": DATASET_CONFIG,
                **{key: PARAMS["evaluation"][key] for key in ("batch_size", "num_samples")},
            }
        ),
    script:
        "../scripts/evaluate.py"


rule table:
    input:
        metrics=expand("results/evaluate/{method}/metrics.json", method=METHODS),
        code=code("table.py"),
    output:
        table=update("results/tables/sak.csv"),
    log:
        "logs/table.log",
    localrule: True  # seconds, where Snakemake itself runs
    params:
        config=given({"baseline": PARAMS["downstream"]["baseline"]}),
    script:
        "../scripts/table.py"
