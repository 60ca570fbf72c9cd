"""Makes what strangers wrote safe to show: the links that may be followed, the text as it reads."""

import re
from urllib.parse import urlsplit

SCHEMES = ("http", "https")
# Nobody sees them: they turn the direction of what follows, hide words in words, or break XML.
UNSEEN = re.compile(
    "["
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction
    "\u00ad\u034f\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"  # no width
    "\U000e0000-\U000e007f"  # tags
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff"  # control, and what is no text
    "]"
)


def web_link(url: str) -> str:
    """The same address if a page may link to it, else "".

    Only http and https with a host may: no script, no file, no other program. One that names a user
    shows a reader another host than it leads to; one with unseen characters reads as another.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # a bracket that is not closed, a port that is no number
        return ""
    named = parts.scheme in SCHEMES and bool(host) and port != 0
    return url if named and "@" not in parts.netloc and plain(url) == url and " " not in url else ""


def plain(text: str) -> str:
    """A text on one line, without characters that are not seen; white space is single spaces."""
    return " ".join(UNSEEN.sub("", text).split())
