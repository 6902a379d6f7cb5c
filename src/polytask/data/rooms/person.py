"""A jointed person of capsules and ellipsoids, in clothes, with labelled parts and 17 keypoints."""

from dataclasses import dataclass

import numpy as np

from polytask.data.rooms.classes import (
    FACE,
    HEAD,
    JOINTS,
    LOWER_ARMS,
    LOWER_LEGS,
    SIDES,
    TORSO,
    UPPER_ARMS,
    UPPER_LEGS,
)
from polytask.data.rooms.skeleton import Skeleton, pose_skeleton
from polytask.data.rooms.workshop import Workshop


@dataclass(frozen=True)
class Outfit:
    """Material numbers of one person."""

    skin: int
    hair: int
    shirt: int
    sleeve: int
    trousers: int
    shin: int  # skin below shorts
    shoe: int
    eyes: int
    lips: int


def choose_outfit(shop: Workshop) -> Outfit:
    """Skin, hair and clothes; half of the sleeves and a third of the trousers are short."""
    skin = shop.plain((0.35, 0.95), (0.25, 0.6), hue=(0.03, 0.09))
    hair = shop.material(("wood", "flat"), (0.05, 0.6), hue=(0, 0.12), saturation=(0.1, 0.7))
    shirt = shop.cloth()
    trousers = shop.material(("weave", "flat", "carpet"), (0.1, 0.7), scale=(2, 5))
    return Outfit(
        skin=skin,
        hair=hair,
        shirt=shirt,
        sleeve=shirt if shop.chance(0.5) else skin,
        trousers=trousers,
        shin=trousers if shop.chance(0.7) else skin,
        shoe=shop.plain((0.05, 0.9)),
        eyes=shop.plain((0.02, 0.1), gloss=0.5),
        lips=shop.plain((0.3, 0.6), (0.4, 0.6), hue=(0.98, 1.03)),
    )


def person(shop: Workshop, seat: float | None = None) -> None:
    """Draw a person at the origin: standing or walking, or sitting at the height `seat`."""
    outfit, girth = choose_outfit(shop), shop.uniform(0.85, 1.25)
    skeleton = pose_skeleton(shop, shop.uniform(0.85, 1.08), girth, seat)
    for side in SIDES:
        draw_leg(shop, skeleton, side, outfit, girth)
        draw_arm(shop, skeleton, side, outfit, girth)
    draw_torso(shop, skeleton, outfit, girth)
    draw_head(shop, skeleton, outfit)
    joints = [shop.pose.point(*skeleton.joints[name]) for name in JOINTS]
    shop.joints[shop.instance] = np.stack(joints)


def draw_leg(shop: Workshop, skeleton: Skeleton, side: str, outfit: Outfit, girth: float) -> None:
    """Thigh, shin and shoe."""
    hip, knee, ankle = (skeleton.joints[f"{side} {name}"] for name in ("hip", "knee", "ankle"))
    shop.limb(hip, knee, (0.085 * girth, 0.058 * girth), outfit.trousers, UPPER_LEGS)
    shop.limb(knee, ankle, (0.056 * girth, 0.038), outfit.shin, LOWER_LEGS)
    size = (0.095, 0.26, 0.09)
    shop.part("cushion", ankle + np.array([0, -0.06, -0.04]), size, outfit.shoe, part=LOWER_LEGS)


def draw_arm(shop: Workshop, skeleton: Skeleton, side: str, outfit: Outfit, girth: float) -> None:
    """Upper arm, forearm and hand."""
    names = ("shoulder", "elbow", "wrist")
    shoulder, elbow, wrist = (skeleton.joints[f"{side} {name}"] for name in names)
    shop.limb(shoulder, elbow, (0.058 * girth, 0.043 * girth), outfit.shirt, UPPER_ARMS)
    shop.limb(elbow, wrist, (0.041 * girth, 0.029), outfit.sleeve, LOWER_ARMS)
    along = wrist - elbow
    hand = wrist + along / np.linalg.norm(along) * 0.1
    shop.limb(wrist, hand, (0.036, 0.028), outfit.skin, LOWER_ARMS)


def draw_torso(shop: Workshop, skeleton: Skeleton, outfit: Outfit, girth: float) -> None:
    """Pelvis and chest."""
    turn, scale = skeleton.torso, skeleton.scale
    centre = skeleton.pelvis + turn @ (0, 0, 0.06)
    size = (0.34 * girth**0.5, 0.23 * girth, 0.28)
    shop.part("ball", centre, size, outfit.trousers, turn=turn, part=TORSO)
    centre = skeleton.pelvis + turn @ (0, 0, 0.27 * scale)
    size = (0.31 * girth**0.5, 0.22 * girth, 0.54 * scale)
    shop.part("torso", centre, size, outfit.shirt, turn=turn, taper=1.18, part=TORSO)


def draw_head(shop: Workshop, skeleton: Skeleton, outfit: Outfit) -> None:
    """Neck, skull, hair (long for two in five), face."""
    turn, scale, head = skeleton.face, skeleton.scale, skeleton.head

    def ball(centre: tuple, size: tuple, material: int, shape: str = "ball") -> None:
        where = head + turn @ (np.array(centre) * scale)
        shop.part(shape, where, tuple(scale * s for s in size), material, turn=turn, part=HEAD)

    shop.limb(skeleton.neck - skeleton.torso @ (0, 0, 0.06), head, (0.055, 0.05), outfit.skin, HEAD)
    ball((0, 0, 0), (0.155, 0.19, 0.235), outfit.skin)
    ball((0, 0.025, 0.035), (0.18, 0.2, 0.21), outfit.hair)
    if shop.chance(0.4):
        ball((0, 0.07, -0.1), (0.19, 0.09, 0.3), outfit.hair, "cushion")
    ball((0, -0.088, -0.06), (0.045, 0.02, 0.012), outfit.lips, "bead")
    for name, size, material in zip(
        FACE,
        (0.03, 0.018, 0.018, 0.045, 0.045),
        (outfit.skin, outfit.eyes, outfit.eyes, outfit.skin, outfit.skin),
        strict=True,
    ):
        shop.part("bead", skeleton.joints[name], (size,) * 3, material, part=HEAD)
