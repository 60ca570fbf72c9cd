"""Makes the digests: new stories for somebody, as Markdown, HTML, an Atom feed, and by mail.

The files are written first, then the mail is sent, then it is kept that the stories were told: who
is killed in between tells them again, and loses none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from crawler.config import FILE, Config, Digest, load_config
from crawler.errors import DataFileError, MailError, UsageError
from crawler.home import Home
from reports.database import open_database, reading
from reports.digest.atom import atom
from reports.digest.edition import NEVER, Edition, Reader, counted, day, open_reader
from reports.digest.mail import Post, message, open_post, send
from reports.digest.pages import html, markdown
from reports.digest.told import Last, keep_last, read_last, write_whole

EVERYTHING = "everything"  # the name of the digest where none is configured or chosen
FOLDER = "digest"  # of reports/out
FEED = "digest.atom"
FEED_LENGTH = 100  # stories: who asks each week misses none of them


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done with digests beyond writing them."""

    now: datetime  # aware: the date of mails
    tell: bool = True  # new stories; else the last digest is only written again
    due: bool = False  # only where the last one is `every_days` old
    send: bool = False
    password: str = ""  # of the mail server, where no file has it
    since: datetime | None = None  # aware; then what was told counts for nothing, and is kept
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What came of one digest."""

    name: str
    folder: Path
    stories: int  # new ones, told now
    since: datetime  # aware, UTC
    until: datetime  # aware, UTC
    sent: tuple[str, ...] = ()  # addresses
    refused: tuple[str, ...] = ()  # addresses that the server did not take
    waits: bool = False  # to be sent, and not asked to: the stories count as not told
    failed: str = ""  # why it was not sent

    @property
    def line(self) -> str:
        """For the person who asked for it."""
        since = f" since {day(self.since)}" if self.since > NEVER else ""
        if not self.stories:
            return f"{self.name}: nothing new{since}; nothing sent"
        told = f"{self.name}: {counted(self.stories, 'new story', 'new stories')}{since}"
        if self.sent:
            told += f", sent to {counted(len(self.sent), 'address', 'addresses')}"
        elif self.waits:
            told += ", not sent, so they stay new (--send)"
        return f"{told}: {self.folder}"

    @property
    def problem(self) -> str:
        """Why not everybody got it; "" where all is well."""
        refused = f"the server refused {', '.join(self.refused)}" if self.refused else ""
        return self.failed or refused


@dataclass(frozen=True, slots=True)
class _Press:
    """What all digests of one command share."""

    home: Home
    config: Config
    reader: Reader
    wish: Wish
    post: Post | None  # None: nothing is sent


def digests(
    home: Home, authorities: Sequence[str], themes: Sequence[str], wish: Wish
) -> list[Made]:
    """Make a digest of what is chosen; else each that is configured; else one of everything.

    Raises:
        UsageError: an authority or theme is not known, no database is there, or nobody to mail.
        DataFileError: tocsin.toml is wrong.
        StorageError: a file cannot be written, or what was told is not known.
    """
    config = load_config(home)
    chosen = [Digest("", tuple(authorities), tuple(themes))] if authorities or themes else []
    wanted = chosen or list(config.digest) or [Digest(EVERYTHING)]
    post = _post(home, config, wanted, wish)
    with open_database(home.database) as con, reading(home.database):
        press = _Press(home, config, open_reader(con, home, config), wish, post)
        checked = [_checked(press.reader, digest) for digest in wanted]
        return [_make(press, digest) for digest in checked]


def configured_digests(home: Home, wish: Wish) -> list[Made]:
    """The same of those that are configured, if any is, and sent where somebody is to get it."""
    configured = load_config(home).digest
    send = wish.send and any(digest.to for digest in configured)
    return digests(home, (), (), replace(wish, send=send)) if configured else []


def forget_unnamed(home: Home) -> None:
    """Remove the files of digests that a person asked for, which no later run makes anew."""
    for path in (home.out / FOLDER).glob("digest.*"):
        path.unlink(missing_ok=True)


def _post(home: Home, config: Config, wanted: Sequence[Digest], wish: Wish) -> Post | None:
    """The server, if anything is to be sent."""
    if not wish.send:
        return None
    if not any(digest.to for digest in wanted):
        raise UsageError(f"--send: nobody to send it to; {FILE}: give a [[digest]] with 'to'")
    return open_post(home, config.smtp, wish.password, wish.now)


def _checked(reader: Reader, digest: Digest) -> Digest:
    """A digest with the names that the dataset has; if it has none itself, its choice is it."""
    try:
        known = reader.checked(digest)
    except UsageError as error:
        if not digest.name:
            raise
        raise DataFileError(FILE, f"digest {digest.name}", str(error)) from error
    choice = [*(f"authority {a}" for a in known.authorities), *(f"theme {t}" for t in known.themes)]
    return replace(known, name=digest.name or ", ".join(sorted(choice)))


def _make(press: _Press, digest: Digest) -> Made:
    """Write one digest, send it, and keep that it was told."""
    last = read_last(press.home).get(digest.name)
    new = press.reader.new(digest, last, press.wish.since)
    tells = bool(new.stories) and _is_time(press.wish, digest, last, new.until)
    folder = _folder(press, digest)
    _write(press, digest, folder, new if tells else press.reader.told(digest, last))
    made = Made(digest.name, folder, len(new.stories) if tells else 0, new.since, new.until)
    if not tells:
        return made
    if digest.to:
        made = _sent(made, new, digest, press.post)
    if not press.wish.since and (made.sent or not digest.to):
        keep_last(press.home, digest.name, _told(last, new))
    return made


def _is_time(wish: Wish, digest: Digest, last: Last | None, moment: datetime) -> bool:
    """Whether new stories are to be told now; days are counted from midnight to midnight, UTC."""
    if not (wish.tell and wish.due and last):
        return wish.tell
    return (moment.date() - last.moment.date()).days >= digest.every_days


def _told(last: Last | None, new: Edition) -> Last:
    """What is to be remembered; of a moment that was told before, also what was told then."""
    again = last.stories if last and last.moment == new.until else ()
    return Last(new.since, new.until, (*again, *(story.id for story in new.stories)))


def _sent(made: Made, new: Edition, digest: Digest, post: Post | None) -> Made:
    if post is None:
        return replace(made, waits=True)
    try:
        refused = tuple(send(message(new, digest.to, post), post))
    except MailError as error:  # the next digest is made all the same
        return replace(made, failed=str(error))
    taken = tuple(address for address in digest.to if address not in refused)
    return replace(made, sent=taken, refused=refused)


# ---- files ---------------------------------------------------------------------------------


def _folder(press: _Press, digest: Digest) -> Path:
    top = press.wish.out or press.home.out / FOLDER
    named = digest.name in (one.name for one in press.config.digest)
    return top / digest.name if named else top


def _write(press: _Press, digest: Digest, folder: Path, edition: Edition) -> None:
    """Write the three files; the feed has what is newest, told or not."""
    newest = press.reader.newest(digest, FEED_LENGTH)
    write_whole(folder / "digest.md", markdown(edition))
    write_whole(folder / "digest.html", html(edition))
    write_whole(folder / FEED, atom(newest, _published(press, folder)))


def _published(press: _Press, folder: Path) -> str:
    """Where a folder's feed can be subscribed to; "" where it is nowhere."""
    site, out = press.config.site_url, press.home.out
    if not site or not folder.is_relative_to(out):
        return ""
    return f"{site.rstrip('/')}/{folder.relative_to(out).as_posix()}/{FEED}"
