"""A coded text for people: its words in the colours of what they are evidence for."""

from rich.text import Text

from pipeline.coding import Coded

STYLES = {
    "themes": "green",
    "authorities": "bold cyan",
    "quotes": "yellow",
    "judgements": "bold magenta",
    "stance": "underline",
    "reply": "italic blue",
    "law": "bold green",
    "office": "cyan",
}


def shown_text(coded: Coded) -> Text:
    """Title and text, each piece of evidence in its tagger's colour."""
    text = Text(coded.article.text)
    for tag in coded.tags:
        if tag.tagger in STYLES:
            text.stylize(STYLES[tag.tagger], tag.start_char, tag.end_char)
    return Text.assemble((coded.article.title, "bold"), "\n\n", text)


def legend() -> Text:
    """What the colours mean."""
    return Text("  ").join(Text(name, style) for name, style in STYLES.items())


def tag_rows(coded: Coded) -> list[tuple[str, str, str, str, str]]:
    """(tagger, label, of whom, rule, evidence) of every tag that is shown."""
    return [
        (t.tagger, t.label, t.subject, t.rule[:40], " ".join(t.evidence.split())[:70])
        for t in coded.tags
        if t.tagger in STYLES
    ]
