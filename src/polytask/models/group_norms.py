"""Group normalisation in the place of a library's batch normalisation."""

from torch import nn

from polytask.errors import UserError

CHANNELS_PER_GROUP = 16
"""So that a group has a mean and variance even on one pixel (Wu and He, 2018, section 4.1)."""


def use_group_norms(model: nn.Module) -> None:
    """Let groups of 16 channels of an image be normalised where the batch was, in place.

    What an image gives then depends neither on the batch, nor on how it is cut into micro-batches,
    nor on statistics. Raises UserError for a layer whose channels do not fall into whole groups.
    """
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, group_norm(child.num_features))


def group_norm(channels: int) -> nn.GroupNorm:
    """A norm of `channels` in groups of 16; raises UserError where these are not whole."""
    if channels % CHANNELS_PER_GROUP:
        raise UserError(
            f"{channels} channels cannot be normalised in groups; "
            f"choose a width that is a multiple of {CHANNELS_PER_GROUP}"
        )
    return nn.GroupNorm(channels // CHANNELS_PER_GROUP, channels)
