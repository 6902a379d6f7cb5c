"""One adapter layer. Shapes: B images, h w tokens, D width, C of a task's condition."""

from timm.layers import Mlp
from torch import Tensor, nn

from polytask.models.vta.attention import TaskAdaptedAttention
from polytask.models.vta.config import AdapterConfig
from polytask.models.vta.norm import TaskScaledNorm


class AdapterLayer(nn.Module):
    """Attention, a feed-forward bottleneck and a norm beside one block (VTA, Figure 3)."""

    def __init__(self, config: AdapterConfig, dim: int, num_heads: int, *, shifted: bool) -> None:
        super().__init__()
        hidden = max(1, dim // config.bottleneck)
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = TaskAdaptedAttention(config, dim, num_heads, shifted=shifted)
        self.mlp = Mlp(dim, hidden)
        self.task_norm = TaskScaledNorm(dim, hidden) if config.tsn else None
        self.plain_norm = None if config.tsn else nn.LayerNorm(dim)

    def forward(self, maps_BhwD: Tensor, condition_C: Tensor | None) -> Tensor:
        """Return (B,h,w,D) for the task of this condition."""
        residual = maps_BhwD + self.attention(self.norm1(maps_BhwD), condition_C)
        output = residual + self.mlp(self.norm2(residual))
        if self.task_norm is not None:
            return self.task_norm(residual, output)
        return self.plain_norm(output)
