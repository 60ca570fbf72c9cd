"""The catalogue as one table: every case by its number, and what differs from it."""

from tests.hostile import documents, exports, html, privacy, redirects, robots, storage, transport
from tests.hostile.world import Case

CASES: dict[int, Case] = {
    case.number: case
    for module in (transport, redirects, robots, documents, html, storage, exports, privacy)
    for case in module.CASES
}
FLOOR = 124  # cases that pass; raised by hand, lowered only with a line in the changelog

# Features that are not there at all, and why; each is a test that fails as long as this is so.
NOT_YET: dict[int, str] = {}
# Cases whose outcome is another one than the catalogue's, and why; likewise.
DIFFERS: dict[int, str] = {
    6: "bytes after a body are cut off, but where they come in one packet with the whole answer"
    " aiohttp's parser refuses all of it: conn_error, tried again",
}
