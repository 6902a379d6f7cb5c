# What the rules need to know about params.yaml: which files a name stands for.
#
# IN   config
# OUT  names used by every other .smk file

from snakemake.exceptions import WorkflowError

from polytask.errors import UserError
from polytask.pipeline.given import Node, given
from polytask.pipeline.selection import check_selection

try:
    check_selection(config)
except UserError as error:
    raise WorkflowError(str(error)) from None


def without_protocols(dataset):
    """What a training is told of a data set: how tasks are measured changes no model."""
    return {key: dataset[key] for key in dataset if key != "protocols"}


PARAMS = Node(config)  # for `given(...)`: what a job reads is known by key
RUN = {key: PARAMS[key] for key in ("seed", "runtime")}
TRAINED_RUN = {**RUN, "repetition": PARAMS["repetition"]}  # of what draws by it
COMMITTEE = config["committee"]
STUDENTS = config["distill"]["students"]
TRAINABLE = [student for student in STUDENTS if "weights" not in STUDENTS[student]]
METHODS = config["downstream"]["methods"]
SAK_ROWS = config["sak"]["rows"]
# The students that the rows of SAK's page need and that are distilled here.
DISTILLED = [
    student for student in TRAINABLE if student in [METHODS[row]["student"] for row in SAK_ROWS]
]
STUDENT_CONFIGS = PARAMS["distill"]["students"]
# Every teacher of any of these students, those of `committee` first.
ALL_TEACHERS = list(
    dict.fromkeys(
        [*COMMITTEE, *(t for name in DISTILLED for t in STUDENTS[name].get("committee", []))]
    )
)
METHOD_CONFIGS = PARAMS["downstream"]["methods"]
LOSSES = {key: PARAMS["downstream"][key] for key in ("edge_pos_weight", "normals_loss")}
DATASET = config["datasets"][config["dataset"]]
DATASET_CONFIG = PARAMS["datasets"][config["dataset"]]
TRAINING_SET = without_protocols(DATASET_CONFIG)
# The plain ViT that teachers are measured against (Figure 1).
REFERENCE = {
    **{key: PARAMS["student"][key] for key in ("model", "model_args", "levels", "mean", "std")},
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
        "num_classes": DATASET_CONFIG["num_classes"],
        "image_size": PARAMS["student"]["image_size"],
    },
    "labelled": {
        "images": "labelled",
        "split": DATASET_CONFIG["train_split"],
        "num_classes": DATASET_CONFIG["num_classes"],
        "image_size": DATASET_CONFIG["image_size"],
        **{key: DATASET_CONFIG[key] for key in ("layout",) if key in DATASET},
    },
}
VIEWS = {
    "corpus": {key: PARAMS["distill"][key] for key in ("num_views", "view")},
    "labelled": {key: PARAMS["downstream"][key] for key in ("num_views", "view")},
}


def backbone_of(entry):
    """The ViT of a student or a method, which may name another of `backbones` than `student` has."""
    name = entry.get("backbone")
    own = PARAMS["backbones"][name.value] if name else {}
    return {**PARAMS["student"], **{key: own[key] for key in own if key != "initial_weights"}}


def adapter_of(entry):
    """The adapter of a method, one of `adapters`, where it has one."""
    name = entry.get("adapter")
    return {"adapter": PARAMS["adapters"][name.value]} if name else {}


def head_of(method):
    """The head of a method: its own, or the one of all."""
    return method.get("head", PARAMS["downstream"]["head"])


def mlore_of(method):
    """The sizes of a method's MLoRE decoder, where its head is one; some may be its own."""
    if head_of(method).value != "mlore":
        return {}
    return {"mlore": {**PARAMS["downstream"]["mlore"], **method.get("mlore", {})}}


def initial_of(entry):
    """What such a ViT starts from, as params.yaml names it."""
    name = entry.get("backbone")
    own = PARAMS["backbones"][name.value] if name else {}
    return own.get("initial_weights", PARAMS["initial_weights"])


def encoder_of(entry):
    """The teacher that a method has in the place of a student, or None."""
    name = entry.get("encoder")
    return PARAMS["teachers"][name.value] if name else None


def initial_weights(entry):
    """The file behind that name, where there is one."""
    return weights_behind(initial_of(entry).value)


def weights_behind(start):
    """The file of a teacher's name, of `hub` or `random` (none), or of a path."""
    if start in config["teachers"]:
        return weights_of(start)
    return [] if start in ("hub", "random") else [start]


def weights_of(teacher):
    """The weight file of a teacher, where it has one (hub and random weights have none)."""
    weights = config["teachers"][teacher]["weights"]
    return [] if weights in ("hub", "random") or weights.startswith("hub:") else [weights]


def committee_of(student):
    """The teachers of a distilled student: its own, or those of `committee`."""
    return STUDENTS[student].get("committee", COMMITTEE)


def committee_config(teachers):
    """What a job that asks these teachers is told of them."""
    return {
        "teachers": {teacher: PARAMS["teachers"][teacher] for teacher in teachers},
        **{key: PARAMS["features"][key] for key in ("targets", "standardise")},
    }


def statistics(data, teachers):
    """The feature indexes of the teachers, with their statistics; online there are none."""
    if config["features"]["targets"] == "online":
        return []
    return expand("results/features/{data}/{teacher}/index.json", data=data, teacher=teachers)


def targets(data, teachers):
    """What distillation reads on `data`: cached features, or the teachers' weights when online."""
    if config["features"]["targets"] == "online":
        return [file for teacher in teachers for file in weights_of(teacher)]
    shards = expand(
        "results/features/{data}/{teacher}/{shard:02d}.safetensors",
        data=data,
        teacher=teachers,
        shard=range(config["features"]["num_shards"]),
    )
    return statistics(data, teachers) + shards


def own_of(student, *keys):
    """Those of `keys` that a student has a value of its own for."""
    own = STUDENT_CONFIGS[student]
    return {key: own[key] for key in own if key in keys}


def student_file(student):
    """Where a student lies: distilled here, or the file that it names."""
    if student in TRAINABLE:
        return f"results/distill/{student}/model.safetensors"
    return STUDENTS[student]["weights"]


def student_of(method):
    """The distilled student that a method starts from, or the plain initial weights."""
    if METHODS[method].get("start"):
        return []
    if encoder := METHODS[method].get("encoder"):
        return weights_of(encoder)
    if student := METHODS[method]["student"]:
        return student_file(student)
    return initial_weights(METHOD_CONFIGS[method])


def teachers_of(method):
    """The teachers that a method is distilled from in stage 2: its student's, or none."""
    student = METHODS[method]["student"]
    return committee_of(student) if student and METHODS[method]["gamma"] else []
