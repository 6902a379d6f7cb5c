"""How long tokens are: mean and spread of their Euclidean norms (SAK, Figure 6).

B images, D channels, h x w tokens.
"""

from math import sqrt

from torch import Tensor

from polytask.errors import UserError


class TokenNorms:
    """Mean and standard deviation of ||.||_2 over all tokens of all images."""

    def __init__(self) -> None:
        self.num_tokens, self.total, self.squares = 0, 0.0, 0.0

    def update(self, features_BDhw: Tensor) -> None:
        """Add the tokens of a batch."""
        norms_Bhw = features_BDhw.double().norm(dim=1)
        self.num_tokens += norms_Bhw.numel()
        self.total += float(norms_Bhw.sum())
        self.squares += float(norms_Bhw.square().sum())

    def compute(self) -> dict[str, float]:
        """`{"mean", "sd"}`; raises UserError before any update."""
        if not self.num_tokens:
            raise UserError("token norms: no features were seen; the data set is empty")
        mean = self.total / self.num_tokens
        variance = max(0.0, self.squares / self.num_tokens - mean**2)
        return {"mean": mean, "sd": sqrt(variance)}
