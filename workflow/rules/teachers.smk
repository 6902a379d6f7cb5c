# Train the demo's own teachers, cache what every teacher of the committee says, measure its biases.
#
# IN   results/data/rooms_corpus.tar, the corpus, the labelled set
# OUT  results/teachers/{teacher}/model.safetensors
#      results/features/{data}/{teacher}/index.json and shards
#      results/analysis/biases.json


rule pretrain_teacher:
    input:
        corpus="results/data/rooms_corpus.tar",
        code=code("pretrain_teacher.py"),
    output:
        model="results/teachers/{teacher}/model.safetensors",
        curves="results/teachers/{teacher}/curves.jsonl",
    log:
        "logs/pretrain_teacher/{teacher}.log",
    wildcard_constraints:
        teacher="|".join(config["pretraining"]),
    priority: 1
    params:
        config=lambda wildcards: {
            **RUN,
            "name": wildcards.teacher,
            "teacher": config["teachers"][wildcards.teacher],
            **config["pretraining"][wildcards.teacher],
            "num_classes": config["datasets"]["rooms"]["num_classes"],
            "image_size": config["student"]["image_size"],
            "view": config["distill"]["view"],
        },
    script:
        "../scripts/pretrain_teacher.py"


rule teacher_features:
    input:
        images=lambda wildcards: IMAGES[wildcards.data],
        weights=lambda wildcards: weights_of(wildcards.teacher),
        code=code("teacher_features.py"),
    output:
        index="results/features/{data}/{teacher}/index.json",
        shards=expand(
            "results/features/{{data}}/{{teacher}}/{shard:02d}.safetensors",
            shard=range(config["features"]["num_shards"]),
        ),
    log:
        "logs/teacher_features/{data}/{teacher}.log",
    wildcard_constraints:
        data="|".join(IMAGES),
    priority: 1
    params:
        config=lambda wildcards: {
            **RUN,
            "name": wildcards.teacher,
            "teacher": config["teachers"][wildcards.teacher],
            **SOURCES[wildcards.data],
            **VIEWS[wildcards.data],
        },
    script:
        "../scripts/teacher_features.py"


rule biases:
    input:
        labelled=DATASET["root"],
        weights=[file for teacher in COMMITTEE for file in weights_of(teacher)],
        code=code("biases.py"),
    output:
        biases="results/analysis/biases.json",
    log:
        "logs/biases.log",
    params:
        config={
            **RUN,
            "dataset": DATASET,
            "reference": REFERENCE,
            "teachers": COMMITTEE_CONFIG["teachers"],
            **config["probe"],
        },
    script:
        "../scripts/biases.py"
