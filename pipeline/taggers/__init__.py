"""The taggers, in the order in which they run: a new one is one file and one line here."""

from types import ModuleType

from pipeline.taggers import authorities, law, office, relevance, risk, statements, themes

TAGGERS: dict[str, ModuleType] = {
    "themes": themes,
    "authorities": authorities,
    "relevance": relevance,
    "statements": statements,  # quotes, judgements, stance, reply
    "law": law,
    "office": office,
    "risk": risk,
}
