"""The front door: the command line, nothing else. Work is elsewhere, and imported late."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from crawler.errors import TocsinError, UsageError
from crawler.home import CHECKOUT, Home
from crawler.sources import Source, load_sources

DEGRADED = 3
app = typer.Typer(
    help="Watches local news for how children's services perform, and makes a dataset of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
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
    context: typer.Context, source: SourceIds = None, limit: Limit = 20_000, json: Json = False
) -> None:
    """Fetch what is due of the enabled sources into the archive."""
    with context.obj.lock():
        report = _crawl(context.obj, source or [], limit)
    _print_facts("Crawled", report, json)
    raise typer.Exit(_exit_code(report))


@app.command("build")
def build_command(context: typer.Context, workers: Workers = 2, json: Json = False) -> None:
    """Bring the database up to date with the archive, the code and the data files."""
    with context.obj.lock():
        facts = _build(context.obj, workers)
    _print_facts("Built", facts, json)


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
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV (RFC 4180).")] = False,
    json: Json = False,
) -> None:
    """Ask the published database; read-only, without files or network."""
    from reports.database import query
    from reports.export import write_csv

    columns, rows = query(context.obj.database, sql)
    if csv:
        write_csv(columns, rows, sys.stdout)
    elif json:
        _print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        _print_table("", columns, rows)


@app.command("sources")
def sources_command(
    context: typer.Context,
    status: Annotated[str, typer.Option(help="enabled, candidate or disabled.")] = "",
    medium: Annotated[str, typer.Option(help="local-newspaper, blog, official …")] = "",
    publisher: Annotated[str, typer.Option(help="Part of the publisher's name.")] = "",
    authority: Annotated[str, typer.Option(help="GSS code of an authority it serves.")] = "",
    find: Annotated[str, typer.Option(help="Part of the id or name.")] = "",
    json: Json = False,
) -> None:
    """Show the source registry, whole or filtered."""
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
        report = _crawl(context.obj, source or [], limit)
        facts = report if report["stopped"] else _after_crawl(context.obj, report, workers)
    _print_facts("Run", facts, json)
    raise typer.Exit(1 if facts.get("failing_checks") else _exit_code(report))


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


def main() -> None:
    """Run the command line; every error on purpose is one line and its own exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        app()
    except TocsinError as error:
        err.print(f"tocsin: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(error.exit_code)


# ---- the steps -----------------------------------------------------------------------------


def _registry(home: Home) -> list[Source]:
    """The registry that goes with a home: its own, the checkout's, or the demo's."""
    if home.demo_mark.exists():
        from crawler.demo import load_world

        port = int(home.demo_mark.read_text())
        return load_world(home.data("demo"), 1, port).sources()
    return load_sources(home.data("sources"))


def _crawl(home: Home, ids: Sequence[str], limit: int) -> dict[str, Any]:
    from crawler.config import contact_of, load_config
    from crawler.run import Order, crawl

    sources = _chosen(_registry(home), ids)
    live = not home.demo_mark.exists()
    contact = contact_of(load_config(home)) if live else "demo on loopback"
    with _watching("crawling") as watch:
        report = crawl(home, sources, Order(datetime.now(UTC), contact, limit), watch)
    return {
        "run": report.run_id,
        **report.outcomes,
        "silent_sources": report.silent_sources,
        "degraded": report.degraded,
        "stopped": report.stopped,
    }


def _chosen(sources: Sequence[Source], ids: Sequence[str]) -> list[Source]:
    """The enabled sources, or those named; a disabled one is refused with its reason."""
    known = {source.id: source for source in sources}
    for name in ids:
        if name not in known:
            raise UsageError(f"--source {name}: no such source; see 'tocsin sources'")
        if known[name].status == "disabled":
            raise UsageError(f"--source {name}: disabled: {known[name].reason}")
    return [known[name] for name in ids] or [s for s in sources if s.status == "enabled"]


def _build(home: Home, workers: int) -> dict[str, Any]:
    from pipeline.build import build

    views = sorted((CHECKOUT / "reports" / "views").glob("*.sql"))
    with _watching("building"):
        built = build(home, _registry(home), views, workers)
    return {"extracted": built.extracted, "tagged": built.tagged, "published": built.published}


def _check(home: Home) -> dict[str, int]:
    from reports.database import run_checks

    return run_checks(home.database, CHECKOUT / "reports" / "checks")


def _after_crawl(home: Home, report: dict[str, Any], workers: int) -> dict[str, Any]:
    """Build, check and export; returns all facts."""
    from reports.export import export

    built = _build(home, workers)
    faults = _check(home)
    exported = export(home.database, home.out)
    failing = [name for name, rows in faults.items() if rows]
    return {**report, **built, "failing_checks": failing, "exported": exported}


def _demo(home: Home, port: int, serve_only: bool) -> None:
    from crawler.demo import load_world, serve
    from reports.demo import demo_tables

    edition = 2 if any(home.archive.glob("*.warc.gz")) else 1
    world = load_world(home.data("demo"), edition, port)
    with serve(world):
        if serve_only:
            for site in world.sites:
                out.print(f"{site.home}/  {site.name}")
            out.print("Ctrl-C ends it.")
            signal.pause()
        report = _crawl(home, [], 20_000)
    facts = _after_crawl(home, report, 2)
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


def _exit_code(report: dict[str, Any]) -> int:
    if report["stopped"]:
        return 128 + signal.SIGTERM
    return DEGRADED if report["degraded"] else 0


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
        return ", ".join(f"{key} {number}" for key, number in value.items())
    return "" if value is None else str(value)


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, default=str, ensure_ascii=False, indent=1) + os.linesep)


if __name__ == "__main__":
    main()
