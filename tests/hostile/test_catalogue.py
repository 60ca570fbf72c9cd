"""The catalogue of hostile input, case by case, against the program as a process."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from crawler.frontier import OUTCOMES
from tests.hostile.cases import CASES, DIFFERS, FLOOR, NOT_YET
from tests.hostile.world import NEIGHBOURLY, Crawled, Hostile, crawled

NUMBERS = range(1, 126)
ATTEMPT_SECONDS = 60
MEMORY = 512_000_000  # bytes of the largest process
pytestmark = pytest.mark.enable_socket


def parameter(number: int) -> object:
    """A case by its number and name; one that is known to differ must fail."""
    name = f"{number:03}-{CASES[number].title.replace(' ', '-')}"
    if why := {**NOT_YET, **DIFFERS}.get(number):
        mark = pytest.mark.xfail(reason=why, strict=True, raises=AssertionError)
        return pytest.param(number, id=name, marks=mark)
    return pytest.param(number, id=name)


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """All sites of all cases, crawled twice in one home, and the database of that."""
    with crawled(tmp_path_factory.mktemp("hostile"), list(CASES.values())) as found:
        yield found


@pytest.fixture(scope="session")
def trials(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[int, list["Future[None]"]]]:
    """The trials of the chosen cases, two at a time, after the crawls that count seconds."""
    calls = [item.callspec for item in request.session.items if hasattr(item, "callspec")]
    chosen = {call.params.get("number") for call in calls}
    if any(case.sites or case.checks for n, case in CASES.items() if n in chosen):
        request.getfixturevalue("catalogue")
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {
            number: [pool.submit(trial, tmp_path_factory.mktemp("trial")) for trial in case.trials]
            for number, case in sorted(CASES.items())
            if number in chosen
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("number", [parameter(number) for number in sorted(CASES)])
def test_case(
    number: int, request: pytest.FixtureRequest, trials: dict[int, list["Future[None]"]]
) -> None:
    case = CASES[number]
    if case.sites or case.checks:
        found: Crawled = request.getfixturevalue("catalogue")
        for site in case.sites:
            assert_ends(found, site)
        for check in case.checks:
            check(found)
    for trial in trials[number]:
        trial.result()


def assert_ends(found: Crawled, site: Hostile) -> None:
    """Each URL of a site has one outcome a crawl, and it is the one that is expected."""
    for run, expected in enumerate((site.expected(), site.again), 1):
        ends = found.outcomes(site.id, run)
        wrong = {
            url: (ends.get(url), [a.detail for a in found.attempts(site.id, run).get(url, [])])
            for url, outcome in expected.items()
            if ends.get(url) != [outcome]
        }
        assert wrong == {}, f"{site.id} in crawl {run}"


def test_every_case_of_the_catalogue_is_here_once() -> None:
    assert sorted(CASES) == list(NUMBERS)
    assert not set(NOT_YET) & set(DIFFERS)


def test_as_many_cases_pass_as_did() -> None:
    assert len(NUMBERS) - len(NOT_YET) - len(DIFFERS) >= FLOOR


def test_the_other_sources_of_the_run_are_untouched(catalogue: Crawled) -> None:
    assert_ends(catalogue, NEIGHBOURLY)
    articles = catalogue.ask("SELECT url FROM article WHERE source_id = ?", NEIGHBOURLY.id)
    assert len(articles) == len(NEIGHBOURLY.pages)


def test_nothing_hangs(catalogue: Crawled) -> None:
    sql = "SELECT max((julianday(closed_at) - julianday(opened_at)) * 86400) FROM attempt"
    assert catalogue.frontier(sql)[0][0] < ATTEMPT_SECONDS
    assert catalogue.frontier("SELECT count(*) FROM attempt WHERE outcome IS NULL") == [(0,)]


def test_each_url_has_one_outcome_a_crawl(catalogue: Crawled) -> None:
    twice = "SELECT identity FROM attempt GROUP BY run_id, identity HAVING count(*) > 1"
    assert catalogue.frontier(twice) == []
    found = {outcome for (outcome,) in catalogue.frontier("SELECT outcome FROM attempt")}
    assert found <= set(OUTCOMES)


def test_nothing_crashes(catalogue: Crawled) -> None:
    assert [run.code for run in catalogue.runs] == [3, 3], catalogue.runs[0].last_words
    assert catalogue.built.code == 0, catalogue.built.last_words
    assert "Traceback" not in catalogue.logs


def test_memory_stays_within_bounds(catalogue: Crawled) -> None:
    peaks = [run.peak for run in (*catalogue.runs, catalogue.built)]
    assert max(peaks) < MEMORY, [f"{peak / 1e6:.0f} MB" for peak in peaks]
