"""pair: in headless Chromium a person is found and opened; filters and criteria tried out change the counts."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from trialwright.query.screening import Screening
from trialwright.report.screening import write_screening_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (apt-get install chromium)"),
]
ACT = """<script>
  const change = (id) => document.getElementById(id).dispatchEvent(new Event("change", {bubbles: true}));
  document.getElementById("people-trial").value = "1"; change("people-trial");
  document.getElementById("people-verdict").value = "2"; change("people-verdict");
  const box = document.querySelector("#try-relma-cel-ssc input");
  document.querySelectorAll("#try-relma-cel-ssc input").forEach((i) => { i.checked = false; });
  box.dispatchEvent(new Event("change", {bubbles: true}));
</script>"""


def dom(path: Path, folder: Path, where: str = "") -> str:
    quiet = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    options = [*quiet.split(), "--disable-component-update", "--disable-sync", f"--user-data-dir={folder}"]
    command = [str(CHROMIUM), *options, "--virtual-time-budget=3000", "--dump-dom", f"{path.as_uri()}{where}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout


def test_in_a_browser(screening: Screening, cohort: Path, tmp_path: Path) -> None:
    path = write_screening_report(
        screening, tmp_path, written=dt.date(2026, 11, 22), tables=cohort / "run", with_curves=False
    )
    person = screening.verdicts().column("person")[7].as_py()
    opened = dom(path, tmp_path / "profile", f"#person={person}")
    assert "1 people; shown 1 to 1" in opened
    assert opened.count('<tr class="detail">') == 1
    assert 'aria-expanded="true"' in opened
    acted = tmp_path / "acted.html"
    acted.write_text(path.read_text(encoding="utf-8").replace("</body>", f"{ACT}</body>"), encoding="utf-8")
    shown = dom(acted, tmp_path / "profile")
    count = screening.trials[1].record["undetermined"]
    assert f"{count:,} people; shown 1 to {min(count, 25)}" in shown
    tried = re.search(r'id="try-relma-cel-ssc".*?<output[^>]*>(.*?)</output>', shown, re.S)
    assert tried is not None
    assert tried[1].startswith("300 eligible, 0 undetermined, 0 ineligible without")
