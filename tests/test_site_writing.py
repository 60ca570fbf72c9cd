"""A report that fails or is killed leaves the old one whole, and the next one mends the rest."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.errors import DataFileError, StorageError, UsageError
from crawler.home import CHECKOUT, Home
from reports.site.write import SUMMARY, write_site
from tests.dataset import make_dataset
from tests.test_export import full_disk

WRITE = """
import sys
from pathlib import Path
from crawler.home import Home
from reports.site.write import write_site
write_site(Home(Path(sys.argv[1])))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a database and its report; not to be changed."""
    home = Home(tmp_path_factory.mktemp("made"))
    home.database.parent.mkdir()
    make_dataset(home.database)
    write_site(home)
    return home


@pytest.fixture
def home(made: Home, tmp_path: Path) -> Home:
    """A home of this test's own, with a report that can be told from the next one."""
    shutil.copytree(made.root, tmp_path, dirs_exist_ok=True)
    home = Home(tmp_path)
    index = home.out / "site" / "index.html"
    index.write_text(index.read_text("utf-8").replace("<h1>", "<h1>Old. "), "utf-8")
    return home


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def check_mended(home: Home, made: Home) -> None:
    """The next report is whole, the same as ever, and alone."""
    write_site(home)
    assert contents(home.out / "site") == contents(made.out / "site")
    assert [path.name for path in home.out.iterdir()] == ["site"]


def test_the_same_data_give_the_same_report(home: Home, made: Home) -> None:
    check_mended(home, made)


def test_a_wrong_data_file_leaves_the_old_report(home: Home, made: Home) -> None:
    before = contents(home.out / "site")
    own = home.root / "data" / "codebook"
    shutil.copytree(CHECKOUT / "data" / "codebook", own)
    next(iter(sorted(own.glob("themes/*.toml")))).write_text("no TOML [")
    with pytest.raises(DataFileError):
        write_site(home)
    assert contents(home.out / "site") == before
    shutil.rmtree(own)
    check_mended(home, made)


def test_a_full_disk_leaves_the_old_report(home: Home, made: Home) -> None:
    before = contents(home.out / "site")
    biggest = max(map(len, before.values()))
    with full_disk(biggest - 100), pytest.raises(StorageError):
        write_site(home)
    assert contents(home.out / "site") == before
    check_mended(home, made)


def test_a_database_that_is_damaged_leaves_the_old_report(home: Home) -> None:
    before = contents(home.out / "site")
    home.database.write_bytes(b"no database")
    with pytest.raises(StorageError):
        write_site(home)
    home.database.unlink()
    with pytest.raises(UsageError):
        write_site(home)
    assert contents(home.out / "site") == before


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path, made: Home) -> None:
    home = Home(tmp_path)
    shutil.copytree(made.database.parent, home.database.parent)
    home.out.parent.mkdir()
    home.out.write_text("a file where a folder should be")
    with pytest.raises(StorageError):
        write_site(home)


@pytest.mark.parametrize("pages", [1, 20])
def test_a_report_killed_while_it_writes_leaves_the_old_one(
    home: Home, made: Home, pages: int
) -> None:
    before = contents(home.out / "site")
    begun = home.out / "site.new"
    with subprocess.Popen([sys.executable, "-c", WRITE, str(home.root)], cwd=CHECKOUT) as killed:
        while len(list(begun.rglob("*.html"))) < pages:
            assert killed.poll() is None, "it ended before it could be killed"
        killed.kill()
    assert killed.returncode == -signal.SIGKILL
    assert begun.exists()
    assert contents(home.out / "site") == before
    check_mended(home, made)


def test_one_killed_between_its_two_renames_loses_nothing(home: Home, made: Home) -> None:
    before = home.out / "site"
    told = json.loads((before / SUMMARY).read_text("utf-8"))
    (before / SUMMARY).write_text(json.dumps(told | {"since": "2026-09-01 00:00:00+00:00"}))
    before.rename(home.out / "site.old")
    shutil.copytree(made.out / "site", home.out / "site.new")
    write_site(home)
    kept = json.loads((home.out / "site" / SUMMARY).read_text("utf-8"))
    assert kept["since"] == "2026-09-01 00:00:00+00:00"
    assert [path.name for path in home.out.iterdir()] == ["site"]
