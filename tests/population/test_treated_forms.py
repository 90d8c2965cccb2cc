"""Oracle: pairs (a treated cohort read back by the real readers, against the facts written directly) and laws."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import orjson
import pytest

from trialwright.catalog import load_catalog
from trialwright.catalog.expressions import read_expression
from trialwright.catalog.models.protocols import Defaults
from trialwright.language.expand import expand
from trialwright.language.facts import DAY, FOREVER, date_of
from trialwright.language.interpret import decide
from trialwright.population import open_population
from trialwright.population.load import load
from trialwright.population.synthetic import AT, Treated, write_treated
from trialwright.population.synthetic.terms import book
from trialwright.population.synthetic.treated_settings import SOURCES
from trialwright.screening.study import ProtocolVocabulary

FACT = "t_lo, t_hi, e_lo, e_hi, v_lo, v_hi, cats, r_lo, r_hi, lod, raw, flags & 15 AS flags, problem"
TRIALS = ("nct05765006", "im19-sle", "universal-cd19-bcma-sle", "relma-cel-ssc")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("treated")


def contents(store: Path) -> Counter[tuple[Any, ...]]:
    with duckdb.connect(str(store), read_only=True) as con:
        rows = con.execute(
            f"SELECT p.id, c.id, u.text, {FACT} FROM facts f JOIN persons p USING (person) "
            "JOIN concepts c USING (concept) LEFT JOIN units u ON u.unit = f.unit"
        ).fetchall()
    return Counter(rows)


def digest(path: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(path.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("mess", [False, True])
@pytest.mark.parametrize("protocol", TRIALS)
def test_fhir_loads_completely_and_says_what_the_facts_say(folder: Path, protocol: str, mess: bool) -> None:
    """Pair: the reader of FHIR makes of the files what the direct path writes, fact by fact; every record is kept."""
    made = write_treated(folder / f"fhir-{protocol}-{mess}", protocol, 12, seed=4, mess=mess)
    direct = write_treated(folder / f"facts-{protocol}-{mess}", protocol, 12, seed=4, form="facts", mess=mess)
    store = folder / f"{protocol}-{mess}.duckdb"
    report = load([made.path], store, book=book(), today=AT)
    assert report.total("read") == report.total("kept") > 1000
    assert report.total("unmapped") == report.total("set_aside") == 0
    loaded, written = contents(store), contents(direct.path)
    assert loaded - written == Counter()
    assert written - loaded == Counter()
    assert made.truth.read_bytes() == direct.truth.read_bytes()


def test_the_same_call_writes_the_same_bytes(folder: Path) -> None:
    one, again, other = (
        write_treated(folder / name, "nct05765006", 6, seed=seed) for name, seed in (("a", 2), ("b", 2), ("c", 3))
    )
    assert digest(one.truth.parent) == digest(again.truth.parent)
    assert digest(one.truth.parent) != digest(other.truth.parent)


def test_omop_loads_without_an_unmapped_code(folder: Path) -> None:
    made = write_treated(folder / "omop", "nct05765006", 12, seed=4, form="omop")
    report = load([made.path], folder / "omop.duckdb", book=book(), today=AT)
    assert report.total("unmapped") == 0
    with open_population(folder / "omop.duckdb") as population:
        assert population.size == 12
        record = population.record("1" if "1" in population.persons() else population.persons()[0])
    assert {"car_t_infusion", "car_t_transgene_copies", "adverse_event", "adverse_event_grade"} <= set(record.facts)


def test_an_adverse_event_is_one_source_in_both_forms(folder: Path) -> None:
    """Law: the facts of an event share their source, and no two events share one."""
    direct = write_treated(folder / "sources", "nct05765006", 12, seed=4, form="facts")
    read = folder / "sources.duckdb"
    load([write_treated(folder / "read", "nct05765006", 12, seed=4).path], read, book=book(), today=AT)
    for store in (direct.path, read):
        with duckdb.connect(str(store), read_only=True) as con:
            rows = con.execute(
                """SELECT p.id, s.reference, list(c.id), list(t_lo) FROM facts f JOIN persons p USING (person)
                JOIN concepts c USING (concept) JOIN sources s USING (source)
                GROUP BY p.id, s.reference HAVING list_contains(list(c.id), 'adverse_event')"""
            ).fetchall()
        assert len(rows) == len(direct.cohort.harm)
        for _, reference, concepts, starts in rows:
            assert "adverse event" in reference or reference.startswith("AdverseEvent/")
            assert Counter(concepts).most_common(1)[0][1] == 1
            assert "adverse_event_grade" in concepts
            assert len(set(starts)) == 1


def test_open_and_unknown_ends_of_events(folder: Path) -> None:
    """Law: what goes on at the cut lasts to it at least; what went on when somebody was last seen has any end."""
    made = write_treated(folder / "ends", "nct05765006", 150, seed=9, form="facts")
    cohort = made.cohort
    subjects, harm = cohort.subjects, cohort.harm
    unknown = (subjects.until[harm.row] <= subjects.people.at) & (harm.end > subjects.until[harm.row])
    ongoing = ~unknown & (harm.end > subjects.people.at)
    with duckdb.connect(str(made.path), read_only=True) as con:
        rows = con.execute(
            f"SELECT e_lo > t_lo, count(*) FROM facts JOIN concepts c USING (concept) "
            f"WHERE c.id = 'adverse_event' AND e_hi = {FOREVER} GROUP BY 1"
        ).fetchall()
    assert dict(rows) == {False: unknown.sum(), True: ongoing.sum()}
    assert min(unknown.sum(), ongoing.sum()) > 0


def messy(folder: Path) -> tuple[Treated, dict[str, Any]]:
    made = write_treated(folder / "mess", "nct05765006", 12, seed=8, form="facts", mess=True)
    return made, orjson.loads(made.truth.read_bytes())


def test_each_kind_of_mess_is_there_and_is_told(folder: Path) -> None:
    made, truth = messy(folder)
    told = {entry["what"]: entry for entry in truth["mess"]}
    assert set(told) == {
        "adverse event without a grade",
        "infused dose not recorded",
        "two samples with each other's date",
        "sample dated before the infusion",
        "one sample with two values",
        "the same record twice",
        "creatinine in umol/L",
        "cd19_b_cells in 10*6/L",
        "car_t_transgene_copies in copies/mL",
        "no infusion",
    }
    with open_population(made.path) as population:

        def facts(what: str, concept: str) -> list[Any]:
            return list(population.record(told[what]["person"]).facts.get(concept, ()))

        assert sum(f.problem == "no_data" for f in facts("adverse event without a grade", "adverse_event_grade")) == 1
        assert [f.problem for f in facts("infused dose not recorded", "car_t_dose_infused")] == ["no_data"]
        assert facts("no infusion", "car_t_infusion") == facts("no infusion", "car_t_transgene_copies") == []
        assert facts("no infusion", "leukapheresis")
        infusion = facts("sample dated before the infusion", "car_t_infusion")[0].start.lower
        early = [f for f in facts("sample dated before the infusion", "car_t_transgene_copies") if f.upper > 50]
        assert early[0].start.upper < infusion
        copies = facts("one sample with two values", "car_t_transgene_copies")
        times = Counter(f.start for f in copies)
        assert [n for _, n in times.most_common(2)] == [2, 1]
        twice = Counter(f.start for f in facts("the same record twice", "hemoglobin"))
        assert twice.most_common(1)[0][1] == 2
        units = {f.unit for f in facts("car_t_transgene_copies in copies/mL", "car_t_transgene_copies")}
        assert units == {"{copies}/ug", "copies/mL"}
        lost = [f for f in facts("car_t_transgene_copies in copies/mL", "car_t_transgene_copies") if f.problem]
        assert {f.problem for f in lost} == {"unit_mismatch"}
        assert {f.unit for f in facts("cd19_b_cells in 10*6/L", "cd19_b_cells")} == {"/uL", "10*6/L"}
        values = [f.upper for f in facts("creatinine in umol/L", "creatinine")]
        assert 0.3 < min(values) <= max(values) < 3
    untreated = [s for s in truth["subjects"] if not s["treated"]]
    assert [s["person"] for s in untreated] == [told["no infusion"]["person"]]


def test_the_truth_says_what_is_true_and_where_it_comes_from(folder: Path) -> None:
    made = write_treated(folder / "truth", "nct05765006", 12, seed=4)
    truth, cohort = orjson.loads(made.truth.read_bytes()), made.cohort
    assert truth["synthetic"] is True
    assert "nobody" in truth["note"]
    assert truth["sources"] == SOURCES
    assert [x["dlt_probability"] for x in truth["levels"]] == [0.05, 0.117, 0.183, 0.25]
    assert [x["participants"] for x in truth["levels"]] == [0, 6, 3, 3]
    assert truth["levels"][1]["cmax_geometric_mean"] == pytest.approx(24_000 * 0.5**0.3)
    for i, subject in enumerate(truth["subjects"]):
        assert subject["responder"] == bool(cohort.disease.responder[i])
        assert subject["auc_0_28"] == pytest.approx(cohort.cells.area(28.0)[i])
        assert 0 < subject["cmax_at_samples"] <= subject["cmax"] * (1 + 1e-12)
        score = subject["sledai_2k"]
        assert (score["day_90"] <= score["baseline"] - 4) == subject["responder"]


def test_lldas_on_record_is_that_of_its_components(folder: Path) -> None:
    """Reference: the catalog's LLDAS, decided by the interpreter on the facts, says at each visit what is recorded."""
    made = write_treated(folder / "lldas", "nct05765006", 40, seed=6, form="facts")
    known = load_catalog()
    met = expand(read_expression("lldas_oon.met"), ProtocolVocabulary(known, Defaults()))
    said: Counter[tuple[bool | None, bool | None]] = Counter()
    with open_population(made.path) as population:
        for person in population.persons():
            for fact in population.record(person, ["lldas_recorded"]).facts.get("lldas_recorded", ()):
                day = date_of(fact.start.lower // DAY)
                record = population.record(person, at=day)
                said[fact.categories == {"present"}, decide(met, record).state] += 1
    assert set(said) == {(True, True), (False, False)}
    assert min(said.values()) > 20


def test_everyone_consented_before_anything_was_done(folder: Path) -> None:
    made = write_treated(folder / "consent", "nct05765006", 12, seed=4)
    with made.answers.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert {(r["trial"], r["clause"], r["answer"]) for r in rows} == {("nct05765006", "signed_consent", "yes")}
    days = np.array([r["when"] for r in rows], "datetime64[D]").astype(int)
    assert (days < made.cohort.subjects.assigned).all()


def test_a_protocol_of_ones_own_can_be_treated(folder: Path) -> None:
    model = load_catalog().protocol("im19-sle")
    own = model.model_copy(update={"id": "mine", "dose_levels": model.dose_levels[:1]})
    made = write_treated(folder / "own", own, 3, seed=1)
    assert orjson.loads(made.truth.read_bytes())["protocol"] == "mine"


def test_an_unknown_form_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="not csv"):
        write_treated(folder / "no", "nct05765006", 3, form="csv")  # type: ignore[arg-type]
