"""One instrument for one record or for a table: the expressions that screen a population, item by item.

`score("sledai_2k", {"arthritis": True, "c3": {"value": 60, "low": 90}})` names an instrument, a grade or a definition.
What is given maps items (true, false, null, or the value of an ordinal item) and concepts to values; a `Record` of the
population is scored as it stands.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, overload

from trialwright.catalog import Catalog, load_catalog
from trialwright.catalog.expressions import read_expression
from trialwright.catalog.models.instruments import InstrumentModel
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.check import walk
from trialwright.language.expand import expand
from trialwright.language.facts import Record
from trialwright.language.interpret import Interpreter
from trialwright.language.scores import State
from trialwright.language.scores import score as summed
from trialwright.language.values import Number, Truth
from trialwright.scoring import words
from trialwright.scoring.formula import of_formula
from trialwright.scoring.given import TODAY, check_anchor, record_of, unknown_key
from trialwright.scoring.names import Names, by_hand
from trialwright.scoring.outcome import MISSING, STATES, ItemState, Missing, Score, finite
from trialwright.scoring.scales import check_ranges

SCREENING = n.Anchor("screening")


@overload
def score(instrument: str, given: Mapping[str, Any] | Record, **options: Any) -> Score: ...
@overload
def score(instrument: str, given: Iterable[Mapping[str, Any] | Record], **options: Any) -> list[Score]: ...
def score(instrument: str, given: Any, **options: Any) -> Score | list[Score]:
    """The score of one record, or of each row of a table; `options` are those of `score_one`."""
    if isinstance(given, Mapping | Record):
        return score_one(instrument, given, **options)
    return [_row(number, instrument, row, options) for number, row in enumerate(given, 1)]


def _row(number: int, instrument: str, row: Any, options: Mapping[str, Any]) -> Score:
    try:
        return score_one(instrument, row, **options)
    except TrialwrightError as error:
        raise TrialwrightError(f"row {number}: {error}") from None


def score_one(
    instrument: str,
    given: Mapping[str, Any] | Record,
    *,
    parameters: Mapping[str, Any] | None = None,
    missing: Missing = "interval",
    anchor: str = "screening",
    at: dt.date = TODAY,
    catalog: Catalog | None = None,
) -> Score:
    """The score of one record at an anchor.  `missing` names what becomes of unknown items (`outcome.MISSING`).

    Raises TrialwrightError, naming the nearest ids, for an instrument, item, concept or parameter that is not there.
    """
    catalog = catalog or load_catalog()
    check_anchor(anchor)
    if missing not in MISSING:
        raise TrialwrightError(f"'{missing}' is no way to treat missing values; choose one of {', '.join(MISSING)}")
    model = catalog.instruments.get(instrument)
    body = gives(instrument, catalog)
    items = {item.id for item in model.items} if model else set()
    said, facts = ({}, given) if isinstance(given, Record) else split(given, model, catalog)
    vocabulary = Names(catalog, ever=missing == "last_known")
    instant: n.Instant = n.Anchor(anchor)
    ref = n.Ref(instrument, _parameters(instrument, parameters or {}, catalog))

    def expanded(name: str, want: str) -> n.Expression:
        found = _expanded(replace(ref, name=name), vocabulary, instant, want)
        changed: n.Expression = by_hand(found, model, said) if model else found
        return changed

    tree = expanded(instrument, body)
    met_tree = expanded(f"{instrument}.met", "truth") if _classifies(model) else None
    if isinstance(facts, Record):
        record = facts
    else:
        check_ranges(facts, catalog)
        record = record_of(facts, catalog, at, _asks(tree, met_tree, vocabulary, facts, items, catalog))
    run = Interpreter(record)
    if isinstance(tree, n.Score):
        assert model is not None
        states = [(item, run.truth(item.condition), run.number(item.points)) for item in tree.items]
        recorded = run.number(tree.recorded) if tree.recorded is not None else None
        result = _instrument(model, states, summed(tree, states, recorded), met_tree, run)
        parts = {name: expanded(f"{instrument}.{name}", "number") for name in model.subscores}
        found = {
            name: summed(part, states, recorded) if isinstance(part, n.Score) else run.number(part)
            for name, part in parts.items()
        }
        result = _with_parts(result, found)
        if missing in ("worst", "absent") and result.unknown and not isinstance(given, Record):
            state = missing == "worst" and model.kind != "response"
            filled = {**given, **_filled(model, result, state)}
            again = score_one(instrument, filled, parameters=parameters, anchor=anchor, at=at, catalog=catalog)
            return replace(again, missing=missing, unknown=result.unknown, reason=f"{again.reason}; {MISSING[missing]}")
    elif isinstance(tree, n.Grade):
        result = _graded(instrument, tree, run, catalog, missing)
    else:
        result = of_formula(instrument, tree, run, catalog)
    return replace(result, missing=missing)


def split(
    given: Mapping[str, Any], model: InstrumentModel | None, catalog: Catalog
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is said of items, and of concepts.

    A name that is both is the item where true, false, null or the value of an ordinal item is said, else the concept.
    """
    said: dict[str, Any] = {}
    for item in model.items if model else ():
        if item.id not in given:
            continue
        value = given[item.id]
        state = value is None or isinstance(value, bool)
        if state or catalog.concept(item.id) is None or (item.range is not None and not isinstance(value, Mapping)):
            said[item.id] = value
    return said, {name: value for name, value in given.items() if name not in said}


def gives(instrument: str, catalog: Catalog) -> str:
    """Whether the name gives a truth or a number.  Raises TrialwrightError for one that is not there."""
    found = catalog.definition(instrument)
    if found is None:
        names = [*catalog.instruments, *catalog.grades, *catalog.definition_models]
        near = difflib.get_close_matches(instrument.lower(), names, n=3, cutoff=0.4)
        hint = f"did you mean {', '.join(near)}?" if near else "`trialwright instruments` lists them"
        raise TrialwrightError(f"There is no instrument '{instrument}'; {hint}")
    return "number" if found.unit or isinstance(found.body, n.Score | n.Grade) else "truth"


def _parameters(instrument: str, given: Mapping[str, Any], catalog: Catalog) -> tuple[tuple[str, Any], ...]:
    known = catalog.definition(instrument)
    assert known is not None
    for name in given:
        if name not in known.parameters:
            allowed = ", ".join(known.parameters) or "none"
            raise TrialwrightError(f"{instrument} has no parameter '{name}'; it has {allowed}")
    return tuple((name, read_expression(str(value))) for name, value in given.items())


def _expanded(ref: n.Ref, names: Names, instant: n.Instant, want: str) -> n.Expression:
    """Expansions of the catalog as it stands are kept."""
    return _kept(repr(ref), ref, _Hashed(names), instant, want)


class _Hashed:
    """Names that are equal when the catalog and the choice of look-backs are."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def __hash__(self) -> int:
        return hash((self.names.catalog.hash, self.names.ever))

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, _Hashed) and other.names.catalog.hash == self.names.catalog.hash
        return same and isinstance(other, _Hashed) and other.names.ever == self.names.ever


@lru_cache(maxsize=1024)
def _kept(text: str, ref: n.Ref, names: _Hashed, instant: n.Instant, want: str) -> n.Expression:
    return expand(ref, names.names, instant, want=want)


def asks_of(
    instrument: str, facts: Mapping[str, Any], model: InstrumentModel | None, catalog: Catalog
) -> dict[str, str]:
    """The questions of an instrument that are answered in what is given."""
    ref = n.Ref(instrument)
    names = Names(catalog)
    tree = _expanded(ref, names, SCREENING, gives(instrument, catalog))
    met = _expanded(replace(ref, name=f"{instrument}.met"), names, SCREENING, "truth") if _classifies(model) else None
    items = {item.id for item in model.items} if model else set()
    return _asks(tree, met, names, facts, items, catalog)


def _classifies(model: InstrumentModel | None) -> bool:
    return model is not None and model.classification is not None


def _asks(
    tree: n.Expression,
    met: n.Expression | None,
    names: Names,
    given: Mapping[str, Any],
    items: set[str],
    catalog: Catalog,
) -> dict[str, str]:
    """The questions of the instrument by id, and what each gives; only looked for when a name is no concept."""
    strange = [
        k for k in given if k not in ("age", "anchors") and catalog.concept(k.partition(" at ")[0].strip()) is None
    ]
    if not strange:
        return {}
    found: dict[str, str] = {node.id: node.gives for node in walk((tree, met)) if isinstance(node, n.Ask)}
    for key in strange:
        if key not in found:
            raise TrialwrightError(unknown_key(key, (*items, *found), catalog))
    return found


def _filled(model: InstrumentModel, result: Score, state: bool) -> dict[str, Any]:
    """Unknown items at their worst (or best): present or absent, ordinal ones at an end of their range."""
    graded = {item.id: item.range for item in model.items}
    return {
        name: (graded[name][1 if state else 0] if graded[name] else state)  # type: ignore[index]
        for name in result.unknown
    }


def _instrument(
    model: InstrumentModel, states: Sequence[State], total: Number, met: n.Expression | None, run: Interpreter
) -> Score:
    labels = {item.id: item.label for item in model.items}
    items = tuple(_item(item.id, labels[item.id], truth, points) for item, truth, points in states)
    truth = run.truth(met) if met is not None else None
    state = truth.state if truth is not None else None
    lower, upper = finite(total.lower), finite(total.upper)
    number = lower if total.is_point else None
    reason = (
        words.of_response(state, items) if model.kind == "response" else words.of_score(number, lower, upper, items)
    )
    if model.kind == "classification" and truth is not None:
        reason = f"{ {True: 'classified', False: 'not classified', None: 'not decided'}[state] }; {reason}"
    return Score(
        instrument=model.id,
        version=model.version,
        score=number,
        lower=lower,
        upper=upper,
        grade=None,
        met=state,
        subscores={},
        subscore_bounds={},
        items=items,
        unknown=tuple(item.id for item in items if item.state == "unknown"),
        reason=reason,
        unit=model.unit,
        notes=tuple(sorted(total.notes | (truth.notes if truth else frozenset()))),
        value=total,
    )


def _item(id: str, label: str, truth: Truth, points: Number) -> ItemState:
    if truth.state is False:
        low = high = 0.0
    elif truth.state is True:
        low, high = points.lower, points.upper
    else:
        low, high = min(0.0, points.lower), max(0.0, points.upper)
    state = truth.state if truth.state is not True or low == high else None
    known = low if low == high and truth.state is not None else None
    reasons = truth.reasons | (points.reasons if low != high else frozenset())
    return ItemState(id, label, STATES[state], known, finite(low), finite(high), tuple(sorted(reasons)))


def _with_parts(result: Score, parts: Mapping[str, Number]) -> Score:
    numbers = {name: finite(part.lower) if part.is_point else None for name, part in parts.items()}
    bounds = {name: (finite(part.lower), finite(part.upper)) for name, part in parts.items()}
    return replace(result, subscores=numbers, subscore_bounds=bounds)


def _graded(name: str, tree: n.Grade, run: Interpreter, catalog: Catalog, missing: str) -> Score:
    model = catalog.grades[name]
    value = run.number(tree)
    items = []
    for (grade, condition), rung in zip(tree.rungs, model.rungs, strict=True):
        truth = run.truth(condition)
        points = float(grade)
        label = rung.label or rung.when
        reasons = tuple(sorted(truth.reasons))
        items.append(ItemState(f"grade_{grade}", label, STATES[truth.state], points, points, points, reasons))
    if missing == "worst":
        value = replace(value, lower=value.upper)
    elif missing == "absent":
        value = replace(value, upper=value.lower)
    reached: int | None = int(value.lower) if value.is_point else None
    lower, upper = finite(value.lower), finite(value.upper)
    reason = words.of_grade(reached, lower, upper, items)
    if missing in ("worst", "absent") and any(item.state == "unknown" for item in items):
        reason += f"; {MISSING[missing]}"
    return Score(
        instrument=name,
        version=model.version,
        score=lower if reached is not None else None,
        lower=lower,
        upper=upper,
        grade=reached,
        met=None,
        subscores={},
        subscore_bounds={},
        items=tuple(items),
        unknown=tuple(item.id for item in items if item.state == "unknown") if reached is None else (),
        reason=reason,
        notes=tuple(sorted(value.notes)),
        value=value,
    )
