"""The house's laws on imports: floors, doors, and no circles."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from crawler.home import CHECKOUT

ROOMS = ("crawler", "pipeline", "reports")
MODULES = sorted(
    path
    for path in [CHECKOUT / "tocsin.py", *CHECKOUT.glob("*/**/*.py")]
    if path.relative_to(CHECKOUT).parts[0] in (*ROOMS, "tocsin.py")
)
FROM_BELOW = {"archive", "sources", "candidates", "errors", "home", "urls"}
FROM_BELOW |= {"suppression", "forgetting", "rewriting"}  # what is decided, and done about it
ALLOWED = {"crawler": {"crawler"}, "pipeline": {"crawler", "pipeline"}, "reports": set(ROOMS)}
DOORS = {
    "trafilatura": {"pipeline.extract", "pipeline.evaluate"},  # there as the peer
    "fastwarc": {"crawler.archive"},
    "warcio": set(),  # the second reader of our archive, and a peer: for tests only
    "scrapy": {"crawler"},
    "twisted": {"crawler"},
    "sqlite3": {"crawler.frontier", "pipeline.search_index", "reports.search"},
    "duckdb": {"pipeline.store", "reports"},
    "distributed": {"pipeline.cluster"},
    "dask": {"pipeline.cluster"},
    "typer": {"tocsin"},
}


def name_of(path: Path) -> str:
    parts = path.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, at its top or within a function."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield str(node.module)
            known = {name_of(module) for module in MODULES}
            yield from (n for a in node.names if (n := f"{node.module}.{a.name}") in known)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_only_run_downwards(path: Path) -> None:
    room = name_of(path).split(".")[0]
    for imported in imports(path):
        top, _, rest = imported.partition(".")
        if top not in ROOMS or room == "tocsin":
            continue
        assert top in ALLOWED[room], f"{room} may not import {imported}"
        if top == "crawler" and room == "pipeline" and rest:
            assert rest.split(".")[0] in FROM_BELOW, f"pipeline may not import {imported}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_each_library_has_one_door(path: Path) -> None:
    name = name_of(path)
    for imported in imports(path):
        doors = DOORS.get(imported.split(".")[0])
        assert doors is None or any(
            name == door or name.startswith(f"{door}.") for door in doors
        ), f"{name} may not import {imported}"


def test_no_module_imports_itself_by_a_detour() -> None:
    known = {name_of(path) for path in MODULES}
    graph = {name_of(path): {n for n in imports(path) if n in known} for path in MODULES}
    packages = {name for name in known if any(other.startswith(f"{name}.") for other in known)}
    inner = {name: uses - packages for name, uses in graph.items() if name not in packages}
    TopologicalSorter(inner).prepare()


def test_build_never_loads_twisted() -> None:
    script = "import sys, pipeline.build; sys.exit('twisted' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT).returncode == 0


def test_nobody_prints_but_the_front_door() -> None:
    printing = [
        name_of(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]
    assert printing == []
