"""Oracle: law (every character of any text is accounted for, and what is emitted passes the language's check)."""

from __future__ import annotations

import time

import pytest
from formal_help import catalog, said
from hypothesis import given, settings
from hypothesis import strategies as st

from trialwright.language.check import check
from trialwright.registry.formal.normalise import normalise

WORDS = st.sampled_from(
    [
        "age",
        ">=",
        "≤",
        "=",
        "<",
        "18",
        "65",
        "years",
        "x",
        "ULN",
        "ULN)",
        "(in",
        "case",
        "of",
        "Gilbert",
        "syndrome",
        ",",
        ".",
        ";",
        "and",
        "or",
        "not",
        "no",
        "history",
        "of",
        "severe",
        "lupus",
        "rituximab",
        "within",
        "6",
        "months",
        "before",
        "screening",
        "platelets",
        "75",
        "10^9/L",
        "ALT",
        "positive",
        "for",
        "ANA",
        "women",
        "pregnant",
        "\\>",
        "\\(",
        "[",
        "(",
        "1.",
        "•",
        "，≥",
        "3×",
        "μmol/L",
        "e.g.",
        "investigator",
        "willing",
        "steroids",
        "dose",
        "stable",
        "for",
        "30mg/day",
        "SLEDAI-2K",
        "except",
        "infection",
        "18~65",
    ]
)
TEXTS = st.one_of(st.text(max_size=120), st.lists(WORDS, max_size=25).map(" ".join))


@settings(max_examples=250, deadline=None)
@given(TEXTS, st.sampled_from(["inclusion", "exclusion"]))
def test_every_text(text: str, kind: str) -> None:
    found = said(text, kind)
    if found.expression:
        assert not [f for f in check(found.expression, catalog()) if f.severity == "error"], found.expression
    if found.left_over:
        assert found.state == "unsupported"
    if found.state == "computed":
        assert "ask " not in found.expression
        assert "unsupported" not in found.expression
    assert 0 <= found.understood <= len(text)
    for words in found.left_over:
        assert words in text


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_the_map_back_to_the_source_is_ordered(text: str) -> None:
    plain = normalise(text)
    last = 0
    for at in range(len(plain.text)):
        start, end = plain.source_span(at, at + 1)
        assert last <= start <= end <= len(text)
        last = start


@pytest.mark.parametrize("text", ["(" * 20_000, "[{(" * 7_000, "(a or " * 2_000 + ")" * 2_000, "18-65, " * 2_000])
def test_hostile_texts_take_little_time(text: str) -> None:
    start = time.process_time()
    said(text)
    assert time.process_time() - start < len(text) / 10_000 + 0.5


def test_time_grows_with_the_length() -> None:
    one = "Platelets >= 75 x 10^9/L and no fever; "

    def seconds(count: int) -> float:
        start = time.process_time()
        said(one * count)
        return time.process_time() - start

    seconds(10)
    assert seconds(1_600) < 4 * (4 * seconds(400) + 0.05)
