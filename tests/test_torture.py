"""Twenty of the blows of `make torture`: kills at random moments, and failing writes and syncs."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.demo import World
from tests.test_demo import free_ports
from tests.torture import hinder_one, kill_one, small_world

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with small_world(free_ports(12)) as served:
        yield served


@pytest.mark.parametrize("seed", range(14))
def test_a_run_killed_at_a_random_moment_is_finished_by_the_next(
    seed: int, world: World, tmp_path: Path
) -> None:
    kill_one(world, tmp_path, random.Random(seed))


@pytest.mark.parametrize("seed", range(6))
def test_a_run_whose_writes_fail_says_so_and_is_finished_by_the_next(
    seed: int, world: World, tmp_path: Path
) -> None:
    hinder_one(world, tmp_path, random.Random(seed))
