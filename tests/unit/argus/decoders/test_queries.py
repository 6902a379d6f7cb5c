"""What is made of queries' logits: objects best first, and segments that do not overlap."""

import math

import torch

from polytask.argus.decoders.queries import instances, panoptic

NOTHING = -100.0  # logit of a class that is not meant, or of a pixel outside
SURE = 100.0


def classes(*probabilities: tuple[float, ...]) -> torch.Tensor:
    return torch.tensor(probabilities).clamp(min=1e-9).log()


def masks(*rows: str) -> torch.Tensor:
    """One row of pixels per query: # is inside, . outside, + inside with probability 0.75."""
    logits = {"#": SURE, ".": NOTHING, "+": math.log(3)}
    return torch.tensor([[[logits[pixel] for pixel in row]] for row in rows])


def test_scores_are_of_the_class_times_the_mask() -> None:
    said = instances(
        classes((0.1, 0.6, 0.3), (0.9, 0.05, 0.05)), masks("##....", "..++#."), max_detections=3
    )
    inside = (0.75 + 0.75 + 1) / 3
    expected = torch.tensor([0.9 * inside, 0.6, 0.1])
    assert torch.allclose(said["scores"], expected)
    assert said["classes"].tolist() == [0, 1, 0]
    assert said["boxes"].tolist() == [[2, 0, 5, 1], [0, 0, 2, 1], [0, 0, 2, 1]]
    assert said["masks"][0].tolist() == [[False, False, True, True, True, False]]


def test_a_mask_without_pixels_is_no_object() -> None:
    said = instances(classes((0.9, 0.1), (0.2, 0.8)), masks("....", "##.."), max_detections=5)
    assert torch.allclose(said["scores"], torch.tensor([0.2]))
    nothing = instances(classes((0.9, 0.1)), masks("...."), max_detections=5)
    assert nothing["boxes"].shape == (0, 4)
    assert nothing["masks"].shape == (0, 1, 4)


def segments(probabilities: torch.Tensor, where: torch.Tensor, stuff: set[int]) -> tuple:
    said = panoptic(probabilities, where, stuff, score_threshold=0.5, overlap_threshold=0.8)
    found = [(one["id"], one["class"], round(one["score"], 4)) for one in said["segments"]]
    assert said["ids"].dtype == torch.int32
    return said["ids"][0].tolist(), found


def test_stuff_of_a_class_is_one_segment_and_things_are_many() -> None:
    sky, cat = (0.8, 0.1, 0.1), (0.0, 0.9, 0.1)
    ids, found = segments(
        classes(cat, sky, (0.7, 0.2, 0.1), cat, sky),
        masks("##........", "..##......", "....#.....", ".....##...", ".......##."),
        stuff={0},
    )
    assert ids == [1, 1, 2, 2, 2, 3, 3, 2, 2, 0]
    assert found == [(1, 1, 0.9), (2, 0, 0.8), (3, 1, 0.9)]


def test_the_better_query_wins_pixels_and_the_loser_goes_below_the_overlap() -> None:
    better, worse = (0.0, 0.9, 0.1), (0.0, 0.6, 0.4)
    ids, found = segments(classes(worse, better), masks("#####....", "....#####"), stuff=set())
    assert ids == [1, 1, 1, 1, 2, 2, 2, 2, 2]  # 4 of 5 pixels left are enough
    assert found == [(1, 1, 0.6), (2, 1, 0.9)]
    ids, found = segments(classes(worse, better), masks("####.....", "...######"), stuff=set())
    assert ids == [0, 0, 0, 1, 1, 1, 1, 1, 1]  # 3 of 4 are not
    assert found == [(1, 1, 0.9)]


def test_what_is_unsure_or_nothing_is_no_segment() -> None:
    ids, found = segments(
        classes((0.4, 0.35, 0.25), (0.1, 0.2, 0.7)), masks("##..", "..##"), stuff={0}
    )
    assert (ids, found) == ([0, 0, 0, 0], [])


def test_a_pixel_outside_of_every_mask_belongs_to_none() -> None:
    ids, _ = segments(classes((0.9, 0.1)), masks("##++.."), stuff=set())
    assert ids == [1, 1, 1, 1, 0, 0]
