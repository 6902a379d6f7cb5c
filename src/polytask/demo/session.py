"""What one visitor does: brings a photo, chooses a task and a level, moves weights.

Every step is a function of what was there before; nothing here knows of the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from polytask.demo import weights
from polytask.demo.look import Explorer, Look
from polytask.demo.photos import PhotoFile, read_photo


@dataclass(frozen=True)
class Session:
    """A photo's look, and by task the weights (levels, experts) in percent that were moved."""

    look: Look
    moved: Mapping[str, np.ndarray] = field(default_factory=dict)

    def is_moved(self, task: str) -> bool:
        """Whether the user's weights stand in for the routers'."""
        return task in self.moved

    def weights(self, task: str) -> np.ndarray:
        """Weights (levels, experts) in percent: the user's, or else the routers' own."""
        return self.moved[task] if task in self.moved else 100 * router_gates(self.look, task)

    def with_weights(self, task: str, weights_LK: np.ndarray) -> "Session":
        """The session with other weights for a task."""
        return replace(self, moved={**self.moved, task: weights_LK})


def router_gates(look: Look, task: str) -> np.ndarray:
    """What the routers chose for a photo: (levels, experts), rows sum to one (SAK, Eq. (4))."""
    return look.mixture.gates[task][0].float().cpu().numpy()


def begin(explorer: Explorer, photo: PhotoFile) -> Session:
    """Look at a photo; raises UserError where the file is none that can be looked at."""
    return Session(explorer.look(read_photo(photo)))


def move(session: Session, task: str, level: int, expert: int, value: float) -> Session:
    """Give one expert another weight; raises UserError where nothing has a weight any more."""
    given = weights.moved(session.weights(task), level, expert, value)
    return session.with_weights(task, given)


def give_all(session: Session, task: str, level: int, expert: int) -> Session:
    """Give one expert all the weight."""
    return session.with_weights(task, weights.only(session.weights(task), level, expert))


def reset(session: Session, task: str) -> Session:
    """Let the routers decide again."""
    return replace(session, moved={name: w for name, w in session.moved.items() if name != task})
