"""Images as every model takes them."""

from torch import Tensor


def model_images(images_B3HW: Tensor) -> Tensor:
    """Float images in [0, 1] from a batch's raw pixels (uint8, 0..255); floats pass as they are."""
    if images_B3HW.is_floating_point():
        return images_B3HW
    return images_B3HW.float() / 255
