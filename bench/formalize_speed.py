"""How fast formalizing is: criteria per second of one core's own time, start-up, growth with the text, brackets."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from typing import Any

from bench.formalize_corpora import BULLET, SHARED
from trialwright.catalog.catalog import Catalog
from trialwright.registry.formal.formalize import formalize_text

_SAMPLE = (
    "Age 18 to 65 years", "ANC >= 1.0 x 10^9/L without growth factors in the last 7 days", "Signed informed consent",
    "Women of childbearing potential must have a negative serum pregnancy test within 7 days before enrollment",
    "History of malignancy within 5 years, except basal cell carcinoma of the skin", "ALT and AST <= 3 x ULN",
    "Any condition that in the opinion of the investigator makes participation unsuitable", "SLEDAI-2K >= 8",
    "Use of a live vaccine within 4 weeks", "Hypertension that is not controlled despite two drugs or more",
    "Known hypersensitivity to any component of the study product", "Able to walk 100 metres without help",
)  # fmt: skip


def speed(catalog: Catalog, count: int = 12_000) -> dict[str, Any]:
    """Criteria per second of one core's own time; start-up apart; time per character as the text grows; brackets."""
    rng = random.Random(3)
    path = SHARED / "eligibility" / "lct" / "brat"
    lines = list(_SAMPLE)
    if path.is_dir():
        texts = [file.read_text(encoding="utf-8") for file in sorted(path.glob("*.txt"))]
        lines = [BULLET.sub("", line) for text in texts for line in text.splitlines() if len(line) > 4]
    code = (
        "from trialwright.catalog.load import load_catalog as c; from trialwright.registry.formal.formalize import "
        "formalize_text as f; import time; f('Age >= 18 years', 'inclusion', c()); print(time.process_time())"
    )
    fresh = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    start_up = float(fresh.stdout)
    chosen = [rng.choice(lines) for _ in range(count)]
    cold = time.process_time()
    for line in chosen:
        formalize_text(line, "inclusion", catalog)
    cold = time.process_time() - cold
    warm = time.process_time()
    for line in chosen:
        formalize_text(line, "exclusion", catalog)
    warm = time.process_time() - warm
    grown = {
        size: _seconds("Platelets >= 75 x 10^9/L and no fever, or age > 18 years; " * size, catalog)
        for size in (20, 200, 2000)
    }
    brackets = {size: _seconds("(" * size, catalog) for size in (10_000, 10_000_000)}
    return {
        "criteria_per_second": round(count / warm),
        "criteria_per_second_with_first_checks": round(count / cold),
        "start_up_seconds": round(start_up, 2),
        "microseconds_per_character": {size: round(1e6 * t / (58 * size), 2) for size, t in grown.items()},
        "seconds_for_brackets": {size: round(t, 2) for size, t in brackets.items()},
        "seconds_for_10_kB_nested": round(_seconds("(a or " * 1700 + ")" * 1700, catalog), 3),
    }


def _seconds(text: str, catalog: Catalog) -> float:
    start = time.process_time()
    formalize_text(text, "inclusion", catalog)
    return time.process_time() - start
