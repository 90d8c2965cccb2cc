"""Oracles: independent (pint through ucumvert), published (conversion factors of the literature), law (round trips)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trialwright.language import units
from trialwright.language.units import UnitError, canonical, convert, factor, same_dimension

SPELLINGS = [
    ("mg/dl", "mg/dL"),
    ("MG/DL", "mg/dL"),
    ("10*3/uL", "10*3/uL"),
    ("10^9/L", "10*9/L"),
    ("x10E9/L", "10*9/L"),
    ("x 10^9/L", "10*9/L"),
    ("× 10⁹/L", "10*9/L"),
    ("10 ^ 9/L", "10*9/L"),
    ("10³/µL", "10*3/uL"),
    ("K/uL", "10*3/uL"),
    ("K/mm3", "10*3/uL"),
    ("G/L", "10*9/L"),
    ("g/L", "g/L"),
    ("IU/L", "[IU]/L"),
    ("mIU/mL", "m[IU]/mL"),
    ("%", "%"),
    ("% predicted", "%{predicted}"),
    ("{%pred}", "%{predicted}"),
    ("ml/min/1.73m2", "mL/min/{1.73_m2}"),
    ("mL/min/1.73 m²", "mL/min/{1.73_m2}"),
    ("mL/min/{1.73_m2}", "mL/min/{1.73_m2}"),
    ("mcg", "ug"),
    ("umol/l", "umol/L"),
    ("μmol/L", "umol/L"),  # Greek mu
    ("µmol/L", "umol/L"),  # micro sign
    ("g/24h", "g/d"),
    ("g/(24.h)", "g/d"),
    ("mg/24 hrs", "mg/d"),
    ("mg/day", "mg/d"),
    ("copies/mL", "{copies}/mL"),
    ("/uL", "/uL"),
    ("cells/uL", "/uL"),
    ("", "1"),
    ("ratio", "1"),
    ("INR", "{INR}"),
    ("mm Hg", "mm[Hg]"),
    ("°C", "Cel"),
    ("lbs", "[lb_av]"),
    ("/HPF", "/[HPF]"),
    ("ng/mL FEU", "ng/mL{FEU}"),
    ("x10^6/kg", "10*6/kg"),
    ("x10(3)/uL", "10*3/uL"),
    ("E9/L", "10*9/L"),
    ("thou/mcL", "10*3/uL"),
    ("mg%", "mg/dL"),
    ("gm/24hr", "g/d"),
    ("mg/g creat", "mg/g"),
    ("mg/mmol creatinine", "mg/mmol"),
    ("mL/min/1.73", "mL/min/{1.73_m2}"),
    ("mL/min/mmHg", "mL/min/mm[Hg]"),
    ("secs", "s"),
    ("mg/week", "mg/wk"),
]


@pytest.mark.parametrize(("written", "code"), SPELLINGS)
def test_spellings_of_the_wild(written: str, code: str) -> None:
    assert canonical(written) == code


@pytest.mark.parametrize(
    "text", ["see comment", "positive", "furlong-ish", "x" * 200, "mg/", "10^^9", "10-9/L", "1:80"]
)
def test_what_is_no_unit_is_not_understood(text: str) -> None:
    assert canonical(text) is None


CONVERSIONS = [
    ("2.5", "mg/dL", "umol/L", "113.12", "221.00"),  # NCT05765006 prints 221
    ("1", "mg/dL", "umol/L", "113.12", "88.40"),
    ("1", "mg/dL", "umol/L", "584.66", "17.10"),  # bilirubin
    ("10", "mmol/L", "g/dL", "16114", "16.11"),  # hemoglobin monomer
    ("1", "g/g", "mg/mmol", "113.12", "113.12"),  # KDIGO: 1 g/g is about 113 mg/mmol
    ("0.55", "1", "%", None, "55"),
    ("98.6", "[degF]", "Cel", None, "37"),
    ("1", "ukat/L", "U/L", None, "60"),
    ("35", "IU/L", "U/L", None, "35"),
    ("5", "m[IU]/mL", "U/L", None, "5"),
    ("75", "K/uL", "10*9/L", None, "75"),
    ("1000", "/uL", "10*9/L", None, "1"),
    ("90", "g/L", "g/dL", None, "9"),
    ("220", "[lb_av]", "kg", None, "99.79"),
    ("1.1", "", "{INR}", None, "1.1"),
]


@pytest.mark.parametrize(("value", "have", "want", "mass", "expected"), CONVERSIONS)
def test_published_conversions(value: str, have: str, want: str, mass: str | None, expected: str) -> None:
    got = convert(Decimal(value), have, want, Decimal(mass) if mass else None)
    digits = Decimal(expected).as_tuple().exponent
    assert isinstance(digits, int)
    assert round(got, -digits) == Decimal(expected)


def test_boundaries_are_exact() -> None:
    assert convert(Decimal("0.6"), "g/d", "mg/d") == 600
    assert convert(Decimal("2.5"), "mg/dL", "mg/L") == 25
    assert convert(Decimal("10"), "mg/dL", "g/L") == Decimal("0.1")
    assert factor("10*3/uL", "10*9/L") == 1


NOT_COMPARABLE = [
    ("mg/dL", "umol/L"),  # without a molar mass
    ("L", "%{predicted}"),
    ("%", "L"),
    ("{score}", "%"),
    ("{copies}/mL", "[IU]/mL"),
    ("{Log_IU}/mL", "[IU]/mL"),
    ("ng/mL{FEU}", "ng/mL"),
    ("mL/min", "mL/min/{1.73_m2}"),
    ("", "mg/dL"),
    ("[GPL'U]/mL", "[MPL'U]/mL"),
    ("/[HPF]", "/uL"),
    ("meq/L", "mmol/L"),
]


@pytest.mark.parametrize(("a", "b"), NOT_COMPARABLE)
def test_units_of_different_things_do_not_convert(a: str, b: str) -> None:
    assert not same_dimension(a, b)
    with pytest.raises(UnitError):
        convert(Decimal(1), a, b)


def test_messages_say_what_to_do() -> None:
    with pytest.raises(UnitError, match="without the molar mass"):
        convert(Decimal(1), "mg/dL", "umol/L")
    with pytest.raises(UnitError, match="is not a UCUM code"):
        convert(Decimal(1), "furlong-ish", "m")
    with pytest.raises(UnitError, match="different zeros"):
        factor("Cel", "[degF]")


def test_the_table_agrees_with_pint() -> None:
    """independent: every table unit whose dimension UCUM knows has pint's dimension and factor."""
    compared = 0
    for code, (dimension, scale, shift) in units._units().items():
        if dimension.startswith("{") or "{" in code or shift or code == "mo" or code.endswith("/mo"):
            continue
        if code in {"mm[Hg]"} or any(
            mark in code for mark in ("[GPL", "[MPL", "[APL", "[arb", "meq", "[HPF]", "[LPF]")
        ):
            continue
        units._from_pint.cache_clear()
        found = units._from_pint(code)
        assert found is not None, code
        assert found[0].rsplit("] ", 1)[-1] == dimension or dimension in found[0], (code, found, dimension)
        assert abs(found[1] / scale - 1) < Fraction(1, 10**9), (code, float(found[1]), float(scale))
        compared += 1
    assert compared > 250


def test_other_ucum_codes_go_to_pint() -> None:
    assert convert(Decimal(1), "N", "kg.m/s2") == 1
    assert same_dimension("dyn", "N")
    assert not same_dimension("N", "kg")


pairs = st.sampled_from(
    [("mg/dL", "g/L"), ("10*9/L", "/uL"), ("Cel", "[degF]"), ("kg", "[lb_av]"), ("%", "1"), ("d", "h")]
)


@given(st.decimals(min_value=0, max_value=100_000, places=4), pairs)
def test_there_and_back(value: Decimal, pair: tuple[str, str]) -> None:
    there = convert(value, *pair)
    assert abs(convert(there, pair[1], pair[0]) - value) < Decimal("1e-15")


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    code = canonical(text)
    assert code is None or canonical(code) == code
