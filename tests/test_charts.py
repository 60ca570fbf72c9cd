"""Charts: of one hand, inert whatever they show, and the same in a page and in a file."""

import re

import altair as alt
import pytest
from lxml import etree

from reports.charts import INK, STANCE, bars, data, drawn, picture, rastered, spec

EVIL = [
    '<script>alert("1")</script>',
    "</svg><img src=x onerror=1>",
    '" onload="1',
    "url(#x) #1c2328",
]
SVG = "{http://www.w3.org/2000/svg}"


def rows(*labels: str) -> list[dict[str, object]]:
    return [{"label": label, "value": number} for number, label in enumerate(labels, 1)]


def pictures(*labels: str) -> list[etree._Element]:
    """The two pictures of a chart for a page, which is XML."""
    whole = f"<div>{drawn(lambda width: bars(rows(*labels), width), 'figure')}</div>"
    return list(etree.fromstring(whole.encode()).iter(f"{SVG}svg"))


def words(picture: etree._Element) -> str:
    return " ".join(str(text) for text in picture.itertext())


def test_a_page_s_chart_has_the_page_s_colours_and_no_others() -> None:
    for told in pictures("Leeds", "Hull"):
        paints = {el.get(name) for el in told.iter() for name in ("fill", "stroke")} - {None}
        assert {paint for paint in paints if paint not in ("none", "transparent")} <= {
            f"var(--{role})" for role in INK
        }


def test_it_is_drawn_for_a_column_and_for_a_telephone() -> None:
    wide, narrow = (float((told.get("viewBox") or "").split()[2]) for told in pictures("Leeds"))
    assert (wide > 600, narrow < 340) == (True, True)


@pytest.mark.parametrize("text", EVIL)
def test_what_strangers_wrote_is_text(text: str) -> None:
    for told in pictures(text, "Hull"):
        tags = {etree.QName(el).localname for el in told.iter()}
        assert tags <= {"svg", "g", "path", "text", "tspan", "line", "rect", "defs", "clipPath"}
        assert not [name for el in told.iter() for name in el.attrib if str(name).startswith("on")]
        assert "".join(text.split()) in "".join(words(told).split())


def test_long_labels_are_wrapped_and_not_cut() -> None:
    label = "Special educational needs and disabilities of children"
    for told in pictures(label):
        assert words(told).split()[:6] == label.split()[:6]
        assert "…" not in words(told)


def test_two_charts_of_a_page_share_no_id() -> None:
    def draw(width: int) -> alt.Chart:
        bar = alt.Chart(data(rows("a")), width=width).mark_bar(clip=True)
        made: alt.Chart = bar.encode(x="value:Q", y="label:N")
        return made

    whole = "".join(drawn(draw, name) for name in ("one", "two"))
    ids = re.findall(r' id="([^"]*)"', whole)
    assert len(ids) == len(set(ids)) == 4
    assert set(re.findall(r"url\(#([^)]*)\)", whole)) <= set(ids)


def test_a_file_has_its_colours_in_itself() -> None:
    made = picture(spec(bars(rows("Leeds"), 300)))
    assert made.startswith("<svg") and INK["accent"] in made and "var(--" not in made
    assert rastered(made, 300).startswith(b"\x89PNG")


def test_no_two_roles_have_one_colour() -> None:
    assert len(set(INK.values())) == len(INK)
    assert set(STANCE) == {"critical", "mixed", "neutral", "supportive"}
