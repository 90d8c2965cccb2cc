"""Text to tree: what each form means as a tree, and where and how the parser complains."""

from decimal import Decimal

import pytest

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language.parse import ParseError, parse, slug

A, B, C, X, Y = (n.Ref(name) for name in ("a", "b", "c", "x", "y"))
SCREENING, INFUSION = n.Anchor("screening"), n.Anchor("infusion")


def q(value, unit="1"):
    return n.Quantity(Decimal(str(value)), unit)


def offset(amount, unit, anchor=SCREENING, direction="before"):
    return n.Offset(anchor, Decimal(amount), unit, direction)


MONTH = n.Window(offset(30, "days"), SCREENING)
UP_TO = n.Window(None, SCREENING, end_open=True)
WEEK_BEFORE_X = n.Window(offset(7, "days", s.ResultOf(X)), s.ResultOf(X))
IT = s.Names(("it",))

FORMS = [
    ("a and b and c", n.AtLeast(3, (A, B, C))),
    ("a or b", n.AtLeast(1, (A, B))),
    ("a or b and c", n.AtLeast(1, (A, n.AtLeast(2, (B, C))))),
    ("not a and b", n.AtLeast(2, (n.Not(A), B))),
    ("at least 2 of (a, b, c)", n.AtLeast(2, (A, B, C))),
    ("none of (a, b)", n.Not(n.AtLeast(1, (A, B)))),
    ("if a then b else c", n.If(A, B, C)),
    ("if a then if b then c else x", n.If(A, n.If(B, C, X))),
    ("first known of (x, y)", n.FirstKnown((X, Y))),
    ("x > 2.5 mg/dL (221 umol/L)", n.Compare(X, ">", q("2.5", "mg/dL"), q(221, "umol/L"))),
    ("x >= 3 x ULN", n.Compare(X, ">=", s.TimesLimit(q(3), "uln"))),
    ("x < LLN", n.Compare(X, "<", s.TimesLimit(q(1), "lln"))),
    ("x > 3 within 30 days before screening", n.Compare(s.Reading(X, window=MONTH), ">", q(3))),
    ("x within 30 days before screening > 3", n.Compare(s.Reading(X, window=MONTH), ">", q(3))),
    ("lowest x > 3", n.Compare(s.Reading(X, "lowest"), ">", q(3))),
    ("x > 3 at day_90", n.Compare(s.At(X, n.Anchor("day_90")), ">", q(3))),
    ("x <= 2 x ULN", n.Compare(X, "<=", s.TimesLimit(q(2), "uln"))),
    ("x <= ULN at day_90", n.Compare(s.At(X, n.Anchor("day_90")), "<=", s.TimesLimit(q(1), "uln"))),
    ("baseline x < x", n.Compare(s.At(X, n.Anchor("baseline")), "<", X)),
    ("age at consent between 18 and 70 years", s.Between(s.Age(n.Anchor("consent")), q(18), q(70, "years"))),
    ("baseline age > 3", n.Compare(s.Age(n.Anchor("baseline")), ">", q(3))),
    ("x is III", n.In(X, ("III",))),
    ("x in (III, III+V)", n.In(X, ("III", "III+V"))),
    ("any of (a, b) positive", s.Polarity(s.Names(("a", "b")), "positive")),
    ("all of (a, b) negative", s.Polarity(s.Names(("a", "b"), True), "negative")),
    ("x rises by >= 3 points", s.Change(X, "rises", ">=", q(3), False)),
    ("x falls by > 10 %", s.Change(X, "falls", ">", q(10, "%"), True)),
    ("x falls by > 10 % points", s.Change(X, "falls", ">", q(10, "%"), False)),
    ("x falls by > 10 % from best", s.Change(X, "falls", ">", q(10, "%"), True, "best")),
    (
        "dose of a stable for > 2 weeks before screening",
        s.Stable(s.Dose(s.Names(("a",))), ">", s.Duration(Decimal(2), "weeks"), SCREENING),
    ),
    ("has a", s.Has(s.Names(("a",)))),
    ("no a", n.Not(s.Has(s.Names(("a",))))),
    ("history of a", s.Has(s.Names(("a",)), n.Window())),
    ("no history of a", n.Not(s.Has(s.Names(("a",)), n.Window()))),
    (
        "has a since >= 6 months before screening",
        s.Has(s.Names(("a",)), None, s.Since(">=", s.Duration(Decimal(6), "months"), SCREENING)),
    ),
    ("on any oral a", s.On(s.Names(("a",), route="oral"))),
    ("on any of a", s.On(s.Names(("a",)))),
    (
        "on a for >= 8 weeks before screening",
        n.Compare(
            s.Run("current", s.On(s.Names(("a",))), n.Window(None, SCREENING, end_open=True)), ">=", q(8, "weeks")
        ),
    ),
    (
        "x < 3 for >= 1 week within 30 days before screening",
        n.Compare(s.Run("longest", n.Compare(X, "<", q(3)), MONTH), ">=", q(1, "weeks")),
    ),
    (
        "each member of c: no it within 5 half-lives before screening",
        s.Each("each", "c", n.Not(s.Has(IT, n.Window(offset(5, "half_lives"), SCREENING)))),
    ),
    ("at least 2 members of c: on it", s.Each(2, "c", s.On(IT))),
    (
        "no a within 7 days before the x result",
        n.Not(s.Has(s.Names(("a",)), WEEK_BEFORE_X)),
    ),
    ("no a before first b", n.Not(s.Has(s.Names(("a",)), n.Window(None, s.Edge("first", "b"), end_open=True)))),
    (
        "has a from after infusion to 28 days after infusion",
        s.Has(s.Names(("a",)), n.Window(INFUSION, offset(28, "days", INFUSION, "after"), start_open=True)),
    ),
    ("count of a at least 30 days apart >= 2", n.Compare(s.CountOf(s.Names(("a",)), spacing_days=30), ">=", q(2))),
    ("count of a at infusion >= 2", n.Compare(s.At(s.CountOf(s.Names(("a",))), INFUSION), ">=", q(2))),
    ("-x ^ 2 > 3", n.Compare(n.Arithmetic("*", (q(-1), n.Arithmetic("^", (X, q(2))))), ">", q(3))),
    ("2 ^ -3 > 3", n.Compare(n.Arithmetic("^", (q(2), q(-3))), ">", q(3))),
    ("1 - 2 - 3 > x", n.Compare(n.Arithmetic("-", (n.Arithmetic("-", (q(1), q(2))), q(3))), ">", X)),
    ("years from birth to screening > 3", n.Compare(s.Elapsed("years", n.Anchor("birth"), SCREENING), ">", q(3))),
    ('ask "Agrees to it" (willingness)', n.Ask("agrees_to_it", "Agrees to it", "willingness")),
    ('ask how "How bad" (look_up, number) > 3', n.Compare(n.Ask("how", "How bad", "look_up", "number"), ">", q(3))),
    ("x(threshold: 6)", n.Ref("x", (("threshold", q(6)),))),
    ("a # the rest of the line is a remark\n and b", n.AtLeast(2, (A, B))),
    ("x > 1.5e-3 g", n.Compare(X, ">", q("0.0015", "g"))),
    ("x > 75 10*9/L", n.Compare(X, ">", q(75, "10*9/L"))),
]


@pytest.mark.parametrize(("text", "tree"), FORMS, ids=[text for text, _ in FORMS])
def test_forms(text, tree):
    """Pair: a text and its tree."""
    assert parse(text) == tree


ERRORS = [
    ("platelets >", 1, 12, "the text ends"),
    ("platelets > 50 and", 1, 19, "the text ends"),
    ("(a and b", 1, 9, "expected"),
    ("a and b)", 1, 8, "expected"),
    ("a &\nb", 1, 3, "'&' does not fit"),
    ("a and\n  * b", 2, 3, "'. b' does not fit"),
    ("x > 3 mg with 2 days", 1, 10, "'with 2 days' does not fit"),
    ("a and (x + 3) falls by > 2", 1, 7, "follows a name"),
    ("x stable for > 2 weeks before screening", 1, 1, "only a dose"),
    ("a and latest dose of b > 3", 1, 7, "a dose has no latest"),
    ("a and (x + 3 > 2 within 3 days before screening)", 1, 8, "no reading on the left"),
    ('a and ask "q" (wish)', 1, 16, "not wish"),
    ('ask "q" (consent, colour)', 1, 19, "not colour"),
    ("at least 1.5 of (a, b)", 1, 10, "whole number"),
    ("a or (x > 3) positive", 1, 6, "only names"),
    ("a and range x > 3", 1, 7, "only a dose has a range"),
    ("", 1, 1, "the text ends"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), ERRORS)
def test_errors_point_at_the_place(text, line, column, words):
    """Pair: a wrong text, and the line, column and words of the complaint."""
    with pytest.raises(ParseError, match=words) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_errors_say_what_was_expected():
    """Snapshot: the words of the grammar, not the names of its terminals."""
    with pytest.raises(ParseError) as caught:
        parse("on a for >= 8 apples before screening")
    assert str(caught.value) == "line 1, column 15: 'apples before screen' does not fit here; expected a unit of time"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Agrees to contraception!", "agrees_to_contraception"),
        ("?", ""),
        ("x" * 60, "x" * 48),
        ("a " * 40, "a_" * 23 + "a"),
    ],
)
def test_slug(words, name):
    """Pair: the words of an ask and the id made of them."""
    assert slug(words).rstrip("_") == name
