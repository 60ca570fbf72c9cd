"""`make bench`, the report: the whole site of 100,000 articles that name every authority."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from crawler.home import Home
from pipeline.store import STORAGE_VERSION

MEMORY = 500  # MB: a report is made on a small rented machine, beside a crawl
PAGE = 300_000  # bytes: a page opens at once on a telephone
# The peak is read from the kernel's own account of the process: getrusage(2) counts in what the
# process was before it became this one.
MAKE = """
import json, re, sys, time
from pathlib import Path
from crawler.home import Home
from reports.site.write import write_site
start = time.perf_counter()
facts = write_site(Home(Path(sys.argv[1])))
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
spent = {"seconds": time.perf_counter() - start, "cpu": time.process_time()}
print(json.dumps({**spent, "peak": int(peak) * 1024 // 1_000_000, **facts}))
"""
# The articles are of the demo's sentences, which name a fifth of the authorities and few grades.
SPREAD = """
CREATE TEMP TABLE name AS
  SELECT row_number() OVER (ORDER BY short_name) - 1 AS n, short_name
  FROM (SELECT DISTINCT short_name FROM authority);
CREATE TEMP TABLE moved AS
  SELECT tag.* REPLACE (new.short_name AS label)
  FROM tag JOIN name AS old ON old.short_name = tag.label
  JOIN name AS new ON new.n = (old.n + hash(article_id)) % (SELECT count(*) FROM name)
  WHERE tagger = 'authorities';
DELETE FROM tag WHERE tagger = 'authorities';
INSERT INTO tag FROM moved;
INSERT INTO tag SELECT DISTINCT ON (article_id) * REPLACE (
  'judgements' AS tagger, if(hash(article_id) % 3 = 0, 'good', 'inadequate') AS label,
  label AS subject)
FROM tag WHERE tagger = 'authorities' AND hash(article_id, 'graded') % 10 = 0
ORDER BY article_id, start_char, label;
"""


@pytest.fixture
def home(database: Path, tmp_path: Path) -> Home:
    """A home with the hundred thousand, spread over all authorities."""
    home, spread = Home(tmp_path), tmp_path / "spread.duckdb"
    home.database.parent.mkdir()
    shutil.copy(database, spread)
    with duckdb.connect(str(spread)) as con:
        con.execute(SPREAD)
        con.execute(f"ATTACH '{home.database}' AS pub (STORAGE_VERSION '{STORAGE_VERSION}')")
        con.execute("COPY FROM DATABASE spread TO pub")  # without the room of the rows replaced
    spread.unlink()
    return home


def test_the_whole_site_of_a_hundred_thousand_articles(home: Home) -> None:
    done = subprocess.check_output([sys.executable, "-c", MAKE, home.root], text=True)
    facts = json.loads(done)
    sizes = {path: path.stat().st_size for path in home.out.rglob("*.html")}
    biggest = max(sizes, key=lambda path: sizes[path])
    print(f"\n{facts['pages']} pages of {facts['stories']} stories in {facts['seconds']:.0f} s")
    print(f"{facts['cpu']:.0f} s of one core, at most {facts['peak']} MB")
    print(f"biggest page: {biggest.name}, {sizes[biggest] / 1000:.0f} KB")
    assert facts["peak"] < MEMORY
    assert sizes[biggest] <= PAGE
