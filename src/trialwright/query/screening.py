"""A screening: run a study over a population, keep the outcome in a compact form, and give every row from it on request.

What is kept is small: masks and verdicts per person, the leaves that are unknown for a reason or carry a note, and the
study itself.  The long relations and the evidence are computed from it when somebody asks.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

import contextlib
import csv
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from trialwright.errors import TrialwrightError
from trialwright.language.values import NOTES, REASONS, SHOWN
from trialwright.population.quiet import quiet_connect
from trialwright.query import sql
from trialwright.query.carried import from_json, to_json
from trialwright.query.defaults import Defaults
from trialwright.query.engines import DuckDB, Engine, Layout, duckdb_engine, layout
from trialwright.query.evidence import evidence
from trialwright.query.execute import Progress, decide, give_personal, prepare, read_numbers
from trialwright.query.found import Context
from trialwright.query.plan import Leaf, Plan, Reading
from trialwright.query.progress import steps
from trialwright.query.skeleton import Columns, criteria_codes
from trialwright.query.sql import NOT_APPLICABLE_AT, NOTES_AT, REASONS_AT, WORD, Tree, bit, template
from trialwright.query.study import Study
from trialwright.query.verdicts import VERDICTS, Summary, summary

MANY = 100_000
"""Above so many people the long relations are written for those who are not ineligible, unless all are asked for."""
STATES = ("not met", "met", "unknown")
FILES = ("people.parquet", "leaves.parquet", "numbers.parquet")


@dataclass(frozen=True, slots=True)
class Screening:
    """The outcome of a run, in the folder where its compact form lies."""

    folder: Path
    population: Path
    study: Study
    trials: tuple[Summary, ...]
    kept: Layout = field(repr=False)
    temporary: Any = field(default=None, repr=False, compare=False)
    _plans: list[Plan] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def plan(self) -> Plan:
        """The plan of the study, made once."""
        if not self._plans:
            self._plans.append(Plan(self.study))
        return self._plans[0]

    def verdicts(self) -> pa.Table:
        """Rows person, trial, verdict, strict_verdict of everybody, in the order of the population."""
        with self._engine() as engine:
            return engine.fetch(self._verdicts())

    def criteria(self, people: Sequence[str] | None = None, *, full: bool = True) -> pa.Table:
        """Rows person, trial, criterion, state, reasons, notes, not_applicable; of some people, or of everybody.

        With `full` False: in large populations of those who are ineligible for no trial... see `MANY`.
        """
        with self._engine() as engine:
            return engine.fetch(self._criteria(engine, people, full))

    def evidence(self, people: Sequence[str] | None = None, *, full: bool = True) -> pa.Table:
        """Rows person, trial, criterion, concept, date, value, unit, source, category: the facts that leaves used."""
        with self._evidence(people, full) as (engine, tree):
            return engine.fetch(tree)

    def write(self, folder: Path, *, full: bool = False) -> None:
        """verdicts.parquet, criteria.parquet, evidence.parquet, funnel.csv and the run's compact form in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        run_folder = folder / "run"
        if run_folder.resolve() != self.folder.resolve():
            shutil.copytree(self.folder, run_folder, dirs_exist_ok=True)
        with self._engine() as engine:
            engine.write(self._verdicts(), folder / "verdicts.parquet")
            engine.write(self._criteria(engine, None, full), folder / "criteria.parquet")
        with self._evidence(None, full) as (engine, tree):
            engine.write(tree, folder / "evidence.parquet")
        with (folder / "funnel.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["trial", "criterion", "kind", "met", "not_met", "unknown", "only_reason"])
            for trial in self.trials:
                for s in trial.funnel:
                    out.writerow([trial.trial, s.criterion, s.kind, s.met, s.not_met, s.unknown, s.only_reason])

    # --- how the relations are made

    @contextlib.contextmanager
    def _engine(self) -> Iterator[DuckDB]:
        connection = quiet_connect(":memory:")
        try:
            engine = DuckDB(connection)
            engine.expect(self.kept.people)
            files = dict(zip(("persons", "leaf_rows", "numbers"), FILES, strict=True)) | {"leaf_masks": FILES[0]}
            for name, file in files.items():
                place = str(self.folder / file).replace("'", "''")
                connection.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet('{place}')")
            yield engine
        finally:
            connection.close()

    def _verdicts(self) -> Tree:
        words = " ".join(f"WHEN {i} THEN '{v}'" for i, v in enumerate(VERDICTS))
        parts = [
            f"SELECT person, {i} AS place, id, '{_quoted(t.id)}' AS trial, CASE v{i} {words} END AS verdict,"
            f" CASE s{i} {words} END AS strict_verdict FROM persons"
            for i, t in enumerate(self.study.trials)
        ]
        union = " UNION ALL ".join(parts)
        return template(
            f"SELECT id AS person, trial, verdict, strict_verdict FROM ({union}) AS v ORDER BY v.person, place"
        )

    def _open_trials(self, full: bool) -> str:
        """The test of a person and a trial that the long relations are written for."""
        return (
            "TRUE"
            if full or self.kept.people <= MANY
            else "(" + " OR ".join(f"(place = {i} AND v{i} <> 0)" for i in range(len(self.study.trials))) + ")"
        )

    def _chosen(self, engine: Engine, people: Sequence[str] | None, full: bool, persons: str = "persons") -> None:
        """The table `asked_about`."""
        if people is not None:
            engine.give("wanted", pa.table({"id": pa.array(sorted(set(people)), pa.string())}))
            tree = template(f"SELECT p.person FROM {persons} AS p INNER JOIN wanted AS w ON w.id = p.id")
        elif full or self.kept.people <= MANY:
            tree = template(f"SELECT person FROM {persons}")
        else:
            some = " OR ".join(f"v{i} <> 0" for i in range(len(self.study.trials)))
            tree = template(f"SELECT person FROM {persons} WHERE {some or 'FALSE'}")
        engine.keep("asked_about", tree)
        if people is not None:
            found = engine.fetch(template("SELECT COUNT(*) AS n FROM asked_about")).to_pylist()[0]["n"]
            if found < len(set(people)):
                known = engine.fetch(template(f"SELECT w.id FROM wanted AS w INNER JOIN {persons} AS p ON p.id = w.id"))
                missing = sorted(set(people) - {r["id"] for r in known.to_pylist()})
                raise TrialwrightError(
                    f"{self.population}: no person {missing[0]!r}; ids are those of the loaded source"
                )

    def _criteria(self, engine: DuckDB, people: Sequence[str] | None, full: bool) -> Tree:
        plan = self.plan
        defaults = Defaults(plan, self.kept)
        self._chosen(engine, people, full)
        context = Context(plan, self.kept, defaults, engine, "asked_about")
        engine.view(
            "leaf_rows_of_asked_about",
            template("SELECT l.* FROM leaf_rows AS l INNER JOIN asked_about AS o ON o.person = l.person"),
        )
        for depth in {r.depth for r in plan.readings.values() if not r.constant}:
            engine.view(
                f"numbers_{depth}_of_asked_about",
                template("SELECT n.* FROM numbers AS n INNER JOIN asked_about AS o ON o.person = n.person"),
            )
        engine.keep("codes", criteria_codes(context, Stored(context)))
        parts, codes = [], set()
        place = 0
        for i, trial in enumerate(self.study.trials):
            for criterion in trial.criteria:
                parts.append(
                    f"SELECT person, {i} AS place, {place} AS number, '{_quoted(trial.id)}' AS trial,"
                    f" '{_quoted(criterion.id)}' AS criterion, k{place} AS code FROM codes"
                )
                place += 1
        if not parts:
            parts = [
                "SELECT person, 0 AS place, 0 AS number, '' AS trial, '' AS criterion, 0 AS code FROM codes WHERE FALSE"
            ]
        union = " UNION ALL ".join(parts)
        distinct = engine.fetch(template(f"SELECT DISTINCT code FROM ({union}) AS u"))
        codes = {r["code"] for r in distinct.to_pylist()}
        engine.give("decoded", _decoded(sorted(codes)))
        limit = self._open_trials(full or people is not None)
        return template(f"""
            SELECT p.id AS person, u.trial, u.criterion, d.state, d.reasons, d.not_applicable, d.notes
            FROM ({union}) AS u INNER JOIN persons AS p ON p.person = u.person INNER JOIN decoded AS d ON d.code = u.code
            WHERE {limit} ORDER BY u.person, u.number""")

    @contextlib.contextmanager
    def _evidence(self, people: Sequence[str] | None, full: bool) -> Iterator[tuple[DuckDB, Tree]]:
        with duckdb_engine(self.population) as engine:
            if layout(engine) != self.kept:
                raise TrialwrightError(f"{self.population}: not as it was when this run was made; screen it again")
            place = str(self.folder / FILES[0]).replace("'", "''")
            engine.connection.execute(f"CREATE TEMP VIEW judged AS SELECT * FROM read_parquet('{place}')")
            self._chosen(engine, people, full, "judged")
            if people is not None:
                engine.narrow("facts", "asked_about")
            plan = self.plan
            context = Context(plan, self.kept, Defaults(plan, self.kept), engine, "asked_about")
            give_personal(context)
            read_numbers(context, lambda step: None)
            tree = evidence(context)
            if people is None and not full and self.kept.people > MANY:
                places = {t.id: i for i, t in enumerate(self.study.trials)}
                keep = " OR ".join(f"(e.trial = '{_quoted(t)}' AND j.v{i} <> 0)" for t, i in places.items())
                engine.keep("shown_evidence", tree)
                tree = template(
                    f"SELECT e.* FROM shown_evidence AS e INNER JOIN judged AS j ON j.id = e.person WHERE {keep}"
                )
            yield engine, tree


class Stored(Columns):
    """A source over a kept run: known leaves without a note stand in the masks only."""

    def without(self, leaf: Leaf) -> Tree:
        default = self.context.defaults.leaf(leaf)
        otherwise = super().without(leaf)
        if default is None or default.silence is not None or leaf.id in self.direct:
            return otherwise
        notes = default.spoken >> NOTES_AT << NOTES_AT
        word = leaf.id // WORD
        met, not_met = (template(f"(persons.{kind}{word} & {bit(leaf.id)}) <> 0") for kind in "tf")
        return sql.when((met, sql.integer(1 | notes)), (not_met, sql.integer(notes)), otherwise=otherwise)


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _decoded(codes: Sequence[int]) -> pa.Table:
    """What the codes mean, in the words that users see."""
    seen = list(SHOWN.values())
    reasons = [sorted({seen[i] for i in range(len(REASONS)) if c >> REASONS_AT >> i & 1}) for c in codes]
    notes = [[n for i, n in enumerate(NOTES) if c >> NOTES_AT >> i & 1] for c in codes]
    return pa.table(
        {
            "code": pa.array(codes, pa.int64()),
            "state": pa.array([STATES[c & 3] for c in codes], pa.string()),
            "reasons": pa.array(reasons, pa.list_(pa.string())),
            "notes": pa.array(notes, pa.list_(pa.string())),
            "not_applicable": pa.array([bool(c >> NOT_APPLICABLE_AT & 1) for c in codes], pa.bool_()),
        }
    )


def run(
    study: Study,
    population: Path,
    *,
    threads: int | None = None,
    memory_limit: str | None = None,
    progress: bool = True,
) -> Screening:
    """Screen everybody of a population; the outcome lies in a temporary folder until it is written."""
    keeper = tempfile.TemporaryDirectory(prefix="trialwright-")
    folder = Path(keeper.name)
    with (
        steps(progress) as step,
        duckdb_engine(population, threads=threads, memory_limit=memory_limit, temporary=folder) as engine,
    ):
        trials, kept = screen(study, engine, folder, step)
    return keep(keeper, population, study, trials, kept)


def keep(keeper: Any, population: Path, study: Study, trials: tuple[Summary, ...], kept: Layout) -> Screening:
    """The outcome of a run whose compact form lies in the temporary folder of `keeper`."""
    folder = Path(keeper.name)
    record = {
        "format": 1,
        "population": str(population.resolve()),
        "study": to_json(study),
        "trials": [_as_dict(t) for t in trials],
        "layout": _layout_json(kept),
    }
    (folder / "run.json").write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    return Screening(folder, population, study, trials, kept, keeper)


def screen(study: Study, engine: Engine, folder: Path, step: Progress) -> tuple[tuple[Summary, ...], Layout]:
    """Run the plan on an engine and write the compact form into `folder`."""
    step("plan")
    context = prepare(study, engine)
    decide(context, step)
    step("funnel")
    trials = tuple(summary(engine, study, i, "judged") for i in range(len(study.trials)))
    step("writing")
    words = " ".join(["p.person, p.id, p.observed_from, p.observed_to, w.* EXCLUDE (person), j.* EXCLUDE (person)"])
    engine.write(
        template(
            f"SELECT {words} FROM persons AS p INNER JOIN leaf_masks AS w ON w.person = p.person"
            " INNER JOIN judged AS j ON j.person = p.person ORDER BY p.person"
        ),
        folder / FILES[0],
    )
    engine.write(_kept_leaves(context), folder / FILES[1])
    engine.write(_kept_numbers(context), folder / FILES[2])
    return trials, context.layout


def _kept_leaves(context: Context) -> Tree:
    """Leaf rows that masks and defaults do not say already."""
    rows: list[tuple[int, int, int, int]] = []
    for leaf in context.plan.leaves.values():
        default = context.defaults.leaf(leaf)
        plain = default is not None and default.silence is None
        code = default.spoken if default is not None else 0
        rows.append((leaf.id, int(plain), code, code >> NOTES_AT))
    from trialwright.query.found import integers

    context.engine.give("leaf_defaults", integers(("leaf", "plain", "code", "notes"), rows))
    return template("""
        SELECT r.person, r.leaf, r.code FROM leaf_rows AS r INNER JOIN leaf_defaults AS d ON d.leaf = r.leaf
        WHERE NOT (d.plain = 1 AND (r.code = d.code OR ((r.code & 3) <> 2 AND (r.code >> 15) = d.notes)))
        ORDER BY r.person, r.leaf""")


def _kept_numbers(context: Context) -> Tree:
    """The readings that scores and grades stand on."""
    plan = context.plan
    needed: dict[int, dict[int, Reading]] = {}
    for trial in plan.study.trials:
        for criterion in trial.criteria:
            for reading in plan.bare_readings(criterion.expression, trial.id):
                needed.setdefault(reading.depth, {})[reading.id] = reading
    parts = [
        f"SELECT * FROM numbers_{depth} WHERE reading IN ({', '.join(map(str, rs))})" for depth, rs in needed.items()
    ]
    from trialwright.query.execute import NOTHING

    return template(f"SELECT * FROM ({' UNION ALL '.join(parts or [NOTHING])}) AS n ORDER BY person, reading")


def open_run(folder: Path) -> Screening:
    """A screening that was written to `folder`: every row of its relations is there again."""
    place = folder / "run" if (folder / "run" / "run.json").exists() else folder
    try:
        record = json.loads((place / "run.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise TrialwrightError(f"{folder}: no screening was written here; give the folder of `--out`") from error
    layout_of = record["layout"]
    kept = Layout(
        layout_of["concepts"],
        {k: tuple(v) for k, v in layout_of["categories"].items()},
        layout_of["units"],
        frozenset(layout_of["observed"]),
        layout_of["people"],
        frozenset(layout_of["facts"]),
    )
    trials = tuple(_summary(t) for t in record["trials"])
    return Screening(place, Path(record["population"]), from_json(record["study"]), trials, kept)


def _layout_json(kept: Layout) -> dict[str, Any]:
    return {
        "concepts": kept.concepts,
        "categories": kept.categories,
        "units": kept.units,
        "observed": sorted(kept.observed),
        "people": kept.people,
        "facts": sorted(kept.facts),
    }


def _as_dict(trial: Summary) -> dict[str, Any]:
    import dataclasses

    return dataclasses.asdict(trial)


def _summary(given: dict[str, Any]) -> Summary:
    from trialwright.query.verdicts import Step

    return Summary(**{**given, "funnel": tuple(Step(**s) for s in given["funnel"])})
