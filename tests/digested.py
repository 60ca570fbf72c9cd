"""Stories for digests, a day after another, and a mail server on loopback that takes them."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import SimpleNamespace
from typing import Any

import duckdb
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from lxml import etree

from crawler.home import CHECKOUT, Home
from tests.published import article, insert, publish, tag

FOUND = "Inspectors found that services were inadequate."
TEXT = f"{FOUND} “Nobody listened to us,” said a mother."
NAMES = ("Bradford", "Hull")  # beside Leeds
# (day of November, id, authority, theme): each is a story of its own
STORIES = (
    (2, "first", "Leeds", "inspection"),
    (9, "second", "Bradford", "inspection"),
    (10, "third", "Hull", "courts"),
    (17, "fourth", "Leeds", "courts"),
)


def tell(con: duckdb.DuckDBPyConnection, name: str, seen: str, **values: Any) -> None:
    """An article of the Echo that inspectors are in."""
    article(con, name, values.pop("text", TEXT), first_seen_at=seen, last_seen_at=seen, **values)


def about(con: duckdb.DuckDBPyConnection, name: str, place: str, theme: str) -> None:
    """What an article is about, by its first words."""
    tag(con, name, "authorities", place, "Inspectors")
    tag(con, name, "themes", theme, "Inspectors")


def publish_stories(home: Home, until: int) -> None:
    """A database with the stories that were seen by a day of November; the first one is copied.

    Beside them, from the start, one that is held and a post of a forum.
    """

    def fill(con: duckdb.DuckDBPyConnection) -> None:
        for name in NAMES:
            insert(
                con,
                "authority",
                id=name,
                gss_code=f"E-{name}",
                short_name=name,
                name=f"{name} Council",
            )
        for name in ("Gazette", "Wire"):
            insert(con, "source", id=name.lower(), name=name, medium="regional", kind="feed")
        for day, name, place, theme in STORIES:
            if day <= until:
                seen = f"2026-11-{day:02} 06:00"
                tell(con, name, seen, published_at=f"2026-11-{day - 1:02} 17:00")
                about(con, name, place, theme)
        _copies(con)
        _not_shown(con)

    publish(home, fill)


def _copies(con: duckdb.DuckDBPyConnection) -> None:
    insert(con, "story", id="first", article_id="first")
    for source in ("gazette", "wire"):
        tell(con, f"copy-{source}", "2026-11-02 09:00", source_id=source, title="A copy")
        insert(
            con,
            "member",
            article_id=f"copy-{source}",
            story_id="first",
            role="copy",
            of_article_id="first",
        )


def _not_shown(con: duckdb.DuckDBPyConnection) -> None:
    tell(con, "held", "2026-11-02 06:00", title="Held headline")
    about(con, "held", "Leeds", "courts")
    tag(con, "held", "risk", "family-court", "a mother")
    tell(con, "post", "2026-11-02 06:00", title="Posted", source_id="board", post=2, pseudonym="ff")
    about(con, "post", "Leeds", "courts")


def read(home: Home, file: str, name: str = "") -> str:
    """A file of a digest."""
    return (home.out / "digest" / name / f"digest.{file}").read_text("utf-8")


def check_atom(text: str) -> etree._Element:
    """The feed, which is one by RFC 4287."""
    schema = etree.RelaxNG(etree.parse(CHECKOUT / "tests" / "atom.rng"))
    feed = etree.fromstring(text.encode())
    assert schema.validate(feed), schema.error_log
    return feed


# ---- mail ----------------------------------------------------------------------------------


@dataclass
class Box:
    """A mail server's handler: what came, whom it refuses, what it does before it says yes."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    refused: tuple[str, ...] = ()
    answer: str = "250 taken"
    before_yes: Callable[[], None] = lambda: None

    async def take_address(
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def take_mail(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(message_from_bytes(content, policy=default))
        self.to.append(envelope.rcpt_tos)
        self.before_yes()
        return self.answer


@contextmanager
def serve_mail(password: str = "", tls: ssl.SSLContext | None = None) -> Iterator[Box]:
    """A server that takes mail; with a password, from the user "tocsin" alone."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        box = Box(found.getsockname()[1])

    def authenticate(_: SMTP, __: Session, ___: Envelope, ____: str, told: Any) -> AuthResult:
        assert isinstance(told, LoginPassword)
        good = (told.login, told.password) == (b"tocsin", password.encode())
        return AuthResult(success=good, handled=False)

    hooks = {"handle_RCPT": box.take_address, "handle_DATA": box.take_mail}
    controller = Controller(
        SimpleNamespace(**hooks),
        hostname="127.0.0.1",
        port=box.port,
        authenticator=authenticate if password else None,
        auth_require_tls=False,
        tls_context=tls,
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def configure(home: Home, port: int, *more: str) -> None:
    """A home with a digest on Leeds that goes to two people, and one on courts to nobody."""
    (home.root / "tocsin.toml").write_text(
        "\n".join(
            (
                'publisher = "Example Trust"',
                *more,
                '[[digest]]\nname = "leeds"\nauthorities = ["Leeds"]',
                'to = ["ann@example.org", "bob@example.org"]',
                '[[digest]]\nname = "courts"\nthemes = ["courts"]',
                f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nfrom = "tocsin@example.org"',
                "starttls = false",
            )
        ),
        "utf-8",
    )
