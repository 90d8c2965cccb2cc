"""Random people for the laws: a few concepts, dates near the windows, all the ways in which a record is vague."""

from dataclasses import replace

from hypothesis import strategies as st

from trialwright.language.facts import DAY, FOREVER, Fact, Record, Span

SCREENING = 20_000
"""The screening day, counted from 1970-01-01."""
OFFSETS = st.sampled_from([-800, -200, -90, -60, -31, -30, -29, -20, -10, -7, -3, -1, 0, 1, 5])
VALUES = st.sampled_from([0.0, 5.0, 10.0, 20.0, 40.0, 49.9, 50.0, 75.0, 100.0])
WIDTHS = st.sampled_from([0, 0, 0, 1, 6, 30])
LABS = ("platelets", "neutrophils", "mrss")
SINGLE = ("azathioprine", "methotrexate", "dexamethasone")


def days(first, last=None):
    return Span(first * DAY, (first if last is None else last) * DAY + DAY - 1)


@st.composite
def starts(draw):
    first = SCREENING + draw(OFFSETS)
    return days(first, first + draw(WIDTHS))


@st.composite
def labs(draw, concept=None):
    span = draw(starts())
    kind = draw(st.sampled_from(["known", "known", "known", "unread", "below", "above"]))
    value = draw(VALUES)
    given = {
        "known": {"lower": value, "upper": value},
        "unread": {"problem": "unit_mismatch"},
        "below": {"lower": 0.0, "upper": value + 1, "upper_open": True, "problem": "censored"},
        "above": {"lower": value, "upper": float("inf"), "lower_open": True, "problem": "censored"},
    }[kind]
    name = concept or draw(st.sampled_from(LABS))
    return Fact(name, span, certain=draw(st.integers(0, 9)) > 0, **given)


@st.composite
def conditions(draw):
    span = draw(starts())
    end = None
    if draw(st.booleans()):
        last = draw(st.integers(0, 100))
        end = draw(st.sampled_from([days(span.last_day + last), Span(span.upper, FOREVER)]))
    name = draw(st.sampled_from(["malignancy", "lupus", "renal_biopsy"]))
    return Fact(name, span, end, certain=draw(st.integers(0, 5)) > 0)


@st.composite
def drugs(draw, concept):
    span = draw(starts())
    length = draw(st.sampled_from([0, 13, 14, 30, 60, 400]))
    end = draw(
        st.sampled_from([days(span.last_day + length), days(span.last_day + length, span.last_day + length + 20)])
    )
    end = draw(st.sampled_from([end, end, Span(span.upper, FOREVER)]))
    value = draw(st.sampled_from([5.0, 10.0, 20.0, None]))
    given = {"problem": "no_data"} if value is None else {"lower": value, "upper": value}
    route = draw(st.sampled_from(["oral", "intravenous"]))
    return Fact(concept, span, end, categories=frozenset({route}), certain=draw(st.integers(0, 9)) > 0, **given)


@st.composite
def exact_drugs(draw, concept):
    first = SCREENING + draw(OFFSETS)
    value = draw(st.sampled_from([5.0, 10.0, 20.0]))
    end = days(first + draw(st.sampled_from([0, 6, 13, 14, 30, 60])))
    return Fact(concept, days(first), end, value, value, categories=frozenset({"oral"}))


@st.composite
def people(draw):
    facts = draw(st.lists(st.one_of(labs(), labs("platelets"), conditions()), max_size=5))
    for name in SINGLE:
        facts += draw(st.lists(drugs(name), max_size=1))
    facts += draw(st.lists(exact_drugs("prednisone"), max_size=3))
    table = {}
    for fact in facts:
        table.setdefault(fact.concept, []).append(fact)
    first, last = SCREENING - draw(st.sampled_from([40, 1000])), SCREENING + 400
    domains = draw(st.sets(st.sampled_from(["condition", "drug", "procedure", "measurement"])))
    infusion = draw(st.sampled_from([None, days(SCREENING + 3), days(SCREENING, SCREENING + 9)]))
    observed = dict.fromkeys(sorted(domains), (first, last))
    return Record(
        table, {"screening": days(SCREENING), "infusion": infusion, "baseline": days(SCREENING - 20)}, observed
    )


@st.composite
def better_known(draw, record):
    """The same person with one vague thing made exact, in one of the ways in which it may turn out."""
    infusion = record.anchors["infusion"]
    if infusion is not None and infusion.first_day != infusion.last_day and draw(st.booleans()):
        day = draw(st.integers(infusion.first_day, infusion.last_day))
        return replace(record, anchors={**record.anchors, "infusion": days(day)})
    flat = [fact for facts in record.facts.values() for fact in facts]
    vague = [
        f
        for f in flat
        if f.start.first_day != f.start.last_day or f.lower != f.upper or f.lower is None or not f.certain or f.end
    ]
    if not vague:
        return record
    old = draw(st.sampled_from(vague))
    new = old
    if old.start.first_day != old.start.last_day:
        day = draw(st.integers(old.start.first_day, old.start.last_day))
        new = replace(new, start=days(day))
    elif old.end is not None and old.end.upper // DAY != old.end.lower // DAY:
        last = min(old.end.last_day, old.end.first_day + 100)
        new = replace(new, end=days(draw(st.integers(max(old.end.first_day, new.start.last_day), last))))
    elif old.problem is not None:
        low = max(old.lower, 0.0) if old.lower is not None else 0.0
        high = min(old.upper, 500.0) if old.upper is not None else 500.0
        inside = [v for v in (5.0, 10.0, 20.0, 40.0, 49.9, 50.0, 75.0, 100.0) if low < v < high]
        value = draw(st.sampled_from([*inside, (low + high) / 2] + ([] if old.lower_open else [low])))
        new = replace(new, lower=value, upper=value, lower_open=False, upper_open=False, problem=None)
    elif not old.certain:
        new = replace(new, certain=True) if draw(st.booleans()) else None
    table = {
        name: [f if f is not old else new for f in facts if f is not old or new is not None]
        for name, facts in record.facts.items()
    }
    return replace(record, facts=table)


TEXTS = [
    "platelets >= 50 10*9/L",
    "lowest platelets < 50 10*9/L within 30 days before screening",
    "highest platelets >= 75 10*9/L within 90 days before screening",
    "earliest platelets <= 20 10*9/L within 60 days before screening",
    "mean platelets > 40 10*9/L within 60 days before screening",
    "platelets - baseline platelets > 0",
    "mrss rises by >= 5 points",
    "mrss rises by >= 10 % from best",
    "mrss falls by > 5 points from previous",
    "platelets / neutrophils > 2",
    "max(platelets, neutrophils) ^ 2 >= 2500",
    "has malignancy within 30 days before screening",
    "history of malignancy",
    "has lupus since >= 30 days before screening",
    "no renal_biopsy within 7 days before the platelets result",
    "no renal_biopsy within 48 hours before infusion",
    "has renal_biopsy from infusion to 28 days after infusion",
    "count of renal_biopsy >= 2 within 90 days before screening",
    "days with platelets where (this < 50 10*9/L) >= 2 within 90 days before screening",
    "count of platelets where (this < 50 10*9/L) at least 7 days apart >= 2 within 90 days before screening",
    "members of any of (malignancy, lupus) >= 2",
    "on azathioprine",
    "on oral glucocorticoid",
    "on azathioprine for >= 8 weeks before screening",
    "on methotrexate for >= 14 days within 60 days before screening",
    "dose of glucocorticoid (prednisone equivalent) >= 20 mg/day",
    "highest dose of glucocorticoid (prednisone equivalent) > 40 mg/day within 60 days before screening",
    "mean dose of prednisone <= 10 mg/day within 60 days before screening",
    "dose of glucocorticoid (prednisone equivalent) stable for >= 14 days before screening",
    "dose of methotrexate stable for >= 28 days before screening within 5 mg/day",
    "dose of prednisone >= 10 mg/day for >= 14 days within 60 days before screening",
    "total days of (neutrophils < 50 10*9/L) within 30 days before screening >= 2 days",
    "longest run of (neutrophils >= 20 10*9/L) within 60 days before screening >= 1 days",
    "longest run of (on immunosuppressant) bridging 7 days within 60 days before screening >= 20 days",
    "on azathioprine for >= 14 days before infusion",
    "on azathioprine for < 30 days before infusion",
    "mean dose of azathioprine > 9 mg/day within 30 days before infusion",
    "mean dose of azathioprine <= 10 mg/day from screening to infusion",
    "range dose of azathioprine <= 5 mg/day from screening to infusion",
    "dose of azathioprine at infusion >= 10 mg/day",
    "sledai_2k >= 4",
    "grade (2 if platelets < 50 10*9/L; 1 if platelets < 75 10*9/L) <= 1",
]
