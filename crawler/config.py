"""What a person sets for a home: <home>/tocsin.toml, read once and checked at once."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, get_origin

from crawler.errors import DataFileError, UsageError
from crawler.home import Home
from crawler.sources import read_toml

FILE = "tocsin.toml"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")  # becomes a folder's
ADDRESS = re.compile(r"[!-~]+@[A-Za-z0-9.-]*[A-Za-z0-9]")
NO_ADDRESS = re.compile(r'[,;:<>()\[\]"\\]')  # what lists and quotes addresses in a mail's head
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Digest:
    """A [[digest]]: new stories about something, and whom they are mailed to."""

    name: str  # of its folder, too
    authorities: tuple[str, ...] = ()  # of any of these; none: of all
    themes: tuple[str, ...] = ()  # and of any of these; none: of all
    to: tuple[str, ...] = ()  # e-mail addresses
    every_days: float = 7  # least days between two that `tocsin run` makes; 0: each time


@dataclass(frozen=True, slots=True)
class Smtp:
    """The [smtp] server that takes our mail; its password is never in this file."""

    host: str
    sender: str  # "from" in the file: an e-mail address
    port: int = 587
    user: str = ""  # "": it asks for none
    password_file: str = ""  # seen from the home; its first line; or TOCSIN_SMTP_PASSWORD has it
    starttls: bool = True


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a home."""

    contact: str = ""  # an e-mail address or URL: who answers for this crawler
    timeout_seconds: float = 30.0  # for one response, from first byte to last
    publisher: str = ""  # who answers for an export, as it is to be cited
    purpose: str = ""  # the non-commercial research that the text of articles is used for
    report: bool = True  # whether a run ends with the report
    site_url: str = ""  # where reports/out/ is published, if it is
    digest: tuple[Digest, ...] = ()
    smtp: Smtp | None = None


def load_config(home: Home) -> Config:
    """The home's settings; the defaults where it has no tocsin.toml.

    Raises:
        DataFileError: an unknown key, a value of another type, or one that cannot be meant.
    """
    path = home.root / FILE
    values = read_toml(path) if path.exists() else {}
    _check(Config, values)
    if "digest" in values:
        values["digest"] = tuple(
            map(_digest, range(1, 1 + len(values["digest"])), values["digest"])
        )
    if "smtp" in values:
        values["smtp"] = _smtp(values["smtp"])
    config = Config(**values)
    for entry, problem in _faults(config):
        raise DataFileError(FILE, entry, problem)
    return config


def _digest(number: int, values: Mapping[str, Any]) -> Digest:
    _check(Digest, values, f"digest {values.get('name', number)}: ")
    told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return Digest(**told)


def _smtp(values: Mapping[str, Any]) -> Smtp:
    if "password" in values:  # before it can be printed
        told = "does not belong in this file; give a password_file, or set TOCSIN_SMTP_PASSWORD"
        raise DataFileError(FILE, "smtp: password", told)
    _check(Smtp, values, "smtp: ")
    return Smtp(**{ATTRIBUTES.get(key, key): value for key, value in values.items()})


def _check(kind: type, values: Mapping[str, Any], within: str = "") -> None:
    """Refuse keys that a table does not know, values of another type, and what is missing."""
    known = {KEYS.get(field.name, field.name): field for field in fields(kind)}
    for key, value in values.items():
        if key not in known:
            raise DataFileError(FILE, within + key, f"unknown key; use {', '.join(known)}")
        if not _fits(value, known[key].type):
            told = f"{value!r} is not {KINDS[known[key].type][0]}"
            raise DataFileError(FILE, within + key, told)
    for key, field in known.items():
        if field.default is MISSING and not values.get(key):
            raise DataFileError(FILE, within + key, "is missing")


ATTRIBUTES = {"from": "sender"}  # Python keeps the word for itself
KEYS = {attribute: key for key, attribute in ATTRIBUTES.items()}
# of each field's type: what it is called, what TOML gives for it or, of a list, for each in it
KINDS: dict[Any, tuple[str, Any]] = {
    str: ("a text", str),
    float: ("a number", (int, float)),
    int: ("a whole number", int),
    bool: ("true or false", bool),
    tuple[str, ...]: ("a list of texts", str),
    tuple[Digest, ...]: ("a list of [[digest]] tables", dict),
    Smtp | None: ("an [smtp] table", dict),
}


def _fits(value: object, kind: Any) -> bool:
    _, types = KINDS[kind]
    if get_origin(kind) is tuple:
        return isinstance(value, list) and all(isinstance(one, types) for one in value)
    return isinstance(value, types) and isinstance(value, bool) is (kind is bool)


def _faults(config: Config) -> Iterator[tuple[str, str]]:
    """(entry, what is wrong) of values that have the right type."""
    if config.site_url and not config.site_url.startswith(("https://", "http://")):
        yield "site_url", f"{config.site_url!r} is not an http or https URL"
    for name, number in Counter(one.name for one in config.digest).items():
        if number > 1:
            yield f"digest {name}", "this name is taken by another digest"
    for digest in config.digest:
        for problem in _digest_faults(digest, config.smtp):
            yield f"digest {digest.name}", problem
    if config.smtp:
        for problem in _smtp_faults(config.smtp):
            yield "smtp", problem


def _digest_faults(digest: Digest, smtp: Smtp | None) -> Iterator[str]:
    if not NAME.fullmatch(digest.name):
        yield "name must be lower-case letters, digits and hyphens, at most 64"
    for address in digest.to:
        if not _is_address(address):
            yield f"to: {address!r} is not an e-mail address"
    if digest.to and not smtp:
        yield "to: mails need an [smtp] table with the server that takes them"
    if not digest.every_days >= 0:
        yield "every_days is below 0"


def _smtp_faults(smtp: Smtp) -> Iterator[str]:
    if not _is_address(smtp.sender):
        yield f"from: {smtp.sender!r} is not an e-mail address"
    if not 0 < smtp.port < 65536:
        yield f"port {smtp.port} is none"
    if smtp.user and not smtp.starttls and smtp.host not in LOCAL:
        yield "user without starttls: the password would go over the network in clear"


def _is_address(text: str) -> bool:
    """Whether a text is one plain address, as it can stand in a mail's head: name@host."""
    return bool(ADDRESS.fullmatch(text)) and not NO_ADDRESS.search(text)


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
