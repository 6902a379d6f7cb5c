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
        model=update("results/teachers/{teacher}/model.safetensors"),
        curves=update("results/teachers/{teacher}/curves.csv"),
    log:
        "logs/pretrain_teacher/{teacher}.log",
    wildcard_constraints:
        teacher="|".join(config["pretraining"]),
    priority: 1
    resources:
        **asks("pretrain_teacher"),
    params:
        config=lambda wildcards: given(
            {
                **RUN,
                "name": wildcards.teacher,
                "teacher": PARAMS["teachers"][wildcards.teacher],
                **PARAMS["pretraining"][wildcards.teacher],
                "num_classes": PARAMS["datasets"]["rooms"]["num_classes"],
                "image_size": PARAMS["student"]["image_size"],
                "view": PARAMS["distill"]["view"],
            }
        ),
    script:
        "../scripts/pretrain_teacher.py"


rule teacher_features:
    input:
        images=lambda wildcards: IMAGES[wildcards.data],
        weights=lambda wildcards: weights_of(wildcards.teacher),
        code=code("teacher_features.py"),
    output:
        index=update("results/features/{data}/{teacher}/index.json"),
        shards=update(
            expand(
                "results/features/{{data}}/{{teacher}}/{shard:02d}.safetensors",
                shard=range(config["features"]["num_shards"]),
            )
        ),
    log:
        "logs/teacher_features/{data}/{teacher}.log",
    wildcard_constraints:
        data="|".join(IMAGES),
    priority: 1
    resources:
        **asks("teacher_features"),
    params:
        config=lambda wildcards: given(
            {
                **RUN,
                "name": wildcards.teacher,
                "teacher": PARAMS["teachers"][wildcards.teacher],
                **SOURCES[wildcards.data],
                **VIEWS[wildcards.data],
            }
        ),
    script:
        "../scripts/teacher_features.py"


rule biases:
    input:
        labelled=DATASET["root"],
        weights=[file for teacher in COMMITTEE for file in weights_of(teacher)],
        code=code("biases.py"),
    output:
        biases=update("results/analysis/biases.json"),
    log:
        "logs/biases.log",
    resources:
        **asks("biases"),
    params:
        config=given(
            {
                **RUN,
                "dataset": DATASET_CONFIG,
                "reference": REFERENCE,
                "teachers": committee_config(COMMITTEE)["teachers"],
                **PARAMS["probe"],
            }
        ),
    script:
        "../scripts/biases.py"
