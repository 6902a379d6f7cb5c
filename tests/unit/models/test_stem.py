import pytest
import torch

from polytask.errors import UserError
from polytask.models.stem import TeacherAgnosticStem, block_outputs, pad_to_multiple


def make_stem(student_values, **changes) -> TeacherAgnosticStem:
    values = {**student_values, **changes}
    return TeacherAgnosticStem(**values).eval()


def test_every_output_is_the_next_block_of_the_one_before():
    outputs = block_outputs(torch.tensor(1.0), [lambda z: z + 1, lambda z: z * 3])
    assert [float(z) for z in outputs] == [1.0, 2.0, 6.0]


def test_block_outputs_are_those_of_timm(student_values, images):
    stem = make_stem(student_values)
    encoded = stem.encode(images)
    normalised = (images - stem.mean) / stem.std
    expected = stem.vit.forward_intermediates(normalised, norm=False, intermediates_only=True)
    assert len(encoded.tokens) == 5
    for tokens, reference in zip(encoded.tokens[1:], expected, strict=True):
        torch.testing.assert_close(encoded.to_map(tokens), reference)


@pytest.mark.parametrize("args", [{"class_token": False}, {"reg_tokens": 2}, {"pre_norm": True}])
def test_vits_with_other_prefix_tokens_give_the_same_grid(student_values, images, args):
    model_args = student_values["model_args"] | args
    encoded = make_stem(student_values, model_args=model_args).encode(images)
    assert encoded.to_map(encoded.tokens[-1]).shape == (2, 32, 4, 4)


def test_images_off_the_patch_grid_are_covered_whole(student_values):
    encoded = make_stem(student_values).encode(torch.rand(1, 3, 33, 47))
    assert encoded.grid == (5, 6)


def test_padding_is_zero_and_only_below_and_right():
    padded = pad_to_multiple(torch.ones(1, 3, 9, 16), (8, 8))
    assert padded.shape == (1, 3, 16, 16)
    assert padded[:, :, :9].eq(1).all() and padded[:, :, 9:].eq(0).all()


def test_maps_keep_rows_and_columns(student_values):
    encoded = make_stem(student_values).encode(torch.rand(1, 3, 16, 32))
    number = torch.arange(9.0).view(1, 9, 1) - encoded.num_prefix
    assert encoded.to_map(number)[0, 0].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_the_state_holds_no_norm_and_no_classifier(student_values):
    keys = make_stem(student_values).state_dict()
    assert not [key for key in keys if key.startswith(("vit.norm", "vit.head", "mean", "std"))]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"model": "vit_enormous"}, "vit_enormous"),
        ({"model": "resnet18", "model_args": {}}, "resnet18"),
        ({"levels": [0, 4]}, "0..3"),
        ({"levels": [2, 1]}, "2, 1"),
        ({"levels": []}, "levels"),
        ({"model_args": {"pretrained": True}}, "pretrained"),
        ({"model_args": {"embed_dims": 3}}, "embed_dims"),
    ],
)
def test_what_cannot_be_a_stem_is_refused_by_name(student_values, change, named):
    with pytest.raises(UserError, match=named):
        make_stem(student_values, **change)
