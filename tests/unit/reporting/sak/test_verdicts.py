"""A difference is one where a paired test over repetitions says so, corrected for all tests."""

import pytest

from polytask.reporting.sak.verdicts import holm, judge, overall, paired_p


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
    found = judge([clear, opposite, noisy, alone, [0.1]], [False, False, False, False, True])
    assert [each.verdict for each in found] == [
        "held", "not held", "within noise", "within noise", "held",
    ]  # fmt: skip
    assert [each.why for each in found][3:] == ["one repetition", "counted, no test"]
    assert found[0].corrected == pytest.approx(3 * found[0].p)
    assert found[3].p is found[4].p is None


def test_more_tests_on_a_page_turn_a_small_p_into_noise():
    """p of 1, 1.1, 1.2 is 0.0028 alone; beside thirty others it is not."""
    alone = judge([[1.0, 1.1, 1.2]])
    among = judge([[1.0, 1.1, 1.2], *([[0.5, -0.4, 0.1]] * 30)])
    assert (alone[0].verdict, among[0].verdict) == ("held", "within noise")
    assert alone[0].p == among[0].p


def test_what_is_counted_and_equal_is_not_held():
    assert judge([[0.0]], [True])[0].verdict == "not held"


def test_a_claim_holds_where_all_of_it_does_and_fails_where_any_of_it_does():
    assert overall(["held", "held"]) == "held"
    assert overall(["held", "within noise"]) == "within noise"
    assert overall(["held", "within noise", "not held"]) == "not held"
