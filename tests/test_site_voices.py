"""The report's page of voices: its numbers are the views', and none points at a few people."""

from datetime import date

import pytest

from crawler.home import Home
from reports.site.voice_facts import name_of
from reports.site.voices import pages
from tests.dataset import LEADER, MOTHER, SPOKESMAN, Filler
from tests.rendered import asked, facts, filled, grid, page_of, with_dataset, with_nothing, words

SEEN = date(2026, 9, 12)
EVIL = '<script>alert(1)</script></title>" onmouseover="alert(2)'
WORDS, FIRST, COURSE = (
    "Whose words are quoted, in",
    "Who is quoted first",
    "Whose words are quoted, m",
)
SPOKEN = """
    FROM quotes_flat SEMI JOIN publishable USING (article_id)
    WHERE role IN ('council-spokesperson', 'councillor')"""


@pytest.fixture
def told(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return with_dataset(home, tmp_path_factory.getbasetemp() / "voices.duckdb")


def quoting(to: Filler, name: str, *roles: str, source: str = "echo", month: int = 9) -> None:
    """A story of one article that quotes people of these roles, one after the other."""
    to.article(name, source, SEEN, published_at=f"2026-{month:02}-12 05:00")
    to.add("member", article_id=name, story_id=name, role="report")
    for role, spoken in zip(roles, (MOTHER, SPOKESMAN, LEADER), strict=False):
        to.tag(name, "quotes", role, spoken)


def criticising(to: Filler, name: str, source: str, replied: bool) -> None:
    quoting(to, name, source=source)
    to.tag(name, "stance", "critical", "Inspectors found")
    if replied:
        to.tag(name, "reply", "reply", "said a spokesman for the council")


def roles(rows: list[list[str]]) -> list[str]:
    return [row[0] for row in rows]


# ---- who is quoted -------------------------------------------------------------------------


def test_words_and_quotations_are_those_of_the_view(told: Home) -> None:
    def fill(to: Filler) -> None:
        for number in range(5):
            quoting(to, f"n{number}", "parent", "councillor", "inspector")

    filled(told, fill)
    rows = asked(
        told,
        """SELECT role, sum(words) AS words, sum(sum(words)) OVER () AS all_words,
                  count(*) AS quotes, count(DISTINCT article_id) AS articles,
                  count(*) FILTER (anonymous) / count(*) AS withheld
           FROM quotes_flat SEMI JOIN publishable USING (article_id)
           GROUP BY role ORDER BY words DESC""",
    )
    assert grid(page_of(told, pages), WORDS) == [
        [
            name_of(row["role"]),
            str(row["words"]),
            f"{row['words'] / row['all_words']:.0%}",
            str(row["quotes"]),
            str(row["articles"]),
            f"{row['withheld']:.0%}" if row["role"] == "parent" else "–",
        ]
        for row in rows
    ]


def test_the_first_voice_is_that_of_the_view(told: Home) -> None:
    def fill(to: Filler) -> None:
        for number in range(6):
            quoting(to, f"n{number}", "councillor" if number else "parent", "parent")

    filled(told, fill)
    rows = asked(
        told,
        """SELECT role, count(*) AS articles
           FROM quotes_flat SEMI JOIN publishable USING (article_id)
           WHERE number = 1 AND role <> 'parent' GROUP BY role""",
    )
    shown = grid(page_of(told, pages), FIRST)
    assert [[name_of(row["role"]), str(row["articles"])] for row in rows] == [
        row[:2] for row in shown if row[0] != "Others without an office"
    ]


def test_nobody_is_named(told: Home) -> None:
    text = page_of(told, pages).text_content()
    assert "Ann Lee" not in text
    assert MOTHER not in text


def test_what_is_held_or_posted_is_not_counted(told: Home) -> None:
    (whole,) = asked(told, f"SELECT count(*) AS quotes {SPOKEN}")
    filled(told, lambda to: to.tag("post", "quotes", "councillor", LEADER))
    page = page_of(told, pages)
    assert facts(page)[0] == str(whole["quotes"])


# ---- small numbers -------------------------------------------------------------------------


def test_roles_of_few_private_people_are_put_together(told: Home) -> None:
    def fill(to: Filler) -> None:
        to.con.execute("DELETE FROM tag WHERE tagger = 'quotes'")
        for number in range(3):
            quoting(to, f"carer{number}", "carer")
            quoting(to, f"teacher{number}", "teacher")
        for number in range(5):
            quoting(to, f"parent{number}", "parent")

    filled(told, fill)
    page = page_of(told, pages)
    assert sorted(roles(grid(page, WORDS))) == ["Others without an office", "Parent"]
    assert sorted(roles(grid(page, FIRST))) == ["Others without an office", "Parent"]
    assert "fewer than 5 stories are put together" in words(page)


def test_a_single_small_role_takes_the_next_smallest_with_it(told: Home) -> None:
    def fill(to: Filler) -> None:
        to.con.execute("DELETE FROM tag WHERE tagger = 'quotes'")
        quoting(to, "carer", "carer")
        for number in range(5):
            quoting(to, f"parent{number}", "parent")
        for number in range(6):
            quoting(to, f"teacher{number}", "teacher")

    filled(told, fill)
    rows = grid(page_of(told, pages), WORDS)
    assert {row[0]: row[3] for row in rows} == {"Others without an office": "6", "Teacher": "6"}


def test_stories_that_quote_two_small_roles_count_once(told: Home) -> None:
    def fill(to: Filler) -> None:
        to.con.execute("DELETE FROM tag WHERE tagger = 'quotes'")
        for number in range(4):
            quoting(to, f"both{number}", "carer", "parent")
        for number in range(5):
            quoting(to, f"teacher{number}", "teacher")

    filled(told, fill)
    assert roles(grid(page_of(told, pages), WORDS)) == ["Others without an office"]


def test_private_people_who_are_too_few_in_all_are_in_no_number(told: Home) -> None:
    (whole,) = asked(
        told,
        f"""SELECT count(*) AS quotes, count(DISTINCT article_id) AS articles,
                   sum(words) AS words {SPOKEN}""",
    )
    page = page_of(told, pages)
    assert sorted(roles(grid(page, WORDS))) == ["Council spokesperson", "Councillor"]
    assert facts(page)[0] == str(whole["quotes"])
    lead = words(page.cssselect(".lead")[0])
    assert f"{whole['articles']} articles quote somebody" in lead
    assert f"for {whole['words']} words" in lead
    assert "in none of these numbers" in words(page)
    assert not page.cssselect("#first")  # the mother is the first voice of all


def test_an_office_is_told_whatever_its_number(told: Home) -> None:
    filled(told, lambda to: quoting(to, "one", "police"))
    assert ["Police", "10"] in [row[:2] for row in grid(page_of(told, pages), WORDS)]


def test_a_month_of_few_private_people_is_left_out(told: Home) -> None:
    def fill(to: Filler) -> None:
        to.con.execute("DELETE FROM tag WHERE tagger = 'quotes'")
        for month, private in ((6, 5), (7, 0), (8, 4), (9, 6)):
            for number in range(6):
                extra = ("parent",) if number < private else ()
                quoting(to, f"n{month}-{number}", "councillor", *extra, month=month)

    filled(told, fill)
    rows = {row[0]: row[1:] for row in grid(page_of(told, pages), COURSE)}
    assert rows["August 2026"] == ["too few"] * 4
    assert rows["July 2026"] == ["100%", "0%", "0%", "0%"]
    assert "too few" not in rows["June 2026"] + rows["September 2026"]


# ---- right of reply ------------------------------------------------------------------------


def test_replies_are_those_of_the_view_and_few_are_not_told(told: Home) -> None:
    def fill(to: Filler) -> None:
        for number in range(6):
            criticising(to, f"n{number}", "herald", replied=number > 3)

    filled(told, fill)
    rows = asked(
        told,
        """SELECT s.name, r.critical, r.with_reply, r.share, r.teasers
           FROM right_of_reply AS r JOIN source AS s ON s.id = r.source_id
           ORDER BY critical DESC, name""",
    )
    expected = [
        [
            row["name"],
            str(row["critical"]),
            *([str(row["with_reply"]), f"{row['share']:.0%}"] if row["critical"] > 4 else few()),
            str(row["teasers"]),
        ]
        for row in rows
    ]
    page = page_of(told, pages)
    assert grid(page, "Critical articles that give") == expected
    assert expected[0] == ["The Herald", "6", "2", "33%", "0"]
    assert "No row says that a source is unfair." in words(page)


def few() -> list[str]:
    return ["too few", "too few"]


# ---- whatever is there ---------------------------------------------------------------------


def test_an_empty_database_has_a_page(home: Home) -> None:
    page = page_of(with_nothing(home), pages)
    assert "Nobody is quoted yet" in words(page)
    assert not page.cssselect("figure")


def test_what_strangers_wrote_is_inert(told: Home) -> None:
    def fill(to: Filler) -> None:
        for number in range(5):
            criticising(to, f"n{number}", "herald", replied=True)
        to.con.execute("UPDATE source SET name = ? WHERE id = 'herald'", [f"\u202e{EVIL}"])

    filled(told, fill)
    page = page_of(told, pages)
    assert EVIL in words(page)
    assert list(page.iter("script")) == []
    assert page.xpath("//@*[starts-with(name(), 'on')]") == []
    assert "\u202e" not in page.text_content()
