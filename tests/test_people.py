"""Bylines name people: no roles, desks, agencies, handles; each once and as people write it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reading.people import name_key, people

HOUSES = {name_key("Dale Echo"), name_key("Wharfe Papers Limited"), name_key("Kin & Care Trade")}


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Ann Lee", ["Ann Lee"]),
        ("By Ann Lee and Tom Birkett", ["Ann Lee", "Tom Birkett"]),
        ("By: Ann Lee, Tom Birkett; Zoë Ash & Rhys Morgan / Jo Day", 5),
        ("Words by: Ann Lee", ["Ann Lee"]),
        ("Words: Ann Lee", ["Ann Lee"]),
        ("Exclusive by Ann Lee", ["Ann Lee"]),
        ("Posted on 3 March 2024 by Ann Lee", ["Ann Lee"]),
        ("Byron Andrews", ["Byron Andrews"]),
        ("Brandy Anders", ["Brandy Anders"]),
        ("Ann Lee, Ann Lee, ANN LEE", ["Ann Lee"]),
        ("Siân O'Neill-ap Rhys", ["Siân O'Neill-ap Rhys"]),
        ("J. K. St. John", ["J. K. St. John"]),
        ("Ludwig van der Berg", ["Ludwig van der Berg"]),
        ("ANN LEE", ["Ann Lee"]),
        ("SIÂN O'NEILL-MCKAY", ["Siân O'Neill-McKay"]),
        ("RORY MCILROY", ["Rory McIlroy"]),
        ("Ann Lee in Leeds", ["Ann Lee"]),
        ("Ann Lee for the Dale Echo", ["Ann Lee"]),
        ("Ann Lee 3 March 2024", ["Ann Lee"]),
        ("Ann Lee @annlee", ["Ann Lee"]),
        ("Ann Lee ann@echo.example Tom Birkett", ["Ann Lee", "Tom Birkett"]),
        ("Ann Lee. Dale International", ["Ann Lee"]),
        ("Ann Lee | Photos by Tom Birkett", ["Ann Lee"]),
        ("Ann Lee (pictured)", ["Ann Lee"]),
    ],
)
def test_people_are_named_each_once(byline: str, names: list[str] | int) -> None:
    found = list(people([byline], HOUSES))
    assert (len(found) if isinstance(names, int) else found) == names


@pytest.mark.parametrize(
    "byline",
    [
        "Ann Lee, Local Democracy Reporter",
        "Ann Lee - Local Democracy Reporting Service",
        "Ann Lee Local Democracy Reporter",
        "Ann Lee, Education Correspondent",
        "Senior Reporter Ann Lee",
        "Ann Lee (Political Editor)",
        "Ann Lee, PA Education Correspondent",
        "Ann Lee and Staff Reporter",
        "Ann Lee with agencies",
        "Ann Lee, the Dale Echo",
    ],
)
def test_roles_and_desks_leave_the_person(byline: str) -> None:
    assert people([byline], HOUSES) == ("Ann Lee",)


@pytest.mark.parametrize(
    "byline",
    [
        "",
        "By",
        "admin",
        "Newsroom",
        "Staff Reporter",
        "News Team",
        "Web Desk",
        "Press Association",
        "PA Media",
        "PA",
        "Local Democracy Reporting Service",
        "Dale Echo",
        "DALE ECHO",
        "Wharfe Papers Limited",
        "Kin & Care Trade",
        "By Kin & Care Trade",
        "Dale Council",
        "Communications Team",
        "North Yorkshire Reporter",
        "The Water Carrier",
        "Ann",
        "ann-lee",
        "ann lee",
        "Worried Mum 83",
        "@annlee",
        "ann@echo.example",
        "https://www.facebook.com/ann.lee",
        "www.echo.example/ann-lee",
        "/people/ann-lee",
        "Echo.example/people/ann-lee",
        "Photography by Ann Lee",
        "It Was A Dark Stormy Night",
        "A" * 81,
    ],
)
def test_what_is_no_person_is_not_named(byline: str) -> None:
    assert people([byline], HOUSES) == ()


def test_several_bylines_are_one_list() -> None:
    assert people(["By Ann Lee", "Tom Birkett", "Ann Lee"], ()) == ("Ann Lee", "Tom Birkett")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=3))
def test_any_text_gives_names_each_once_and_without_by(bylines: list[str]) -> None:
    found = people(bylines, HOUSES)
    assert len({name_key(name) for name in found}) == len(found)
    assert not any(name.lower().startswith("by ") or "@" in name for name in found)
