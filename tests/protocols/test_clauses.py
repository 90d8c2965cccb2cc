"""pair: the tables of docs/clauses against the protocol files."""

from __future__ import annotations

from pathlib import Path

import pytest

from trialwright.catalog import load_catalog

TABLES = Path(__file__).parents[2] / "docs" / "clauses"


@pytest.mark.parametrize("trial", ["nct05765006", "universal-cd19-bcma-sle", "im19-sle", "relma-cel-ssc"])
def test_every_criterion_stands_beside_its_clause_with_its_expression(trial: str) -> None:
    """pair: a criterion whose expression changes needs another look at the page."""
    written = (TABLES / f"{trial}.md").read_text("utf-8").replace("\\|", "|")
    rows = [[cell.strip() for cell in line.split(" | ")] for line in written.splitlines() if line.startswith("| ")]
    for criterion in load_catalog().protocol(trial).walk():
        if criterion.text is not None:
            expression = f"`{' '.join(criterion.text.split())}`"
            named = [row for row in rows if len(row) == 6 and criterion.id in row[3].split(", ")]
            assert any(expression in row[4].split("<br>") for row in named), criterion.id
