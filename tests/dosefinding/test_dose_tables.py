"""Oracle: independent (tables of R packages in ../shared) and published (spot values); laws at the end."""

import pytest
from dose_oracles import count, oracle
from hypothesis import given
from hypothesis import strategies as st

from trialwright.dosefinding.interval import (
    Boin,
    I3Plus3,
    Keyboard,
    Mtpi2,
    OwnTable,
    boin_bounds,
    boundaries,
    lowest_stop,
    moves,
)
from trialwright.dosefinding.verdicts import Boundary, Move

COLUMNS = ("escalate_if_le", "deescalate_if_ge", "eliminate_if_ge")


def test_boin_bounds_agree_with_boin():
    """independent: lambda_e and lambda_d of BOIN 2.7.2."""
    for row in oracle("boin_lambda.csv"):
        rule = Boin(float(row["target"]), float(row["p_saf"]), float(row["p_tox"]))
        assert boin_bounds(rule) == pytest.approx((float(row["lambda_e"]), float(row["lambda_d"])), abs=1e-13)


@pytest.mark.parametrize("name", ["boin_boundaries_n1_36.csv", "boin_boundaries_cohort3.csv"])
def test_boin_tables_agree_with_boin(name):
    """independent: BOIN 2.7.2 get.boundary, every row, the extra-safe stop included."""
    for row in oracle(name):
        n, rule = int(row["n"]), Boin(float(row["target"]))
        got = boundaries(rule, n)[-1]
        assert (got.escalate_if_le, got.deescalate_if_ge, got.eliminate_if_ge) == tuple(count(row[c]) for c in COLUMNS)
        if row.get("extrasafe") == "TRUE":
            assert lowest_stop(rule, n) == count(row["stop_lowest_if_ge"])


def test_boin_table_of_the_protocol_template():
    """published: MD Anderson BOIN protocol template, target 0.3, cohorts of 3."""
    rows = boundaries(Boin(0.30), 30, 3)
    assert [row.escalate_if_le for row in rows] == [0, 1, 2, 2, 3, 4, 4, 5, 6, 7]
    assert [row.deescalate_if_ge for row in rows] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert [row.eliminate_if_ge for row in rows] == [3, 4, 5, 7, 8, 9, 10, 11, 12, 14]


def test_keyboard_table_agrees_with_keyboard():
    """independent: Keyboard 0.1.3 get.boundary.kb."""
    for row in oracle("keyboard_boundaries_n1_36.csv"):
        got = boundaries(Keyboard(float(row["target"])), int(row["n"]))[-1]
        assert (got.escalate_if_le, got.deescalate_if_ge, got.eliminate_if_ge) == tuple(count(row[c]) for c in COLUMNS)


def test_mtpi2_decisions_agree_with_escalation():
    """independent: escalation 0.2.3 get_mtpi2."""
    words = {"E": Move.ESCALATE, "S": Move.STAY, "D": Move.DEESCALATE, "DU": Move.ELIMINATE}
    for row in oracle("mtpi2_decisions.csv"):
        assert moves(Mtpi2(float(row["target"])), 15)[int(row["n"]), int(row["y"])] == words[row["decision"]]


def test_i3plus3_decisions_agree_with_phidesign():
    """independent: PhIdesign get_i33_rules, which has no safety rule."""
    words = {"E": Move.ESCALATE, "R": Move.STAY, "D": Move.DEESCALATE}
    for row in oracle("i3plus3_decisions.csv"):
        table = moves(I3Plus3(float(row["target"]), exclude=False), 18)
        assert table[int(row["n"]), int(row["x"])] == words[row["decision"]]


@given(
    st.sampled_from([Boin, Keyboard, Mtpi2, I3Plus3]),
    st.floats(0.1, 0.5),
    st.integers(1, 40),
)
def test_more_dlts_never_give_a_higher_dose(kind, target, n):
    """law: within one n the moves never rise with the number of DLTs."""
    cells = [int(m) for m in moves(kind(round(target, 3)), n)[n, : n + 1]]
    assert cells == sorted(cells, reverse=True)


def test_own_table_gives_its_own_rows_back():
    """pair: the rows that a user brings are the rows that the design follows."""
    rows = (Boundary(3, 0, 2, 3), Boundary(6, 1, 3, None))
    assert boundaries(OwnTable(0.25, rows), 6) == list(rows)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((), "no rows"),
        ((Boundary(3, 2, 1, None),), "both escalates and de-escalates"),
        ((Boundary(3, 0, 2, 1),), "eliminates before"),
        ((Boundary(3, 0, 2, 3), Boundary(3, 0, 2, 3)), "two rows"),
        ((Boundary(0, 0, 1, None),), "at least 1"),
    ],
)
def test_own_table_that_contradicts_itself_is_refused(rows, words):
    """pair: a table with its fault and the words that name it."""
    with pytest.raises(ValueError, match=words):
        OwnTable(0.3, rows)
