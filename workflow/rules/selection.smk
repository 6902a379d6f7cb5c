# What the rules need to know about params.yaml: which files a name stands for.
#
# IN   config
# OUT  names used by every other .smk file

from snakemake.exceptions import WorkflowError

from polytask.errors import UserError
from polytask.pipeline.selection import check_selection

try:
    check_selection(config)
except UserError as error:
    raise WorkflowError(str(error)) from None

RUN = {"seed": config["seed"], "runtime": config["runtime"]}
COMMITTEE = config["committee"]
STUDENTS = config["distill"]["students"]
METHODS = config["downstream"]["methods"]
DATASET = config["datasets"][config["dataset"]]
COMMITTEE_CONFIG = {
    "teachers": {teacher: config["teachers"][teacher] for teacher in COMMITTEE},
    "targets": config["features"]["targets"],
    "standardise": config["features"]["standardise"],
}
# The plain ViT that teachers are measured against (Figure 1).
REFERENCE = {
    **{key: config["student"][key] for key in ("model", "model_args", "levels", "mean", "std")},
    "weights": "hub" if config["initial_weights"] == "hub" else "random",
}

# The two sets of images that teachers look at, and how a view of them is drawn.
IMAGES = {
    "corpus": (
        "results/data/rooms_corpus.tar" if config["corpus"] == "rooms" else config["corpus"]
    ),
    "labelled": DATASET["root"],
}
SOURCES = {
    "corpus": {
        "images": "photos",
        "split": "train",
        "num_classes": DATASET["num_classes"],
        "image_size": config["student"]["image_size"],
    },
    "labelled": {
        "images": "labelled",
        "split": DATASET["train_split"],
        "num_classes": DATASET["num_classes"],
        "image_size": DATASET["image_size"],
    },
}
VIEWS = {
    "corpus": {
        "num_views": config["distill"]["num_views"],
        "view": config["distill"]["view"],
    },
    "labelled": {
        "num_views": config["downstream"]["num_views"],
        "view": config["downstream"]["view"],
    },
}


def weights_of(teacher):
    """The weight file of a teacher, where it has one (hub and random weights have none)."""
    weights = config["teachers"][teacher]["weights"]
    return [] if weights in ("hub", "random") else [weights]


def initial_weights():
    """The file that every student and baseline starts from, where there is one."""
    start = config["initial_weights"]
    if start in config["teachers"]:
        return weights_of(start)
    return [] if start in ("hub", "random") else [start]


def statistics(data):
    """The feature indexes, with their statistics, of the committee; online there are none."""
    if config["features"]["targets"] == "online":
        return []
    return expand("results/features/{data}/{teacher}/index.json", data=data, teacher=COMMITTEE)


def targets(data):
    """What distillation reads on `data`: cached features, or the teachers' weights when online."""
    if config["features"]["targets"] == "online":
        return [file for teacher in COMMITTEE for file in weights_of(teacher)]
    shards = expand(
        "results/features/{data}/{teacher}/{shard:02d}.safetensors",
        data=data,
        teacher=COMMITTEE,
        shard=range(config["features"]["num_shards"]),
    )
    return statistics(data) + shards


def steps_of(student):
    """How long stage 1 trains this student, where that is its own."""
    return {key: value for key, value in STUDENTS[student].items() if key == "steps"}


def student_of(method):
    """The distilled student that a method starts from, or the plain initial weights."""
    student = METHODS[method]["student"]
    return f"results/distill/{student}/model.safetensors" if student else initial_weights()


def task_groups(method):
    """`all` for one model of all tasks, else every task by itself."""
    return DATASET["tasks"] if METHODS[method]["separate"] else ["all"]


def models_of(method):
    return expand(
        "results/downstream/{method}/{tasks}/model.safetensors",
        method=method,
        tasks=task_groups(method),
    )


def curves_of(method):
    return [model.replace("model.safetensors", "curves.jsonl") for model in models_of(method)]
