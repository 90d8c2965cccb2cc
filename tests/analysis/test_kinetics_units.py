"""Units are carried, converted and composed; copies are not cells."""

import pytest

from trialwright.analysis.kinetics.units import Units, conversion_factor, derived_unit
from trialwright.errors import TrialwrightError


@pytest.mark.parametrize(
    ("old", "new", "factor"),
    [
        ("ng/mL", "ug/L", 1.0),
        ("mg/L", "ng/mL", 1000.0),
        ("h", "d", 1 / 24),
        ("wk", "d", 7.0),
        ("copies/ug", "copies/mg", 1000.0),
        ("{copies}/ug", "copies/ug", 1.0),
        ("copies/ug gDNA", "copies/ug", 1.0),
        ("cells/uL", "cells/mL", 1000.0),
        ("cells/uL", "10*6 cells/L", 1.0),
        ("copies/ug", "cells/ug", None),
        ("copies/ug", "1/ug", None),
        ("ng/mL", "cells/uL", None),
        ("%", "cells/uL", None),
        ("d", "mg", None),
    ],
)
def test_conversion(old, new, factor):
    """published: SI prefixes and time units; the nature of the count is kept."""
    got = conversion_factor(old, new)
    assert got == (None if factor is None else pytest.approx(factor, rel=1e-12))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("concentration", ("ng/mL", 1.0)),
        ("auc", ("h*ng/mL", 1.0)),
        ("aumc", ("h*h*ng/mL", 1.0)),
        ("per_time", ("1/h", 1.0)),
        ("clearance", ("L/h", 1000.0)),
        ("volume", ("L", 1000.0)),
        ("auc_per_dose", ("h*ng/mL/mg", 1.0)),
        ("percent", ("%", 1.0)),
        ("number", (None, 1.0)),
    ],
)
def test_derived_units(kind, expected):
    """published: dose in mg over area in h*ng/mL is 1000 L/h."""
    unit, factor = derived_unit(kind, Units("h", "ng/mL", "mg"))
    assert unit == expected[0]
    assert factor == pytest.approx(expected[1])


def test_cells_do_not_cancel_with_copies():
    """law: what does not reduce is written out."""
    units = Units("d", "copies/ug", "cells")
    assert derived_unit("clearance", units) == ("cells/d/(copies/ug)", 1.0)
    assert derived_unit("auc", Units(None, "copies/ug", None)) == (None, 1.0)


@pytest.mark.parametrize("text", ["bananas", "mg//L", "copies per"])
def test_words_that_are_no_unit(text):
    """law: refused in one sentence."""
    with pytest.raises(TrialwrightError, match="not a unit"):
        conversion_factor(text, "mg/L")
