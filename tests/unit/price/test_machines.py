"""Peaks, hours, and whether teachers are cheaper cached: by hand."""

from dataclasses import replace

import pytest

from polytask.errors import UserError
from polytask.price.cached import Choice
from polytask.price.gpus import GPUS, Machine, arithmetic_of, gpu_named
from polytask.price.table import hours, units

MACHINE = Machine(name="H100", count=2, arithmetic="bf16", peak=1e12, utilisation=0.5)
CHOICE = Choice(
    data="corpus",
    targets="cached",
    images=500,
    views=1000,
    uses=9000,
    view_bytes=10**6,
    view_flops=3.6e11,
)


@pytest.mark.parametrize(
    ("gpu", "precision", "arithmetic"),
    [
        ("H100", "auto", "bf16"),
        ("H100", "fp32", "tf32"),
        ("V100", "auto", "fp32"),
        ("V100", "fp16", "fp16"),
    ],
)
def test_fp32_is_multiplied_in_tf32_and_auto_takes_what_there_is(gpu, precision, arithmetic):
    assert arithmetic_of(GPUS[gpu], precision) == arithmetic


def test_an_arithmetic_that_a_gpu_lacks_has_no_price():
    with pytest.raises(UserError, match=r"runtime\.precision: bf16: V100 has fp16, fp32 only"):
        arithmetic_of(GPUS["V100"], "bf16")


def test_gpus_are_found_however_they_are_spelt():
    assert gpu_named("RTX 4090") is GPUS["RTX4090"]
    with pytest.raises(UserError, match="--gpu H10: not in the table; did you mean `H100`"):
        gpu_named("H10")


def test_an_hour_is_3600_seconds_at_the_speed_that_is_had():
    assert MACHINE.hours(3600 * 0.5e12) == 1.0


def test_caching_costs_one_look_at_each_view_and_the_reading_of_all():
    assert CHOICE.cache_bytes == 10**9
    assert CHOICE.online_hours(MACHINE) == pytest.approx(9000 * 0.72 / 3600)
    assert CHOICE.cached_hours(MACHINE, 1e9) == pytest.approx((1000 * 0.72 + 9000 / 1000) / 3600)


@pytest.mark.parametrize(
    ("choice", "read_speed", "free", "best"),
    [
        (CHOICE, 1e9, 1e12, "cached"),
        (CHOICE, 1e9, 0.9e9, "online"),  # no room
        (CHOICE, 1e6, 1e12, "online"),  # a second per view, computed in 0.72
        (replace(CHOICE, views=9000), 1e9, 1e12, "online"),  # every view is new
    ],
)
def test_the_cheaper_way_depends_on_room_reading_and_reuse(choice, read_speed, free, best):
    assert choice.cheaper(MACHINE, read_speed, free)[0] == best


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0, "0 B"), (999, "999 B"), (42.5e12, "42.5 TB"), (999.6e9, "1 TB")],
)
def test_numbers_have_three_digits_and_a_prefix(value, text):
    assert units(value, "B") == text


def test_hours_are_readable_when_many_and_when_few():
    assert [hours(v) for v in (12345.6, 12.34, 0.01234, None)] == ["12,346", "12.3", "0.0123", "-"]
