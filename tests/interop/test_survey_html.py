"""The HTML report of a survey in Debian's Chromium: how it looks, what it does, and who can read it.

With AVOW_PICTURES=DIRECTORY the pictures that the tests take are kept there, to be looked at.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from msgspec import structs
from support.browser import Browser
from support.survey_records import empty_record, hostile_record, survey_record, unlooked_record

from avow.report.survey.html import render_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.other_clients import Clients

    from avow.record import SurveyRecord

pytestmark = [pytest.mark.interop, pytest.mark.slow]

RECORDS: Final = {
    "ordinary": survey_record,
    "hostile": hostile_record,
    "empty": empty_record,
    "unlooked": unlooked_record,
}

SCREENS: Final = {"desktop": (1280, 900), "phone": (390, 844), "small phone": (320, 640)}

AXE: Final = """axe.run().then(found => JSON.stringify(found.violations.map(
    each => [each.id, each.nodes.map(node => node.html.slice(0, 200) + " " + node.failureSummary)])))"""

FROM_DATA: Final = """JSON.stringify({
    elements: [...document.querySelectorAll("script, iframe, img, object, embed, link, form")].length,
    handlers: [...document.querySelectorAll("*")].filter(
        each => [...each.attributes].some(one => one.name.startsWith("on"))).length,
    links: [...document.links].map(each => each.protocol)})"""

OUTSIDE: Final = """JSON.stringify((() => {
    const all = document.querySelector("svg").getBoundingClientRect();
    return [...document.querySelectorAll("svg text")].filter(each => {
        const box = each.getBoundingClientRect();
        return box.left < all.left || box.right > all.right || box.top < all.top || box.bottom > all.bottom;
    }).map(each => each.textContent); })())"""

OUTLINE: Final = """(() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle + " " + style.outlineWidth; })()"""


@pytest.fixture(scope="module")
def browser(clients: Clients, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(clients.path("bin/chromium"), profile=tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def axe(clients: Clients) -> str:
    return clients.path("node_modules/axe-core/axe.min.js").read_text(encoding="utf-8") + ";0"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports as files, by the name of their record."""
    folder = tmp_path_factory.mktemp("reports")
    return {name: written(make(), folder / f"{name}.html") for name, make in RECORDS.items()}


def written(record: SurveyRecord, path: Path) -> Path:
    path.write_text("".join(render_html(record)), encoding="utf-8")
    return path


def keep(name: str, take: Callable[[], bytes]) -> None:
    if folder := os.environ.get("AVOW_PICTURES"):
        (Path(folder) / name).write_bytes(take())


@pytest.mark.parametrize("name", RECORDS)
def test_a_report_opens_without_a_dialog_a_request_or_an_error(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    """Nothing that a name says is done; nothing is fetched; no content was blocked."""
    browser.screen(width=1280, height=900)
    browser.open(pages[name])
    found = json.loads(browser.evaluate(FROM_DATA))
    assert browser.dialogs == []
    assert browser.requests == [pages[name].as_uri()]
    assert browser.complaints == []
    assert found["elements"] == found["handlers"] == 0
    assert set(found["links"]) <= {"file:", "http:", "https:"}


def test_what_the_other_tests_look_for_can_be_seen(browser: Browser, tmp_path: Path) -> None:
    """A dialog, a request and a complaint of a page that has them are noticed."""
    page = tmp_path / "bad.html"
    page.write_text(
        "<img src='https://evil.example/x.png' onerror='alert(1)'><script>console.log(1)</script>", "utf-8"
    )
    browser.open(page)
    browser.evaluate("new Promise(done => setTimeout(done, 500))")
    assert browser.dialogs == ["1"]
    assert "https://evil.example/x.png" in browser.requests
    assert browser.complaints


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("screen", SCREENS)
def test_the_page_is_never_wider_than_the_screen(
    browser: Browser, pages: dict[str, Path], name: str, screen: str
) -> None:
    """Wide tables scroll by themselves."""
    width, height = SCREENS[screen]
    browser.screen(width=width, height=height, mobile=width < 640)
    browser.open(pages[name])
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    keep(f"{name}-{screen}.png", browser.picture)


@pytest.mark.parametrize(
    ("name", "width", "dark"),
    [
        ("ordinary", 1280, False),
        ("ordinary", 1280, True),
        ("ordinary", 390, False),
        ("hostile", 1280, False),
        ("unlooked", 1280, False),
        ("empty", 390, True),
    ],
)
def test_axe_finds_nothing(
    browser: Browser, pages: dict[str, Path], axe: str, *, name: str, width: int, dark: bool
) -> None:
    """Contrast, names, order of headings, tables and what else it checks, in light and dark."""
    browser.screen(width=width, height=900, mobile=width < 640, dark=dark)
    browser.open(pages[name])
    browser.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    browser.evaluate(axe)
    assert json.loads(browser.evaluate(AXE)) == []


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    browser: Browser, pages: dict[str, Path]
) -> None:
    """The first stop skips to the content; each stop has an outline."""
    browser.screen(width=1280, height=900)
    browser.open(pages["ordinary"])
    stops = []
    for _ in range(12):
        browser.press("Tab")
        stops.append(browser.evaluate("document.activeElement.getAttribute('href') || ''"))
        assert browser.evaluate(OUTLINE) == "solid 3px"
    assert stops[0] == "#content"
    assert stops[1:7] == ["#what", "#scope", "#vulnerabilities", "#horizon", "#upstream", "#again"]


def test_closed_lists_are_printed_in_full(browser: Browser, pages: dict[str, Path]) -> None:
    """Nobody can open them on paper."""
    browser.open(pages["ordinary"])
    browser.media("print")
    heights = browser.evaluate(
        "[...document.querySelectorAll('details:not([open]) table')].map(each => each.offsetHeight)"
    )
    assert heights
    assert min(heights) > 0


def test_it_prints_on_a4(browser: Browser, pages: dict[str, Path]) -> None:
    """On fewer than 60 pages for 400 components, none wider than the paper."""
    browser.screen(width=794, height=1123)
    browser.open(pages["ordinary"])
    paper = browser.paper()
    keep("ordinary.pdf", lambda: paper)
    boxes = {match[1] for match in re.finditer(rb"/MediaBox \[([^\]]*)\]", paper)}
    pages_counted = max(int(match[1]) for match in re.finditer(rb"/Count (\d+)", paper))
    assert boxes == {b"0 0 594.95996 841.91998"}
    assert 5 < pages_counted < 60
    browser.media("print")
    assert browser.evaluate("document.documentElement.scrollWidth") <= 794


def test_nothing_moves_for_those_who_do_not_want_it(browser: Browser, pages: dict[str, Path]) -> None:
    """Links jump without a slide."""
    browser.open(pages["ordinary"])
    browser.media("screen")
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    assert browser.evaluate(behaviour) == "smooth"
    browser.reduce_motion()
    assert browser.evaluate(behaviour) == "auto"


def test_every_label_of_the_picture_is_in_it(browser: Browser, tmp_path: Path) -> None:
    """Also where everything ended long before the record was made."""
    record = survey_record(components=40, sboms=1)
    ended = tuple(structs.replace(each, eol="2013-03-07", state="eol") for each in record.end_of_life)
    for number, each in enumerate((record, structs.replace(record, product=None, end_of_life=ended))):
        browser.screen(width=1280, height=900)
        browser.open(written(each, tmp_path / f"{number}.html"))
        assert json.loads(browser.evaluate(OUTSIDE)) == []
