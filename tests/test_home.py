"""A home: whose data files count, and that only one run works in it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.errors import LockedError, StorageError
from crawler.home import CHECKOUT, Home

HOLD = """
import sys
from pathlib import Path
from crawler.home import Home
with Home(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held(home: Home) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the home's lock until its standard input ends."""
    command = [sys.executable, "-c", HOLD, str(home.root)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_process_is_refused(home: Home) -> None:
    with held(home), pytest.raises(LockedError, match="another run"), home.lock():
        pass


def test_the_refused_one_leaves_the_lock_with_its_holder(home: Home) -> None:
    with held(home):
        for _ in range(2):
            with pytest.raises(LockedError), home.lock():
                pass


def test_the_lock_is_free_after_kill_9_of_its_holder(home: Home) -> None:
    with held(home) as process:
        process.kill()
        process.wait()
        with home.lock():
            assert process.returncode == -9


def test_the_lock_is_free_after_a_run_that_failed(home: Home) -> None:
    with pytest.raises(KeyError), home.lock():
        raise KeyError
    with home.lock():
        pass


def test_two_homes_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with held(Home(tmp_path / "one")), Home(tmp_path / "two").lock():
        pass


def test_a_folder_that_cannot_be_written_is_a_storage_error(home: Home) -> None:
    (home.root / "data").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match=r"run\.lock: cannot be written"), home.lock():
        pass


@pytest.mark.parametrize("name", ["sources", "authorities.csv", "codebook/themes"])
def test_data_is_the_checkouts_where_the_home_has_none(name: str, home: Home) -> None:
    assert home.data(name) == CHECKOUT / "data" / name
    assert home.data(name).exists()


@pytest.mark.parametrize("name", ["codebook", "codebook/themes", "codebook/themes/care.toml"])
def test_a_homes_own_folder_stands_for_the_whole_of_the_checkouts(name: str, home: Home) -> None:
    (home.root / "data" / "codebook").mkdir(parents=True)
    assert home.data(name) == home.root / "data" / name


def test_a_homes_own_file_leaves_the_others_to_the_checkout(home: Home) -> None:
    (home.root / "data").mkdir()
    (home.root / "data" / "authorities.csv").touch()
    assert home.data("authorities.csv") == home.root / "data" / "authorities.csv"
    assert home.data("sources") == CHECKOUT / "data" / "sources"
