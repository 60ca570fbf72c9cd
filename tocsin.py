"""The front door: the command line, nothing else. Work is elsewhere, and imported late."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
from rich.table import Table

from crawler.errors import TocsinError, UsageError
from crawler.home import CHECKOUT, Home
from crawler.sources import Source, load_sources

if TYPE_CHECKING:
    from crawler.batch import Order
    from crawler.run import Report
    from pipeline.engine import Engine

DEGRADED = 3
app = typer.Typer(
    help="Watches local news for how children's services perform, and makes a dataset of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
sources_app = typer.Typer()
app.add_typer(sources_app, name="sources")
evaluate_app = typer.Typer(help="Measure what Tocsin does against what people say is right.")
app.add_typer(evaluate_app, name="evaluate")
out = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
err = Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
SourceIds = Annotated[
    list[str] | None, typer.Option("--source", help="Only this source (may be repeated).")
]
Limit = Annotated[int, typer.Option(min=1, help="At most this many requests.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes for extraction and tagging.")]


@app.callback()
def _home(
    context: typer.Context,
    home: Annotated[
        Path, typer.Option(envvar="TOCSIN_HOME", help="The folder that holds the store.")
    ] = CHECKOUT,
) -> None:
    context.obj = Home(home.expanduser().resolve())


@app.command("crawl")
def crawl_command(
    context: typer.Context,
    source: SourceIds = None,
    limit: Limit = 20_000,
    since: Annotated[str, typer.Option(help="Backfill from this day on: YYYY-MM-DD.")] = "",
    urls: Annotated[
        Path | None, typer.Option(help="Only the URLs of this file, one a line.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Say what is due; fetch nothing.")] = False,
    json: Json = False,
) -> None:
    """Fetch what is due of the enabled sources into the archive."""
    with context.obj.lock():
        from crawler.order import make_order  # later than the lock: a refused start is at once

        sources = _chosen(_registry(context.obj), source or [])
        order = make_order(context.obj, sources, datetime.now(UTC), limit, since, urls)
        if dry_run:
            _dry_run(context.obj, sources, order, json)
            return
        report = _crawl(context.obj, sources, order)
    _print_facts("Crawled", report.facts(), json)
    raise typer.Exit(report.exit_code)


@app.command("status")
def status_command(
    context: typer.Context,
    max_age: Annotated[
        float, typer.Option(help="Hours after which the last good run is too old.")
    ] = 26.0,
    json: Json = False,
) -> None:
    """Show the last runs, and which sources are late, failing, silent or left alone."""
    from crawler.status import status

    found = status(context.obj, _registry(context.obj), datetime.now(UTC), max_age)
    if json:
        _print_json(found.facts())
    else:
        for title, columns, rows in found.tables():
            _print_table(title, columns, rows)
        out.print(found.verdict, style="" if found.good else "red", markup=False, soft_wrap=True)
    raise typer.Exit(0 if found.good else DEGRADED)


@app.command("schedule")
def schedule_command(
    context: typer.Context,
    minute: Annotated[int, typer.Option(min=0, max=59, help="Of each hour.")] = 17,
) -> None:
    """Print the crontab line, and the systemd units, that run Tocsin here each hour."""
    from crawler.schedule import schedule

    out.print(schedule(context.obj, minute), markup=False, soft_wrap=True)


@app.command("build")
def build_command(
    context: typer.Context,
    workers: Workers = 2,
    engine: Annotated[
        Literal["pool", "dask"], typer.Option(help="Where the workers are: docs/cluster.md.")
    ] = "pool",
    scheduler: Annotated[
        str, typer.Option(help="Dask: use this cluster's workers, not new ones: tcp://….")
    ] = "",
    json: Json = False,
) -> None:
    """Bring the database up to date with the archive, the code and the data files."""
    with context.obj.lock():
        facts = _build(context.obj, workers, engine, scheduler)
    _print_facts("Built", facts, json)


@app.command("ingest")
def ingest_command(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="WARC files that others made, .gz or not.")],
    source: Annotated[
        str, typer.Option(help="Book the pages of hosts that are not in the registry on this one.")
    ] = "",
    dry_run: Annotated[bool, typer.Option(help="Only count; keep nothing.")] = False,
    json: Json = False,
) -> None:
    """Take the pages that may be on topic from archives that others made into ours."""
    from crawler.foreign import check_warc
    from crawler.ingest import Taken, ingest, load_rules

    home: Home = context.obj
    for path in files:
        check_warc(path)
    taken: list[Taken] = []
    with home.lock():
        known = _registry(home)
        rules = load_rules(home, known, _chosen(known, [source])[0] if source else None)
        for path in files:
            columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
            with Progress(
                *columns, console=err, transient=True, disable=not err.is_terminal
            ) as progress:
                task = progress.add_task(path.name, total=path.stat().st_size)
                watch = partial(progress.update, task)
                taken.append(ingest(home, path, rules, dry_run, watch))
            if taken[-1].already and not json:
                out.print(f"{path.name}: already taken in", markup=False, soft_wrap=True)
            elif not json:
                _print_facts(path.name, taken[-1].facts(), as_json=False)
    if json:
        _print_json([{"file": one.file, **one.facts()} for one in taken])
    raise typer.Exit(DEGRADED if any(one.damaged for one in taken) else 0)


@app.command("check")
def check_command(context: typer.Context, json: Json = False) -> None:
    """Run every check of reports/checks on the database; each must return no rows."""
    facts = _check(context.obj)
    _print_facts("Rows that should not be there", facts, json)
    raise typer.Exit(1 if any(facts.values()) else 0)


@app.command("export")
def export_command(context: typer.Context, json: Json = False) -> None:
    """Write articles, tags and sources as CSV and Parquet into reports/out/."""
    from reports.export import export

    _print_facts("Rows exported", export(context.obj.database, context.obj.out), json)


@app.command("query")
def query_command(
    context: typer.Context,
    sql: Annotated[str, typer.Argument(help="One SELECT on the published database.")],
    seconds: Annotated[float, typer.Option(min=0.1, help="Stop a query that takes longer.")] = 60,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV (RFC 4180).")] = False,
    json: Json = False,
) -> None:
    """Ask the published database; read-only, without files or network."""
    from reports.database import query_within
    from reports.export import write_csv

    columns, rows = query_within(context.obj.database, sql, seconds)
    if csv:
        write_csv(columns, rows, sys.stdout)
    elif json:
        _print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        _print_table("", columns, rows)


@sources_app.callback(invoke_without_command=True)
def sources_command(
    context: typer.Context,
    status: Annotated[str, typer.Option(help="enabled, candidate or disabled.")] = "",
    medium: Annotated[str, typer.Option(help="local-newspaper, blog, official …")] = "",
    publisher: Annotated[str, typer.Option(help="Part of the publisher's name.")] = "",
    authority: Annotated[str, typer.Option(help="GSS code of an authority it serves.")] = "",
    find: Annotated[str, typer.Option(help="Part of the id or name.")] = "",
    json: Json = False,
) -> None:
    """Show the source registry, whole or filtered; 'check' visits the sources."""
    if context.invoked_subcommand:
        return
    found = [
        source
        for source in _registry(context.obj)
        if status in ("", source.status)
        and medium in ("", source.medium)
        and publisher.lower() in source.publisher.lower()
        and (not authority or authority in source.authorities)
        and find.lower() in f"{source.id} {source.name}".lower()
    ]
    if json:
        _print_json([{n: getattr(s, n) for n in Source.__dataclass_fields__} for s in found])
        return
    rows = [
        (s.id, s.name, s.kind, s.medium, s.country, s.status, s.reason or s.paywall) for s in found
    ]
    columns = ["id", "name", "kind", "medium", "country", "status", "reason or paywall"]
    _print_table(f"{len(rows)} sources", columns, rows)


@sources_app.command("check")
def check_sources_command(
    context: typer.Context, source: SourceIds = None, json: Json = False
) -> None:
    """Visit each enabled and candidate source once; write how it is into data/health/."""
    from crawler.health import COLUMNS, check_order, health_rows, write_health
    from crawler.order import make_order

    now = datetime.now(UTC)
    with context.obj.lock():
        known = _registry(context.obj)
        sources = _chosen(known, source or [s.id for s in known if s.status != "disabled"])
        order = check_order(sources, make_order(context.obj, sources, now))
        report = _crawl(context.obj, sources, order)
        rows = health_rows(context.obj, sources, report)
        path = write_health(context.obj, rows, now.date().isoformat())
    if json:
        _print_json([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    else:
        _print_table("How the sources are", COLUMNS, rows)
        out.print(str(path), soft_wrap=True)
    raise typer.Exit(report.exit_code)


@app.command("run")
def run_command(
    context: typer.Context,
    source: SourceIds = None,
    limit: Limit = 20_000,
    workers: Workers = 2,
    json: Json = False,
) -> None:
    """What cron calls: crawl, build, check, export; one lock, one exit code."""
    with context.obj.lock():
        from crawler.order import make_order  # later than the lock: a refused start is at once

        sources = _chosen(_registry(context.obj), source or [])
        order = make_order(context.obj, sources, datetime.now(UTC), limit)
        report = _crawl(context.obj, sources, order)
        facts = report.facts()
        if not report.stopped:
            facts |= _after_crawl(context.obj, workers)
    _print_facts("Run", facts, json)
    raise typer.Exit(1 if facts.get("failing_checks") else report.exit_code)


@app.command("demo")
def demo_command(
    context: typer.Context,
    serve: Annotated[bool, typer.Option(help="Only serve the news world, to look at.")] = False,
    clear: Annotated[bool, typer.Option(help="Remove what earlier demos left here.")] = False,
    port: Annotated[int, typer.Option(min=1024, max=65000, help="The first port.")] = 18801,
) -> None:
    """Crawl the embedded news world on loopback, build the dataset, and show what came out."""
    home: Home = context.obj
    if clear:
        _clear_demo(home)
        return
    with home.lock():
        if home.archive.exists() and any(home.archive.iterdir()) and not home.demo_mark.exists():
            raise UsageError(f"{home.root}: holds a live archive; give the demo its own --home")
        home.demo_mark.write_text(str(port))
        _demo(home, port, serve)


@evaluate_app.command("extraction")
def evaluate_extraction_command(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="html/<id>.html.gz and ground-truth.json.")],
    json: Json = False,
) -> None:
    """Score the extracted text beside trafilatura's, as it is shipped: F1 of 4-gram shingles."""
    from pipeline.evaluate import as_shipped, ours, read_pages, score
    from pipeline.reading.rules import load_rules

    pages = list(read_pages(folder))
    ways = {"Tocsin": ours(load_rules(context.obj.data)), "trafilatura": as_shipped}
    with _watching(f"reading {len(pages)} pages twice"):
        scores = {name: score([(p.text, way(p)) for p in pages]) for name, way in ways.items()}
    if json:
        _print_json({name: asdict(found) for name, found in scores.items()})
        return
    rows = [
        (name, *(f"{part:.3f}" for part in (s.f1, s.low, s.high, s.precision, s.recall)))
        for name, s in scores.items()
    ]
    columns = ["extractor", "F1", "from", "to", "precision", "recall"]
    _print_table(f"{len(pages)} pages; from, to: 95 % of resampled sets", columns, rows)


@evaluate_app.command("tags")
def evaluate_tags_command(
    context: typer.Context,
    gold: Annotated[list[Path], typer.Argument(help="Items that people coded, JSON lines.")],
    errors: Annotated[bool, typer.Option(help="Also every difference, with its evidence.")] = False,
    json: Json = False,
) -> None:
    """Score the taggers against items that people coded by the codebook."""
    from pipeline.coding import load_coder
    from pipeline.scoring import measures, read_items

    items = [item for path in gold for item in read_items(path)]
    found, misses = measures(items, load_coder(context.obj.data))
    if json:
        told = {"measures": [asdict(m) for m in found]}
        _print_json(told | ({"errors": [asdict(m) for m in misses]} if errors else {}))
        return
    columns = ["measure", "F1 or accuracy", "from", "to", "precision", "recall", "n"]
    parts = [(m.value, m.low, m.high, m.precision, m.recall) for m in found]
    rows = [
        (m.name, *("" if part is None else f"{part:.3f}" for part in row), m.number)
        for m, row in zip(found, parts, strict=True)
    ]
    _print_table(f"{len(items)} items; from, to: 95 % of resampled sets", columns, rows)
    if errors:
        columns = ["item", "measure", "people", "Tocsin", "evidence"]
        _print_table("Where they differ", columns, [tuple(asdict(m).values()) for m in misses])


@app.command("tag")
def tag_command(
    context: typer.Context,
    file: Annotated[typer.FileText, typer.Argument(help="A text, its title in the first line; -.")],
    jsonl: Annotated[bool, typer.Option(help="Items {id, title, text}, one a line.")] = False,
    json: Json = False,
) -> None:
    """Show one text with its tags and their evidence, or code many as the codebook's items."""
    from pipeline.coding import load_coder
    from reports.coded import legend, shown_text, tag_rows

    code = load_coder(context.obj.data)
    if jsonl:
        for number, line in enumerate(file, 1):
            name, title, text = _item(file.name, number, line)
            _print_json(code(name, title, text).full(), indent=None)
        return
    title, _, text = file.read().partition("\n")
    coded = code(file.name, title.strip(), text.strip())
    if json:
        _print_json(coded.full())
        return
    out.print(shown_text(coded), legend(), sep="\n\n", soft_wrap=True)
    told = "relevant" if coded.relevant else "not relevant"
    columns = ["tagger", "label", "of", "rule", "evidence"]
    _print_table(f"{told}: {coded.relevance:.2f}", columns, tag_rows(coded))


def main() -> None:
    """Run the command line; every error on purpose is one line and its own exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.umask(0o027)  # what Tocsin writes is for its owner and group
    try:
        app()
    except TocsinError as error:
        err.print(f"tocsin: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(error.exit_code)


def _item(file: str, number: int, line: str) -> tuple[str, str, str]:
    """(id, title, text) of a line of items."""
    try:
        item = json.loads(line)
        return str(item["id"]), str(item.get("title") or ""), str(item["text"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{file}: line {number}: no item with id and text: {error}") from error


# ---- the steps -----------------------------------------------------------------------------


def _registry(home: Home) -> list[Source]:
    """The registry that goes with a home: its own, the checkout's, or the demo's."""
    if home.demo_mark.exists():
        from crawler.demo import load_world

        port = int(home.demo_mark.read_text())
        return load_world(home.data("demo"), 1, port).sources()
    return load_sources(home.data("sources"))


def _crawl(home: Home, sources: Sequence[Source], order: "Order") -> "Report":
    from crawler.run import crawl

    with _watching("crawling") as watch:
        return crawl(home, sources, order, watch)


def _dry_run(home: Home, sources: Sequence[Source], order: "Order", as_json: bool) -> None:
    """Show how many documents and pages of each source are due."""
    from crawler.order import due_counts

    rows = due_counts(home, sources, order)
    if as_json:
        _print_json([{"source": s, "kind": kind, "due": n} for s, kind, n in rows])
    else:
        _print_table("Due now; nothing was fetched", ["source", "kind", "due"], rows)


def _chosen(sources: Sequence[Source], ids: Sequence[str]) -> list[Source]:
    """The enabled sources, or those named; a disabled one is refused with its reason."""
    known = {source.id: source for source in sources}
    for name in ids:
        if name not in known:
            raise UsageError(f"--source {name}: no such source; see 'tocsin sources'")
        if known[name].status == "disabled":
            raise UsageError(f"--source {name}: disabled: {known[name].reason}")
    return [known[name] for name in ids] or [s for s in sources if s.status == "enabled"]


def _engine(name: str, scheduler: str) -> "Engine":
    """What does a build's jobs: processes of this machine, or a Dask cluster."""
    if name == "pool" and scheduler:
        raise UsageError("--scheduler needs --engine dask")
    if name == "pool":
        from pipeline.engine import pool

        return pool
    try:
        from pipeline.cluster import cluster_at, local_cluster
    except ModuleNotFoundError as error:
        told = "--engine dask needs the extra: pip install 'tocsin[cluster]'"
        raise UsageError(told) from error
    return partial(cluster_at, scheduler) if scheduler else local_cluster


def _build(home: Home, workers: int, engine: str = "pool", scheduler: str = "") -> dict[str, Any]:
    from pipeline.build import build

    made_by = _engine(engine, scheduler)
    views = sorted((CHECKOUT / "reports" / "views").glob("*.sql"))
    with _watching("building"):
        built = build(home, _registry(home), views, workers, made_by)
    return {"extracted": built.extracted, "tagged": built.tagged, "published": built.published}


def _check(home: Home) -> dict[str, int]:
    from reports.database import run_checks

    return run_checks(home.database, CHECKOUT / "reports" / "checks")


def _after_crawl(home: Home, workers: int) -> dict[str, Any]:
    """Build, check and export; returns what came of it."""
    from reports.export import export

    built = _build(home, workers)
    faults = _check(home)
    exported = export(home.database, home.out)
    failing = [name for name, rows in faults.items() if rows]
    return {**built, "failing_checks": failing, "exported": exported}


def _demo(home: Home, port: int, serve_only: bool) -> None:
    from crawler.demo import load_world, serve
    from crawler.order import make_order
    from reports.demo import demo_tables

    edition = 2 if any(home.archive.glob("*.warc.gz")) else 1
    world = load_world(home.data("demo"), edition, port)
    with serve(world):
        if serve_only:
            for site in world.sites:
                out.print(f"{site.home}/  {site.name}")
            out.print("Ctrl-C ends it.")
            signal.pause()
        sources = world.sources()
        order = make_order(home, sources, datetime.now(UTC))
        facts = _crawl(home, sources, order).facts()
    facts |= _after_crawl(home, 2)
    for title, columns, rows in demo_tables(home.database, world):
        _print_table(title, columns, rows)
    _print_facts("Run", facts, as_json=False)
    for label, path in (
        ("archive", home.archive),
        ("database", home.database),
        ("exports", home.out),
    ):
        out.print(f"{label:9} {path}", soft_wrap=True)
    out.print('\nAsk it: tocsin query "SELECT * FROM theme_month"; again: tocsin demo')
    if facts["failing_checks"]:
        raise typer.Exit(1)


def _clear_demo(home: Home) -> None:
    if not home.demo_mark.exists():
        raise UsageError(f"{home.root}: holds no demo")
    with home.lock():
        for path in (home.archive, home.build, home.out):
            shutil.rmtree(path, ignore_errors=True)
        for path in (*home.frontier.parent.glob("frontier.sqlite*"), home.database):
            path.unlink(missing_ok=True)
        home.demo_mark.unlink()


# ---- printing ------------------------------------------------------------------------------


@contextmanager
def _watching(doing: str) -> Iterator[Callable[[str], None]]:
    """A live count of outcomes on a terminal; nothing elsewhere."""
    counts: dict[str, int] = {}
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(doing)

        def watch(outcome: str) -> None:
            counts[outcome] = counts.get(outcome, 0) + 1
            told = ", ".join(f"{n} {name}" for name, n in counts.items())
            progress.update(task, description=f"{doing}: {told}")

        yield watch


def _print_facts(title: str, facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        _print_json(facts)
    else:
        told = [f"{name.replace('_', ' ')} {_plain(value)}" for name, value in facts.items()]
        out.print(f"{title}: {', '.join(told)}", markup=False, soft_wrap=True)


def _print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    table = Table(title=title or None, title_justify="left", title_style="bold", box=None)
    for number, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(r[number], int | float) for r in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    out.print(table, markup=False)
    if title:
        out.print()


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {number}" for key, number in value.items()) or "none"
    return "" if value is None else str(value)


def _print_json(value: object, indent: int | None = 1) -> None:
    sys.stdout.write(json.dumps(value, default=str, ensure_ascii=False, indent=indent) + os.linesep)


if __name__ == "__main__":
    main()
