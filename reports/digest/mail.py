"""Mails a digest: the message, and handing it to the server that takes our mail."""

import hashlib
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage

from crawler.config import FILE, Smtp
from crawler.errors import DataFileError, MailError, UsageError
from crawler.home import Home
from reports.digest.edition import Edition
from reports.digest.pages import html, text
from reports.links import plain

PATIENCE = 30  # seconds for one answer; a server that holds mail back (greylisting) says so at once
LONGEST_SUBJECT = 200  # characters; a client shows fewer


@dataclass(frozen=True, slots=True)
class Post:
    """Who takes our mail, and what it asks for."""

    smtp: Smtp
    password: str = field(repr=False)
    now: datetime  # aware: the date of the mails


def open_post(home: Home, smtp: Smtp | None, password: str, now: datetime) -> Post:
    """The server of tocsin.toml, with the password that was given or that its file has.

    Raises:
        UsageError: there is no server, or no password for its user.
    """
    if smtp is None:
        raise UsageError(f"{FILE}: smtp: give an [smtp] table with the server that takes mail")
    if smtp.user and not password:
        password = _read_password(home, smtp)
    return Post(smtp, password, now)


def _read_password(home: Home, smtp: Smtp) -> str:
    if not smtp.password_file:
        told = "has no password; set TOCSIN_SMTP_PASSWORD, or give a password_file"
        raise DataFileError(FILE, "smtp: user", told)
    path = home.root / smtp.password_file
    try:
        (first, *_) = path.read_text("utf-8").splitlines() or [""]
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(FILE, "smtp: password_file", f"{path}: cannot be read") from error
    if not first:
        raise DataFileError(FILE, "smtp: password_file", f"{path}: has no password in it")
    return first


def message(edition: Edition, to: Sequence[str], post: Post) -> EmailMessage:
    """A digest as a mail: plain text that is whole, and beside it the HTML.

    The id is the content's: what is sent again after a fault is known to be the same mail.
    """
    domain = post.smtp.sender.rpartition("@")[2]
    told = [edition.name, edition.since.isoformat(), *(story.id for story in edition.stories)]
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]
    mail = EmailMessage()
    mail["From"] = Address("Tocsin", addr_spec=post.smtp.sender)
    mail["To"] = [Address(addr_spec=address) for address in to]
    mail["Subject"] = _subject(edition.subject)
    mail["Date"] = post.now
    mail["Message-ID"] = f"<{digest}@{domain}>"
    mail["List-Id"] = f"Tocsin digest <{edition.name}.tocsin.{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    # Quoted-printable: each server passes it on as it is, and the text can be read in it.
    mail.set_content(text(edition), cte="quoted-printable")
    mail.add_alternative(html(edition), subtype="html", cte="quoted-printable")
    return mail


def _subject(told: str) -> str:
    """One line, which cannot begin another header."""
    line = plain(told)
    return line if len(line) <= LONGEST_SUBJECT else f"{line[:LONGEST_SUBJECT]} […]"


def send(mail: EmailMessage, post: Post) -> list[str]:
    """Hand a mail to the server; returns the addresses that it refused, if it took others.

    Raises:
        MailError: nobody gets the mail, and why.
    """
    smtp = post.smtp
    with _told_in_one_line(smtp), smtplib.SMTP(smtp.host, smtp.port, timeout=PATIENCE) as server:
        if smtp.starttls:
            server.starttls(context=ssl.create_default_context())
        if smtp.user:
            server.login(smtp.user, post.password)
        return sorted(server.send_message(mail))


@contextmanager
def _told_in_one_line(smtp: Smtp) -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        answers = {_answer(code, told) for code, told in error.recipients.values()}
        raise _failed(smtp, f"refused every address: {'; '.join(sorted(answers))}") from error
    except smtplib.SMTPResponseException as error:
        raise _failed(smtp, _answer(error.smtp_code, error.smtp_error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise _failed(smtp, plain(str(error)) or type(error).__name__) from error


def _answer(code: int, told: bytes | str) -> str:
    words = told.decode("utf-8", "replace") if isinstance(told, bytes) else told
    return plain(f"{code} {words}")


def _failed(smtp: Smtp, problem: str) -> MailError:
    return MailError(f"{smtp.host}:{smtp.port}: the digest was not sent: {problem}")
