"""How a person holds the body: joints in the person's own frame (x to their left, facing -y)."""

from dataclasses import dataclass

import numpy as np

from polytask.data.rooms.classes import SIDES
from polytask.data.rooms.dice import Dice
from polytask.data.rooms.meshes import rotation

THIGH, SHIN, UPPER_ARM, FOREARM = 0.44, 0.42, 0.28, 0.25
"""Lengths in metres of a person of scale 1 (1.73 m)."""

SOLE = 0.085
"""Height of the ankle above the floor."""

FACE_POINTS = {
    "nose": (0, -0.105, -0.01),
    "left eye": (0.033, -0.084, 0.025),
    "right eye": (-0.033, -0.084, 0.025),
    "left ear": (0.078, 0, 0),
    "right ear": (-0.078, 0, 0),
}


@dataclass
class Skeleton:
    """Joints (3,) by name, the orientation of torso and head, all in metres."""

    scale: float
    joints: dict[str, np.ndarray]
    pelvis: np.ndarray
    neck: np.ndarray
    head: np.ndarray
    torso: np.ndarray  # (3,3)
    face: np.ndarray  # (3,3)


def swung(side: int, forward: float, out: float) -> np.ndarray:
    """Unit vector of a limb that hangs down, swung forward and out by those angles."""
    return np.array(
        [side * np.sin(out), -np.sin(forward) * np.cos(out), -np.cos(forward) * np.cos(out)]
    )


def pose_skeleton(dice: Dice, scale: float, girth: float, seat: float | None) -> Skeleton:
    """A random posture; feet on the floor, or the pelvis on a seat of that height."""
    stride = dice.uniform(-0.5, 0.5) if seat is None else 0.0
    joints: dict[str, np.ndarray] = {}
    for sign, side in zip((1, -1), SIDES, strict=True):
        joints |= leg(dice, sign, side, scale, seat, stride)
    sole = SOLE - min(joints["left ankle"][2], joints["right ankle"][2])
    pelvis = np.array([0, 0, sole if seat is None else seat + 0.1])
    lean = dice.uniform(-0.05, 0.12 if seat is None else 0.2)
    torso = rotation(0, lean, dice.uniform(-0.08, 0.08)) @ rotation(dice.uniform(-0.3, 0.3))
    for sign, side in zip((1, -1), SIDES, strict=True):
        joints |= arm(dice, sign, side, (scale, girth), torso, seat is not None, stride)
    neck = torso @ (0, 0, 0.53 * scale)
    face = torso @ rotation(dice.uniform(-0.8, 0.8), dice.uniform(-0.2, 0.35))
    head = neck + face @ (0, -0.02, 0.19 * scale)
    joints |= {name: head + face @ point * scale for name, point in FACE_POINTS.items()}
    joints = {name: joint + pelvis for name, joint in joints.items()}
    return Skeleton(scale, joints, pelvis, neck + pelvis, head + pelvis, torso, face)


def leg(
    dice: Dice, sign: int, side: str, scale: float, seat: float | None, stride: float
) -> dict[str, np.ndarray]:
    """Hip, knee and ankle, relative to the pelvis."""
    if seat is None:
        forward, out = stride * sign + dice.uniform(-0.08, 0.08), dice.uniform(0.02, 0.1)
        bend = dice.uniform(0, 0.2) + max(-forward, 0) * 0.8
    else:
        slope = ((THIGH + 0.07) * scale - seat - 0.1) / (THIGH * scale)
        forward, out = np.pi / 2 + np.arcsin(np.clip(slope, -0.8, 0.8)), dice.uniform(0.05, 0.3)
        bend = forward + dice.uniform(-0.25, 0.3)
    hip = np.array([sign * 0.095 * scale, 0, 0])
    knee = hip + swung(sign, forward, out) * THIGH * scale
    ankle = knee + swung(sign, forward - bend, 0.03) * SHIN * scale
    return {f"{side} hip": hip, f"{side} knee": knee, f"{side} ankle": ankle}


def arm(
    dice: Dice,
    sign: int,
    side: str,
    build: tuple[float, float],
    torso: np.ndarray,
    sits: bool,
    stride: float,
) -> dict[str, np.ndarray]:
    """Shoulder, elbow and wrist, relative to the pelvis: at rest, swinging, or in a gesture."""
    scale, girth = build
    if dice.chance(0.6):
        forward = dice.uniform(0.15, 0.6) if sits else -0.8 * stride * sign
        out, bend = dice.uniform(0.08, 0.25), dice.uniform(0.1, 1.3 if sits else 0.5)
    else:
        forward, out, bend = dice.uniform(-0.4, 1.5), dice.uniform(0.05, 0.6), dice.uniform(0.3, 2)
        if dice.chance(0.25):
            forward += 1.2
    shoulder = torso @ (sign * 0.185 * scale * girth**0.5, 0, 0.47 * scale)
    elbow = shoulder + torso @ swung(sign, forward, out) * UPPER_ARM * scale
    inward = dice.uniform(-0.1, 0.4)
    wrist = elbow + torso @ swung(-sign, forward + bend, inward) * FOREARM * scale
    return {f"{side} shoulder": shoulder, f"{side} elbow": elbow, f"{side} wrist": wrist}
