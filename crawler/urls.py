"""One page, one identity: the canonical form of a URL and the key that its spellings share."""

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

# Parameters that say how a reader came, never which page it is. The first nine are Google's,
# Meta's, Microsoft's and Mailchimp's click ids; at_* is BBC and AT Internet, ns_* comScore.
TRACKING = re.compile(
    r"(?i)^(utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|mc_[ce]id|yclid|_hs\w+"
    r"|at_\w+|ns_\w+|cmp(id)?|icid|ito|xtor|ref_?src|phpsessid|jsessionid)$"
)
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
MAX_URL = 2_000  # characters; longer ones are traps or broken mark-up


def canonical_url(url: str) -> str:
    """The URL without fragment and tracking parameters, its host lower-cased, its query sorted."""
    parts = urlsplit(url)
    query = "&".join(p for p in parts.query.split("&") if p and not TRACKING.match(p.split("=")[0]))
    host = parts.netloc.removesuffix(DEFAULT_PORTS.get(parts.scheme.lower(), "/"))
    return canonicalize_url(urlunsplit((parts.scheme, host, parts.path or "/", query, "")))


def site_of(url: str) -> str:
    """The host that answers for a URL, with its port where that is not the scheme's own.

    Lower case, without "www.": what politeness, robots.txt and ownership are kept by.
    """
    parts = urlsplit(url)
    host = parts.netloc.lower().rpartition("@")[2].removeprefix("www.")
    return host.removesuffix(DEFAULT_PORTS.get(parts.scheme.lower(), "/"))


def url_identity(url: str) -> str:
    """The key shared by a page's spellings: http or https, www or not, closing slash or not."""
    parts = urlsplit(canonical_url(url))
    host = parts.netloc.removeprefix("www.")
    path = parts.path.rstrip("/") or "/"
    return f"{host}{path}?{parts.query}" if parts.query else f"{host}{path}"


def page_of(url: str, link: str = "") -> str:
    """The identity of a URL, or of where a link on it leads; "" where no page can be meant."""
    target = absolute_url(url, link or url)
    return url_identity(target) if target else ""


def absolute_url(base: str, link: str) -> str | None:
    """The canonical absolute URL of a link, or None where no page of the web can be meant."""
    if not link.strip():
        return None
    try:
        url = canonical_url(urljoin(base, link.strip()))
        parts = urlsplit(url)
        named = parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return url if named and len(url) <= MAX_URL and "@" not in parts.netloc else None
