"""What a repetition of a training changes: its initial weights and the order of its images."""

import numpy as np


def seed_of(seed: int, repetition: int) -> int:
    """The seed of those; repetition 0 is `seed` itself.

    Data and views keep `seed`, so that features cached of them serve every repetition.
    """
    if not repetition:
        return seed
    return int(np.random.SeedSequence((seed, repetition)).generate_state(1)[0])
