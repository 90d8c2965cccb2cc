"""The numbers and truths that changed criteria rest on, for some of the people of a run: each read once.

Two sources.  *Facts*: new leaves and the two sides of a moved threshold are read from the store, from the facts of their
own concepts alone.  *The run*: scores and grades are added up again from the kept masks and readings.  Both go through
the engine's own rules; what comes back are arrays, one place per person asked about.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.check import walk
from trialwright.population.quiet import quiet_connect
from trialwright.query import rails, sql
from trialwright.query.defaults import Defaults
from trialwright.query.direct import LIMITS
from trialwright.query.engines import DuckDB, Engine, duckdb_engine, layout
from trialwright.query.execute import give_personal, read_numbers
from trialwright.query.found import Context
from trialwright.query.leaves import Readings, numbers_of
from trialwright.query.masks import Bits
from trialwright.query.plan import Leaf, Plan, Reading, is_elapsed, is_leaf, parts
from trialwright.query.rails import Rail
from trialwright.query.screening import FILES, Screening
from trialwright.query.sql import Tree, template
from trialwright.query.study import Criterion, Trial
from trialwright.screening.logic import Intervals, Truths, counts
from trialwright.screening.standing import Keys

NUMBER = ("lower", "upper", "lower_open", "upper_open", "reasons")
TRUTH = ("met", "not_met", "reasons")
KINDS = {"lower": "double", "upper": "double", "reasons": "smallint"} | dict.fromkeys(
    ("lower_open", "upper_open", "met", "not_met"), "tinyint"
)
FEW = 3
"""Unless fewer than one in so many people are asked about, everybody's facts are read: cheaper than to look them up."""


class FromFacts:
    """Reads leaves and the sides of comparisons from the store; open while `from_facts` is."""

    def __init__(self, context: Context, trial: str, persons: Keys) -> None:
        self._context, self._trial = context, trial
        self._places, self._size = _places(persons), len(persons)

    def number(self, node: n.Expression) -> Intervals:
        """The interval of one side of a comparison."""
        reading = self._context.plan.find_reading(node, self._trial)
        if reading is None or reading.constant or self._context.defaults.reading(reading).silence is not None:
            return _intervals(self._columns(node, NUMBER), "")
        return self._recorded(reading)

    def _recorded(self, reading: Reading) -> Intervals:
        """A reading that people without a row have alike; a row of somebody else counts for nobody."""
        default = self._context.defaults.reading(reading).spoken
        values = (default.lower, default.upper, default.lower_open, default.upper_open, sql.reason(*default.reasons))
        kinds = [np.float64, np.float64, np.bool_, np.bool_, np.int16]
        columns: list[Any] = [np.full(self._size, v, kind) for v, kind in zip(values, kinds, strict=True)]
        names = ", ".join(f"CAST({name} AS {KINDS[name]}) AS {name}" for name in NUMBER)
        table = self._context.engine.fetch(
            template(f"SELECT person, {names} FROM numbers_{reading.depth} WHERE reading = {reading.id}")
        )
        persons = np.asarray(table.column("person").to_numpy(), np.int64)
        at = np.full(len(persons), -1, np.int64)
        inside = persons < len(self._places)
        at[inside] = self._places[persons[inside]]
        for name, column in zip(NUMBER, columns, strict=True):
            column[at[at >= 0]] = table.column(name).to_numpy()[at >= 0]
        return Intervals(*columns)

    def truth(self, node: n.Expression) -> Truths:
        """A leaf as it stands."""
        return _truths(self._columns(node, TRUTH))

    def _columns(self, node: n.Expression, names: Sequence[str]) -> dict[str, Any]:
        source = Readings(self._context, self._trial)
        rail = rails.rail(node, source)
        inner = sql.select(
            [template("persons.person"), *numbers_of(self._context, source.joined.values())],
            f"persons {source.joins('persons')}",
        )
        tree = sql.select([sql.column("person"), *_named(rail, names, "")], source.levels.over(inner))
        return _in_order(self._context.engine, tree, self._places, self._size)


@contextlib.contextmanager
def from_facts(screening: Screening, trial: str, leaves: Sequence[n.Expression], persons: Keys) -> Iterator[FromFacts]:
    """The readings of some leaves for some people of the run.

    Raises TrialwrightError where the store is no longer the one that was screened.
    """
    criteria = tuple(Criterion(f"c{i}", "inclusion", leaf) for i, leaf in enumerate(leaves))
    replies = tuple(reply for reply in screening.study.replies if reply.trial == trial)
    plan = Plan(replace(screening.study, trials=(Trial(trial, criteria),), replies=replies))
    # readings are wanted of everybody, so that no leaf may be decided without them
    plan.shared.update(reading.id for reading in plan.readings.values())
    with duckdb_engine(screening.population) as engine:
        if layout(engine) != screening.kept:
            raise TrialwrightError(f"{screening.population}: not as it was when this run was made; screen it again")
        _narrow(engine, plan, screening, persons)
        context = Context(plan, screening.kept, Defaults(plan, screening.kept), engine)
        give_personal(context)
        read_numbers(context, lambda step: None)
        yield FromFacts(context, trial, persons)


def _narrow(engine: DuckDB, plan: Plan, screening: Screening, persons: Keys) -> None:
    """Lets the engine see these people alone, and the facts of the concepts that are asked for."""
    engine.give("chosen_people", pa.table({"person": pa.array(persons, pa.int32())}))
    engine.expect(len(persons))
    among = "person IN (SELECT person FROM chosen_people)"
    nodes = [node for key in plan.leaves for node in walk(key[1])]
    names = {c for node in nodes if isinstance(node, n.Facts) for c in node.concepts}
    concepts = ", ".join(map(str, screening.kept.keys(sorted(names)))) or "-1"
    few = f"AND {among}" if len(persons) * FEW < screening.kept.people else ""
    ids = "id" if plan.study.moved or plan.study.replies else "CAST(NULL AS TEXT) AS id"
    unused = ", ".join(f"CASE WHEN FALSE THEN {name} END AS {name}" for name in _unused(nodes))
    columns = f"* REPLACE ({unused})" if unused else "*"
    for name, text in (
        ("persons", f"SELECT person, {ids}, observed_from, observed_to FROM store.persons WHERE {among}"),
        ("facts", f"SELECT {columns} FROM store.facts WHERE concept IN ({concepts}) {few}"),
    ):
        engine.keep(f"{name}_of_chosen", template(text))
        engine.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {name}_of_chosen")


def _unused(nodes: Sequence[Any]) -> list[str]:
    """Columns of facts that none of the nodes looks at."""
    parts = {node.part for node in nodes if isinstance(node, n.ValueOf)}
    columns = [column for part, column in LIMITS.items() if part not in parts]
    if not any(isinstance(node, n.Spell | n.Extent) for node in nodes):
        columns.append("source")
    if not any(isinstance(node, n.In) for node in nodes):
        columns.append("cats")
    if all(node.alternative is None for node in nodes if isinstance(node, n.Compare)):
        columns += ["raw", "unit"]
    return columns


class FromRun:
    """What a kept run says of some of its people: states of leaves, and numbers that stand above leaves."""

    def __init__(self, screening: Screening, trial: str, persons: Keys) -> None:
        self.plan = Plan(screening.study)
        self.defaults = Defaults(self.plan, screening.kept)
        self._screening, self._trial, self._persons = screening, trial, persons

    def leaf(self, node: n.Expression) -> Leaf | None:
        """The leaf of the run that an expression is, if it is one."""
        return self.plan.find_leaf(node, self._trial)

    def holds(self, node: Any) -> bool:
        """Whether every leaf and every bare reading below a number was kept by the run."""
        bare = {
            r.id
            for t in self._screening.study.trials
            for c in t.criteria
            for r in self.plan.bare_readings(c.expression, t.id)
        }
        return self._kept(node, bare)

    def _kept(self, node: Any, bare: set[int]) -> bool:
        if is_leaf(node):
            return self.leaf(node) is not None
        if isinstance(node, n.ValueOf | n.Count | n.Spell | n.Extent | n.Ask) or is_elapsed(node):
            reading = self.plan.find_reading(node, self._trial)
            return reading is not None and (reading.constant or reading.id in bare)
        return all(self._kept(part, bare) for part in parts(node))

    def numbers(self, nodes: Sequence[n.Expression]) -> list[Intervals]:
        """The intervals of scores, grades and what is computed from them."""
        if not nodes:
            return []
        connection = quiet_connect(":memory:")
        try:
            engine = DuckDB(connection)
            engine.give("chosen_people", pa.table({"person": pa.array(self._persons, pa.int64())}))
            engine.expect(len(self._persons))
            for name, file in (("persons", FILES[0]), ("numbers", FILES[2])):
                place = str(self._screening.folder / file).replace("'", "''")
                among = "person IN (SELECT person FROM chosen_people)"
                engine.keep(name, template(f"SELECT * FROM read_parquet('{place}') WHERE {among}"))
            context = Context(self.plan, self._screening.kept, self.defaults, engine)
            for depth in {r.depth for r in self.plan.readings.values() if not r.constant}:
                engine.view(f"numbers_{depth}", template("SELECT * FROM numbers"))
            return self._added_up(context, nodes)
        finally:
            connection.close()

    def _added_up(self, context: Context, nodes: Sequence[n.Expression]) -> list[Intervals]:
        source = Bits(context)
        source.trial = self._trial
        columns = [c for i, node in enumerate(nodes) for c in _named(rails.number(node, source), NUMBER, f"_{i}")]
        joins = " ".join(
            f"LEFT JOIN numbers_{r.depth} AS n{r.id} ON n{r.id}.person = persons.person AND n{r.id}.reading = {r.id}"
            for r in source.joined.values()
        )
        inner = sql.select([template("persons.*"), *numbers_of(context, source.joined.values())], f"persons {joins}")
        tree = sql.select([sql.column("person"), *columns], source.levels.over(inner))
        found = _in_order(context.engine, tree, _places(self._persons), len(self._persons))
        return [_intervals(found, f"_{i}") for i in range(len(nodes))]


def _named(rail: Rail, names: Sequence[str], end: str) -> list[Tree]:
    """The parts of a rail as columns; truths as 0 and 1."""
    parts = {name: getattr(rail, name).sql(dialect="duckdb") for name in names}
    return [sql.named(template(f"CAST({text} AS {KINDS[name]})"), name + end) for name, text in parts.items()]


def _places(persons: Keys) -> Keys:
    """For each key of a person its place among those asked about; -1 for everybody else."""
    places = np.full(int(persons.max(initial=-1)) + 1, -1, np.int64)
    places[persons] = np.arange(len(persons))
    return places


def _in_order(engine: Engine, tree: Tree, places: Keys, size: int) -> dict[str, Any]:
    """The columns of a query with one row per person, each person in their place."""
    table = engine.fetch(tree)
    if table.num_rows != size:
        raise AssertionError(f"{table.num_rows} rows for {size} people")
    at = places[table.column("person").to_numpy()]
    found = {}
    for name in table.column_names[1:]:
        column = table.column(name).to_numpy()
        found[name] = np.empty_like(column)
        found[name][at] = column
    return found


def _intervals(found: dict[str, Any], end: str) -> Intervals:
    lower, upper, lower_open, upper_open, reasons = (found[name + end] for name in NUMBER)
    return Intervals(lower, upper, lower_open == 1, upper_open == 1, reasons)


def _truths(found: dict[str, Any]) -> Truths:
    met, not_met = found["met"] == 1, found["not_met"] == 1
    return Truths(met, not_met, counts(found["reasons"]) & ~(met | not_met))
