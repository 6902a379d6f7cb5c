"""Multi-scale deformable attention: each query looks at a few points of maps that it chooses.

Shapes: B images, Q queries, S places of all maps, D width, M heads, E width of a head, L maps,
P points, h w places of a map.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polytask.errors import UserError

HEAD_WIDTH = 64
"""Channels of the queries per head, as in plain ViTs: 12 heads at width 768, 16 at 1024."""

Shapes = Sequence[tuple[int, int]]


def deformable_attention(
    values_BSME: Tensor, shapes: Shapes, locations_BQMLP2: Tensor, weights_BQMLP: Tensor
) -> Tensor:
    """Return sum_l sum_p w_lp v_l(x_lp), (B,Q,M*E): bilinear samples, zero outside of a map.

    `shapes` are (h, w) of the maps whose places follow each other in `values`; locations are (x, y)
    from 0 to 1, the centre of the first place at half a place (Deformable DETR, its Eq. 3).
    """
    batch, queries, heads = locations_BQMLP2.shape[:3]
    maps = values_BSME.split([height * width for height, width in shapes], dim=1)
    total: Tensor | float = 0.0
    for level, (values, shape) in enumerate(zip(maps, shapes, strict=True)):
        values_NEhw = values.permute(0, 2, 3, 1).flatten(0, 1).unflatten(2, shape)
        grid_NQP2 = 2 * locations_BQMLP2[:, :, :, level].transpose(1, 2).flatten(0, 1) - 1
        sampled_NEQP = F.grid_sample(values_NEhw, grid_NQP2, align_corners=False)
        weights_N1QP = weights_BQMLP[:, :, :, level].transpose(1, 2).flatten(0, 1)[:, None]
        total = total + (sampled_NEQP * weights_N1QP).sum(dim=3)
    return total.unflatten(0, (batch, heads)).permute(0, 3, 1, 2).reshape(batch, queries, -1)


def grid_centres(shapes: Shapes, device: torch.device) -> Tensor:
    """Return the (x, y) centres (S,2), from 0 to 1, of the places of maps of `shapes`."""
    centres = []
    for height, width in shapes:
        rows = (torch.arange(height, device=device) + 0.5) / height
        columns = (torch.arange(width, device=device) + 0.5) / width
        y, x = torch.meshgrid(rows, columns, indexing="ij")
        centres.append(torch.stack([x, y], dim=-1).flatten(0, 1))
    return torch.cat(centres)


class DeformableAttention(nn.Module):
    """Queries choose `num_points` points per head and map, and weights that sum to one.

    `value_ratio` is the width of the values as a share of D. Sampling is in float32: bfloat16 has
    too few digits for a place. Raises UserError where the values do not fall into whole heads.
    """

    def __init__(self, dim: int, num_maps: int, num_points: int, value_ratio: float) -> None:
        super().__init__()
        self.num_heads, width = max(1, dim // HEAD_WIDTH), int(dim * value_ratio)
        if width < 1 or width % self.num_heads:
            raise UserError(
                f"adapter value_ratio: {value_ratio} of width {dim} makes values of width {width}, "
                f"which {self.num_heads} heads cannot share"
            )
        self.points = (self.num_heads, num_maps, num_points)
        num_weights = math.prod(self.points)
        self.sampling_offsets = nn.Linear(dim, 2 * num_weights)
        self.attention_weights = nn.Linear(dim, num_weights)
        self.value_proj = nn.Linear(dim, width)
        self.output_proj = nn.Linear(width, dim)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start with even weights and points on a star: a direction per head, a step per point."""
        for layer in (self.sampling_offsets, self.attention_weights):
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(self.attention_weights.bias)
        angle = torch.arange(self.num_heads) * (2 * math.pi / self.num_heads)
        direction = torch.stack([angle.cos(), angle.sin()], dim=-1)
        direction = direction / direction.abs().amax(dim=-1, keepdim=True)
        steps = torch.arange(1, self.points[2] + 1)[:, None]
        star = (direction[:, None, None] * steps).expand(*self.points, 2)
        with torch.no_grad():
            self.sampling_offsets.bias.copy_(star.flatten())
        for layer in (self.value_proj, self.output_proj):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(
        self, queries_BQD: Tensor, centres_Q2: Tensor, values_BSD: Tensor, shapes: Shapes
    ) -> Tensor:
        """Return what each query finds (B,Q,D) around its own centre on maps of `shapes`."""
        offsets = self.sampling_offsets(queries_BQD).float().unflatten(2, (*self.points, 2))
        sizes_L2 = torch.tensor([(width, height) for height, width in shapes]).to(offsets)
        locations = centres_Q2[:, None, None, None] + offsets / sizes_L2[:, None]
        logits = self.attention_weights(queries_BQD).float()
        weights = logits.unflatten(2, (self.num_heads, -1)).softmax(dim=-1)
        values = self.value_proj(values_BSD).float().unflatten(2, (self.num_heads, -1))
        weights = weights.unflatten(3, self.points[1:])
        return self.output_proj(deformable_attention(values, shapes, locations, weights))
