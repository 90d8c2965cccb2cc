"""Oracle: law (whatever a record holds, the analysis ends, keeps every event and sample, and says why numbers miss)."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.subjects.person import day, derived, plan, span, treated

from trialwright.analysis.subjects.run import results_of
from trialwright.language.facts import FOREVER, Fact, Span

MEASURED = (
    "car_t_transgene_copies", "car_t_cells", "cd19_b_cells", "neutrophils", "hemoglobin", "upcr", "egfr", "pga",
    "sledai_2k_total", "weight", "dose_level", "car_t_dose_infused", "adverse_event_grade", "crs_grade",
)  # fmt: skip
STATED = ("sledai_2k_rash", "lldas_recorded", "dose_limiting_toxicity", "serious_adverse_event", "adverse_event",
          "informed_consent", "study_visit")  # fmt: skip
DONE = ("lymphodepletion", "car_t_infusion", "leukapheresis")
LASTING = ("lupus_nephritis", "pneumonia", "nausea")
COURSES = ("prednisone", "mycophenolate_mofetil")

days = st.integers(-60, 130)
sources = st.sampled_from(["", "a", "b", "c"])


@st.composite
def when(draw):
    """An exact day, one minute, or a stretch of days that it could be."""
    first = draw(days)
    kind = draw(st.sampled_from(["day", "minute", "part"]))
    if kind == "day":
        return span(first)
    if kind == "minute":
        at = span(first).lower + draw(st.integers(0, 1439))
        return Span(at, at)
    return Span(span(first).lower, span(first + draw(st.integers(1, 40))).upper)


@st.composite
def ends(draw, start):
    """Open, unknown from some day on, or some time after the start."""
    if draw(st.booleans()):
        return Span(start.upper, FOREVER)
    later = start.upper + draw(st.integers(0, 60)) * 1440
    return Span(later, later)


@st.composite
def fact(draw):
    """A fact of a trial's record: plain, bounded, without a value, in an unknown unit, stated absent, not certain."""
    start, source = draw(when()), draw(sources)
    kind = draw(st.sampled_from(["measured", "stated", "done", "lasting", "course", "left"]))
    certain = draw(st.integers(0, 9)) > 0
    if kind == "measured":
        name = draw(st.sampled_from(MEASURED))
        value = draw(st.sampled_from([0.0, 0.4, 1.0, 3.0, 7.0, 80.0, 25e6]))
        shape = draw(st.sampled_from(["point", "below", "above", "nothing", "unit"]))
        if shape == "below":
            return Fact(name, start, lower=0.0, upper=value + 1, upper_open=True, recorded=value + 1, source=source)
        if shape == "above":
            return Fact(name, start, lower=value, upper=float("inf"), lower_open=True, recorded=value, source=source)
        if shape == "nothing":
            return Fact(name, start, problem="no_data", source=source)
        if shape == "unit":
            return Fact(name, start, recorded=value, unit="furlong", problem="unit_mismatch", source=source)
        return Fact(name, start, lower=value, upper=value, recorded=value, certain=certain, source=source)
    if kind == "stated":
        name, answer = draw(st.sampled_from(STATED)), draw(st.sampled_from(["present", "absent"]))
        end = draw(ends(start)) if name == "adverse_event" else None
        return Fact(name, start, end, categories=frozenset({answer}), source=source)
    if kind == "done":
        return Fact(draw(st.sampled_from(DONE)), start, present=draw(st.booleans()), certain=certain, source=source)
    if kind == "lasting":
        return Fact(draw(st.sampled_from(LASTING)), start, draw(ends(start)), certain=certain, source=source)
    if kind == "course":
        dose = draw(st.sampled_from([5.0, 20.0]))
        return Fact(
            draw(st.sampled_from(COURSES)), start, draw(ends(start)), lower=dose, upper=dose,
            categories=frozenset({"oral"}), source=source,
        )  # fmt: skip
    if draw(st.booleans()):
        return Fact("death", start, source=source)
    return Fact(
        "study_end", start, categories=frozenset({draw(st.sampled_from(["withdrew", "completed"]))}), source=source
    )


@settings(max_examples=40)
@given(
    st.lists(st.lists(fact(), max_size=14), min_size=1, max_size=3), st.booleans(), st.sampled_from([-3, 20, 45, 100])
)
def test_any_record_is_analysed(drawn, usual, cut):
    people = {f"p{i}": [*(treated() if usual else ()), *facts] for i, facts in enumerate(drawn)}
    found = derived(people, cut)
    rows = results_of(plan(), found, day(cut)) if found.subjects else ()
    assert all(row["value"] is not None or row["reason"] for row in rows)
    keys = [tuple(row[k] for k in ("estimand", "population", "group", "level", "statistic")) for row in rows]
    assert len(set(keys)) == len(keys)
    values = dict(zip(keys, (row["value"] for row in rows), strict=True))
    for key, share in values.items():
        if key[-1] == "percent" and share is not None:
            sides = [values.get((*key[:-1], f"{side} 95")) for side in ("lower", "upper")]
            assert 0 <= (sides[0] or 0) <= share + 1e-9
            assert share - 1e-9 <= (100 if sides[1] is None else sides[1]) <= 100
    assert all((row["AVAL"] is None) == bool(row["AVALREAS"]) for row in found.datasets["ADPP"])
    for subject in found.subjects:
        kept = [f for name in ("car_t_transgene_copies", "car_t_cells") for f in subject.facts(name)]
        there = [r for r in found.datasets["ADPC"] if r["USUBJID"] == subject.id and r["PARAMCD"] != "BCELL"]
        assert len(there) == len(kept)
        assert all(bool(r["ANL01FL"]) != bool(r["ANL01X"]) for r in there)
    for row in found.datasets["ADEFF"]:
        if row["AVAL"] is not None:
            assert row["AVALLO"] == row["AVAL"] == row["AVALHI"]
        if row["AVALLO"] is not None and row["AVALHI"] is not None:
            assert row["AVALLO"] <= row["AVALHI"]
    for row in found.datasets["ADTTE"]:
        assert row["RIGHT"] is None or row["LEFT"] <= row["RIGHT"]
        assert row["ADT"] is None or row["ADT"] <= day(cut)
