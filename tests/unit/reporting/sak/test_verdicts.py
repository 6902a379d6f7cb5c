"""A difference is one where a test over repetitions says so, corrected for all tests."""

from dataclasses import dataclass

import pytest

from polytask.reporting.sak.verdicts import (
    Noise,
    holm,
    judge,
    overall,
    paired_p,
    pooled_noise,
    pooled_p,
)


@dataclass
class Sample:
    differences: list[float]
    counted: bool = False
    noise: Noise | None = None


def test_p_is_that_of_the_paired_t_test():
    """Differences 1, 2, 3: t = 2 / (1 / sqrt 3) = 3.464 with two degrees of freedom: p = 0.0742."""
    assert paired_p([1.0, 2.0, 3.0]) == pytest.approx(0.07418, abs=1e-5)
    assert paired_p([-1.0, -2.0, -3.0]) == pytest.approx(0.07418, abs=1e-5)


def test_one_repetition_has_no_p_and_no_difference_at_all_has_p_of_one():
    assert paired_p([5.0]) is None
    assert paired_p([0.0, 0.0, 0.0]) == 1.0
    assert paired_p([2.0, 2.0]) == 0.0


def test_holm_multiplies_the_smallest_by_all_and_never_lets_a_larger_p_become_a_smaller_one():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_known_cases_have_known_verdicts():
    clear, opposite = [5.0, 5.1, 4.9], [-5.0, -5.1, -4.9]
    noisy, alone = [1.0, -2.0, 3.0], [7.0]
    paired = [Sample(each) for each in (clear, opposite, noisy, alone)]
    found = judge([*paired, Sample([0.1], counted=True)])
    assert [each.verdict for each in found] == [
        "held", "not held", "within noise", "within noise", "held",
    ]  # fmt: skip
    assert [each.why for each in found][3:] == ["one repetition", "counted, no test"]
    assert found[0].corrected == pytest.approx(3 * found[0].p)
    assert found[3].p is found[4].p is None


def test_more_tests_on_a_page_turn_a_small_p_into_noise():
    """p of 1, 1.1, 1.2 is 0.0028 alone; beside thirty others it is not."""
    alone = judge([Sample([1.0, 1.1, 1.2])])
    among = judge([Sample([1.0, 1.1, 1.2]), *([Sample([0.5, -0.4, 0.1])] * 30)])
    assert (alone[0].verdict, among[0].verdict) == ("held", "within noise")
    assert alone[0].p == among[0].p


def test_what_is_counted_and_equal_is_not_held():
    assert judge([Sample([0.0], counted=True)])[0].verdict == "not held"


def test_the_noise_of_two_rows_gives_the_paired_t_test():
    above, below = [3.0, 4.5, 2.0], [1.0, 2.0, 1.5]
    differences = [a - b for a, b in zip(above, below, strict=True)]
    noise = pooled_noise([above, below])
    assert noise.freedom == 2
    assert pooled_p(differences, noise) == pytest.approx(paired_p(differences))


def test_noise_is_what_neither_row_nor_repetition_explains():
    """Rows 0, 1, 2 plus repetitions 0, 5, -5, and 0.3 more in one cell: 0.09 x 4/9 over 4."""
    rows = [[row + repetition for repetition in (0, 5, -5)] for row in (0, 1, 2)]
    assert pooled_noise(rows).sd == pytest.approx(0, abs=1e-12)
    rows[1][2] += 0.3
    noise = pooled_noise(rows)
    assert (noise.sd, noise.freedom) == (pytest.approx(0.1), 4)


def test_more_rows_say_more_of_the_same_difference():
    differences = [1.0, 1.6, 0.7]
    found = [pooled_p(differences, Noise(0.35, freedom)) for freedom in (2, 8, 24)]
    assert found == sorted(found, reverse=True)
    few, many = (Sample(differences, noise=Noise(0.35, freedom)) for freedom in (2, 24))
    assert [each.verdict for each in judge([few, many])] == ["within noise", "held"]
    assert judge([many])[0].why == "t-test, noise of the table, df 24"


def test_there_is_no_noise_to_be_known_of_one_row_or_one_repetition():
    assert pooled_noise([[1.0, 2.0]]) is None
    assert pooled_noise([[1.0], [2.0]]) is None
    assert pooled_noise([]) is None
    assert pooled_p([2.0, 2.0], Noise(0.0, 2)) == 0.0
    assert pooled_p([0.0, 0.0], Noise(0.0, 2)) == 1.0


def test_a_claim_holds_where_all_of_it_does_and_fails_where_any_of_it_does():
    assert overall(["held", "held"]) == "held"
    assert overall(["held", "within noise"]) == "within noise"
    assert overall(["held", "within noise", "not held"]) == "not held"
