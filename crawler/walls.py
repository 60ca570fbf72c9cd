"""Tells what came instead of a page: a puzzle for robots, a consent dialogue, a "not found" at 200.

Precision comes first. Headers decide alone; what stands in a body counts only where there is
little to read and nothing says that it is an article. Of a body the first 64 KB are looked at.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Literal

HEAD = 65_536  # bytes that are looked at; every puzzle that we know of is smaller
LITTLE = 2_500  # characters to read: a "not found" with its site's menus has fewer, most news more
DIALOGUE = 4_000  # a consent dialogue is longer, it names its partners and purposes
PUZZLE = 1_500  # a puzzle is short
SENTENCE = 250  # characters beside a dialogue; more may be an article with a cookie banner
BOT_STATUSES = frozenset({200, 202, 403, 405, 429, 503})

# Bytes of a page. Each pattern takes what is not closed to the end, so none takes quadratic time.
TITLE = re.compile(rb"<[tT][iI][tT][lL][eE](?:\s[^<>]*)?>([^<]{1,400})")
HEADING = re.compile(rb"<[hH]1(?:\s[^<>]*)?>((?:[^<]++|<(?!/?[hH]1)){1,60})")
CODE = re.compile(
    rb"<!--(?:[^-]++|-(?!->))*+(?:-->|\Z)"
    rb"|<((?i:script|style|svg))(?=[\s/>])(?:[^<]++|<(?!/(?i:\1)[\s>]))*+"
)
BLOCK = re.compile(
    rb"</?(?i:p|div|h[1-6]|li|ul|ol|section|article|form|button|label|td|tr|table|header|footer"
    rb"|nav|main|br|title|noscript|dialog|aside)(?=[\s/>])[^>]*+(?:>|\Z)"
)
TAG = re.compile(rb"<[a-zA-Z/!?][^>]*+(?:>|\Z)")
LONG_REFERENCE = re.compile(rb"&#[0-9]{20,}")  # more digits than Python makes a number of
ARTICLE = (
    b"NewsArticle",
    b'"Article"',
    b"article:published_time",
    b"articleBody",
    b'content="article"',
    b"<article",
)

# Texts: in lower case, on one line, with plain apostrophes.
SITE = re.compile(r"\s+(?:[|\-–—·•:»/]|::)\s+")  # between a headline and the site's name
BOT_HEADERS = {
    "cf-mitigated": re.compile("challenge"),  # Cloudflare
    "x-amzn-waf-action": re.compile("challenge|captcha"),  # AWS
}
DOTS = r"(?:\.\.\.|…)?"
BOT_TITLES = re.compile(
    rf"just a moment{DOTS}|one moment, please{DOTS}|please wait{DOTS} \| cloudflare"
    r"|attention required! \| cloudflare|ddos-guard|client challenge|vercel security checkpoint"
    r"|access denied \| .{1,100} used cloudflare to restrict access"
    rf"|access to this page has been denied\.?|pardon our interruption{DOTS}"
    r"|sucuri website firewall - .{1,60}|human verification|bot verification|robot check"
    r"|are you (?:a )?(?:human|robot)\??|captcha|security check|checking your browser.{0,60}"
    r"|(?:verify|verifying) (?:that )?you are (?:a )?human"
)
BOT_MARKS = re.compile(
    rb"_cf_chl_opt|cf-browser-verification|/cdn-cgi/challenge-platform/[\w/.=-]{0,80}orchestrate"
    rb"|(?:geo|ct)\.captcha-delivery\.com|[\"']px-captcha|window\._pxJsClientSrc"
    rb"|<(?i:iframe)[^>]{1,400}_Incapsula_Resource|Incapsula incident ID|window\.gokuProps"
    rb"|AwsWafIntegration\.checkForceRefresh|sucuri_cloudproxy_js|/_sec/cp_challenge/"
    rb"|sec-if-cpt-container|Reference(?:\s|&#32;)*(?:#|&#35;)\s*[0-9a-f]{1,4}(?:\.|&#46;)[0-9a-f]{4}"
)
BOT_BLOCKS = re.compile(
    r"(?:please |to continue,? (?:please )?)?(?:"
    r"(?:verify|verifying|confirm|prove) (?:that )?you(?:'re| are)"
    r" (?:a |not a )?(?:human|robot|bot)"
    r"|(?:complete|solve) the (?:security check|captcha|puzzle)"
    r"|enable javascript and cookies to continue|checking (?:your browser|if the site connection)"
    r"|press (?:&|and) hold to confirm|are you a (?:human|robot)\?|i(?:'m| am) not a robot"
    r"|we(?: have|'ve)? detected unusual (?:traffic|activity)"
    r"|our systems have detected unusual traffic)"
)
PUZZLES = re.compile(rb"(?i:captcha|turnstile|challenge)")
CONSENT_TITLES = re.compile(
    r"before you continue.{0,40}|we value your privacy|we care about your privacy|your privacy"
    r"|your privacy (?:choices|options|matters)|privacy (?:settings|preferences)"
    r"|(?:cookie|privacy|your) consent|cookie (?:settings|preferences|notice|wall)"
    r"|.{1,40} is part of the yahoo family of brands|manage (?:your )?(?:cookies|privacy settings)"
)
CONSENT = re.compile(
    r"\b(?:cookies?|consent|gdpr|privacy|partners|vendors|personali[sz]ed ads?|advertising"
    r"|personal data|your data|your (?:choices|device|preferences)|legitimate interests?)\b"
    r"|^(?:(?:accept|reject|agree|decline|allow|refuse|deny)(?: (?:all|and \w+|to all))?"
    r"|i (?:agree|accept)|continue.{0,30}|(?:manage|more|show|view|save|customi[sz]e) .{1,30})$"
)
BUTTON = re.compile(r"(?:i )?(?:accept|agree|consent|allow|reject|decline)\b.{0,25}|manage .{1,25}")
THING = (
    r"(?:(?:the|this|that|your|our) )?(?:requested )?(?:web ?)?"
    r"(?:page|article|story|content|post|url|link|file(?: or directory)?|topic|thread|document)"
    r"(?: (?:that )?you(?:'re| are| were|'ve| have)? ?"
    r"(?:looking for|requested|trying to (?:reach|view|access|visit)))?"
)
WENT = r"(?:removed|deleted|moved|renamed|unpublished|withdrawn|taken down)"
STATE = (
    r"(?:(?:is |was |were )?not found|(?:cannot|can not|can't|could not|couldn't) be found"
    r"|(?:is |are )?(?:currently |temporarily )?(?:unavailable|not available|no longer available)"
    r"|(?:isn't|is no longer) available(?: (?:here|any ?more|right now))?"
    rf"|(?:does not|doesn't|no longer) exists?|(?:has|may have) been {WENT}(?: or {WENT})?"
    r"|removed|deleted)"
)
NOT_FOUND = re.compile(
    r"(?:(?:oops|whoops|sorry|we're sorry|we are sorry|error|http|404)[\s:,.!|…–—-]*)*"
    rf"(?:404(?: (?:error|not found))?|(?:{THING} )?not found|{THING} {STATE}"
    rf"|we (?:can't|cannot|could not|couldn't) (?:seem to )?find {THING}|nothing found here)"
    r"(?: \(?404\)?)?[\s.!?…]*"
)

Kind = Literal["bot", "consent", "soft_404"]


@dataclass(frozen=True, slots=True)
class Wall:
    """What stands where a page should be, and what gave it away."""

    kind: Kind
    sign: str


@dataclass(frozen=True, slots=True)
class Names:
    """What a page calls itself, in lower case: its title element and its first h1."""

    title: str
    heading: str


def wall_of(status: int, headers: Mapping[str, str], body: bytes) -> Wall | None:
    """What a response (names of headers in lower case, body decoded) is instead of its page.

    None for a page, for an article behind a paywall, and for an honest error.
    """
    if status not in BOT_STATUSES:
        return None
    for name, values in BOT_HEADERS.items():
        if values.search(headers.get(name, "").lower()):
            return Wall("bot", f"header {name}: {headers[name].lower()}")
    head = body[:HEAD]
    names = Names(_name(TITLE, head), _name(HEADING, head))
    if (len(body) > HEAD and not _named(names)) or any(mark in head for mark in ARTICLE):
        return None
    blocks = _blocks(head, DIALOGUE)
    if blocks is None:
        return None
    wall = _bot(status, names, head, blocks)
    return wall or (_consent(names, blocks) or _soft_404(names, blocks) if status == 200 else None)


def _name(pattern: re.Pattern[bytes], head: bytes) -> str:
    """The text of the first element that a pattern finds, in lower case and on one line."""
    match = pattern.search(head)
    return _plain(TAG.sub(b"", match[1])) if match else ""


def _plain(text: bytes) -> str:
    """Bytes as a reader sees them: on one line, in lower case, with plain apostrophes."""
    shown = unescape(LONG_REFERENCE.sub(b"", text).decode("utf-8", "replace"))
    return " ".join(shown.split()).lower().replace("’", "'")


def _named(names: Names) -> bool:
    """Whether a page's name alone is that of a wall."""
    return bool(
        BOT_TITLES.fullmatch(names.title)
        or CONSENT_TITLES.fullmatch(names.title)
        or _not_found(names)
    )


def _blocks(head: bytes, most: int) -> list[str] | None:
    """What there is to read, block by block; None where that is more than `most` characters."""
    text = TAG.sub(b"", BLOCK.sub(b"\n", CODE.sub(b"", head)))
    if len(text) > 4 * most and len(b" ".join(text.split())) > 2 * most:  # do not decode it all
        return None
    blocks = [block for line in text.split(b"\n") if (block := _plain(line))]
    return blocks if sum(map(len, blocks)) <= most else None


def _bot(status: int, names: Names, head: bytes, blocks: list[str]) -> Wall | None:
    """A puzzle: by its title, by its maker's marks, or by what it asks for."""
    if sum(map(len, blocks)) > PUZZLE:
        return None
    if BOT_TITLES.fullmatch(names.title):
        return Wall("bot", f"title: {names.title}")
    if mark := BOT_MARKS.search(head):
        return Wall("bot", f"mark: {mark[0][-40:].decode('ascii', 'replace')}")
    asked = next((block for block in blocks if BOT_BLOCKS.match(block)), "")
    if asked and (status != 200 or PUZZLES.search(head)):
        return Wall("bot", f"text: {asked[:80]}")
    return None


def _consent(names: Names, blocks: list[str]) -> Wall | None:
    """A page that is nothing but the question whether it may set cookies."""
    rest = [block for block in blocks if not CONSENT.search(block)]
    buttons = [block for block in blocks if BUTTON.fullmatch(block)]
    if len(rest) == len(blocks) or sum(map(len, rest)) > SENTENCE or names.heading in rest:
        return None
    for name in (names.title, names.heading):
        if CONSENT_TITLES.fullmatch(name) and (buttons or rest == []):
            return Wall("consent", f"title: {name}")
    return Wall("consent", f"text: {buttons[0]}, {buttons[1]}") if len(buttons) > 1 else None


def _soft_404(names: Names, blocks: list[str]) -> Wall | None:
    """A page that says at 200 that it is not there."""
    name = _not_found(names)
    return Wall("soft_404", f"title: {name}") if name and sum(map(len, blocks)) <= LITTLE else None


def _not_found(names: Names) -> str:
    """The title or headline that says so, without the site's name."""
    parts = [names.heading, names.title, *SITE.split(names.title)]
    return next((part for part in parts if NOT_FOUND.fullmatch(part)), "")
