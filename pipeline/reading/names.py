"""The names by which people go in a thread, found so that none is kept.

Hidden is whom the page itself names: its posts' authors, whom a link or a mark-up mentions, and
whoever is addressed by an @. What stays is what nobody can tell from the page: nicknames and first
names that people use for each other, names of under four characters or without a letter, names
of ordinary words alone ("Foster Mum"), and who is named only in the address of the thread.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from lxml.html import HtmlElement

from pipeline.reading.characters import one_line
from pipeline.reading.platforms import matches

HIDDEN = "@…"  # stands for a name
SHORTEST = 4  # characters of a name that is looked for in prose
PART = 6  # letters of a part of a name by which people call each other
LONGEST = 40  # characters; what is longer is more than a name
LINE = 100  # characters of a line that only says whose words follow

# Elements that hold a name, and links to whoever they name.
MENTIONS = (".mention, .mention-user, [data-mention], .username, .username-coloured, .bigusername",)
PROFILES = (
    "a[href*='/u/'], a[href*='/user/'], a[href*='/users/'], a[href*='/profile/']",
    "a[href*='/member/'], a[href*='/members/'], a[href*='member.php'], a[href*='memberlist.php']",
    "a[href*='action=profile'], [data-user-card]",
)
TOLD = "//@data-author | //@data-username | //@data-user-card | //@data-quote"
SLUG = re.compile(r"/(?:u|users?|members?|profile)/@?([^/?#]+?)(?:\.\d+)?(?:[/?#]|$)")
# Words that say what somebody is, not who: alone, and in a name, they are never hidden.
ORDINARY_WORDS = """
a an and at by for from in is it me my no not of on or our the this to with you your i he she
they we his her their who
mum mums mummy mom mother mothers dad dads daddy father fathers parent parents parental family
families child children childrens kids baby babies boys girls sister brother auntie nanny granny
grandma grandad grandparent grandparents carer carers foster fostered fostering fosterer adopter
adopters adopted adoptive adoption social worker workers services service council councils
school schools teacher teachers nurse doctor police court judge lawyer solicitor governor ofsted
cafcass senco camhs send ehcp sw la gp ht barrister guardian assessor manager single special
needs disabled autism autistic worried tired anxious desperate confused concerned stressed
anonymous anon guest guests user users member members moderator moderators admin administrator
deleted unknown removed former forum board support post posts poster comment comments reply
replies message messages msg entry thing quote report profile newbie thread topic login register
settings help mine yours someone somebody everyone everybody nobody anyone people letter email"""
ORDINARY = frozenset(ORDINARY_WORDS.split())
WORD = re.compile(r"\w+")
LETTERS = re.compile(r"[^\W\d_]+")
ADDRESSED = re.compile(
    rf"(?<![\w.])@+(?!\d+(?:[.:]\d+)?(?:[ap]m)?\b)"
    rf"(?:{HIDDEN}|\"[^\"]{{1,{LONGEST}}}\"|“[^”]{{1,{LONGEST}}}”|\w[\w.-]*\w|\w)"
    rf"|(?:(?<!\w)u|/u|/users?|/members?|/profile)/(?:{HIDDEN}|[\w-]{{3,}})"
)
ATTRIBUTION = re.compile(
    rf"""(?ix) \W* (?:
      quote: | quote[ ]from: .*
    | (?:originally[ ]|re|cross-?)? posted[ ]by\b .* (?<![.!?])
    | last[ ](?:edit(?:ed)?|modified):? (?:[ ]\S+){{0,8}} [ ]by\b .*
    | (?:this[ ]post[ ]was[ ])? (?:edited|modified)[ ] (?:last[ ]|\d+[ ]times?,?[ ])* by\b .*
    | (?:deleted|removed|hidden|moved|closed)[ ]by\b [^\[\]()]* [\])]
    | (?:liked|thanked|thanks[ ]given)[ ]by\b .* (?<![.!?])
    | (?:in[ ])? (?:reply|response)[ ]to[ ](?:{HIDDEN}|\S+) \W* )"""
)
SAID = re.compile(
    r"(?i)[>\s]*(?P<who>.{1,60}?),? (?:wrote|writes|said|says|posted|asked)(?: on .{4,40}?)?:[\s↑]*"
)
FEW = 3  # words of a name
NAMED_ALONE = re.compile(rf"(?i)\W*(?:by )?{HIDDEN}[\W]*")


@dataclass(frozen=True, slots=True)
class Names:
    """Who is named on a page, ready to be looked for."""

    by_word: Mapping[str, tuple[tuple[int, str], ...]]  # first word: (characters, name), long first
    compact: frozenset[str]  # the same, letters and digits alone

    def hide(self, text: str) -> str:
        """A text, each name that stands in it as a whole word replaced by HIDDEN."""
        pieces = []
        done = 0
        for word in WORD.finditer(text):
            end = self._end(text, word) if word.start() >= done else 0
            if end:
                pieces += [text[done : word.start()], HIDDEN]
                done = end
        return ADDRESSED.sub(HIDDEN, "".join((*pieces, text[done:])))

    def within(self, anchor: str) -> bool:
        """Whether an anchor holds a name, be it within a longer word."""
        found = re.sub(r"[\W_]+", "", anchor).casefold()
        tokens = {token.casefold() for token in re.split(r"[\W_]+", anchor)}
        return not tokens.isdisjoint(self.compact) or any(
            found[start:end] in self.compact
            for start in range(len(found) - SHORTEST + 1)
            for end in range(start + SHORTEST, min(len(found), start + LONGEST) + 1)
        )

    def _end(self, text: str, word: re.Match[str]) -> int:
        """Where a name ends that begins with a word; 0 where none does."""
        for size, name in self.by_word.get(word[0].casefold(), ()):
            end = word.start() + size
            if text[word.start() : end].casefold() == name and not WORD.match(text, end):
                return end
        return 0


def names_on(tree: HtmlElement, authors: Iterable[str], others: Iterable[str]) -> Names:
    """Whom a page names: the authors of its posts, and others that its head, a link, a mark-up do.

    Authors and the mentioned are also called by a part of their names.
    """
    marked = [e.text_content() for selector in MENTIONS for e in matches(tree, selector)]
    called = [name for told in (*authors, *marked) for name in _spelt(told)]
    parts = [p for name in called for p in LETTERS.findall(name) if len(p) >= PART]
    whole = [name for told in (*others, *_linked(tree)) for name in _spelt(told)]
    known = {name for name in (*called, *whole, *parts) if not _is_ordinary(name)}
    by_word: dict[str, list[tuple[int, str]]] = {}
    for name in sorted(known, key=len, reverse=True):
        if len(name) >= SHORTEST:
            first = WORD.findall(name)[0].casefold()
            by_word.setdefault(first, []).append((len(name), name.casefold()))
    return Names(
        {word: tuple(names) for word, names in by_word.items()},
        frozenset(re.sub(r"[\W_]+", "", name).casefold() for name in known),
    )


def is_attribution(line: str, quoted: bool, above: bool) -> bool:
    """Whether a line, its names hidden, only tells whose words follow, or who did what to them.

    What is `quoted` may name anybody, and so may a line right `above` a quotation; an author's
    own "The social worker said:" is no attribution.
    """
    if len(line) > LINE:
        return False
    if ATTRIBUTION.fullmatch(line) or NAMED_ALONE.fullmatch(line):
        return True
    said = SAID.fullmatch(line)
    if said is None or quoted:
        return said is not None
    words = said["who"].count(" ") + 1
    unknown = not _is_ordinary(said["who"]) and (above or words == 1)
    return words <= FEW and (HIDDEN in line or unknown)


def _linked(tree: HtmlElement) -> Iterator[str]:
    """The names in links to people, and in what scripts are told of them."""
    for link in (e for selector in PROFILES for e in matches(tree, selector)):
        yield link.text_content()
        if slug := SLUG.search(link.get("href") or ""):
            yield unquote(slug[1])
    yield from map(str, tree.xpath(TOLD))


def _spelt(told: str) -> Iterator[str]:
    """A name without the signs around it; none where it is no name."""
    name = re.sub(r"^[\W_]+|\W+$", "", one_line(told))
    if name and len(name) <= LONGEST and LETTERS.search(name):
        yield name


def _is_ordinary(name: str) -> bool:
    return all(word.casefold() in ORDINARY for word in WORD.findall(name))
