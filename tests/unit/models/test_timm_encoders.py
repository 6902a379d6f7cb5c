"""Every family of timm's plain vision transformers is an encoder by its name alone."""

import timm
import torch
from pytest import mark, raises
from torch.testing import assert_close

from polytask.errors import UserError
from polytask.models.encoder import EncoderConfig, PretrainedEncoder, describe_encoder
from polytask.models.timm_encoders import create_encoder, even_levels
from polytask.price.costs import Costs
from polytask.price.counting import on_meta
from polytask.price.descriptions import frozen_teacher
from polytask.teachers.encoder import FrozenTeacher, TeacherConfig

SMALL = {"embed_dim": 32, "depth": 4, "num_heads": 2}
SQUARE = {**SMALL, "img_size": 64}
FAMILIES = {
    "vit_tiny_patch16_224.augreg_in21k": SMALL,
    "vit_base_patch16_siglip_512.v2_webli": SQUARE,
    "vit_so400m_patch14_siglip_378.v2_webli": {**SMALL, "mlp_ratio": 4, "img_size": 56},
    "vit_base_patch16_dinov3.lvd1689m": SMALL,
    "vit_small_plus_patch16_dinov3.lvd1689m": SMALL,
    "vit_base_patch16_clip_224.dfn2b": SMALL,
    "vit_base_patch16_clip_quickgelu_224.openai": SMALL,
    "vit_base_patch14_reg4_dinov2.lvd142m": {**SMALL, "img_size": 56},
    "eva02_base_patch14_448.mim_in22k_ft_in1k": {**SMALL, "img_size": 56},
    "eva02_base_patch16_clip_224.merged2b": SMALL,
    "vit_pe_core_base_patch16_224.fb": {**SMALL, "attn_pool_num_heads": 2},
    "vit_pe_spatial_base_patch16_512.fb": SQUARE,
    "aimv2_large_patch14_224.apple_pt": {**SMALL, "img_size": 56},
    "beit3_base_patch16_224.in22k_ft_in1k": SMALL,
    "deit3_small_patch16_224.fb_in1k": SMALL,
    "deit_tiny_distilled_patch16_224.fb_in1k": SMALL,
    "vit_base_r50_s16_224.orig_in21k": SMALL,
    "vit_small_patch16_rope_mixed_224.naver_in1k": SMALL,
    "vit_base_patch16_radio_v3.c_radio": SQUARE,
    "naflexvit_base_patch16_radio_v3.c_radio": SMALL,
    "naflexvit_base_patch16_siglip.v2_webli": SMALL,
    "samvit_base_patch16.sa1b": {**SQUARE, "global_attn_indexes": (1, 3)},
}


def encoder(name: str, **values) -> PretrainedEncoder:
    torch.manual_seed(0)
    config = EncoderConfig(model=name, model_args=FAMILIES[name], **values)
    return PretrainedEncoder(config, create_encoder(name, config.model_args)).eval()


@mark.parametrize("name", FAMILIES)
@torch.no_grad()
def test_its_maps_are_the_raw_blocks_of_the_whole_image_without_prefix_tokens(name):
    built, seen = encoder(name), []
    for block in built.encoder.blocks:
        block.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    side = built.prepare.patch[0]
    for height, width in [(4 * side, 4 * side), (3 * side + 1, 5 * side)]:
        seen.clear()
        maps = built.maps(torch.rand(2, 3, height, width))
        assert [level.shape for level in maps] == [(2, 32, height // side, width // side)] * 4
        for level, tokens in zip(maps, seen, strict=True):
            flat = tokens.flatten(1, -2)[:, -level[0, 0].numel() :]
            assert_close(level.flatten(2).transpose(1, 2), flat)


@mark.parametrize("name", FAMILIES)
def test_a_plan_can_count_it(name):
    values = {"model": name, "model_args": FAMILIES[name], "weights": "hub"}
    cost, teacher = Costs().teacher(values, (96, 128)), frozen_teacher(values)
    _, height, width = teacher.shapes((96, 128))[0]
    blocks = [each for each in teacher.encoder.blocks.parameters() if each.ndim == 2]
    linear = 2 * height * width * sum(each.numel() for each in blocks)
    assert linear < cost.count.flops
    assert cost.parameters == sum(each.numel() for each in teacher.parameters())


@mark.parametrize("name", FAMILIES)
def test_what_is_left_out_is_as_timm_says(name):
    config = EncoderConfig(model=name, model_args=FAMILIES[name])
    published = timm.get_pretrained_cfg(name)
    assert (config.mean, config.std) == (published.mean, published.std)
    assert describe_encoder(config)["levels"] == (0, 1, 2, 3)
    assert "weights" not in describe_encoder(TeacherConfig(model=name, levels=(0, 3)))


@mark.parametrize("name", FAMILIES)
def test_published_weights_find_all_their_places(name):
    """timm loads its weights into the model that its name stands for, strictly."""
    ours = on_meta(lambda: create_encoder(name, FAMILIES[name])).state_dict()
    published = on_meta(lambda: timm.create_model(name, num_classes=0, **FAMILIES[name]))
    assert ours.keys() == published.state_dict().keys()


def test_published_files_fit_without_their_pooling(tmp_path):
    from safetensors.torch import save_file

    name = "vit_base_patch16_siglip_512.v2_webli"
    published = timm.create_model(name, num_classes=5, global_pool="map", **FAMILIES[name])
    save_file(published.state_dict(), tmp_path / "siglip.safetensors")
    values = {"model": name, "model_args": FAMILIES[name]}
    teacher = FrozenTeacher(TeacherConfig(**values, weights=str(tmp_path / "siglip.safetensors")))
    assert torch.equal(teacher.encoder.pos_embed, published.pos_embed)
    assert not [key for key in teacher.state_dict() if "pool" in key]


@mark.parametrize(
    ("depth", "levels"),
    [
        (12, (2, 5, 8, 11)),
        (24, (5, 11, 17, 23)),
        (27, (5, 12, 19, 26)),
        (4, (0, 1, 2, 3)),
        (2, (0, 1)),
    ],
)
def test_levels_are_the_ends_of_four_equal_parts(depth, levels):
    assert even_levels(depth) == levels


@mark.parametrize(
    ("name", "message"),
    [
        ("beit_base_patch16_224", "takes images of any size: take one"),
        ("swin_tiny_patch4_window7_224", "takes images of any size: take one"),
        ("vit_base_patch14_dinov2.lvd143m", r"no such weights, but .*dinov2\.lvd142m"),
    ],
)
def test_what_is_no_such_encoder_is_refused(name, message):
    with raises(UserError, match=message):
        PretrainedEncoder(EncoderConfig(model=name), create_encoder(name, {}))
