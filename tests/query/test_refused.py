"""pair: an expression that the engine does not take, and the sentence that says what to write instead."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from tests.query.compare import study_of
from tests.query.store import write_store
from tests.query.strategies import AT, CONCEPTS

from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.facts import Record, day_span
from trialwright.language.interpret import decide
from trialwright.query.engines import duckdb_engine
from trialwright.query.execute import decide as decide_all
from trialwright.query.execute import prepare

NOW = n.Anchor("screening")
ONE = n.Quantity(Decimal(1))
NOBODY = Record({}, dict.fromkeys(("screening", "consent", "enrollment"), day_span(AT)))
LAB = n.Facts(("creatinine",), "measurement")
VALUE = n.ValueOf(n.Select(LAB))
TAKEN = n.Timeline(n.Facts(("prednisone",), "drug"), "dose")


def before(amount: int, unit: str) -> n.Window:
    return n.Window(n.Offset(NOW, Decimal(amount), unit, "before"), NOW)  # type: ignore[arg-type]


def some_fact(test: n.Expression) -> n.Expression:
    return n.Compare(n.Count(n.Facts(("creatinine",), "measurement", n.Window(), (test,))), ">=", ONE)


REFUSED = {
    "a run counted on the clock": (
        n.Compare(n.Spell(TAKEN, before(48, "hours"), "total", ">", ONE), ">=", ONE),
        "doses and runs are counted in days; give their window in days",
    ),
    "a dose over some minutes": (
        n.Compare(n.Extent(TAKEN, before(90, "minutes"), "highest"), ">=", ONE),
        "doses and runs are counted in days; give their window in days",
    ),
    "a run above what was measured": (
        n.Compare(n.Spell(TAKEN, before(14, "days"), "total", ">", VALUE), ">=", ONE),
        "the threshold of a spell is the same for everybody; compare with a plain number",
    ),
    "a formula in two units": (
        n.Compare(VALUE, ">", n.Arithmetic("*", (ONE, ONE)), n.Quantity(Decimal(80), "umol/L")),
        "a threshold said in two units is a plain number; write it without a formula",
    ),
    "a question to each fact": (
        some_fact(n.Ask("cause", "is it due to the drug", "judgement")),
        "ask 'cause' stands where no person can be asked; move it out of the `where`",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_engine_does_not_take_is_said_in_a_sentence(tmp_path: Path, name: str) -> None:
    expression, sentence = REFUSED[name]
    write_store(tmp_path / "store.duckdb", {"nobody": NOBODY}, CONCEPTS)
    with duckdb_engine(tmp_path / "store.duckdb", threads=1) as engine, pytest.raises(TrialwrightError) as refusal:
        decide_all(prepare(study_of([expression], {"nobody": NOBODY}), engine), lambda step: None)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("name", ["a run counted on the clock", "a dose over some minutes"])
def test_the_interpreter_refuses_what_has_no_meaning(name: str) -> None:
    expression, sentence = REFUSED[name]
    with pytest.raises(TrialwrightError, match=sentence):
        decide(expression, NOBODY)
