"""The examples of docs/language.md.  Oracle: pair (they are parsed, printed back, checked, described and expanded)."""

import re
from pathlib import Path

import pytest
from people import node, person, result
from small_catalog import CATALOG

from trialwright.language.check import check
from trialwright.language.describe import describe
from trialwright.language.parse import parse
from trialwright.language.printer import to_text
from trialwright.language.values import REASONS, Truth

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text("utf-8")
EXAMPLES = [line for block in re.findall(r"```trial\n(.*?)```", PAGE, re.S) for line in block.strip().splitlines()]


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples(text):
    """Pair: an example prints as it is written, passes the checks, has words and an answer for anybody."""
    tree = parse(text)
    assert to_text(tree, 200) == text or parse(to_text(tree)) == tree
    assert [f for f in check(text, CATALOG) if f.severity == "error"] == []
    assert describe(tree, CATALOG)
    assert node(text) is not None
    assert isinstance(result(text, person(infusion=None)), Truth)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_explained(reason):
    """Law: a user can look up every reason (an agreement is shown as needs_person)."""
    assert f"| `{reason.replace('agreement', 'person')}` |" in PAGE
