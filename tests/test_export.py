"""What each profile's export holds and leaves out, that it explains itself, and that a failure
costs nothing."""

import json
import re
import resource
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from frictionless import Package
from rocrate.rocrate import ROCrate

from crawler.errors import DataFileError, StorageError, UsageError
from crawler.home import CHECKOUT, Home
from reports.export import export
from reports.packages import files_of, verify
from reports.profiles import PUBLIC_ROLES, VIEWS, load_profile, load_profiles
from tests.conftest import Tocsin
from tests.published import article, insert, publish, tag

PURPOSE = "A study of right of reply, University of Example"
SECRET = "Secret words that only the text has."
LONG = "The council’s placements cost too much, and it knows. " * 40
QUOTE = "We are sorry for the harm that was done to these families"
WORDS = "I told them nine times and nobody listened to a word of it"
EVIL = {  # a headline that a page may have, by the article's id
    "e1": "=HYPERLINK(1)",
    "e2": 'two\r\nlines, "quoted"',
    "e3": "’tis “so” 🧒",
    "e4": "",
    "e5": "NULL",
}


PROFILES = [profile.id for profile in load_profiles(Home(CHECKOUT))]


def fill(con: duckdb.DuckDBPyConnection) -> None:
    """Articles of each kind that a profile treats in its own way."""
    text = f"Leeds was rated inadequate. {LONG}“{QUOTE},” said Ann Lee. “{WORDS},” said Bea Moss."
    article(
        con, "a1", f"{text}\n\n{SECRET}", authors=["Zoë Ash"], standfirst=SECRET, captions=[SECRET]
    )
    tag(con, "a1", "judgements", "inadequate", "rated inadequate", subject="Leeds", notes=["past"])
    tag(con, "a1", "authorities", "Leeds", "Leeds")
    tag(con, "a1", "themes", "inspection", "Leeds was rated inadequate.")
    tag(con, "a1", "stance", "critical", LONG.strip())
    tag(con, "a1", "reply", "reply", QUOTE)
    tag(con, "a1", "quotes", "council-officer", QUOTE, subject="Ann Lee")
    tag(con, "a1", "quotes", "parent", WORDS, subject="Bea Moss")
    article(con, "h1", "A child at the court of Hullshire.", title="Held headline")
    tag(con, "h1", "risk", "family-court", "child at the court")
    tag(con, "h1", "authorities", "Leeds", "Hullshire")
    article(con, "h2", "Another child at the court.", title="Cleared headline")
    tag(con, "h2", "risk", "family-court", "child at the court")
    insert(con, "clearance", article_id="h2", reason="no child is named")
    url = "https://board.example/t/1#post_2"
    posted = {"source_id": "board", "url": url, "page": "board.example/t/1", "post": 2}
    article(con, "p1", "Nobody rings back.", title="Post", pseudonym="ff00ff00", **posted)
    tag(con, "p1", "themes", "referrals", "Nobody rings back")
    insert(con, "story", id="s1", article_id="h1")
    insert(con, "member", article_id="h1", story_id="s1", role="original")
    insert(
        con, "member", article_id="a1", story_id="s1", role="copy", of_article_id="h1", share=0.5
    )
    insert(con, "edit", article_id="a1", before_id="h1", kinds=["body"], diff=SECRET)
    insert(con, "shared", article_id="a1", of_article_id="h1", end_char=5)
    for name, title in EVIL.items():
        article(con, name, f"Some text of {name}.", title=title)


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Home:
    """A home of a test's own, to do something to: the same database, no exports yet."""
    own = Home(tmp_path)
    own.database.parent.mkdir()
    shutil.copy(Home(made.parent.parent).database, own.database)
    return own


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exports of one home by every profile, a folder each, to look at."""
    home = Home(tmp_path_factory.mktemp("made"))
    publish(home, fill)
    configure(home, purpose=PURPOSE, publisher="University of Example")
    for profile in PROFILES:
        export(home, profile)
    return home.out


def configure(home: Home, **values: str) -> None:
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in values.items()]
    (home.root / "tocsin.toml").write_text("".join(lines))


def folder_of(home: Home, profile: str) -> Path:
    if load_profile(home, profile).purpose:
        configure(home, purpose=PURPOSE)
    export(home, profile)
    return home.out / profile


def table(folder: Path, name: str) -> list[dict[str, Any]]:
    return pq.read_table(folder / "parquet" / f"{name}.parquet").to_pylist()


def row(folder: Path, name: str, **key: object) -> dict[str, Any]:
    (found,) = [r for r in table(folder, name) if all(r[k] == v for k, v in key.items())]
    return found


def everything(folder: Path) -> str:
    """All that anybody can read in a folder: its texts, and the cells of its Parquet files."""
    texts = [
        str(pq.read_table(folder / name).to_pylist())
        if name.endswith(".parquet")
        else (folder / name).read_bytes().decode("utf-8", "replace")
        for name in files_of(folder)
    ]
    return "\n".join(texts)


# Every profile


@pytest.mark.parametrize("profile", PROFILES)
def test_frictionless_finds_nothing_wrong(made: Path, profile: str) -> None:
    report = Package(str(made / profile / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "type", "note"])
    assert report.stats["warnings"] == 0


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("csv/articles.csv", b"a1,", b"a2,"),  # a tag's article is missing, and the hash is wrong
        ("csv/sources.csv", b"echo,", b"board,"),  # a key is there twice
        ("csv/articles.csv", b",True,", b",perhaps,"),
    ],
)
def test_frictionless_finds_what_is_wrong(
    made: Path, tmp_path: Path, file: str, before: bytes, after: bytes
) -> None:
    folder = Path(shutil.copytree(made / "open", tmp_path / "open"))
    (folder / file).write_bytes((folder / file).read_bytes().replace(before, after, 1))
    report = Package(str(folder / "datapackage.json")).validate()
    kinds = {kind for _, kind in report.flatten(["name", "type"])}
    assert kinds - {"hash-count", "byte-count"}, kinds


@pytest.mark.parametrize("profile", PROFILES)
def test_every_column_says_what_it_means(made: Path, profile: str) -> None:
    told = json.loads((made / profile / "datapackage.json").read_text("utf-8"))
    fields = [
        (one["name"], field["name"], field.get("description", ""))
        for one in told["resources"]
        if one["type"] == "table"
        for field in one["schema"]["fields"]
    ]
    assert [field for field in fields if not field[2]] == []
    meant = pq.read_schema(made / profile / "parquet/articles.parquet")
    assert all((field.metadata or {})[b"description"] for field in meant)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_crate_names_every_file_its_licence_and_its_maker(made: Path, profile: str) -> None:
    folder = made / profile
    crate = ROCrate(str(folder))
    known = {entity.id for entity in crate.data_entities}
    assert known == set(files_of(folder)) - {"ro-crate-metadata.json", "SHA256SUMS"}
    root = crate.root_dataset
    assert root["license"]["name"] and root["creator"]["name"] == "University of Example"
    assert root["datePublished"] == "2026-09-01T12:00:00Z"
    assert crate.get("#tocsin")["identifier"] == "0123456789abcdef"


@pytest.mark.parametrize("profile", PROFILES)
def test_a_package_carries_what_explains_it(made: Path, profile: str) -> None:
    folder = made / profile
    assert "Office for National Statistics" in (folder / "LICENCES.md").read_text("utf-8")
    assert (folder / "codebook/themes/inspection.toml").is_file()
    assert "SELECT" in (folder / "queries/articles.sql").read_text("utf-8")
    readme = (folder / "README.md").read_text("utf-8")
    for limit in load_profile(Home(CHECKOUT), profile).limits:
        assert limit in readme
    assert re.search(
        r"^date-released: \"2026-09-01\"$", (folder / "CITATION.cff").read_text(), re.M
    )
    assert verify(folder).good


def test_pandas_reads_it_as_the_readme_says(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made / "open"
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text("utf-8"), re.S)
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(code, names)
    found: pd.DataFrame = names["articles"]
    exact = pq.read_table("parquet/articles.parquet").to_pylist()
    assert list(found["title"]) == [one["title"] for one in exact]
    assert list(found["first_seen_at"].dt.tz_localize(None)) == [
        one["first_seen_at"] for one in exact
    ]
    assert found["published_at"].isna().all()
    assert [json.loads(cell) for cell in found["authors"]] == [one["authors"] for one in exact]


def test_duckdb_reads_it_as_the_readme_says(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made / "open"
    (sql,) = re.findall(r"```sql\n(.*?)```", (folder / "README.md").read_text("utf-8"), re.S)
    monkeypatch.chdir(folder)
    with duckdb.connect() as con:
        found = con.execute(f"SELECT title FROM ({sql.strip().rstrip(';')}) ORDER BY id").fetchall()
    assert [title for (title,) in found] == [one["title"] for one in table(folder, "articles")]


def test_a_spreadsheet_s_file_runs_no_headline(made: Path) -> None:
    folder = made / "open"
    assert "'=HYPERLINK(1)" in (folder / "spreadsheet/articles.csv").read_text("utf-8-sig")
    assert ",=HYPERLINK(1)," in (folder / "csv/articles.csv").read_text("utf-8")


# For everybody


def test_an_open_export_has_no_text(made: Path) -> None:
    told = everything(made / "open")
    assert SECRET not in told
    assert "Some text of e1" not in told
    assert LONG[:250] not in told


def test_quotations_are_short_and_few(made: Path) -> None:
    folder = made / "open"
    characters = row(folder, "articles", id="a1")["text_characters"]
    quoted = [r["evidence"] for r in table(folder, "tags") if r["article_id"] == "a1"]
    lengths = [len(text) for text in quoted if text]
    assert max(lengths) == 200
    assert sum(lengths) <= min(600, characters / 5)
    stance = row(folder, "tags", article_id="a1", tagger="stance")
    assert stance["evidence"] == f"{LONG[:196]} […]"
    assert stance["end_char"] - stance["start_char"] == len(LONG.strip())


def test_of_a_short_article_no_more_than_a_fifth_is_quoted(home: Home) -> None:
    def short(con: duckdb.DuckDBPyConnection) -> None:
        article(con, "a1", "Leeds pays its foster carers more. It has to, it says.")
        tag(con, "a1", "themes", "adoption-fostering", "foster carers")
        tag(con, "a1", "authorities", "Leeds", "Leeds")

    publish(home, short)
    folder = folder_of(home, "open")
    evidence = {r["tagger"]: r["evidence"] for r in table(folder, "tags")}
    assert evidence == {"themes": None, "authorities": None}  # 13 of 54 characters; and no room


def test_private_people_are_neither_quoted_nor_named(made: Path) -> None:
    folder = made / "open"
    assert row(folder, "tags", label="council-officer")["evidence"] == QUOTE
    assert row(folder, "tags", label="parent")["evidence"] is None
    told = everything(folder)
    assert WORDS not in told
    assert "Bea Moss" not in told
    assert "Ann Lee" not in {r["subject"] for r in table(folder, "tags")}
    assert row(folder, "tags", tagger="judgements")["subject"] == "Leeds"


QUOTED_TAGGERS = ("judgements", "themes", "authorities", "law", "stance", "reply", "quotes")


def test_no_tagger_repeats_what_a_private_person_said(home: Home) -> None:
    said = "Leeds failed my son and nobody rang us back"
    council = "We will ring back from now on"
    text = f"“{said},” said Bea Moss. “{council},” said Ann Lee. {'All else is long. ' * 200}"

    def quoting(con: duckdb.DuckDBPyConnection) -> None:
        article(con, "a1", text)
        for tagger in QUOTED_TAGGERS:
            tag(con, "a1", tagger, "parent", said)  # the whole, a part, and more than it
            tag(con, "a1", tagger, "child", "failed my son")
            tag(con, "a1", tagger, "council-officer", f"“{said},” said Bea Moss")
            tag(con, "a1", tagger, "councillor", council)
            tag(con, "a1", tagger, "mp", "said Ann Lee")

    publish(home, quoting)
    folder = folder_of(home, "open")
    given = {(r["tagger"], r["label"]) for r in table(folder, "tags") if r["evidence"]}
    assert given == {(t, label) for t in QUOTED_TAGGERS for label in ("councillor", "mp")}
    assert "failed my son" not in everything(folder)
    places = [r["end_char"] - r["start_char"] for r in table(folder, "tags")]
    assert len(places) == 5 * len(QUOTED_TAGGERS) and min(places) > 0


def test_roles_with_a_public_office_are_roles_of_the_codebook() -> None:
    known = (CHECKOUT / "data/codebook/speakers.toml").read_text("utf-8")
    assert [role for role in PUBLIC_ROLES if role not in known] == []


@pytest.mark.parametrize("profile", ["open", "journalist"])
def test_a_held_article_is_in_no_public_export_until_it_is_cleared(
    made: Path, profile: str
) -> None:
    folder = made / profile
    told = everything(folder)
    assert "h1" not in {r["id"] for r in table(folder, "articles")}
    assert "Held headline" not in told and "echo.example/h1" not in told
    assert "Hullshire" not in told and "child at the court" not in told
    assert "Cleared headline" in told


@pytest.mark.parametrize("profile", ["open", "journalist"])
@pytest.mark.parametrize("held", [1, 2])
def test_a_page_with_a_held_revision_is_shown_in_none(home: Home, profile: str, held: int) -> None:
    def revised(con: duckdb.DuckDBPyConnection) -> None:
        for number in (1, 2):
            article(con, f"a{number}", f"Text {number}.", page="echo.example/a", revision=number)
        tag(con, f"a{held}", "risk", "family-court", "Text")
        article(con, "b1", "Another page.")

    publish(home, revised)
    folder = folder_of(home, profile)
    assert [one["id"] for one in table(folder, "articles")] == ["b1"]
    assert "echo.example/a1" not in everything(folder)
    with duckdb.connect(str(home.database), read_only=True) as con:
        assert con.execute("FROM publishable").fetchall() == [("b1",)]


def test_what_names_a_held_article_does_not_name_it(made: Path) -> None:
    folder = made / "open"
    assert row(folder, "stories", id="s1")["article_id"] is None
    assert row(folder, "stories", id="s1")["articles"] == 1
    assert row(folder, "members", article_id="a1")["of_article_id"] is None
    assert row(folder, "edits", article_id="a1")["before_id"] is None


@pytest.mark.parametrize("profile", ["open", "journalist"])
def test_a_forum_s_posts_are_in_no_public_export(made: Path, profile: str) -> None:
    told = everything(made / profile)
    for part in ("board.example/t", "Nobody rings back", "ff00ff00", "p1,"):
        assert part not in told


def test_counts_leave_out_what_is_held_and_mask_what_is_small(home: Home) -> None:
    def many(con: duckdb.DuckDBPyConnection) -> None:
        for number in range(7):
            name = f"a{number}"
            article(con, name, "Leeds pays.", published_at="2026-08-20 06:00:00")
            tag(con, name, "authorities", "Leeds", "Leeds")
            if number == 6:
                tag(con, name, "risk", "family-court", "pays")
        article(con, "b1", "Leeds pays.", published_at="2026-06-20 06:00:00")
        tag(con, "b1", "authorities", "Leeds", "Leeds")
        for number in range(6):
            article(con, f"c{number}", "Leeds pays.", published_at="2026-07-20 06:00:00")
            tag(con, f"c{number}", "authorities", "Leeds", "Leeds")

    publish(home, many)
    with duckdb.connect(str(home.database), read_only=True) as con:
        whole = con.execute("SELECT articles FROM authority_month ORDER BY month").fetchall()
    assert whole == [(1,), (6,), (7,)]
    counts = [r["articles"] for r in table(folder_of(home, "open"), "authority_month")]
    assert counts == [None, None, 6]  # the first by its size, the second lest it gives it away


def test_counts_of_days_tell_nothing_of_held_pages_nor_why_any_was_dropped(home: Home) -> None:
    def fetched(con: duckdb.DuckDBPyConnection) -> None:
        con.execute("DELETE FROM capture")
        for number in range(7):
            made(con, f"a{number}", "2026-08-20 06:00:00")
        for number in range(2):
            made(con, f"b{number}", "2026-08-21 06:00:00")
        for name, page in (("a5", "echo.example/a5"), ("a6", "echo.example/moved")):
            tag(con, name, "risk", "family-court", "Some")
            con.execute("UPDATE capture SET page = ? WHERE id = ?", [page, f"c-{name}"])
        insert(con, "dropped", capture_id="c-b1", reason="suppressed")

    def made(con: duckdb.DuckDBPyConnection, name: str, at: str) -> None:
        page = f"echo.example/{name}"
        article(con, name, first_seen_at=at)
        told = {"run_id": "r1", "source_id": "echo", "kind": "page", "outcome": "ok"}
        insert(con, "capture", id=f"c-{name}", page=page, fetched_at=at, **told)
        insert(con, "found", capture_id=f"c-{name}", article_id=name, first=True)

    publish(home, fetched)
    folder = folder_of(home, "open")
    days = [(r["attempts"], r["pages"], r["articles"]) for r in table(folder, "source_day")]
    assert days == [(5, None, None), (2, None, None)]  # one is small, the other would give it away
    assert not (folder / "parquet/collected.parquet").exists()
    assert "suppressed" not in "".join(map(str, table(folder, "source_day")))


def test_every_table_of_counts_is_a_view() -> None:
    for profile in load_profiles(Home(CHECKOUT)):
        for name in profile.counts:
            assert (VIEWS / f"{name}.sql").is_file(), name


# For research


@pytest.mark.parametrize("config", [{}, {"purpose": "  "}, {"publisher": "A university"}])
def test_text_is_refused_to_who_states_no_purpose(tmp_path: Path, config: dict[str, str]) -> None:
    home = Home(tmp_path)
    configure(home, **config)
    with pytest.raises(UsageError, match=r"tocsin\.toml: purpose: .*s\.29A"):
        export(home, "research")
    assert not (home.out / "research").exists()


def test_a_purpose_stands_on_everything(made: Path) -> None:
    folder = made / "research"
    for name in ("README.md", "datapackage.json", "ro-crate-metadata.json", "CITATION.cff"):
        assert PURPOSE in (folder / name).read_text("utf-8"), name


def test_a_research_export_has_text_posts_and_what_is_held(made: Path) -> None:
    folder = made / "research"
    assert SECRET in row(folder, "articles", id="a1")["text"]
    assert row(folder, "articles", id="h1")["held"] == ["family-court"]
    assert row(folder, "articles", id="h2")["held"] == []
    assert row(folder, "articles", id="p1")["pseudonym"] == "ff00ff00"
    assert row(folder, "tags", tagger="stance")["evidence"] == LONG.strip()


def test_hashes_are_those_of_the_text(made: Path) -> None:
    whole, public = made / "research", made / "open"
    sql = f"SELECT id, sha256(text), length(text) FROM '{whole}/parquet/articles.parquet'"
    with duckdb.connect() as con:
        expected = {name: (hash_, size) for name, hash_, size in con.execute(sql).fetchall()}
    for one in table(public, "articles"):
        assert expected[one["id"]] == (one["text_sha256"], one["text_characters"])


# For a newsroom


def test_a_newsroom_gets_one_row_an_article(made: Path) -> None:
    folder = made / "journalist"
    one = row(folder, "articles", id="a1")
    assert one["headline"] == "Title a1"
    assert one["outlet"] == "Echo"
    assert one["link"] == "https://echo.example/a1"
    assert one["authorities"] == ["Leeds"]
    assert one["quoted"] == ["Ann Lee (council officer)", "parent"]
    assert one["judgement"] == ["Leeds: inadequate (earlier)"]
    assert one["right_of_reply"] == "yes"
    assert one["evidence"] == "Leeds was rated inadequate."
    assert "Bea Moss" not in everything(folder)
    assert (folder / "articles.xlsx").is_file() and not (folder / "csv").exists()


def test_a_newsroom_gets_the_latest_revision_and_nothing_off_topic(home: Home) -> None:
    def revised(con: duckdb.DuckDBPyConnection) -> None:
        article(con, "a1", "Old words.", page="echo.example/a", revision=1)
        article(con, "a2", "New words.", page="echo.example/a", revision=2)
        article(con, "a3", "A bridge.", relevant=False)

    publish(home, revised)
    folder = folder_of(home, "journalist")
    assert [one["id"] for one in table(folder, "articles")] == ["a2"]


def test_a_newsroom_s_evidence_is_rather_not_a_private_person_s(home: Home) -> None:
    said = "Leeds was rated inadequate and nobody rang us back"

    def quoting(con: duckdb.DuckDBPyConnection) -> None:
        article(con, "a1", f"“{said},” said a mother.\nThe cuts go on.")
        article(con, "a2", f"“{said},” said a mother.")
        for name in ("a1", "a2"):
            tag(con, name, "quotes", "parent", said)
            tag(con, name, "judgements", "inadequate", "rated inadequate")
        tag(con, "a1", "themes", "funding", "cuts")

    publish(home, quoting)
    folder = folder_of(home, "journalist")
    assert row(folder, "articles", id="a1")["evidence"] == "The cuts go on."
    assert row(folder, "articles", id="a2")["evidence"].startswith(f"“{said}")
    told = " ".join((folder / "queries/articles.sql").read_text("utf-8").split())
    assert "office only" not in told  # its headlines name whom they name


# Profiles are data


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('holds    =', 'hold =', "unknown key hold"),
        ('purpose   = true', 'purpose = "yes"', "purpose: 'yes' is no bool"),
        ('["csv", "parquet", "jsonl", "spreadsheet"]', '["ods"]', "format 'ods'; use csv"),
        ('["spreadsheet", "workbook", "parquet"]', '["workbook"]', "formats: needs parquet"),
        ('tables    = ["articles"]', 'tables = ["people"]', "table people: there is no people.sql"),
        ('title    = "Local news on children\'s services: list', 'tilt = "', "unknown key tilt"),
        ('coverage        = {', 'coverag = {', "masked: coverag: is no table of counts"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_profiles_is_one_clear_line(
    tmp_path: Path, before: str, after: str, problem: str
) -> None:
    home = Home(tmp_path)
    text = (CHECKOUT / "data/profiles.toml").read_text("utf-8")
    assert before in text
    (tmp_path / "data").mkdir()
    (tmp_path / "data/profiles.toml").write_text(text.replace(before, after, 1))
    with pytest.raises(DataFileError, match=re.escape(problem)):
        export(home, "open")


def test_an_unknown_profile_is_told_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--profile all: no such profile; use open, research, j"):
        export(Home(tmp_path), "all")


# The folder


def contents(folder: Path) -> Mapping[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files_of(folder)}


def test_the_same_database_gives_the_same_bytes(home: Home, made: Path) -> None:
    configure(home, publisher="University of Example")
    export(home, "journalist")
    assert contents(home.out / "journalist") == contents(made / "journalist")
    assert "articles.xlsx" in files_of(made / "journalist")


def test_an_export_replaces_its_own_files_and_no_others(home: Home) -> None:
    folder = folder_of(home, "open")
    (folder / "my notes.txt").write_text("mine")
    (folder / "csv/mine.csv").write_text("mine")
    own = (CHECKOUT / "data/profiles.toml").read_text("utf-8")
    (home.root / "data/profiles.toml").write_text(own.replace(', "edits"]', "]", 1))
    export(home)
    assert not (folder / "csv/edits.csv").exists()
    assert (folder / "csv/mine.csv").read_text() == "mine"
    assert verify(folder).unlisted == ["csv/mine.csv", "my notes.txt"]
    assert verify(folder).changed == verify(folder).missing == []


def test_what_lay_there_before_there_were_profiles_does_not_grow_old(home: Home) -> None:
    home.out.mkdir(parents=True)
    for name in ("articles.csv", "articles.parquet", "digest.html"):
        (home.out / name).touch()
    export(home)
    assert {path.name for path in home.out.iterdir()} == {"digest.html", "open"}


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """No file may have more bytes than so many: what a full disk looks like to who writes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(("profile", "most"), [("open", 15_000), ("journalist", 8_000)])
def test_a_full_disk_leaves_the_old_export(home: Home, profile: str, most: int) -> None:
    before = contents(folder_of(home, profile))
    publish(home, lambda con: article(con, "z1", "Another day."))
    with full_disk(most), pytest.raises(StorageError, match=f"{profile}: cannot be written"):
        export(home, profile)
    assert contents(home.out / profile) == before
    assert [path.name for path in home.out.iterdir()] == [profile]
    export(home, profile)
    assert [one["id"] for one in table(home.out / profile, "articles")] == ["z1"]


def test_a_place_that_cannot_be_written_is_a_storage_error(home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where the folder should be")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageError, match=r"cannot be written: (Not a directory|File exists)"):
            export(home, "open", place)


def test_a_folder_of_other_things_is_left_alone(home: Home, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    export(home, "journalist", tmp_path / "mine")
    export(home, "journalist", tmp_path / "mine")
    (tmp_path / "project").mkdir()
    (tmp_path / "project/README.md").write_text("mine")
    with pytest.raises(UsageError, match="project: holds something else"):
        export(home, "journalist", tmp_path / "project")
    assert files_of(tmp_path / "project") == ["README.md"]


def test_no_database_is_a_usage_error_and_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no database yet"):
        export(Home(tmp_path))
    assert not (tmp_path / "reports").exists()


def test_a_database_without_a_capture_can_be_exported(home: Home) -> None:
    publish(home, lambda con: con.execute("DELETE FROM capture"))
    folder = folder_of(home, "open")
    assert Package(str(folder / "datapackage.json")).validate().valid
    assert table(folder, "articles") == []


def test_a_damaged_database_is_a_storage_error(home: Home) -> None:
    words = "repeat(md5(i::VARCHAR), 20)"
    noise = f"INSERT INTO provenance SELECT i::VARCHAR, {words} FROM range(9000) AS t(i)"
    publish(home, lambda con: con.execute(noise))
    data = home.database.read_bytes()
    home.database.write_bytes(data[: len(data) // 2])
    with pytest.raises(StorageError, match=r"tocsin\.duckdb"):
        export(home)


# The command


def test_the_command_says_what_it_wrote_and_where(home: Home, tocsin: Tocsin) -> None:
    done = tocsin("export", "--profile", "journalist", "--out", str(home.root / "desk"))
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["Rows exported: articles 7", str(home.root / "desk")]
    refused = tocsin("export", "--profile", "research")
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
