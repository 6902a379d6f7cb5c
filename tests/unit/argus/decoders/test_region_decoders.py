"""Mask R-CNN and Mask2Former learn objects from maps, and say them at the images' own size."""

import math
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.ops import masks_to_boxes

from polytask.argus.decoder import STRIDES, Decoder, Features, LabelSpace
from polytask.argus.decoders.mask2former import InstanceMask2Former, PanopticMask2Former
from polytask.argus.decoders.mask_rcnn import MaskRCNN
from polytask.data.instances import Instances
from polytask.errors import UserError

DIM = 16
IMAGE, PADDED = (56, 60), 64
WALL, CAT, DOG = range(3)
SPACE = LabelSpace(classes=("wall", "cat", "dog"), things=(CAT, DOG))
QUERIES = {
    "hidden_dim": 32, "num_queries": 5, "num_heads": 2, "encoder_layers": 1, "decoder_layers": 1,
    "encoder_feedforward_dim": 32, "decoder_feedforward_dim": 64, "num_points": 256,
}  # fmt: skip
REGIONS = {
    "anchor_sizes": (8, 16, 32, 48, 64), "width": 16, "representation_size": 32,
    "rpn_pre_nms_top_n_train": 50, "rpn_pre_nms_top_n_test": 50, "rpn_post_nms_top_n_train": 50,
    "rpn_post_nms_top_n_test": 20, "rpn_batch_size_per_image": 32, "box_batch_size_per_image": 32,
}  # fmt: skip
DECODERS: dict[str, Callable[[], Decoder]] = {
    "boxes": lambda: MaskRCNN(DIM, SPACE, **REGIONS),
    "mask_rcnn": lambda: MaskRCNN(DIM, SPACE, masks=True, **REGIONS),
    "instances": lambda: InstanceMask2Former(DIM, SPACE, **QUERIES),
    "panoptic": lambda: PanopticMask2Former(DIM, SPACE, **QUERIES),
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Maps are too small to share, and threads of a busy machine wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(params=DECODERS)
def decoder(request) -> Decoder:
    torch.manual_seed(0)
    return DECODERS[request.param]()


def scene() -> Tensor:
    """A cat, and a dog that reaches the edge of the image, as ids; the padding looks like dog."""
    ids = torch.full((PADDED, PADDED), WALL)
    ids[8:30, 6:28] = CAT
    ids[30:52, 24:60] = DOG
    ids[:, IMAGE[1] :] = DOG
    return ids


def seen(enlarged: int = 1, num_images: int = 1) -> Features:
    """Maps that are a fixed random mixture of where things are."""
    mixture = torch.randn(DIM, 3, generator=torch.Generator().manual_seed(0))
    shares = F.one_hot(scene(), 3).permute(2, 0, 1)[None].float()
    maps = []
    for stride in STRIDES:
        shares_at = F.interpolate(shares, size=(PADDED * enlarged // stride,) * 2, mode="area")
        level = torch.einsum("dc,bchw->bdhw", mixture, shares_at)
        maps.append(level.repeat(num_images, 1, 1, 1).requires_grad_())
    return Features(maps, IMAGE, enlarged)


def objects(*ids: int, crowd: tuple[int, ...] = (), start: int = 0) -> Instances:
    """Those with these ids in the scene; their classes count from `start`."""
    inside = scene()[: IMAGE[0], : IMAGE[1]]
    masks = inside == torch.tensor(ids).view(-1, 1, 1)
    boxes = masks_to_boxes(masks)
    boxes[:, 2:] += 1
    return {
        "masks": masks,
        "boxes": boxes,
        "classes": torch.tensor(ids, dtype=torch.int64) - start,
        "crowd": torch.tensor([label in crowd for label in ids], dtype=torch.bool),
        "areas": masks.sum((1, 2)).float(),
        "keypoints": torch.zeros(len(ids), 17, 3),
    }


def labels(*, crowd: tuple[int, ...] = (), things: tuple[int, ...] = (CAT, DOG)) -> dict:
    return {
        "instances": [objects(*things, crowd=crowd, start=CAT)],
        "panoptic": [objects(WALL, *things, crowd=crowd)],
    }


def fit(decoder: Decoder, features: Features, steps: int) -> None:
    optimizer = torch.optim.Adam(decoder.parameters(), 5e-3)
    for _ in range(steps):
        optimizer.zero_grad()
        sum(decoder.losses(features, labels()).values()).backward()
        optimizer.step()


def test_losses_reach_every_map_and_weight(decoder: Decoder) -> None:
    features = seen(enlarged=2)
    losses = decoder.losses(features, labels())
    assert all(loss.isfinite() and loss > 0 for loss in losses.values()), losses
    sum(losses.values()).backward()
    assert all(level.grad.abs().sum() > 0 for level in features.maps)
    assert [name for name, weight in decoder.named_parameters() if weight.grad is None] == []


def test_an_image_without_objects_is_learnt_from(decoder: Decoder) -> None:
    two, none = labels(), {"instances": [objects()], "panoptic": [objects()]}
    for batch in (none, {name: none[name] + two[name] for name in two}):
        losses = decoder.losses(seen(num_images=len(batch["instances"])), batch)
        assert all(loss.isfinite() for loss in losses.values()), losses
        sum(losses.values()).backward()


def test_crowds_are_left_out(decoder: Decoder) -> None:
    losses = {}
    for name, batch in {
        "without": labels(things=(CAT,)),
        "crowd": labels(crowd=(DOG,)),
        "object": labels(),
    }.items():
        torch.manual_seed(1)
        losses[name] = torch.stack(list(decoder.losses(seen(), batch).values()))
    assert torch.equal(losses["crowd"], losses["without"])
    assert not torch.equal(losses["crowd"], losses["object"])


@pytest.mark.parametrize(("name", "steps"), [("mask_rcnn", 100), ("instances", 60)])
def test_objects_of_an_image_are_learnt_within_its_edges(name: str, steps: int) -> None:
    torch.manual_seed(0)
    decoder, features = DECODERS[name](), seen()
    fit(decoder, features, steps)
    said, truth = decoder.predict(features)[0], objects(CAT, DOG, start=CAT)
    assert (said["scores"].diff() <= 0).all()
    assert said["masks"].shape[1:] == IMAGE
    assert (said["boxes"] >= 0).all()
    assert (said["boxes"][:, 2:] <= torch.tensor(IMAGE[::-1])).all()
    assert sorted(said["classes"][:2].tolist()) == [0, 1]
    for best in range(2):
        label, mask = said["classes"][best], said["masks"][best]
        same = truth["masks"][label]
        assert (mask & same).sum() > 0.8 * (mask | same).sum()
        assert (said["boxes"][best] - truth["boxes"][label]).abs().max() < 4


def test_segments_of_an_image_are_learnt() -> None:
    torch.manual_seed(0)
    decoder, features = DECODERS["panoptic"](), seen()
    fit(decoder, features, steps=40)
    said, truth = decoder.predict(features)[0], scene()[: IMAGE[0], : IMAGE[1]]
    assert {segment["class"] for segment in said["segments"]} == {WALL, CAT, DOG}
    class_of = torch.tensor([-1] + [segment["class"] for segment in said["segments"]])
    assert said["ids"].shape == IMAGE
    assert (class_of[said["ids"].long()] == truth).float().mean() > 0.95


def test_finding_nothing_has_the_same_shapes() -> None:
    for decoder in (
        MaskRCNN(DIM, SPACE, masks=True, box_score_thresh=1.0, **REGIONS),
        InstanceMask2Former(DIM, SPACE, max_detections=0, **QUERIES),
    ):
        shapes = {key: tuple(value.shape) for key, value in decoder.predict(seen())[0].items()}
        assert shapes == {
            "boxes": (0, 4), "scores": (0,), "classes": (0,), "masks": (0, *IMAGE)
        }  # fmt: skip
    said = PanopticMask2Former(DIM, SPACE, score_threshold=1.0, **QUERIES).predict(seen())[0]
    assert said["segments"] == []
    assert said["ids"].shape == IMAGE


def test_every_prediction_of_mask2former_counts_with_its_weight() -> None:
    decoder = InstanceMask2Former(DIM, SPACE, **QUERIES | {"decoder_layers": 3, "mask_weight": 7.0})
    for layer in (decoder.network.class_predictor, decoder.network.pixel_decoder.mask_projection):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    losses = decoder.losses(seen(), labels())
    predictions = 3 + 1
    assert losses["cross_entropy"].item() == pytest.approx(predictions * 2 * math.log(2 + 1))
    assert losses["mask"].item() == pytest.approx(predictions * 7 * math.log(2))


@pytest.mark.parametrize("enlarged", [1, 2, 3])
def test_regions_and_anchors_lie_where_the_image_says(enlarged: int) -> None:
    decoder = MaskRCNN(DIM, SPACE, **REGIONS)
    maps = []
    for level, stride in enumerate(STRIDES):
        cells = 96 * enlarged // STRIDES[0] >> level
        x = torch.arange(cells) * stride / enlarged  # torchvision's cells are at their first pixel
        maps.append(x.expand(1, DIM, cells, cells))
    features = Features(maps, (40, 40), enlarged)  # mostly padding
    pyramid, images = decoder._seen(features)
    box = torch.tensor([[10.0, 12.0, 34.0, 30.0]])
    names = dict(zip("0123", maps, strict=True))
    pooled = decoder.heads.box_roi_pool(names, [box], images.image_sizes)
    assert pooled.mean() == pytest.approx(22, abs=0.1)
    anchors = decoder.proposals.anchor_generator(images, list(pyramid.values()))[0]
    centres = (anchors[:, :2] + anchors[:, 2:]) / 2
    in_finest, in_fifth = 24 * enlarged, math.ceil(3 * enlarged / 2)  # cells along a side
    for last, cells, stride in ((3 * in_finest**2 - 1, in_finest, 4), (-1, in_fifth, 64)):
        assert centres[last].tolist() == pytest.approx([(cells - 1) * stride / enlarged] * 2)


def test_boxes_keep_their_precision_under_autocast() -> None:
    torch.manual_seed(0)
    decoder = DECODERS["mask_rcnn"]()
    with torch.autocast("cpu", torch.bfloat16):
        losses = decoder.losses(seen(), labels())
        said = decoder.predict(seen())[0]
    assert {loss.dtype for loss in losses.values()} == {torch.float32}
    assert said["boxes"].dtype == said["scores"].dtype == torch.float32
    assert not torch.equal(said["boxes"], said["boxes"].bfloat16().float())


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: MaskRCNN(DIM, SPACE, anchor_sizes=(8, 16)), "mask_rcnn: 2 anchor_sizes"),
        (lambda: InstanceMask2Former(DIM, SPACE, hidden_dim=48), "hidden_dim 48 .* groups, 32"),
        (lambda: InstanceMask2Former(DIM, SPACE, num_heads=3), "hidden_dim 256 .* num_heads, 3"),
    ],
)
def test_sizes_that_do_not_go_together_are_refused(build, message: str) -> None:
    with pytest.raises(UserError, match=message):
        build()
