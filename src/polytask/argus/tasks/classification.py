"""Classification of whole images with an attentional pooler, by the top-1 accuracy."""

from polytask.argus.decoders.attentive_pooler import AttentivePooler
from polytask.argus.task import VisionTask
from polytask.drawing import draw_caption
from polytask.metrics.image_level import TopOne

TASK = VisionTask(
    name="classification",
    title="Classification",
    label="image_class",
    metric_name="top1",
    unit="%",
    higher_is_better=True,
    decoders={"attentive_pooler": AttentivePooler},
    metric=lambda space: TopOne(len(space.image_classes)),
    draw=lambda pixels, prediction, space: draw_caption(pixels, prediction, space.image_classes),
)
