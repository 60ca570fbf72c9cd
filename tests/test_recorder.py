"""What each response is worth: the outcome of its page, and how long its site is left alone."""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from crawler.recorder import Received, judge, retry_hours
from tests.conftest import LEEDS

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
HTML = {"content-type": "text/html; charset=utf-8"}
CHALLENGE = b"<html><head><title>Just a moment...</title></head><body></body></html>"
CONSENT = (
    b"<html><head><title>Before you continue</title></head><body>"
    b"<p>We and our partners use cookies.</p><button>Accept all</button>"
    b"<button>Reject all</button></body></html>"
)
MISSING = b"<html><head><title>Page not found</title></head><body><h1>Not found</h1></body></html>"
RESERVED = b'<html><head><meta name="robots" content="noarchive"></head>' + LEEDS


def received(status: int = 200, body: bytes = LEEDS, **told: Any) -> Received:
    return Received(told.pop("kind", "page"), status, told.pop("headers", HTML), body, **told)


@pytest.mark.parametrize(
    ("got", "outcome"),
    [
        (received(), "ok"),
        (received(203), "ok"),
        (received(repeats=True), "unchanged"),
        (received(304, b"", conditional=True, repeats=True), "unchanged"),
        (received(304, b"", conditional=False, repeats=True), "http_error"),
        (received(304, b"", conditional=True), "http_error"),
        (received(301, b"", headers={"location": "/b"}), "redirect"),
        (received(301, b""), "http_error"),
        (received(204, b""), "not_article"),
        (received(200, b" \n"), "not_article"),
        (received(200, b"%PDF-1.7", headers={"content-type": "application/pdf"}), "not_article"),
        (received(200, b"%PDF-1.7"), "not_article"),
        (received(200, b"\x89PNG\r\n"), "not_article"),
        (received(200, LEEDS, headers={}), "ok"),
        (received(404), "gone"),
        (received(410), "gone"),
        (received(451), "gone"),
        (received(400), "http_error"),
        (received(500), "http_error"),
        (received(503), "http_error"),
        (received(problem="truncated"), "truncated"),
        (received(problem="too_large"), "too_large"),
        (received(404, problem="truncated"), "gone"),
        (received(200, CONSENT), "interstitial"),
        (received(200, MISSING), "gone"),
        (received(200, RESERVED), "robots_denied"),
        (received(200, RESERVED, repeats=True), "robots_denied"),
        (received(200, RESERVED, obeys=False), "ok"),
        (received(200, b"<rss/>", kind="feed", headers={"content-type": "text/xml"}), "ok"),
        (received(200, b"", kind="feed"), "ok"),
        (received(404, b"", kind="robots"), "http_error"),
        (received(200, CHALLENGE, kind="robots"), "ok"),
        (received(200, b"", kind="robots", problem="truncated"), "truncated"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.kind}-{value.status}",
)
def test_the_outcome_of_a_response(got: Received, outcome: str) -> None:
    judged = judge(got, NOW)
    assert judged.outcome == outcome
    assert judged.pause_hours == 0


@pytest.mark.parametrize(
    ("got", "outcome", "hours"),
    [
        (received(429), "deferred", 1),
        (received(429, headers={"retry-after": "7200"}), "deferred", 2),
        (received(503, headers={"retry-after": "7200"}), "deferred", 2),
        (received(401), "http_error", 24),
        (received(403), "http_error", 24),
        (received(403, CHALLENGE), "interstitial", 24),
        (received(503, CHALLENGE), "interstitial", 24),
        (received(200, CHALLENGE), "interstitial", 24),
        (received(200, CHALLENGE, kind="feed"), "interstitial", 24),
        (received(403, b"", kind="feed"), "http_error", 24),
    ],
    ids=lambda value: f"{value.kind}-{value.status}" if isinstance(value, Received) else str(value),
)
def test_what_makes_us_leave_a_site_alone(got: Received, outcome: str, hours: float) -> None:
    judged = judge(got, NOW)
    assert (judged.outcome, judged.pause_hours) == (outcome, hours)


@pytest.mark.parametrize(
    ("told", "hours"),
    [
        ("3600", 1),
        ("90", 0.025),
        ("1000000000", 24),
        ("9" * 400, 24),
        (format_datetime(NOW.replace(hour=9)), 3),
        (format_datetime(NOW.replace(year=2099)), 24),
        (format_datetime(NOW.replace(year=2001)), 1),
        ("0", 1),
        ("-5", 1),
        ("soon", 1),
        ("", 1),
        ("Tue, 24 Nov 2026 09:00:00", 1),  # no zone: it says nothing
    ],
)
def test_retry_after_is_obeyed_up_to_a_day(told: str, hours: float) -> None:
    assert retry_hours({"retry-after": told}, NOW) == pytest.approx(hours)
