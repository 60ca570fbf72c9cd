"""The report's page about the data: its numbers are the views', and it says what is not shown."""

import re
import shlex

import pytest

from crawler.frontier import OUTCOMES
from crawler.home import CHECKOUT, Home
from reports.codebook import codebook
from reports.profiles import VIEWS
from reports.site.about import REASONS, SOFTWARE, pages
from tests.conftest import Tocsin
from tests.dataset import Filler
from tests.rendered import asked, facts, filled, grid, page_of, with_dataset, with_nothing, words

EVIL = '<script>alert(1)</script></title>" onmouseover="alert(2)'


@pytest.fixture
def told(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return with_dataset(home, tmp_path_factory.getbasetemp() / "about.duckdb")


def configured(home: Home, text: str) -> Home:
    (home.root / "tocsin.toml").write_text(text, "utf-8")
    return home


def test_the_facts_are_those_of_the_views(told: Home) -> None:
    (row,) = asked(
        told,
        """SELECT (SELECT count(*) FROM source WHERE status = 'enabled') AS enabled,
                  (SELECT sum(captures)::INT FROM collected) AS captures,
                  (SELECT count(*) FROM article_flat WHERE revision = 1) AS articles,
                  (SELECT count(*) FROM counted) AS relevant,
                  (SELECT count(DISTINCT story_id) FROM counted) AS stories,
                  (SELECT count(*) FROM story_flat) AS shown""",
    )
    assert facts(page_of(told, pages)) == [str(number) for number in row.values()]


def test_the_table_of_outcomes_holds_every_capture(told: Home) -> None:
    rows = grid(page_of(told, pages), "What became of every capture")
    (total,) = asked(told, "SELECT count(*) AS n FROM capture")
    assert sum(int(row[2].replace(",", "")) for row in rows) == total["n"]
    assert ["no answer in time", "timeout", "31"] in rows


def test_every_outcome_that_gives_no_article_has_words() -> None:
    assert set(OUTCOMES) - REASONS.keys() == {"ok"}


def test_every_view_is_there_with_its_limits(told: Home) -> None:
    page = page_of(told, pages)
    names = {path.stem for path in VIEWS.glob("*.sql")}
    assert {term.get("id") for term in page.xpath("//dt[@id]")} == {f"view-{n}" for n in names}
    (gaps,) = page.xpath("//dt[@id='view-gaps']/following-sibling::dd[1]")
    assert "a short gap may have lost none" in words(gaps)


def test_definitions_are_those_of_the_codebook(told: Home) -> None:
    text = words(page_of(told, pages))
    for part in codebook(told).parts:
        assert " ".join(part.decides.split()) in text
        assert part.version in text


def test_held_articles_are_in_no_number_and_the_page_says_how_many(told: Home) -> None:
    before = page_of(told, pages)
    assert "Now 1 article is held" in words(before)
    filled(told, lambda to: to.con.execute("INSERT INTO clearance SELECT 'held', '2026-11-11', ''"))
    after = page_of(told, pages)
    assert "article is held" not in words(after)
    assert int(facts(after)[3]) == int(facts(before)[3]) + 1


def test_the_contact_is_told_as_what_it_is(told: Home) -> None:
    assert "its maker has set no contact" in words(page_of(told, pages))
    page = page_of(configured(told, 'contact = "news@uni.example"\n'), pages)
    assert "Write to news@uni.example" in words(page)
    page = page_of(configured(told, 'contact = "https://uni.example/ask"\n'), pages)
    assert "https://uni.example/ask" in {a.get("href") for a in page.iter("a")}


def test_it_says_how_to_cite(told: Home) -> None:
    configured(told, 'publisher = "University of Example"\nsite_url = "https://uni.example/r/"\n')
    text = words(page_of(told, pages))
    assert "The numbers: University of Example. What local news says" in text
    assert "as of 10 November 2026, 06:00 UTC" in text


def test_the_software_is_cited_as_its_own_file_says() -> None:
    cff = (CHECKOUT / "CITATION.cff").read_text("utf-8")
    (author,) = re.findall(r'^  - name: "(.+)"', cff, re.MULTILINE)
    (title,) = re.findall(r'^title: "(.+)"', cff, re.MULTILINE)
    (licence,) = re.findall(r"^license: (.+)", cff, re.MULTILINE)
    assert {"author": author, "title": title, "licence": licence} == SOFTWARE


def test_licences_are_those_of_the_data_folder(told: Home) -> None:
    rows = grid(page_of(told, pages), "Where Tocsin’s own data files are from")
    text = (CHECKOUT / "data" / "LICENCES.md").read_text("utf-8")
    assert len(rows) == len(re.findall(r"^\|", text, re.MULTILINE)) - 2
    assert "CC BY 4.0, © mySociety" in [row[2] for row in rows]


def test_the_commands_that_it_shows_give_its_numbers(told: Home, tocsin: Tocsin) -> None:
    page = page_of(told, pages)
    commands = [words(code) for code in page.cssselect("pre code")]
    asks = [shlex.split(text)[1:] for text in commands if "query" in text]
    assert len(asks) == 3
    answers = [tocsin(*ask, "--csv") for ask in asks]
    assert [answer.returncode for answer in answers] == [0, 0, 0], answers[0].stderr
    assert answers[1].stdout.splitlines()[1].split(",") == facts(page)[3:5]
    assert answers[2].stdout.splitlines()[1] == facts(page)[5]


def test_an_empty_database_has_a_page(home: Home) -> None:
    page = page_of(with_nothing(home), pages)
    assert facts(page) == ["0"] * 6
    assert "Nothing has been collected yet" in words(page)
    assert "The database does not say" in words(page)


def test_what_strangers_wrote_is_inert(told: Home) -> None:
    def fill(to: Filler) -> None:
        to.con.execute("UPDATE dropped SET reason = ?", [f"\u202e{EVIL}"])
        to.con.execute("UPDATE provenance SET value = ?", [f"\u202e{EVIL}"])

    filled(told, fill)
    page = page_of(configured(told, "contact = '<script>a@b'\n"), pages)
    assert list(page.iter("script")) == []
    assert page.xpath("//@*[starts-with(name(), 'on')]") == []
    assert "\u202e" not in page.text_content()
    assert EVIL in words(page)
