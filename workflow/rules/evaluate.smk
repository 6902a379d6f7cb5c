# Judge every method on the test split.
#
# IN   the labelled set, results/downstream/{method}/
# OUT  results/evaluate/{method}/metrics.json, samples.npz


rule evaluate:
    input:
        labelled=DATASET["root"],
        models=lambda wildcards: models_of(wildcards.method),
        code=code("evaluate.py"),
    output:
        metrics="results/evaluate/{method}/metrics.json",
        samples="results/evaluate/{method}/samples.npz",
    params:
        config=lambda wildcards: {
            **RUN,
            "name": wildcards.method,
            "title": METHODS[wildcards.method]["title"],
            "dataset_name": config["dataset"],
            "dataset": DATASET,
            **{key: config["evaluation"][key] for key in ("batch_size", "num_samples")},
        },
    log:
        "logs/evaluate/{method}.log",
    script:
        "../scripts/evaluate.py"
