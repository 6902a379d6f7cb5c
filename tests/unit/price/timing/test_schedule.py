"""List scheduling: makespans that can be drawn on paper."""

import random

import pytest

from polytask.price.timing.schedule import Timed, begins, wall


def test_a_chain_takes_the_sum_however_many_cores_there_are():
    chain = [Timed(seconds=3), Timed(seconds=4, needs=[0]), Timed(seconds=5, needs=[1])]
    assert begins(chain, cores=8) == [0, 3, 7]
    assert wall(chain, cores=8) == 12


def test_a_diamond_has_its_longer_side_in_its_time():
    diamond = [
        Timed(seconds=1),
        Timed(seconds=5, needs=[0]),
        Timed(seconds=2, needs=[0]),
        Timed(seconds=1, needs=[1, 2]),
    ]
    assert wall(diamond, cores=2) == 7
    assert wall(diamond, cores=1) == 9


def test_priority_goes_before_order_and_decides_the_wall_clock():
    """Three short jobs and a long one on two cores: the long one last leaves a core idle."""
    shorts = [Timed(seconds=2) for _ in range(3)]
    assert wall([*shorts, Timed(seconds=6)], cores=2) == 8
    assert wall([*shorts, Timed(seconds=6, priority=1)], cores=2) == 6


def test_a_job_of_all_cores_waits_for_them_and_others_wait_for_it():
    jobs = [Timed(seconds=3, priority=1), Timed(seconds=2, cores=2), Timed(seconds=1, needs=[1])]
    assert begins(jobs, cores=2) == [0, 3, 5]


def test_a_small_job_slips_past_a_large_one_that_does_not_fit():
    jobs = [
        Timed(seconds=3, priority=2),
        Timed(seconds=2, cores=2, priority=1),
        Timed(seconds=4),
    ]
    assert begins(jobs, cores=2) == [0, 4, 0]


def test_a_job_takes_no_more_cores_than_there_are():
    assert begins([Timed(seconds=1, cores=8), Timed(seconds=1)], cores=2) == [0, 1]


def test_jobs_without_seconds_let_those_behind_them_begin_at_once():
    assert begins([Timed(seconds=0), Timed(seconds=2, needs=[0])], cores=1) == [0, 0]


def test_nothing_takes_no_time_and_a_circle_has_no_end():
    assert wall([], cores=2) == 0
    with pytest.raises(ValueError, match="wait for each other"):
        wall([Timed(seconds=1, needs=[1]), Timed(seconds=1, needs=[0])], cores=2)


def test_no_schedule_beats_its_bounds_nor_wastes_more_than_grahams():
    """Between the critical path or the mean load, and twice that (Graham, 1966: 2 - 1/m)."""
    draw = random.Random(0)
    for _ in range(50):
        jobs = [
            Timed(
                seconds=draw.randint(1, 9),
                needs=[other for other in range(number) if draw.random() < 0.2],
                priority=draw.randint(0, 2),
            )
            for number in range(20)
        ]
        ends = []
        for job in jobs:
            ends.append(job.seconds + max((ends[other] for other in job.needs), default=0))
        for cores in (1, 2, 3):
            best = max(max(ends), sum(job.seconds for job in jobs) / cores)
            assert best <= wall(jobs, cores) <= (2 - 1 / cores) * best
