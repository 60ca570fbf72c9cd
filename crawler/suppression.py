"""What people decided: which pages, texts and authors are suppressed, and what was cleared.

`data/decisions.jsonl` is the one file of it: a JSON object a line, only ever added to, and the only
thing of a home beside the archive that cannot be made again. A tombstone names nobody: it is a hash
(HMAC-SHA256 under the home's key, so that nobody without the key can try addresses or names) of

- a page's identity (what all spellings of its URL share); it begins with the hash of its site, so
  that of the pages of all other sites nothing needs to be looked at twice,
- a text, all spaces and cases alike, so that the same text is known under any address,
- an author of one source, as the pseudonym is made; or of any source, for bylines.

What follows from a decision (a page that redirects to a suppressed one, a copy of its text) is
written down too, and names in `follows` the hash that it follows from: lifting a page lifts that.
Read by the crawler, by ingest and by the pipeline; what is done about it is in crawler.forgetting.
"""

import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from crawler.errors import DataFileError, StorageError
from crawler.home import Home, pseudonym_key, sync
from crawler.urls import url_identity

TOMBSTONES = ("page", "text", "author")
LIFT = "lift"  # `hash` is a tombstone that holds no longer
CLEAR, HOLD = "clear", "hold"  # `hash` is an article's id: let into public exports, or no longer
WHATS = (*TOMBSTONES, LIFT, CLEAR, HOLD)
DIGITS = 32  # of a hash, hexadecimal
SITE_DIGITS = 8  # of those of a page, that are its site's
AUTHOR_DIGITS = 16  # as many as a pseudonym has
LEAST_WORDS = 50  # of a text that is suppressed by itself: shorter ones are notices, on many pages
SITE_ENDS = re.compile(r"[/?]")  # in a page's identity
URN = "urn:tocsin:suppressed:"  # stands in the archive for the URL of a suppressed page
MACHINE = "tocsin"  # who wrote down what follows from a decision
ANY = ""  # source of an author who is suppressed wherever the name stands in a byline


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the file."""

    what: str  # one of WHATS
    hash: str
    reason: str
    at: str  # ISO 8601, UTC
    by: str
    follows: str = ""  # the hash of the decision that it follows from; "" of a person's own
    key: str = ""  # of a tombstone: which key made it


@dataclass(frozen=True)
class Tombstones:
    """What is suppressed now: for each kind, its hashes and their decisions."""

    key: bytes = b""
    pages: Mapping[str, Sequence[Decision]] = field(default_factory=dict)
    texts: Mapping[str, Sequence[Decision]] = field(default_factory=dict)
    authors: Mapping[str, Sequence[Decision]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.pages or self.texts or self.authors)

    @property
    def digest(self) -> str:
        """What changes with every tombstone that is set or lifted."""
        told = "\0".join(sorted((*self.pages, *self.texts, *self.authors)))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def page(self, url: str) -> str:
        """The hash of a page that is suppressed; "" of any other.

        A suppressed address without a query stands for those with one: pages of a thread, prints.
        """
        told = (page_hash(self.key, spelling) for spelling in _bare(url)) if self.pages else ()
        return next((hash_ for hash_ in told if hash_ in self.pages), "")

    def identity(self, identity: str) -> str:
        """The same, of a page's identity (crawler.urls.url_identity)."""
        told = (identity_hash(self.key, spelling) for spelling in _bare(identity))
        return next((hash_ for hash_ in told if hash_ in self.pages), "") if self.pages else ""

    @cached_property
    def _sites(self) -> frozenset[str]:
        return frozenset(page[:SITE_DIGITS] for page in self.pages)

    def has_of(self, site: str) -> bool:
        """Whether some page of a site (crawler.urls.site_of) is suppressed, or may be."""
        return _site_hash(self.key, site) in self._sites

    def text(self, text: str) -> str:
        """The hash of a text that is suppressed; "" of any other."""
        told = text_hash(self.key, text) if self.texts else ""
        return told if told in self.texts else ""

    def author(self, source_id: str, name: str) -> str:
        """The hash of an author who is suppressed at a source, or at any; "" of any other."""
        for source in (source_id, ANY) if self.authors else ():
            if (told := author_hash(self.key, source, name)) in self.authors:
                return told
        return ""

    def named(self, page: str) -> bool:
        """Whether a person named a page, by its hash; else it follows from another decision."""
        return any(not decision.follows for decision in self.pages.get(page, ()))

    def cause(self, hash_: str) -> Decision:
        """The first decision behind a hash, a person's own before others."""
        found = self.pages.get(hash_) or self.texts.get(hash_) or self.authors[hash_]
        return min(found, key=lambda decision: bool(decision.follows))


def _bare(address: str) -> tuple[str, ...]:
    """An address, and what it is without its query."""
    before, mark, _ = address.partition("?")
    return (address, before) if mark else (address,)


def keyed(key: bytes, kind: str, text: str) -> str:
    """A text of some kind as a hash that nobody without the key can find by trying."""
    return hmac.digest(key, f"{kind}\0{text}".encode("utf-8", "surrogatepass"), "sha256").hex()[
        :DIGITS
    ]


@lru_cache(maxsize=1 << 16)  # the same links stand on every page of a site
def page_hash(key: bytes, url: str) -> str:
    """The hash of a URL's page; "" of what is no address of the web."""
    if not url.startswith(("http://", "https://")):
        return ""
    try:
        return identity_hash(key, url_identity(url))
    except ValueError:
        return ""


def identity_hash(key: bytes, identity: str) -> str:
    """The hash of a page's identity, which begins with its site."""
    site = SITE_ENDS.split(identity, maxsplit=1)[0]
    return _site_hash(key, site) + keyed(key, "page", identity)[SITE_DIGITS:]


@lru_cache(maxsize=1 << 16)
def _site_hash(key: bytes, site: str) -> str:
    return keyed(key, "site", site)[:SITE_DIGITS]


def text_hash(key: bytes, text: str) -> str:
    """The hash of a text's words in their order: spaces and cases make no difference."""
    return keyed(key, "text", " ".join(text.casefold().split()))


def author_hash(key: bytes, source_id: str, name: str) -> str:
    """The pseudonym of an author of a source: 16 hex digits; "" for no name."""
    told = f"{source_id}\0{name.casefold()}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, told, "sha256").hex()[:AUTHOR_DIGITS] if name else ""


# ---- the file ------------------------------------------------------------------------------------


def read_decisions(home: Home) -> list[Decision]:
    """Every decision of a home, oldest first; none where it has no such file.

    Raises:
        DataFileError: a line is broken; nothing is read past it, for it may be a tombstone.
        StorageError: the file cannot be read.
    """
    try:
        lines = home.decisions.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{home.decisions}: cannot be read: {error}") from error
    return [_decision(home.decisions, number, line) for number, line in enumerate(lines, 1)]


def _decision(path: Path, number: int, line: str) -> Decision:
    try:
        told: dict[str, Any] = json.loads(line)
        decision = Decision(**told)
    except (ValueError, TypeError) as error:
        raise DataFileError(str(path), f"line {number}", f"is broken: {error}") from error
    if not all(isinstance(value, str) for value in told.values()):
        raise DataFileError(str(path), f"line {number}", "is broken: a value is no text")
    if decision.what not in WHATS:
        problem = f"what is '{decision.what}'; use {', '.join(WHATS)}"
        raise DataFileError(str(path), f"line {number}", problem)
    return decision


def tombstones(home: Home) -> Tombstones:
    """What is suppressed in a home now.

    Raises:
        DataFileError: a line of the file is broken.
        StorageError: it cannot be read, or the key that made it is not the home's: under another
            key nothing of it would be known again.
    """
    decisions = read_decisions(home)
    made = {d.key: number for number, d in enumerate(decisions, 1) if d.what in TOMBSTONES}
    if not made:
        return Tombstones()
    key = pseudonym_key(home.pseudonym_key) if home.pseudonym_key.exists() else b""
    for name in made.keys() - {key_name(key)}:
        told = f"line {made[name]} was made with another key than {home.pseudonym_key.name} is"
        raise StorageError(f"{home.decisions}: {told}: put that back")
    return holding(key, decisions)


def holding(key: bytes, decisions: Iterable[Decision]) -> Tombstones:
    """The tombstones that hold after all these decisions, in their order."""
    found: dict[tuple[str, str], list[Decision]] = {}
    for decision in decisions:
        if decision.what in TOMBSTONES:
            found.setdefault((decision.what, decision.hash), []).append(decision)
        elif decision.what == LIFT:
            _lift(found, decision.hash)
    kinds = {kind: {h: d for (what, h), d in found.items() if what == kind} for kind in TOMBSTONES}
    return Tombstones(key, kinds["page"], kinds["text"], kinds["author"])


def _lift(found: dict[tuple[str, str], list[Decision]], gone: str) -> None:
    """Take away a tombstone, and what follows from it and from nothing else."""
    lifted = [gone]
    for name in lifted:
        for key, decisions in list(found.items()):
            left = [d for d in decisions if d.follows != name and name != key[1]]
            if left:
                found[key] = left
            else:
                del found[key]
                lifted.append(key[1])


def decided(decisions: Iterable[Decision]) -> str:
    """What changes with every decision; "" of none."""
    told = "\n".join(map(repr, decisions))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16] if told else ""


def cleared(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """The articles that may be shown although they carry a risk: id to the last word on it."""
    last = {d.hash: d for d in decisions if d.what in (CLEAR, HOLD)}
    return {name: decision for name, decision in last.items() if decision.what == CLEAR}


def decide(
    home: Home, whats: Iterable[tuple[str, str]], reason: str, at: str, by: str
) -> list[Decision]:
    """A person's decisions, ready to be recorded: (what, hash) each.

    Raises:
        StorageError: the home's key cannot be read or made.
    """
    key = key_name(pseudonym_key(home.pseudonym_key))
    return [
        Decision(what, hash_, reason, at, by, key=key if what in TOMBSTONES else "")
        for what, hash_ in whats
    ]


def following(cause: Decision, what: str, hash_: str, reason: str) -> Decision:
    """What follows from a decision; dated as that is, for it is no later one."""
    return replace(cause, what=what, hash=hash_, reason=reason, by=MACHINE, follows=cause.hash)


def record(home: Home, decisions: Sequence[Decision]) -> None:
    """Add decisions to the file; they last through a power cut, and none is ever half there.

    Raises:
        StorageError: it cannot be written.
    """
    path = home.decisions
    lines = "".join(
        json.dumps({k: v for k, v in asdict(d).items() if v or k in REQUIRED}, ensure_ascii=False)
        + "\n"
        for d in decisions
    )
    try:
        before = path.read_bytes() if path.exists() else b""
        if before and not before.endswith(b"\n"):
            before += b"\n"
        _replace(path, before + lines.encode("utf-8", "replace"))
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}") from error


REQUIRED = [f.name for f in fields(Decision)][:5]


def _replace(path: Path, content: bytes) -> None:
    """Put a file in place of another, whole and synced, with the folder that names it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync(path.parent)


def key_name(key: bytes) -> str:
    """What tells one key from another, without telling it."""
    return hashlib.sha256(b"name\0" + key).hexdigest()[:8] if key else "none"
