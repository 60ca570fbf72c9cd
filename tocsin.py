"""The front door: the command line, nothing else. Work is elsewhere, and imported late."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
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
    from reports.dataset import Dataset
    from reports.digest.make import Made
    from reports.rehydrate import Wanted

DEGRADED = 3
SMTP_VARIABLE = "TOCSIN_SMTP_PASSWORD"  # rather than in a file that is shared
VIEWS = CHECKOUT / "reports" / "views"
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
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV (RFC 4180).")]
SourceIds = Annotated[
    list[str] | None, typer.Option("--source", help="Only this source (may be repeated).")
]
Limit = Annotated[int, typer.Option(min=1, help="At most this many requests.")]
ProfileId = Annotated[
    str, typer.Option("--profile", help="open, research (with text) or journalist.")
]
Reason = Annotated[str, typer.Option(help="Why, in words that name nobody.")]
By = Annotated[str, typer.Option(envvar=["TOCSIN_BY", "USER"], help="Who decides it.")]
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
def export_command(
    context: typer.Context,
    profile: ProfileId = "open",
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="A folder for it; else reports/out/<profile>.")
    ] = None,
    json: Json = False,
) -> None:
    """Write the dataset for one kind of reader: CSV, Parquet, JSON lines, and what they mean."""
    from reports.export import export
    from reports.release import check_decided

    check_decided(context.obj)
    _print_facts("Rows exported", export(context.obj, profile, out_folder), json)
    if not json:
        out.print(str(out_folder or context.obj.out / profile), soft_wrap=True)


@app.command("report")
def report_command(context: typer.Context, json: Json = False) -> None:
    """Write the report: pages to read offline, of what the database says."""
    from reports.release import check_decided
    from reports.site.write import write_site

    with context.obj.lock():
        check_decided(context.obj)
        facts = write_site(context.obj)
    _print_facts("Report", facts, json)
    if not json:
        out.print(str(context.obj.out / "site" / "index.html"), soft_wrap=True)


@app.command("digest")
def digest_command(
    context: typer.Context,
    authority: Annotated[
        list[str] | None, typer.Option(help="About this authority; or another. Name or GSS code.")
    ] = None,
    theme: Annotated[list[str] | None, typer.Option(help="Of this theme; or of another.")] = None,
    since: Annotated[
        str, typer.Option(help="All since this day or time, told before or not: YYYY-MM-DD.")
    ] = "",
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="A folder for it; else reports/out/digest.")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Mail it to whom tocsin.toml says.")] = False,
    json: Json = False,
) -> None:
    """Write what is new since the last digest: Markdown, an HTML mail, an Atom feed."""
    from reports.digest.edition import parse_since
    from reports.digest.make import Wish, digests
    from reports.release import check_decided

    password = os.environ.get(SMTP_VARIABLE, "")
    now, first = datetime.now(UTC), parse_since(since)
    wish = Wish(now, send=send, password=password, since=first, out=out_folder)
    with context.obj.lock():
        check_decided(context.obj)
        made = digests(context.obj, authority or [], theme or [], wish)
    if json:
        _print_json([asdict(one) for one in made])
    for one in made if not json else ():
        out.print(one.line, markup=False, soft_wrap=True)
    raise typer.Exit(DEGRADED if _failed_digests(made) else 0)


@app.command("release")
def release_command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits, '.', '_' and '-'.")],
    profile: ProfileId = "open",
    verify: Annotated[bool, typer.Option("--verify", help="Only check its files' hashes.")] = False,
    json: Json = False,
) -> None:
    """Freeze an export under a name in data/releases/, or check that one is as it was."""
    from reports.release import check_decided, release, verify_release

    if verify:
        verdict = verify_release(context.obj, name)
        told = "As it was written" if verdict.good else "Not as it was written"
        _print_facts(told, asdict(verdict), json)
        raise typer.Exit(0 if verdict.good else 1)
    with context.obj.lock():
        check_decided(context.obj)
        rows = release(context.obj, name, profile)
    _print_facts("Rows released", rows, json)
    if not json:
        out.print(str(context.obj.releases / name), soft_wrap=True)


@app.command("rehydrate")
def rehydrate_command(
    context: typer.Context,
    export: Annotated[Path, typer.Argument(help="An open export's folder, or its articles.")],
    limit: Limit = 20_000,
    workers: Workers = 2,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="A folder for it; else reports/out/rehydrated.")
    ] = None,
    json: Json = False,
) -> None:
    """Fetch the texts of an open export again, keep those that are the same, tell of the others."""
    from reports.rehydrate import entitled, read_wanted

    wanted = read_wanted(export)
    entitled(context.obj)  # refused at once, before anything is fetched
    with context.obj.lock():
        facts, code = _rehydrate(context.obj, wanted, limit, workers, out_folder)
    _print_facts("Rehydrated", facts, json)
    if not json:
        out.print(str(out_folder or context.obj.out / "rehydrated"), soft_wrap=True)
    raise typer.Exit(code)


@app.command("suppress")
def suppress_command(
    context: typer.Context,
    urls: Annotated[list[str] | None, typer.Argument(help="Addresses of pages.")] = None,
    author: Annotated[
        list[str] | None, typer.Option(help="A name as pages give it, or a pseudonym.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="The author's source; else wherever the name stands.")
    ] = None,
    story: Annotated[str, typer.Option(help="All pages of this story.")] = "",
    retention: Annotated[
        bool, typer.Option("--retention", help="Take out what sources may keep no longer.")
    ] = False,
    lift: Annotated[bool, typer.Option("--lift", help="Let them be fetched again.")] = False,
    reason: Reason = "",
    by: By = "unknown",
    dry_run: Annotated[bool, typer.Option(help="Say what would go; take nothing out.")] = False,
    workers: Workers = 2,
    json: Json = False,
) -> None:
    """Take pages, an author or a story out of everything, for good; only a hash is kept."""
    from crawler.suppression import record, tombstones
    from reports.deciding import author_tombs, lifting, page_tombs, repeating, story_urls

    home: Home = context.obj
    now = datetime.now(UTC)
    with home.lock():
        known = _registry(home)
        pages = [*(urls or []), *(story_urls(home.database, story) if story else [])]
        asked = page_tombs(home, known, pages) + author_tombs(
            home, known, author or [], source or []
        )
        if not (asked or retention):
            raise UsageError("suppress: name a page, an --author or a --story")
        if not reason and not (retention or dry_run):
            raise UsageError("suppress: say why: --reason")
        told = (reason, _stamp(now), by)
        if lift:
            record(home, lifting(home, asked, *told))
            facts: dict[str, Any] = {"lifted": len(asked)}
        else:
            others = repeating(home.database, pages)
            facts = _suppress(home, asked, told, now if retention else None, dry_run, workers)
            tombs = tombstones(home)
            facts["others_that_repeat_it"] = [url for url in others if not tombs.page(url)]
    _print_facts("Would go" if dry_run else "Lifted" if lift else "Suppressed", facts, json)
    raise typer.Exit(1 if facts.get("failing_checks") else 0)


@app.command("held")
def held_command(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="At most so many: on topic, then new.")] = 50,
    json: Json = False,
) -> None:
    """Show the articles that stay out of public exports until a person has cleared them."""
    from reports.deciding import COLUMNS, held_rows

    number, rows = held_rows(context.obj.database, limit)
    if json:
        _print_json([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    else:
        told = (
            f"{number} held" if number == len(rows) else f"{number} held, {len(rows)} of them here"
        )
        _print_table(told, COLUMNS, rows)


@app.command("clear")
def clear_command(
    context: typer.Context,
    articles: Annotated[list[str], typer.Argument(help="Ids, or URLs: of each the newest text.")],
    reason: Reason = "",
    by: By = "unknown",
    undo: Annotated[bool, typer.Option("--undo", help="Hold them again.")] = False,
    json: Json = False,
) -> None:
    """Let held articles into public exports, in your name; in force from the next build."""
    from crawler.suppression import record
    from reports.deciding import clearing

    if not reason:
        raise UsageError("clear: say why: --reason")
    home: Home = context.obj
    with home.lock():
        made = clearing(home, articles, reason, _stamp(datetime.now(UTC)), by, undo=undo)
        record(home, made)
    _print_facts("Held again" if undo else "Cleared", {"articles": len(made)}, json)


@app.command("query")
def query_command(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="A SELECT; or the name of a view or table.")] = "",
    names: Annotated[
        bool, typer.Option("--list", help="Show every view and table, and what is in it.")
    ] = False,
    where: Annotated[str, typer.Option(help="Of a view, only rows for which this SQL holds.")] = "",
    order: Annotated[str, typer.Option(help="Of a view: by what its rows are sorted.")] = "",
    limit: Annotated[int | None, typer.Option(min=0, help="Of a view: this many rows.")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="Stop a query that takes longer.")] = 60,
    public: Annotated[
        bool, typer.Option("--public", help="As if there were no held articles: see 'tocsin held'.")
    ] = False,
    csv: Csv = False,
    json: Json = False,
    parquet: Annotated[Path | None, typer.Option(help="Write Parquet into this file.")] = None,
    file: Annotated[
        Path | None, typer.Option("--out", help="Write into this file: .csv, .json or .parquet.")
    ] = None,
) -> None:
    """Ask the published database; read-only, without files or network."""
    from reports.asking import Ask, listing, rows_within, write_answer

    if names or not what:
        _print_rows(*listing(context.obj.database), csv, json)
        return
    ask, to = Ask(what, where, order, limit, public), file or parquet
    if to:
        rows = write_answer(context.obj.database, ask, seconds, to, "parquet" if parquet else "")
        _print_facts(str(to), {"rows": rows}, json)
    else:
        _print_rows(*rows_within(context.obj.database, ask, seconds), csv, json)


@app.command("chart")
def chart_command(
    context: typer.Context,
    view: Annotated[str, typer.Argument(help="A view: theme_month, who_speaks …")],
    where: Annotated[str, typer.Option(help="Only rows for which this SQL holds.")] = "",
    x: Annotated[str, typer.Option(help="The column along which it is drawn.")] = "",
    y: Annotated[str, typer.Option(help="The column of numbers; 'rows' counts them.")] = "",
    by: Annotated[str, typer.Option(help="A line or a colour for each value of this column.")] = "",
    kind: Annotated[Literal["auto", "line", "bar"], typer.Option(help="What is drawn.")] = "auto",
    title: Annotated[str, typer.Option(help="Else one is made.")] = "",
    file: Annotated[
        Path | None, typer.Option("--out", help="A .png or .svg; else both: reports/out/charts.")
    ] = None,
    width: Annotated[float, typer.Option(help="In mm: a column of a journal has 85.")] = 170.0,
    dpi: Annotated[int, typer.Option(help="Dots an inch, of a PNG.")] = 300,
    public: Annotated[
        bool, typer.Option("--public/--all", help="Without held articles, or with them.")
    ] = True,
) -> None:
    """Draw a view for a paper, with title, caption, source, n and dates in the picture."""
    from reports.figures.make import Paper, view_of, write_figure
    from reports.figures.rows import Wish

    wish = Wish(view_of(view), where, x, y, by, "" if kind == "auto" else kind, public)
    for path in write_figure(context.obj, wish, Paper(title, width, dpi), file):
        out.print(str(path), markup=False, soft_wrap=True)


@app.command("search")
def search_command(
    context: typer.Context,
    words: Annotated[
        list[str], typer.Argument(help='Words, "a phrase", begin*, AND, OR, NOT, parentheses.')
    ],
    theme: Annotated[list[str] | None, typer.Option(help="Of this theme; or of another.")] = None,
    authority: Annotated[
        list[str] | None, typer.Option(help="About this authority; or another. Name or GSS code.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="From this source; or another. Name or id.")
    ] = None,
    since: Annotated[str, typer.Option(help="First day: YYYY, YYYY-MM or YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option(help="Last day, which is included.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is not about children's services.")
    ] = False,
    revisions: Annotated[bool, typer.Option(help="Also texts that were edited since.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 20,
    csv: Csv = False,
    json: Json = False,
) -> None:
    """Search titles and texts, best first, with what was found in colour."""
    from reports import hits
    from reports.search import search_in

    found = search_in(
        context.obj.database,
        " ".join(words),
        limit,
        themes=theme,
        authority=authority,
        source=source,
        since=since,
        until=until,
        relevant=None if everything else True,
        revisions=revisions,
    )
    if json:
        _print_json(hits.facts(found))
    elif csv:
        _print_rows(hits.COLUMNS, hits.rows(found), csv=True, as_json=False)
    else:
        out.print(hits.shown(found))


@app.command("schema")
def schema_command(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help="A table or view; without it, all in brief.")] = "",
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a page of Markdown.")
    ] = False,
    json: Json = False,
) -> None:
    """Print what the dataset's tables, views and columns hold."""
    from reports.schema import dictionary, markdown, only

    known = dictionary(context.obj.database, sorted(VIEWS.glob("*.sql")))
    chosen = [only(known, table)] if table else known
    if json:
        _print_json([asdict(relation) for relation in chosen])
    elif as_markdown:
        sys.stdout.write(markdown(chosen))
    elif table:
        columns = [(c.name, c.type, c.holds) for c in chosen[0].columns]
        _print_table(chosen[0].title, ["column", "type", "holds"], columns)
    else:
        rows = [(r.name, r.kind, ", ".join(r.key), r.what) for r in chosen]
        _print_table("", ["name", "is a", "one row for each", "what"], rows)


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
    """What cron calls: crawl, build, check, export, report, digest; one lock, one exit code."""
    with context.obj.lock():
        from crawler.order import make_order  # later than the lock: a refused start is at once

        sources = _chosen(_registry(context.obj), source or [])
        order = make_order(context.obj, sources, datetime.now(UTC), limit)
        report = _crawl(context.obj, sources, order)
        facts = report.facts()
        if not report.stopped:
            facts |= _after_crawl(context.obj, workers, datetime.now(UTC))
            facts |= _digest(context.obj, tell=not facts["failing_checks"])
    _print_facts("Run", facts, json)
    degraded = DEGRADED if facts.get("failed_digests") or facts.get("failed_report") else 0
    raise typer.Exit(1 if facts.get("failing_checks") else report.exit_code or degraded)


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


@app.command("codebook")
def codebook_command(
    context: typer.Context,
    theme: Annotated[str, typer.Option(help="Only this theme: care, referrals …")] = "",
    json: Json = False,
) -> None:
    """Print the codebook that the taggers go by, to read: Markdown, also for a file."""
    from reports.codebook import codebook, only, page

    book = codebook(context.obj)
    book = only(book, theme) if theme else book
    if json:
        _print_json(asdict(book))
    else:
        out.print(page(book), markup=False, soft_wrap=True, end="")


def open(path: str | Path | None = None) -> "Dataset":
    """The published dataset, for Python: `tocsin.open().articles(themes="referrals")`.

    `path` is a database, or the home that holds one; without it, TOCSIN_HOME or this checkout,
    as on the command line. See docs/python.ipynb.

    Raises:
        UsageError: there is no database yet.
        StorageError: it is damaged.
    """
    from reports.dataset import Dataset

    given = Path(path or os.environ.get("TOCSIN_HOME") or CHECKOUT).expanduser().resolve()
    return Dataset(Home(given).database if given.is_dir() or path is None else given)


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


def _build(
    home: Home,
    workers: int,
    engine: str = "pool",
    scheduler: str = "",
    now: datetime | None = None,
) -> dict[str, Any]:
    """Build, and withdraw from releases what is suppressed."""
    from pipeline.build import build
    from reports.release import withdraw

    made_by = _engine(engine, scheduler)
    views = sorted(VIEWS.glob("*.sql"))
    with _watching("building"):
        built = build(home, _registry(home), views, workers, made_by, now)
    if home.decisions.exists():
        withdraw(home, (), datetime.now(UTC).date())
    facts = {"extracted": built.extracted, "tagged": built.tagged, "published": built.published}
    return facts | (built.forgotten.facts() if built.forgotten.files else {})


def _suppress(
    home: Home,
    asked: Sequence[tuple[str, str]],
    told: tuple[str, str, str],
    now: datetime | None,
    dry_run: bool,
    workers: int,
) -> dict[str, Any]:
    """Decide it, and have it done: out of the store by a build, out of the releases after it."""
    from crawler.suppression import decide, record
    from pipeline.build import rehearse
    from reports.digest.make import forget_unnamed
    from reports.site.write import remove_site

    decisions = decide(home, asked, *told)
    if dry_run:
        return rehearse(home, _registry(home), decisions, now).facts()
    record(home, decisions)
    forget_unnamed(home)
    remove_site(home)
    facts = _after_crawl(home, workers, now) | _digest(home, tell=False)
    return {"decisions": len(decisions)} | facts


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _check(home: Home) -> dict[str, int]:
    from reports.database import run_checks

    return run_checks(home.database, CHECKOUT / "reports" / "checks")


def _after_crawl(home: Home, workers: int, now: datetime | None = None) -> dict[str, Any]:
    """Build, check, export and report; returns what came of it."""
    from reports.export import export

    built = _build(home, workers, now=now)
    faults = _check(home)
    exported = export(home)
    failing = [name for name, rows in faults.items() if rows]
    facts = {**built, "failing_checks": failing, "exported": exported}
    return facts if failing else facts | _report(home, bool(built["published"]))


def _report(home: Home, anew: bool) -> dict[str, Any]:
    """Write the report, unless it is there and nothing is new; of one that fails, the old stays."""
    from crawler.config import load_config
    from reports.site.write import has_site, write_site

    if not load_config(home).report or (has_site(home) and not anew):
        return {}
    try:
        return {"report_pages": write_site(home)["pages"]}
    except TocsinError as error:
        err.print(f"tocsin: report: {error}", style="red", markup=False, soft_wrap=True)
        return {"failed_report": True}


def _digest(home: Home, tell: bool = True) -> dict[str, Any]:
    """Make the digests that are configured and due; without `tell`, write the last ones again.

    Why one failed is told, and the run stands.
    """
    from reports.digest.make import Wish, configured_digests

    password = os.environ.get(SMTP_VARIABLE, "")
    wish = Wish(datetime.now(UTC), tell=tell, due=True, send=tell, password=password)
    try:
        made = configured_digests(home, wish)
    except TocsinError as error:
        err.print(f"tocsin: {error}", style="red", markup=False, soft_wrap=True)
        return {"failed_digests": ["all"]}
    failed = _failed_digests(made)
    if not (made and tell):
        return {}
    return {"digests": {one.name: one.stories for one in made}, "failed_digests": failed}


def _failed_digests(made: "Sequence[Made]") -> list[str]:
    """The names of those that not all got to whom they were sent, of which it tells why."""
    failed = [one for one in made if one.problem]
    for one in failed:
        err.print(f"tocsin: {one.name}: {one.problem}", style="red", markup=False, soft_wrap=True)
    return [one.name for one in failed]


def _rehydrate(
    home: Home, wanted: "Sequence[Wanted]", limit: int, workers: int, to: Path | None
) -> tuple[dict[str, int], int]:
    """Ask for what is lacking, build, write what came; (how many of each outcome, exit code)."""
    from crawler.order import make_order
    from crawler.rehydrate import asking
    from reports.rehydrate import lacking, rehydrated

    sources = _chosen(_registry(home), [])
    asked = asking(home, [one.url for one in lacking(home, wanted)], sources)
    run_id, code = "", 0
    if asked.urls:
        order = make_order(home, sources, datetime.now(UTC), limit)
        report = _crawl(home, sources, replace(order, urls=asked.urls))
        run_id, code = report.run_id, report.exit_code
    _build(home, workers)
    return rehydrated(home, wanted, asked, run_id, to), code


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
        ("report", home.out / "site" / "index.html"),
    ):
        out.print(f"{label:9} {path}", soft_wrap=True)
    out.print('\nAsk it: tocsin query "SELECT * FROM theme_month"; again: tocsin demo')
    if facts["failing_checks"]:
        raise typer.Exit(1)


def _clear_demo(home: Home) -> None:
    if not home.demo_mark.exists():
        raise UsageError(f"{home.root}: holds no demo")
    with home.lock():
        for path in (home.archive, home.build, home.out, home.releases):
            shutil.rmtree(path, ignore_errors=True)
        beside = home.database.parent
        for path in (*beside.glob("frontier.sqlite*"), *beside.glob("tocsin.search.sqlite*")):
            path.unlink(missing_ok=True)
        home.database.unlink(missing_ok=True)
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


def _print_rows(
    columns: Sequence[str], rows: Sequence[tuple[object, ...]], csv: bool, as_json: bool
) -> None:
    from reports.asking import write_json
    from reports.formats import write_csv

    if csv:
        write_csv(columns, rows, sys.stdout)
    elif as_json:
        write_json(columns, rows, sys.stdout)
    else:
        _print_table("", columns, rows)


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
