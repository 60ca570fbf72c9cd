"""What a person sets for a home: <home>/tocsin.toml, read once and checked at once."""

from dataclasses import dataclass, fields
from typing import Any

from crawler.errors import DataFileError, UsageError
from crawler.home import Home
from crawler.sources import read_toml


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a home."""

    contact: str = ""  # an e-mail address or URL: who answers for this crawler
    timeout_seconds: float = 30.0  # for one response, from first byte to last
    publisher: str = ""  # who answers for an export, as it is to be cited
    purpose: str = ""  # the non-commercial research that the text of articles is used for


def load_config(home: Home) -> Config:
    """The home's settings; the defaults where it has no tocsin.toml.

    Raises:
        DataFileError: an unknown key or a value of another type.
    """
    path = home.root / "tocsin.toml"
    content = read_toml(path) if path.exists() else {}
    known = [field.name for field in fields(Config)]
    for key, value in content.items():
        if key not in known:
            raise DataFileError(path.name, key, f"unknown key; use {', '.join(known)}")
        if not isinstance(value, KINDS[key]) or isinstance(value, bool):
            raise DataFileError(path.name, key, f"{value!r} is not {WORDS[KINDS[key]]}")
    return Config(**content)


KINDS: dict[str, Any] = {
    **dict.fromkeys(("contact", "publisher", "purpose"), str),
    "timeout_seconds": (int, float),
}
WORDS: dict[Any, str] = {str: "a text", (int, float): "a number"}


def contact_of(config: Config) -> str:
    """The contact to name in the User-Agent.

    Raises:
        UsageError: none is set; sites must be able to reach the people behind a crawler.
    """
    if "@" not in config.contact and "://" not in config.contact:
        raise UsageError(
            "tocsin.toml: contact: set an e-mail address or URL before crawling live sites"
        )
    return config.contact
