"""What a room is made of: semantic classes, and the joints of a person."""

CLASSES = (
    "wall",
    "floor",
    "ceiling",
    "window",
    "door",
    "table",
    "chair",
    "sofa",
    "bed",
    "cabinet",
    "shelf",
    "lamp",
    "plant",
    "picture",
    "rug",
    "screen",
    "clutter",
    "person",
)
"""The semantic classes; a label is an index into this tuple."""

STUFF = ("wall", "floor", "ceiling", "window", "door", "rug")
THINGS = tuple(name for name in CLASSES if name not in STUFF)
"""What comes as countable objects; the others are surfaces, and holes in them."""

ROOM_KINDS = ("living", "bedroom", "dining")
"""The classes of whole images."""

CLASS_ID = {name: index for index, name in enumerate(CLASSES)}

HEAD, TORSO, UPPER_ARMS, LOWER_ARMS, UPPER_LEGS, LOWER_LEGS = range(1, 7)
"""Indices into polytask.tasks.PARTS; 0 is everything that is not a person."""

SIDES = ("left", "right")
FACE = ("nose", "left eye", "right eye", "left ear", "right ear")
JOINTS = FACE + tuple(
    f"{side} {joint}"
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in SIDES
)
"""The 17 keypoints of a person, in COCO's order."""
