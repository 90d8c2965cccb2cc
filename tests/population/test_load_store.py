"""Oracle: law (a store gives back what went in, adds up over loads, and says who made it) and pair."""
# ruff: noqa: E501 - inputs and what they mean stand side by side

import datetime as dt
import json
import random

import pytest
from load_help import about, all_facts, book, coded, loaded, ndjson, observation, patient, quantity, reasons

from trialwright.errors import TrialwrightError
from trialwright.language.facts import DAY, FOREVER, Fact, Span, day_number, day_span, measured
from trialwright.population import open_population, write_facts, write_records

DAY_OF = dt.date(2026, 3, 1)


def lab(number, value, day="2026-03-01", name="p1"):
    return observation(number, "creatinine", effectiveDateTime=day, valueQuantity=quantity(value, "mg/dL")) | {
        "subject": {"reference": f"Patient/{name}"}
    }


def course(number, start, end, dose):
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "boundsPeriod": {"start": start, "end": end}}
    dosage = {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": quantity(dose, "mg")}]}
    return about("MedicationRequest", number, status="completed", intent="order", medicationCodeableConcept=coded("prednisone"), dosageInstruction=[dosage])  # fmt: skip


def test_what_is_written_is_read_back(tmp_path):
    facts = [
        measured("creatinine", DAY_OF, 1.25, unit="mg/dL", source="lab/1", low_normal=0.5, high_normal=1.1),
        Fact("anti_dsdna", Span(0, 5 * DAY), lower=0.0, upper=10.0, upper_open=True, detection_limit=10.0, categories=frozenset({"negative"})),
        Fact("prednisone", day_span(DAY_OF), Span(0, FOREVER), lower=0.0, upper=20.0, categories=frozenset({"oral"}), certain=False),
        Fact("systemic_lupus_erythematosus", Span(-FOREVER, 100), Span(100, FOREVER), present=False),
        Fact("creatinine", day_span(DAY_OF), problem="unit_mismatch", recorded=3.0, unit="bananas"),
    ]  # fmt: skip
    write_records(tmp_path / "a.duckdb", {"p1": facts, "p2": []}, extracted=DAY_OF, book=book())
    with open_population(tmp_path / "a.duckdb") as population:
        found = population.record("p1").facts
        assert population.persons() == ["p1", "p2"]
        assert population.record("p1", ["creatinine"]).facts.keys() == {"creatinine"}
    assert sorted((f for fs in found.values() for f in fs), key=repr) == sorted(facts, key=repr)


def test_a_screening_stands_on_its_day(tmp_path):
    loaded(
        ndjson(tmp_path / "a.ndjson", patient(), lab(1, 1)),
        tmp_path / "a.duckdb",
        observes=("drug",),
        extracted=dt.date(2026, 6, 30),
    )
    with open_population(tmp_path / "a.duckdb") as population:
        record = population.record("p1", at=DAY_OF, anchors={"consent": day_span(dt.date(2026, 2, 1))})
        assert population.extracted == dt.date(2026, 6, 30)
        assert population.observed_domains == ("drug",)
    assert record.anchors == {
        "screening": day_span(DAY_OF),
        "enrollment": day_span(DAY_OF),
        "consent": day_span(dt.date(2026, 2, 1)),
    }
    assert record.projected == {"enrollment"}
    assert record.observed == {"drug": (day_number(DAY_OF), day_number(dt.date(2026, 6, 30)))}


def test_ties_are_marked_exactly_where_starts_overlap(tmp_path):
    """law: flag 16 by neighbours equals the overlap of every pair, partial dates included."""
    rng = random.Random(3)
    people = {
        f"p{i}": [
            Fact("creatinine", Span(start := rng.randrange(60) * DAY, start + rng.choice((0, 1, 1, 400, 30)) * DAY), lower=float(k), upper=float(k))
            for k in range(rng.randrange(7))
        ]
        for i in range(80)
    }  # fmt: skip
    write_records(tmp_path / "a.duckdb", people, extracted=DAY_OF, book=book())
    with open_population(tmp_path / "a.duckdb") as population:
        rows = population.connection.execute(
            "SELECT person, concept, t_lo, t_hi, flags & 16, next FROM facts ORDER BY rowid"
        ).fetchall()
    assert [row[:3] for row in rows] == sorted(row[:3] for row in rows)
    for i, (person, _, low, high, tie, following) in enumerate(rows):
        assert following == (rows[i + 1][2] if i + 1 < len(rows) and rows[i + 1][0] == person else FOREVER)
        others = [r for j, r in enumerate(rows) if j != i and r[0] == person]
        assert bool(tie) == any(o[2] <= high and low <= o[3] for o in others)


def test_loading_in_two_steps_equals_loading_at_once(tmp_path):
    """law: sources one after the other, or again, make the store that all of them together make."""
    first = ndjson(tmp_path / "a.ndjson", patient(), lab(1, 1), course(1, "2026-01-01", "2026-01-31", 10))
    second = ndjson(
        tmp_path / "b.ndjson", patient("p2"), lab(2, 2), lab(3, 3, name="p2"), course(2, "2026-01-15", "2026-02-10", 20)
    )
    options = {"extracted": dt.date(2026, 6, 30)}
    whole = loaded([first, second], tmp_path / "whole.duckdb", **options)
    loaded(first, tmp_path / "steps.duckdb", **options)
    steps = loaded(second, tmp_path / "steps.duckdb", **options)
    assert all_facts(tmp_path / "steps.duckdb") == all_facts(tmp_path / "whole.duckdb")
    assert sorted(steps.lines, key=repr) == sorted(whole.lines, key=repr)
    again = loaded([first, second], tmp_path / "steps.duckdb", **options)
    assert all_facts(tmp_path / "steps.duckdb") == all_facts(tmp_path / "whole.duckdb")
    assert reasons(again)["duplicate"] == 7
    with open_population(tmp_path / "steps.duckdb") as a, open_population(tmp_path / "whole.duckdb") as b:
        assert a.fingerprint == b.fingerprint


def test_the_fingerprint_knows_content_and_not_order(tmp_path):
    marks = []
    for name, records in (
        ("a", (patient(), lab(1, 1), lab(2, 2))),
        ("b", (lab(2, 2), lab(1, 1), patient())),
        ("c", (patient(), lab(1, 1), lab(2, 2.5))),
    ):
        loaded(ndjson(tmp_path / f"{name}.ndjson", *records), tmp_path / f"{name}.duckdb")
        with open_population(tmp_path / f"{name}.duckdb") as population:
            marks.append(population.fingerprint)
    assert marks[0] == marks[1] != marks[2]


def test_the_manifest_declares_what_the_site_observes(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    ndjson(folder / "a.ndjson", patient(), lab(1, 1))
    (folder / "population.yaml").write_text(
        "site: Ulm\nextracted: 2026-04-01\nobserves: [condition, drug]\nobserved_since: 2015-01-01\n", encoding="utf-8"
    )
    report = loaded(folder, tmp_path / "a.duckdb")
    assert (report.observes, report.declared, report.extracted) == (("condition", "drug"), True, "2026-04-01")
    with open_population(tmp_path / "a.duckdb") as population:
        assert population.person("p1") == (0, "Ulm", day_number(dt.date(2015, 1, 1)), day_number(dt.date(2026, 4, 1)))


def test_observed_domains_are_taken_from_the_records_and_said(tmp_path):
    from trialwright.population.report import describe

    report = loaded(
        ndjson(tmp_path / "a.ndjson", patient(), lab(1, 1), about("Condition", 2, code=coded("no_such"))),
        tmp_path / "a.duckdb",
    )
    assert (report.observes, report.declared) == (("condition",), False)
    text = describe(report, "a.duckdb")
    assert "OBSERVED DOMAINS: condition (taken from" in text
    assert "read as NO" in text
    assert "no_such" in text


def test_an_onset_does_not_begin_the_observation(tmp_path):
    """A disease of 1999 that was written down in 2025 does not mean that the source watched since 1999."""
    old = about(
        "Condition",
        2,
        code=coded("systemic_lupus_erythematosus"),
        onsetDateTime="1999-01-01",
        recordedDate="2025-01-01",
    )
    loaded(ndjson(tmp_path / "a.ndjson", patient(), old, lab(1, 1)), tmp_path / "a.duckdb")
    with open_population(tmp_path / "a.duckdb") as population:
        assert population.person("p1")[2] == day_number(dt.date(2025, 1, 1))


def test_tables_of_facts_in_bulk(tmp_path):
    import pyarrow as pa

    table = pa.table(
        {
            "person": ["b", "a"],
            "concept": ["creatinine", "prednisone"],
            "t_lo": [0, 0],
            "t_hi": [1439, 1439],
            "v_lo": [1.0, 5.0],
            "v_hi": [1.0, 5.0],
        }
    )
    report = write_facts(
        tmp_path / "a.duckdb",
        [table],
        extracted=DAY_OF,
        observes=("drug",),
        people=[[("c", "Ulm", 0, 10)]],
        book=book(),
    )
    assert (report.persons, report.facts, report.observes) == (3, 2, ("drug",))
    bad = table.set_column(1, "concept", pa.array(["creatinine", "nonsense"]))
    with pytest.raises(TrialwrightError, match="'nonsense'"):
        write_facts(tmp_path / "a.duckdb", [bad], extracted=DAY_OF, book=book())


def test_the_command_prints_the_counts_as_json(tmp_path, capsys):
    from trialwright.cli.load import command

    path = ndjson(tmp_path / "a.ndjson", patient(), lab(1, 1), observation(2, "nothing_known"))
    command([str(path), "--into", str(tmp_path / "a.duckdb"), "--json"], standalone_mode=False)
    out = capsys.readouterr()
    printed = json.loads(out.out)
    assert (printed["read"], printed["kept"], printed["unmapped"], printed["set_aside"]) == (3, 2, 1, 0)
    assert printed["unmapped_codes"][0]["code"] == "nothing_known"
    assert out.err == ""
    command([str(path), "--into", str(tmp_path / "a.duckdb"), "--replace"], standalone_mode=False)
    assert "records read" in capsys.readouterr().out
