"""Oracle: pair (what a laboratory writes, and what it means, worked by hand)."""
# ruff: noqa: E501 - inputs and what they mean stand side by side

import math
import random

import pyarrow as pa
import pytest
from load_help import book

from trialwright.language.facts import DAY
from trialwright.population.codebook import short_system
from trialwright.population.dates import Dates, date_text
from trialwright.population.dosage import daily_dose, strength_of
from trialwright.population.measure import Measures
from trialwright.population.readings import category_bits, read_range, read_text

INF = math.inf


@pytest.mark.parametrize(
    ("text", "lower", "upper", "flags", "words"),
    [
        ("0.5", 0.5, 0.5, 0, ""),
        ("<0.5", 0.0, 0.5, 2, ""),
        ("< 20 IU/mL", 0.0, 20.0, 2, ""),
        (">=10", 10.0, INF, 0, ""),
        ("≤ 5", 0.0, 5.0, 0, ""),
        (">1:1280", 1280.0, INF, 1, ""),
        ("1:160", 160.0, 160.0, 0, ""),
        ("3-5", 3.0, 5.0, 0, ""),
        ("1.2e3", 1200.0, 1200.0, 0, ""),
        ("2,5", 2.5, 2.5, 0, ""),
        ("1,234,567", 1234567.0, 1234567.0, 0, ""),
        ("1,234", None, None, 0, "1,234"),
        ("negative", None, None, 0, "negative"),
        ("Not Detected", None, None, 0, "negative"),
        ("trace", None, None, 0, "trace"),
        ("1+", None, None, 0, "1+"),
        ("++", None, None, 0, "2+"),
        ("III+V", None, None, 0, "iii+v"),
        ("haemolysed", None, None, 0, "haemolysed"),
    ],
)
def test_results_as_text(text, lower, upper, flags, words):
    reading = read_text(text)
    assert (reading.lower, reading.upper, reading.flags, reading.words) == (lower, upper, flags, words)


@pytest.mark.parametrize(
    ("words", "categories", "found"),
    [
        ("III+V", ("I", "II", "III", "IV", "V"), {"III", "V"}),
        ("Class IV", ("I", "II", "III", "IV", "V"), {"IV"}),
        ("class 9", ("I", "II"), None),
        ("pos", ("positive", "negative"), {"positive"}),
        ("yes", ("present", "absent"), {"present"}),
        ("1+", ("positive", "negative", "trace", "1+"), {"1+"}),
        ("not pregnant", ("pregnant", "not_pregnant"), {"not_pregnant"}),
        ("pink", ("positive", "negative"), None),
    ],
)
def test_words_are_categories_of_the_concept(words, categories, found):
    bits = category_bits(words, categories)
    named = None if bits is None else {c for i, c in enumerate(categories) if bits >> i & 1}
    assert named == found


@pytest.mark.parametrize(
    ("text", "limits"),
    [("3.5-5.0", (3.5, 5.0)), ("< 1.2 mg/dL", (None, 1.2)), (">60", (60.0, None)), ("(0 - 40 U/L)", (0.0, 40.0)), ("negative", (None, None))],
)  # fmt: skip
def test_limits_of_normal_as_text(text, limits):
    assert read_range(text) == limits


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024-02-29", "2024-02-29", "2024-02-29"),
        ("2011-11-21T23:43:05-05:00", "2011-11-21", "2011-11-21"),
    ],
)
def test_partial_dates_are_intervals(text, first, last):
    span = Dates().read(text)
    assert (date_text(span[0]), date_text(span[1])) == (first, last)
    assert span[0] % DAY == 0 or "T" in text


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2023-02-30", "2023-13", "0001-01-01", "20230101", "2011-11-21T99:99", "23-01-01"]
)
def test_what_is_no_date(text):
    assert Dates().read(text) is None


def _repeat(**repeat):
    return {"timing": {"repeat": repeat}}


def _mg(value):
    return {"doseAndRate": [{"doseQuantity": {"value": value, "unit": "mg", "code": "mg"}}]}


DAILY = _repeat(frequency=1, period=1, periodUnit="d")
TABLET = {"doseAndRate": [{"doseQuantity": {"value": 2, "unit": "tablet"}}]}


@pytest.mark.parametrize(
    ("dosages", "name", "low", "high", "problem"),
    [
        ([_mg(20) | DAILY], "prednisone", 20, 20, None),
        ([_mg(10) | _repeat(frequency=2, period=1, periodUnit="d")], "", 20, 20, None),
        ([_mg(14) | _repeat(frequency=1, period=1, periodUnit="wk")], "", 2, 2, None),
        ([_mg(10) | _repeat(frequency=1, period=2, periodUnit="d")], "", 5, 5, None),
        ([_mg(10) | DAILY | {"asNeededBoolean": True}], "", 0, 10, None),
        ([TABLET | DAILY], "prednisone 5 MG Oral Tablet", 10, 10, None),
        ([TABLET | DAILY], "prednisone", None, None, 2),
        ([_mg(10) | DAILY | {"sequence": 1}, _mg(5) | DAILY | {"sequence": 2}], "", 5, 10, None),
        ([_mg(10) | DAILY, _mg(5) | DAILY], "", 15, 15, None),
        ([_mg(10) | {"text": "taper as directed"}], "", None, None, 10),
        ([{"text": "Take 1 tablet by mouth twice daily"}], "prednisone 5 MG Oral Tablet", 10, 10, None),
        ([_mg(10)], "", None, None, 0),
        ([], "", None, None, 0),
    ],
)
def test_the_daily_dose_of_instructions(dosages, name, low, high, problem):
    assert daily_dose(dosages, name, "mg", Measures(book().concepts).unit_scale) == (low, high, problem)


@pytest.mark.parametrize(
    ("name", "strength"),
    [
        ("prednisone 20 MG Oral Tablet", (20.0, "mg", "")),
        ("tocilizumab 20 MG/ML Injection", (20.0, "mg", "mL")),
        ("acetaminophen 325 MG / oxycodone 10 MG Oral Tablet", None),
        ("prednisone", None),
    ],
)
def test_the_strength_in_a_product_name(name, strength):
    assert strength_of(name) == strength


@pytest.mark.parametrize(
    ("text", "kind", "system", "expected"),
    [
        ("prednisone 5 MG Oral Tablet", "drug", "RxNorm", {("prednisone", True)}),
        ("Naproxen sodium 220 MG Oral Tablet", "drug", "RxNorm", {("naproxen", True)}),
        ("prednisone burst", "drug", "local", {("prednisone", False)}),
        ("Allergy to prednisone", "drug", "local", set()),
        ("No history of seizure", "condition", "SNOMED", set()),
        ("Family history of epilepsy", "condition", "SNOMED", set()),
        ("Refractory epilepsy of childhood", "condition", "SNOMED", {("epilepsy", False)}),
        ("serum creatinine", "measurement", "LOINC", set()),
    ],
)
def test_look_alikes_by_name(text, kind, system, expected):
    named = {(book().concepts[i].id, certain) for i, certain in book().alike(text, kind, system)}
    assert named == expected


def test_every_name_of_a_code_system_is_one():
    names = [
        "http://snomed.info/sct",
        "urn:oid:2.16.840.1.113883.6.96",
        "SNOMED",
        "http://snomed.info/sct/731000124108",
    ]
    assert {short_system(name) for name in names} == {"SNOMED"}


@pytest.mark.parametrize(
    ("concept", "value", "unit", "expected"),
    [
        ("creatinine", 221.0, "umol/L", 2.5),
        ("creatinine", 2.5, "mg/dl", 2.5),
        ("platelets", 150.0, "10*3/uL", 150.0),
        ("platelets", 150000.0, "/uL", 150.0),
        ("temperature", 98.6, "[degF]", 37.0),
        ("creatinine", 2.5, "furlongs", None),
        ("creatinine", 2.5, None, None),
    ],
)
def test_units_of_the_wild_become_canonical(concept, value, unit, expected):
    measures = Measures(book().concepts)
    index = book().index(concept)
    from trialwright.population.readings import compared

    v_lo, _, _, _, _, _, raw, _, problem = measures.measured(index, compared("", value), unit)
    assert raw == value
    assert v_lo == pytest.approx(expected, rel=1e-4) if expected is not None else (v_lo is None and problem == 2)


def test_many_dates_at_once_are_read_as_each_alone():
    """law: by digits or one by one, a date is the same interval or none."""
    rng = random.Random(4)
    shapes = [
        "{y:04}-{m:02}-{d:02}",
        "{y:04}-{m:02}-{d:02}T{h:02}:{n:02}:07Z",
        "{y:04}-{m:02}",
        "{y:04}",
        "{y:04}-{m:02}-{d:02} {h:02}:{n:02}",
    ]
    texts = [
        "",
        "2026-02-30",
        "2024-02-29",
        "2023-02-29T10:00",
        "2026-13-01",
        "2026-12-31T23:59",
        "2026-1-1T8:30:00",
        "x" * 16,
        "2026-03-01T24:00:00",
        "\u0662026-03-01",
        None,
    ]
    for _ in range(600):
        text = rng.choice(shapes).format(
            y=rng.randrange(1840, 2210),
            m=rng.randrange(14),
            d=rng.randrange(33),
            h=rng.randrange(25),
            n=rng.randrange(70),
        )
        texts.append(text if rng.random() < 0.8 else text.replace(rng.choice(text), rng.choice("x -:T7"), 1))
    spans = Dates().read_all(pa.array([text or "" for text in texts]).slice(3))
    one = Dates()
    assert [spans[i] for i in range(len(texts) - 2)] == [*(one.read(text or "") for text in texts[3:]), None]
