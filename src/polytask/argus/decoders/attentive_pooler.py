"""Classification: one query attends to every cell of the maps (Yu et al., CoCa, TMLR 2022).

Shapes: B images, D channels of a map, N cells of all maps together, C classes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from timm.layers import AttentionPoolLatent
from torch import Tensor, nn

from polytask.argus.decoder import Decoder, Features, LabelSpace
from polytask.errors import UserError


class AttentivePooler(Decoder):
    """An attentional pooler over the flattened maps, then a linear layer (Argus, section 3).

    `levels` are the maps it looks at (0 the finest, which has most of the cells), `heads` those of
    the attention, `smoothing` the share of a label that goes to all classes alike. Raises UserError
    for a data set without classes of images.
    """

    def __init__(
        self, dim: int, space: LabelSpace, *, levels: Sequence[int] = (0, 1, 2, 3), heads: int = 8,
        smoothing: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        if not space.image_classes:
            raise UserError("classification: the data set has no classes of images; drop the task")
        self.levels, self.smoothing = tuple(levels), smoothing
        self.pool = AttentionPoolLatent(dim, num_heads=heads)
        self.classify = nn.Linear(dim, len(space.image_classes))

    def losses(self, features: Features, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        """Cross entropy with "image_class" (B,)."""
        logits_BC = self.logits(features)
        target = batch["image_class"]
        loss = F.cross_entropy(logits_BC, target, label_smoothing=self.smoothing)
        return {"classification": loss}

    @torch.no_grad()
    def predict(self, features: Features) -> list[Tensor]:
        """The probabilities (C,) of each image."""
        return list(self.logits(features).softmax(1).cpu())

    def logits(self, features: Features) -> Tensor:
        """Logits (B,C), float32."""
        maps = [features.maps[level].flatten(2) for level in self.levels]
        pooled_BD = self.pool(torch.cat(maps, 2).transpose(1, 2))
        return self.classify(pooled_BD).float()
