"""law: the page of an analysis needs nothing else, is read by those who cannot see it, and draws what the data say."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.report.treated import FOLLOWED, IDS, SLEDAI, datasets, results

from trialwright.analysis.subjects.shape import Dataset
from trialwright.analysis.tables.series import bars, courses, labels, lanes
from trialwright.report.analysis import render
from trialwright.report.analysis_axes import days, linear, logarithmic, number

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("page")
    return render(datasets(), results(), out, ("html",), title="T <1>", written=dt.date(2026, 11, 22))[0]


@pytest.fixture(scope="module")
def page(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def figure(page: str, name: str) -> str:
    return page.split(f"<figure id='{name}'")[1].split("</figure>")[0]


def test_needs_nothing_from_outside(page: str) -> None:
    assert not re.findall(r"(?:src|href)=['\"](?!#)", page)
    for word in ("url(", "@import", "<script", "<link", "http"):
        assert word not in page


def test_the_same_inputs_give_the_same_bytes(path: Path, tmp_path: Path) -> None:
    again = render(datasets(), results(), tmp_path, ("html",), title="T <1>", written=dt.date(2026, 11, 22))[0]
    assert again.read_bytes() == path.read_bytes()


def test_those_who_hear_the_page(page: str) -> None:
    assert "<html lang='en'>" in page
    assert "name='viewport'" in page
    ids = re.findall(r" id='([^']+)'", page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"href='#([^']+)'", page)) <= set(ids)
    assert set(re.findall(r"aria-labelledby='([^']+)'", page)) <= set(ids)
    images = re.findall(r"<svg[^>]*>", page)
    assert images
    for image in images:
        assert "aria-hidden='true'" in image or ("role='img'" in image and re.search(r"aria-label='[^']{20,}'", image))
    for table in re.findall(r"<table.*?</table>", page, re.S):
        assert "<caption>" in table
        assert all("scope=" in head for head in re.findall(r"<th[ >][^>]*>?", table))
    levels = [int(n) for n in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert "<h1>T &lt;1&gt;</h1>" in page


def test_colours_are_told_apart_from_the_page(page: str) -> None:
    """published: WCAG 2.2, 1.4.11 - marks need a contrast of 3, 1.4.3 - text one of 4.5, in both themes."""

    def luminance(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    style = page.split("<style>")[1].split("</style>")[0]
    themes: list[dict[str, str]] = [{}, {}]
    for block in re.findall(r"(@media \(prefers-color-scheme: dark\) \{ )?:root \{(.*?)\}", style, re.S):
        themes[bool(block[0])].update(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6})", block[1]))
    for theme in themes:
        paper = luminance(theme["page"])
        for name, least in [*((f"g{k}", 3.0) for k in range(6)), ("alarm", 3.0), ("ink", 4.5), ("soft", 4.5)]:
            mark = luminance(theme[name])
            assert (max(mark, paper) + 0.05) / (min(mark, paper) + 0.05) >= least, (name, theme[name])


def test_every_figure_has_its_data_beside_it(page: str) -> None:
    figures = re.findall(r"<figure.*?</figure>", page, re.S)
    assert len(figures) == 6
    for one in figures:
        assert "<figcaption" in one
        assert "<summary>The data of this figure</summary>" in one
        assert one.count("<tr>") >= 9


def test_swimmer_lanes_are_as_long_as_the_follow_up(page: str) -> None:
    drawn = figure(page, "figure-swimmer")
    widths = [float(w) for w in re.findall(r"class='lane g\d' [^>]*width='([\d.]+)'", drawn)]
    assert [w / widths[0] for w in widths] == pytest.approx([d / FOLLOWED[0] for d in FOLLOWED], rel=0.01)
    assert drawn.count("height='18'") == 1  # one has left
    found = {lane.subject: lane for lane in lanes(datasets(), {"LLDAS": "LLDAS"})}
    assert [(m.day, m.kind) for m in found["07"].marks] == [(3, "DLT"), (6, "ICANS")]
    assert [(m.day, m.kind) for m in found["01"].marks] == [(4, "CRS"), (90, "response")]
    assert found["06"].told == "discontinued: LOST TO FOLLOW-UP"


def changed(name: str, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Dataset]:
    """The datasets with the rows of one of them changed."""
    made = datasets()
    data = made[name]
    made[name] = Dataset(name, data.label, data.variables, tuple({**row, **change(row)} for row in data))
    return made


def test_an_event_without_a_day_is_told_beside_the_figure(tmp_path: Path) -> None:
    given = changed("ADAE", lambda row: {"ASTDT": None} if row["DLTFL"] == "Y" else {})
    text = render(given, results(), tmp_path, ("html",))[0].read_text(encoding="utf-8")
    assert "day not known, DLT: Cytokine release syndrome, grade 3" in figure(text, "figure-swimmer")
    early = changed("ADAE", lambda row: {"ASTDT": dt.date(2026, 1, 1)} if row["AESI"] == "INFECTION" else {})
    unplaced = {lane.subject: lane.unplaced for lane in lanes(early, {})}["08"]
    assert unplaced == ("day -109, before the infusion, serious event: Pneumonia <fungal> & other, grade 3",)
    fatal = {lane.subject: lane for lane in lanes(changed("ADAE", lambda row: {"AETOXGR": 5}), {})}
    assert {m.kind for lane in fatal.values() for m in lane.marks} == {"death"}


def test_a_zero_without_a_limit_is_told(tmp_path: Path) -> None:
    odd = changed("ADPC", lambda row: {"LLOQ": None, "AVAL": 0.0} if row["ARRELTM"] == 3 else {})
    text = render(odd, results(), tmp_path, ("html",))[0].read_text(encoding="utf-8")
    assert "dose level 1: 3 of 3 with samples; 3 recorded as 0 without a limit are not drawn" in text
    assert "01, dose level 1; 1 recorded as 0 without a limit is not drawn" in text


def test_waterfall_in_order_with_those_who_are_missing(page: str) -> None:
    found = bars(datasets(), "SLEDAI2K", 90)
    changes = sorted((s[2] - s[0] for s in SLEDAI if s[2] is not None), reverse=True)
    assert [bar.value for bar in found] == [*changes, None, None]
    assert {bar.reason for bar in found[-2:]} == {"the visit is not recorded"}
    drawn = figure(page, "figure-waterfall-sledai2k")
    heights = [float(h) for h in re.findall(r"<rect class='g\d'[^>]*height='([\d.]+)'><title>[^<]", drawn)]
    scale = heights[-1] / 18
    assert heights == pytest.approx([max(abs(c) * scale, 1.5) for c in changes], abs=0.06)
    assert drawn.count("no value, the visit is not recorded") == 2


def test_samples_below_the_limit_lie_on_it(page: str) -> None:
    drawn = figure(page, "figure-transgene").split("small-chart")[1]
    limit = float(re.search(r"class='limit'[^>]*y1='([\d.]+)'", drawn)[1])
    below = re.findall(r"<polygon class='g\d hollow' points='([^']+)'>", drawn)
    assert below
    for points in below:
        ys = [float(p.split(",")[1]) for p in points.split()]
        assert ys[0] > limit > ys[1]  # a triangle that points down, around the line
        assert (0.9 * ys[0] + 1.2 * ys[1]) / 2.1 == pytest.approx(limit, abs=0.1)


def test_who_has_no_sample_is_named(page: str) -> None:
    assert "09, dose level 3: no B cells" in figure(page, "figure-transgene-b-cells")
    missing = [c for c in courses(datasets(), "ADPC", "BCELL") if not c.points]
    assert [(c.subject, c.reason) for c in missing] == [("09", "no sample")]


@pytest.mark.parametrize(
    ("ids", "short"),
    [
        (["S-01", "S-02"], ["01", "02"]),
        (["syn-90", "syn-91"], ["90", "91"]),
        (["a", "b"], ["a", "b"]),
        (["A-1-1", "A-1-2", "A-2-1"], ["1-1", "1-2", "2-1"]),
        (["only-1"], ["only-1"]),
        (["x-1", "x-1-2"], ["x-1", "x-1-2"]),
    ],
)
def test_short_names_stay_different(ids: list[str], short: list[str]) -> None:
    assert list(labels([{"USUBJID": name} for name in ids]).values()) == short


def test_scales_hold_what_is_drawn() -> None:
    for values in ([-18, 2], [0], [0.3, 0.9], [-7.5, -1]):
        scale, ticks = linear(values, 100, 0)
        assert all(-1e-9 <= scale(v) <= 100 + 1e-9 for v in values)
        assert ticks[0] <= min(values)
        assert ticks[-1] >= max(values)
    scale, ticks = logarithmic([50, 23000], 100, 0)
    assert (scale(10), scale(100000)) == (100, 0)
    assert scale(1000) == pytest.approx(50)
    assert [number(t) for t in ticks] == ["10", "100", "1,000", "10⁴", "10⁵"]
    scale, ticks = days([-5, 190], 0, 100)
    assert (scale(-5), scale(190)) == (0, 100)
    assert ticks == [0, 28, 56, 84, 112, 140, 168]
    assert len(IDS) == len(SLEDAI)


def kept(drop: Callable[[str, Mapping[str, Any]], bool]) -> dict[str, Dataset]:
    """The datasets without the rows that `drop` names."""
    return {
        name: Dataset(name, data.label, data.variables, tuple(row for row in data if not drop(name, row)))
        for name, data in datasets().items()
    }


@pytest.mark.parametrize(
    ("drop", "figures"),
    [
        (lambda name, row: True, 1),  # the curve of the results is left
        (lambda name, row: name == "ADSL" and row["SUBJID"] != "S-06", 5),  # no value at day 90
        (lambda name, row: name == "ADPC" and row["PARAMCD"] == "TRANSGENE", 4),
        (lambda name, row: name == "ADPC" and row["PARAMCD"] == "BCELL", 5),
        (lambda name, row: name == "ADEFF" and row["AVISITN"] != 0, 5),  # baselines only
        (lambda name, row: name != "ADSL", 2),
    ],
)
def test_what_is_not_there_is_not_drawn(
    drop: Callable[[str, Mapping[str, Any]], bool], figures: int, tmp_path: Path
) -> None:
    """law: with any part of the records missing the page is made, and draws what is left."""
    text = render(kept(drop), results(), tmp_path, ("html",))[0].read_text(encoding="utf-8")
    assert text.count("<figure ") == figures
    assert "nan" not in re.sub(r"<style>.*?</style>", "", text, flags=re.S).lower()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium)")
@pytest.mark.parametrize("width", [500, 1280])
def test_in_a_browser_nothing_sticks_out(path: Path, tmp_path: Path, width: int) -> None:
    """Tables and charts scroll inside their own place; no element of the page is wider than the window."""
    probe = (
        "<script>const d = document.documentElement; document.querySelectorAll('details').forEach((e) => (e.open = 1));"
        "document.title = `${d.scrollWidth <= d.clientWidth} ${document.querySelectorAll('svg').length}`;</script>"
    )
    copy = tmp_path / "probe.html"
    copy.write_text(path.read_text(encoding="utf-8").replace("</body>", f"{probe}</body>"), encoding="utf-8")
    options = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync"
    command = [str(CHROMIUM), *options.split(), f"--window-size={width},900", f"--user-data-dir={tmp_path / 'profile'}"]
    shown = subprocess.run(
        [*command, "--virtual-time-budget=2000", "--dump-dom", copy.as_uri()],
        capture_output=True, text=True, timeout=90, check=True,
    ).stdout  # fmt: skip
    assert re.search(r"<title>true \d+</title>", shown)
