"""Scores of tags: what counts as right, and what a bad file says."""

import json
from pathlib import Path

import pytest

from crawler.errors import DataFileError
from pipeline.coding import Coded
from pipeline.model import Article, Tag
from pipeline.scoring import Measure, measures, read_items
from tests.conftest import Tocsin

TEXT = "Leeds was told to improve. “We accept every word of it,” said Ann Lee, a mother."
GOLD = {
    "id": "1",
    "title": "",
    "text": TEXT,
    "relevant": True,
    "authorities": ["Leeds"],
    "themes": ["inspection", "leadership"],
    "judgements": [{"authority": "Leeds", "grade": "inadequate"}],
    "stance": "critical",
    "reply": True,
    "quotes": [
        {
            "starts": "We accept every word of",
            "role": "parent",
            "name": "Ann Lee",
            "anonymous": False,
        }
    ],
}


def tag(tagger: str, label: str, evidence: str, subject: str = "", *notes: str) -> Tag:
    start = TEXT.index(evidence)
    end = start + len(evidence)
    return Tag("1", tagger, label, start, end, evidence, "", 1.0, subject, 0, 0, notes)


def scored(*tags: Tag, relevant: bool = True) -> dict[str, Measure]:
    article = Article(id="1", url="", page="", source_id="", title="", text=TEXT)
    found, _ = measures([GOLD], lambda *_: Coded(article, 0.9, relevant, tags))
    return {measure.name: measure for measure in found}


def test_a_coder_that_agrees_in_everything_scores_one() -> None:
    found = scored(
        tag("authorities", "Leeds", "Leeds"),
        tag("themes", "inspection", "told"),
        tag("themes", "leadership", "improve"),
        tag("judgements", "inadequate", "told", "Leeds"),
        tag("stance", "critical", "told"),
        tag("reply", "reply", "accept"),
        tag("quotes", "parent", "We accept every word of it,", "Ann Lee"),
    )
    assert {measure.value for measure in found.values()} == {1.0}


def test_each_measure_counts_its_own_faults() -> None:
    found = scored(
        tag("authorities", "Leeds", "Leeds"),
        tag("authorities", "Kent", "told"),
        tag("themes", "inspection", "told"),
        tag("judgements", "good", "told", "Leeds"),
        tag("quotes", "teacher", "We accept every word of it,", "Ann Lee", "anonymous"),
    )
    assert found["authorities"].precision == 0.5
    assert found["authorities"].recall == 1.0
    assert found["themes"].recall == 0.5
    assert found["judgements"].value == 0.0
    assert found["quotes"].value == 1.0
    assert [found[f"quotes {f}"].value for f in ("role", "name", "anonymous")] == [0.0, 1.0, 0.0]
    assert [found[name].value for name in ("stance", "reply")] == [0.0, 0.0]


def test_a_text_called_irrelevant_has_none_of_its_tags() -> None:
    found = scored(tag("authorities", "Leeds", "Leeds"), relevant=False)
    assert found["relevance"].recall == found["authorities"].recall == 0.0


def test_a_difference_is_told_with_its_evidence() -> None:
    article = Article(id="1", url="", page="", source_id="", title="", text=TEXT)
    tags = (tag("authorities", "Kent", "told"),)
    _, misses = measures([GOLD], lambda *_: Coded(article, 0.9, True, tags))
    wrong = [m for m in misses if m.measure == "authorities"]
    assert [(m.wanted, m.found, m.evidence) for m in wrong] == [
        ("Leeds", "", ""),
        ("", "Kent", "told"),
    ]


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"id": "1"}', "1"])
def test_a_line_that_is_no_item_is_one_clear_error(line: str, tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(f"{json.dumps(GOLD)}\n{line}\n")
    with pytest.raises(DataFileError, match=r"gold\.jsonl"):
        read_items(path)


def test_the_commands_code_a_text_and_score_a_set(tmp_path: Path, tocsin: Tocsin) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(GOLD) + "\n")
    scores = json.loads(tocsin("evaluate", "tags", str(path), "--json", "--errors").stdout)
    assert {"measures", "errors"} == set(scores)
    items = tocsin("tag", str(path), "--jsonl").stdout.splitlines()
    assert [json.loads(item)["id"] for item in items] == ["1"]
    story = tmp_path / "story.txt"
    story.write_text(f"A title\n\n{TEXT}")
    assert "Leeds was told to improve" in tocsin("tag", str(story)).stdout
    assert json.loads(tocsin("tag", str(story), "--json").stdout)["tags"]
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\n")
    done = tocsin("tag", str(bad), "--jsonl")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
