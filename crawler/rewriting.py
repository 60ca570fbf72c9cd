"""Rewrites closed archive files: the one exception to "append-only", for what may not be kept.

Of a capture that is suppressed, or older than its source may be kept, a note stays: that there was
one, when, of which source, and (of a suppressed one) the hash of its page in place of the address.
Of other records only what names a suppressed page is cut out. All the rest is copied byte for byte,
and a file is replaced whole or not at all. WARC itself is known to crawler.archive alone.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin

from crawler.archive import (
    MAX_DECODED,
    Message,
    Stored,
    body_start,
    packed_record,
    read_message,
    replace_file,
    stored_records,
)
from crawler.encodings import decoded
from crawler.redaction import cut, declared, names, places
from crawler.suppression import URN, Tombstones, page_hash

SUPPRESSED, EXPIRED = "suppressed", "expired"  # outcomes of what was rewritten
ANSWERS = ("response", "revisit")
OF_A_BODY = (
    *("content-encoding", "content-length", "transfer-encoding"),
    *("content-md5", "digest", "content-digest", "repr-digest"),
)
OF_A_NOTE = ("source", "kind", "outcome", "via")
CHUNK = 1 << 12

Cutoffs = Mapping[str, datetime]  # by source: what was captured before goes


@dataclass
class Plan:
    """What a file loses."""

    gone: dict[str, str] = field(default_factory=dict)  # captures by id: hash of their page
    expired: set[str] = field(default_factory=set)  # captures that are too old
    bodiless: set[str] = field(default_factory=set)  # captures whose body cannot be cut
    cuts: set[int] = field(default_factory=set)  # where records begin that are cut
    damage: set[int] = field(default_factory=set)  # and damaged ones that name a page
    leading: dict[str, str] = field(default_factory=dict)  # URLs that lead to a page: its hash

    def __bool__(self) -> bool:
        return bool(self.gone or self.expired or self.bodiless or self.cuts or self.damage)


def plan(path: Path, tombs: Tombstones, cutoffs: Cutoffs) -> Plan:
    """What of an archive file is to be rewritten; reads all of it, changes nothing.

    Raises:
        ArchiveError: the file cannot be read.
    """
    found = Plan()
    for record in stored_records(path):
        if not record.kind:
            if _damage_names(path, record, tombs):
                found.damage.add(record.start)
        elif told := tombs.page(record.url):
            found.gone[record.id] = told
        elif record.kind == "metadata":
            _plan_note(record, tombs, cutoffs, found)
        elif record.kind in ANSWERS and tombs.pages:
            _plan_answer(record, tombs, found)
    return found


def _plan_note(record: Stored, tombs: Tombstones, cutoffs: Cutoffs, found: Plan) -> None:
    told = _fields(record)
    cutoff = cutoffs.get(told.get("source", ""))
    if cutoff and told.get("outcome") != EXPIRED and _date(record) < cutoff:
        found.expired.add(record.id)
    elif any(names(value, tombs) for value in told.values()):
        found.cuts.add(record.start)


def _plan_answer(record: Stored, tombs: Tombstones, found: Plan) -> None:
    message = read_message(record.block)
    told = leads_to(message, record.url, tombs) if message else ""
    if told:
        found.gone[record.id] = found.leading[record.url] = told
        return
    rest = cut_response(record.block, record.url, tombs)
    if rest is None:
        found.bodiless.add(record.id)
    elif rest is not record.block:
        found.cuts.add(record.start)


def leads_to(message: Message, url: str, tombs: Tombstones) -> str:
    """The hash of the suppressed page that a response is, or redirects to; "" of others."""
    location = message.headers.get("location", "")
    try:
        target = urljoin(url, location) if location else ""
    except ValueError:
        target = ""
    return tombs.page(target) or declared(_plain(message), url, tombs)


def cut_response(block: bytes, url: str, tombs: Tombstones) -> bytes | None:
    """A response without what names a suppressed page; the same object if nothing does.

    Its body comes without content encoding then. None where that cannot be cut out.
    """
    message = read_message(block) if tombs.pages else None
    if message is None:
        return block
    plain = _plain(message)
    rest = cut(plain, url, tombs)
    if rest is None:
        return None
    start = body_start(block)
    head = _cut_head(block[:start].decode("latin-1"), url, tombs, whole=rest is plain)
    if rest is plain and head.encode("latin-1") == block[:start]:
        return block
    return head.encode("latin-1") + (block[start:] if rest is plain else rest)


def _cut_head(head: str, url: str, tombs: Tombstones, *, whole: bool) -> str:
    """The head of a response without lines that name a page, or speak of a body that was cut."""
    lines = head.splitlines(keepends=True)
    kept = [line for line in lines if not names(line, tombs, url)]
    if whole:
        return "".join(kept)
    return "".join(line for line in kept if line.partition(":")[0].lower() not in OF_A_BODY)


def _plain(message: Message) -> bytes:
    """A body without its content encodings; as it came where they cannot be undone."""
    return decoded(message.body, message.headers.get("content-encoding", ""), MAX_DECODED)[0]


def rewrite(path: Path, planned: Plan, tombs: Tombstones) -> None:
    """Replace an archive file by one that lost what is planned.

    Raises:
        StorageError: it cannot be read or written; it is as it was.
    """
    if planned:
        replace_file(path, _pieces(path, planned, tombs))


def _pieces(path: Path, planned: Plan, tombs: Tombstones) -> Iterator[bytes]:
    noted: set[str] = set()
    with path.open("rb") as file:
        for record in stored_records(path):
            new = _new(record, planned, tombs, noted)
            if new is None:
                file.seek(record.start)
                new = file.read(record.end - record.start)
            yield new


def _new(record: Stored, planned: Plan, tombs: Tombstones, noted: set[str]) -> bytes | None:
    """What takes a record's place; None where it stays as it is."""
    if not record.kind:
        return b"" if record.start in planned.damage else None
    name = record.id
    if name in planned.gone or name in planned.expired or name in planned.bodiless:
        first = name not in noted
        noted.add(name)
        return _note(record, planned, tombs) if first else b""
    if record.start not in planned.cuts:
        return None
    if record.kind == "metadata":
        told = {k: v for k, v in _fields(record).items() if not names(v, tombs)}
        return packed_record("metadata", record.headers, _lines(told))
    block = cut_response(record.block, record.url, tombs)
    return packed_record(record.kind, record.headers, block or b"")


def _note(record: Stored, planned: Plan, tombs: Tombstones) -> bytes:
    """What stays of a capture: a note under its id, made of its first record."""
    told = _fields(record) if record.kind == "metadata" else {}
    kept: dict[str, str] = {name: told[name] for name in OF_A_NOTE if name in told}
    url = record.url
    if record.id in planned.gone:
        url = URN + page_hash(tombs.key, url)
        kept |= {"outcome": SUPPRESSED, "via": ""}
    elif record.id in planned.expired:
        kept |= {"outcome": EXPIRED}
    else:
        kept |= {"detail": "its body named a suppressed page"}
        kept |= {"outcome": SUPPRESSED} if kept.get("kind", "page") == "page" else {}
    kept = {name: value for name, value in kept.items() if value and not names(value, tombs)}
    headers = {
        "WARC-Record-ID": f"<urn:uuid:{record.id}>",
        "WARC-Target-URI": url,
        "WARC-Date": record.headers["WARC-Date"],
    }
    return packed_record("metadata", headers, _lines({**kept, "kept": "no"}))


def _damage_names(path: Path, damage: Stored, tombs: Tombstones) -> bool:
    """Whether what can be read of a damaged record names a suppressed page."""
    if not tombs.pages:
        return False
    with path.open("rb") as file:
        file.seek(damage.start)
        member, plain = zlib.decompressobj(wbits=31), b""
        try:
            while file.tell() < damage.end and not member.eof:
                plain += member.decompress(file.read(CHUNK))
        except zlib.error:
            pass
    return next(places(plain, "", tombs), None) is not None


def _fields(record: Stored) -> dict[str, str]:
    """What a metadata record says (application/warc-fields)."""
    lines = record.block.decode("utf-8", "replace").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines) if key}


def _lines(told: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in told.items()).encode()


def _date(record: Stored) -> datetime:
    return datetime.fromisoformat(record.headers["WARC-Date"])
