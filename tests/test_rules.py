"""The key of the pseudonyms: made once, for its owner only, and never a weak one."""

import stat
from pathlib import Path

import pytest

from crawler.errors import StorageError
from crawler.home import KEY_BYTES, pseudonym_key


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "pseudonym.key"
    key = pseudonym_key(path)
    assert len(key) == KEY_BYTES
    assert pseudonym_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_key_of_the_wrong_size_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"pseudonym\.key: \d+ bytes"):
        pseudonym_key(path)
