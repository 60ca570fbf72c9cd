"""Mailing a digest: what arrives at a server on loopback, and what a failure leaves."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from lxml import html as lxml_html

from crawler.config import Smtp
from crawler.errors import DataFileError, MailError
from crawler.home import Home
from reports.digest.edition import Edition
from reports.digest.mail import Post, message, open_post, send
from reports.digest.make import Wish, configured_digests, digests
from reports.digest.pages import WIDTH
from reports.digest.told import read_last
from tests.conftest import HULL, LEEDS, call_tocsin
from tests.digested import Box, about, configure, publish_stories, serve_mail, tell
from tests.hostile.certificates import tls
from tests.published import publish
from tests.test_operations import register
from tests.web import serve_web

pytestmark = pytest.mark.enable_socket
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SMTP = Smtp("127.0.0.1", "tocsin@example.org", starttls=False)
EDITION = Edition("leeds", "Leeds", NOW, NOW, (), "", "")


@pytest.fixture
def box() -> Iterator[Box]:
    with serve_mail() as box:
        yield box


@pytest.fixture
def ready(home: Home, box: Box) -> Home:
    """A home with one story on Leeds that is to be mailed to two people."""
    publish_stories(home, until=2)
    configure(home, box.port)
    return home


# ---- what arrives --------------------------------------------------------------------------


def test_a_digest_arrives_and_reads_well_in_plain_text(ready: Home, box: Box) -> None:
    done = call_tocsin(ready.root, "digest", "--send")
    assert (done.returncode, done.stderr) == (0, "")
    assert "leeds: 1 new story since 26 October 2026, sent to 2 addresses: " in done.stdout
    (mail,) = box.mails
    assert box.to == [["ann@example.org", "bob@example.org"]]
    assert mail["From"] == "Tocsin <tocsin@example.org>"
    assert mail["To"] == "ann@example.org, bob@example.org"
    assert mail["Subject"] == "Tocsin: 1 new story on Leeds (26 October – 2 November 2026)"
    assert mail["Date"].datetime.tzinfo
    assert mail["Message-ID"].endswith("@example.org>")
    assert mail["List-Id"] == "Tocsin digest <leeds.tocsin.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = (part.get_content() for part in mail.iter_parts())
    lines = plain.splitlines()
    assert lines[:8] == [
        "1 new story on Leeds",
        "26 October – 2 November 2026",
        "",
        "1. Title first",
        "   Echo, 1 November 2026, and in 2 other papers",
        "   > Inspectors found that services were inadequate.",
        "   Leeds · Inspection",
        "   https://echo.example/first",
    ]
    assert "Made by Tocsin/0.1.0 for Example Trust. Rules, not people, decided what" in lines
    assert max(map(len, lines)) <= WIDTH
    page = lxml_html.document_fromstring(html)
    assert [link.attrib["href"] for link in page.iter("a")] == ["https://echo.example/first"]


def test_what_was_sent_is_not_sent_again(ready: Home, box: Box) -> None:
    for _ in range(2):
        digests(ready, (), (), Wish(NOW, send=True))
    assert len(box.mails) == 1


def test_nothing_new_sends_nothing(ready: Home, box: Box) -> None:
    publish_stories(ready, until=0)
    leeds, _ = digests(ready, (), (), Wish(NOW, send=True))
    assert (leeds.stories, leeds.sent, box.mails) == (0, (), [])


def test_a_run_sends_what_is_due(ready: Home, box: Box) -> None:
    wish = Wish(NOW, due=True, send=True)
    configured_digests(ready, wish)
    publish_stories(ready, until=9)  # nothing on Leeds
    configured_digests(ready, wish)
    publish_stories(ready, until=17)
    configured_digests(ready, wish)
    assert [mail["Subject"] for mail in box.mails] == [
        "Tocsin: 1 new story on Leeds (26 October – 2 November 2026)",
        "Tocsin: 1 new story on Leeds (2–17 November 2026)",
    ]


def test_no_headline_can_begin_a_header(home: Home, box: Box) -> None:
    evil = "Leeds\r\nBcc: all@example.org\r\n\r\n.\r\nMAIL FROM:<a@b>\u2028X: y\x85Z: z"

    def fill(con: duckdb.DuckDBPyConnection) -> None:
        tell(con, "a", "2026-11-02 06:00", title=evil, url=f"https://echo.example/{evil}")
        about(con, "a", "Leeds", "inspection")

    publish(home, fill)
    configure(home, box.port)
    digests(home, (), (), Wish(NOW, send=True))
    (mail,) = box.mails
    assert box.to == [["ann@example.org", "bob@example.org"]]
    assert mail["Bcc"] is None
    plain, _ = (part.get_content() for part in mail.iter_parts())
    assert "1. Leeds Bcc: all@example.org . MAIL FROM:<a@b> X: y Z: z" in plain.splitlines()
    hostile = replace(EDITION, about=evil)
    assert message(hostile, ["ann@example.org"], Post(SMTP, "", NOW)).keys() == [
        *("From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted"),
        *("MIME-Version", "Content-Type"),
    ]


# ---- what fails ----------------------------------------------------------------------------


def test_a_server_that_does_not_answer_loses_no_story(home: Home) -> None:
    with serve_mail() as box:
        pass  # nobody listens there any more
    publish_stories(home, until=2)
    configure(home, box.port)
    done = call_tocsin(home.root, "digest", "--send")
    assert done.returncode == 3
    assert "courts: nothing new since" in done.stdout
    told = f"leeds: 127.0.0.1:{box.port}: the digest was not sent: [Errno 111] Connection refused"
    assert done.stderr == f"tocsin: {told}\n"
    assert read_last(home) == {}


def test_a_server_that_says_no_loses_no_story(ready: Home, box: Box) -> None:
    box.answer = "451 try again later"
    leeds, _ = digests(ready, (), (), Wish(NOW, send=True))
    assert leeds.problem.endswith("the digest was not sent: 451 try again later")
    assert read_last(ready) == {}
    box.answer = "250 taken"
    leeds, _ = digests(ready, (), (), Wish(NOW, send=True))
    assert len(leeds.sent) == 2


def test_an_address_that_is_refused_is_named_and_the_others_get_it(ready: Home, box: Box) -> None:
    box.refused = ("ann@example.org",)
    leeds, _ = digests(ready, (), (), Wish(NOW, send=True))
    assert leeds.sent == ("bob@example.org",)
    assert leeds.problem == "the server refused ann@example.org"
    assert list(read_last(ready)) == ["leeds"]


def test_where_every_address_is_refused_nobody_was_told(ready: Home, box: Box) -> None:
    box.refused = ("ann@example.org", "bob@example.org")
    leeds, _ = digests(ready, (), (), Wish(NOW, send=True))
    assert leeds.problem.endswith("refused every address: 550 no such person")
    assert read_last(ready) == {}


def test_who_is_killed_between_mail_and_memory_tells_again_and_loses_nothing(
    ready: Home, box: Box
) -> None:
    command = [sys.executable, "-m", "tocsin", "--home", str(ready.root), "digest", "--send"]
    started = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        started.wait(30)
        os.kill(running[0].pid, signal.SIGKILL)

    box.before_yes = kill
    with subprocess.Popen(command, cwd="/") as process:
        running.append(process)
        started.set()
        assert process.wait(60) == -signal.SIGKILL
    assert read_last(ready) == {}
    box.before_yes = lambda: None
    leeds, _ = digests(ready, (), (), Wish(NOW, send=True))
    assert (leeds.stories, len(leeds.sent)) == (1, 2)
    leeds, _ = digests(ready, (), (), Wish(NOW, send=True))
    assert leeds.stories == 0
    first, second = box.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Subject"] == second["Subject"]


@pytest.mark.parametrize("answer", ["250 taken", "554 no"])
def test_a_run_ends_with_the_digest_and_stands_if_that_fails(
    answer: str, home: Home, box: Box
) -> None:
    box.answer = answer
    good = answer.startswith("250")
    with serve_web() as web:
        web.feed("/rss", "/a", "/b")
        web.put("/a", LEEDS)
        web.put("/b", HULL)
        register(home, web)
        configure(home, box.port)
        done = call_tocsin(home.root, "run", "--json")
    assert done.returncode == (0 if good else 3)
    assert ("the digest was not sent: 554 no" in done.stderr) is not good
    facts = json.loads(done.stdout)
    assert facts["published"]
    assert facts["exported"]["articles"] == 2
    assert facts["digests"] == {"leeds": 1, "courts": 0}
    assert facts["failed_digests"] == ([] if good else ["leeds"])
    assert len(box.mails) == 1
    assert list(read_last(home)) == (["leeds"] if good else [])


# ---- user, password, TLS -------------------------------------------------------------------


def test_the_password_comes_from_the_environment_or_a_file(home: Home, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the file\nand more")
    (tmp_path / "empty").touch()
    smtp = replace(SMTP, user="tocsin", password_file="secret")
    assert open_post(home, smtp, "given", NOW).password == "given"
    assert open_post(home, smtp, "", NOW).password == "of the file"
    with pytest.raises(DataFileError, match="smtp: user: has no password"):
        open_post(home, replace(smtp, password_file=""), "", NOW)
    for name in ("none", "empty"):
        with pytest.raises(DataFileError, match=f"smtp: password_file: .*{name}"):
            open_post(home, replace(smtp, password_file=name), "", NOW)


@pytest.mark.parametrize("good", [True, False])
def test_a_password_lets_in_and_is_never_told(good: bool) -> None:
    with serve_mail(password="hush-hush") as box:
        password = "hush-hush" if good else "hush"
        post = Post(replace(SMTP, port=box.port, user="tocsin"), password, NOW)
        mail = message(EDITION, ["ann@example.org"], post)
        assert "hush" not in repr(post)
        if good:
            assert send(mail, post) == []
            return
        with pytest.raises(MailError) as told:
            send(mail, post)
        assert "535" in str(told.value)
        assert "hush" not in str(told.value)
        assert box.mails == []


def test_without_the_tls_that_is_asked_for_nothing_is_sent(box: Box) -> None:
    post = Post(replace(SMTP, port=box.port, starttls=True), "", NOW)
    with pytest.raises(MailError, match="STARTTLS extension not supported by server"):
        send(message(EDITION, ["ann@example.org"], post), post)
    assert box.mails == []


def test_a_server_that_cannot_prove_its_name_gets_nothing() -> None:
    with serve_mail(tls=tls("self-signed")) as box:
        post = Post(replace(SMTP, port=box.port, starttls=True), "", NOW)
        with pytest.raises(MailError, match="certificate verify failed"):
            send(message(EDITION, ["ann@example.org"], post), post)
        assert box.mails == []
