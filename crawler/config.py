"""What a person sets for a home: <home>/tocsin.toml, read once and checked at once."""

from dataclasses import dataclass, fields

from crawler.errors import DataFileError, UsageError
from crawler.home import Home
from crawler.sources import read_toml


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a home."""

    contact: str = ""  # an e-mail address or URL: who answers for this crawler


def load_config(home: Home) -> Config:
    """The home's settings; the defaults where it has no tocsin.toml.

    Raises:
        DataFileError: an unknown key or a value that is not a text.
    """
    path = home.root / "tocsin.toml"
    content = read_toml(path) if path.exists() else {}
    known = [field.name for field in fields(Config)]
    for key, value in content.items():
        if key not in known:
            raise DataFileError(path.name, key, f"unknown key; use {', '.join(known)}")
        if not isinstance(value, str):
            raise DataFileError(path.name, key, f"{value!r} is not a text")
    return Config(**content)


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
