"""Oracle: pair (one subject written out day by day, and her rows calculated by hand from the definitions)."""

import math

import pytest
from tests.subjects.person import at, below, day, derived, event, lasting, minute, one, sledai, treated

from trialwright.language.facts import Fact

SHE = [
    *treated(),
    at("weight", -50, 60.0),
    # SLEDAI-2K: arthritis 4, rash 2, proteinuria 4, leukopenia 1
    *sledai(-30, "arthritis", "rash", "proteinuria"),  # 10, at screening
    *sledai(-7, "arthritis", "rash"),  # 6: the last before lymphodepletion on day -5
    *sledai(-4, "rash"),  # between lymphodepletion and infusion: no baseline
    *sledai(28, "rash"),  # 2
    *sledai(92, "leukopenia"),  # 1: the visit of day 90 (83 to 97)
    at("neutrophils", -6, 4.0, low_normal=1.8, high_normal=7.5),
    at("neutrophils", 7, 0.4, low_normal=1.8, high_normal=7.5),
    at("neutrophils", 26, 0.9, low_normal=1.8, high_normal=7.5),
    at("neutrophils", 30, 1.6, low_normal=1.8, high_normal=7.5),
    lasting("prednisone", -60, 40, 10.0),
    lasting("prednisone", 41, 300, 5.0),
    *[at("cd19_b_cells", n, v) for n, v in ((-6, 150.0), (1, 4.0), (60, 25.0), (90, 80.0))],
    *[below("cd19_b_cells", n, 1.0) for n in (7, 14, 28)],
    below("car_t_transgene_copies", 0, 50.0),
    *[
        at("car_t_transgene_copies", n, v)
        for n, v in ((7, 5200.0), (10, 8100.0), (14, 3900.0), (21, 900.0), (28, 210.0))
    ],
    *event(2, 6, "cytokine_release_syndrome", 2.0, "ae 1", crs=True, related=True, serious=False),
    *event(-4, -2, "nausea", 1.0, "ae 2", related=False),
    *event(28, None, "herpes_zoster", 3.0, "ae 3", serious=True),
    *event(29, 31, "headache", 1.0, "ae 4"),
]


@pytest.fixture(scope="module")
def found():
    return derived({"she": SHE}, cut=120)


def test_the_subject(found):
    row = one(found.datasets["ADSL"], USUBJID="she")
    assert (row["AGE"], row["SEX"], row["COHORT"], row["DOSELVL"], row["TRT01A"]) == (
        35, "F", "SLE", 2, "25 x 10^6 CAR+ T cells",
    )  # fmt: skip
    assert (row["RFICDT"], row["LDSDT"], row["TRTSDT"]) == (day(-50), day(-5), day(0))
    assert (row["VEINDY"], row["LDINFDY"], row["LSTVDT"], row["EOSSTT"]) == (40, 5, day(92), "ONGOING")
    assert (row["SAFFL"], row["PKFL"], row["DLTEVLFL"], row["DLTFL"]) == ("Y", "Y", "Y", "N")
    assert row["DISDUR"] == pytest.approx(
        (day(-50) - day(-50).replace(year=2016, month=1, day=1)).days / 365.25, abs=0.05
    )


@pytest.mark.parametrize(
    ("visit", "value", "change", "on"),
    [(28, 2, -4, 28), (90, 1, -5, 92), (14, None, None, None), (180, None, None, None)],
)
def test_sledai_by_visit(found, visit, value, change, on):
    row = one(found.datasets["ADEFF"], PARAMCD="SLEDAI2K", AVISITN=visit)
    assert (row["AVAL"], row["BASE"], row["CHG"]) == (value, 6, change)
    assert row["ADT"] == (None if on is None else day(on))
    assert row["ADY"] == (None if on is None else on + 1)  # CDISC has no day 0
    assert row["DUEFL"] == ("N" if visit == 180 else "Y")


def test_baseline_lies_before_lymphodepletion(found):
    row = one(found.datasets["ADEFF"], PARAMCD="SLEDAI2K", ABLFL="Y")
    assert (row["AVAL"], row["ADT"]) == (6, day(-7))
    labs = one(found.datasets["ADLB"], PARAMCD="NEUT", ABLFL="Y")
    assert (labs["AVAL"], labs["ADT"], labs["BASE"]) == (4.0, day(-6), 4.0)


def test_steroid_and_responses(found):
    data = found.datasets["ADEFF"]
    assert [one(data, PARAMCD="STEROID", AVISITN=n)["AVAL"] for n in (-1, 28, 90)] == [10, 10, 5]
    assert [one(data, PARAMCD="STER75", AVISITN=n)["CRIT1FL"] for n in (28, 90)] == ["N", "Y"]
    assert [one(data, PARAMCD="SLEDAI4", AVISITN=n)["CRIT1FL"] for n in (14, 28, 90)] == ["N", "Y", "Y"]
    assert one(data, PARAMCD="SLEDAI4", AVISITN=14)["AVALC"] is None


def test_laboratory_takes_the_result_nearest_the_visit(found):
    rows = [row for row in found.datasets["ADLB"] if row["PARAMCD"] == "NEUT"]
    # CTCAE 5.0, neutrophils: below 1.8 (LLN) to 1.5 is grade 1, to 1.0 grade 2, to 0.5 grade 3, below 0.5 grade 4
    assert [(r["ARELDY"], r["ATOXGR"]) for r in rows] == [(-6, 0), (7, 4), (26, 3), (30, 1)]
    at_28 = [(r["AVAL"], r["ANL01FL"]) for r in rows if r["AVISITN"] == 28]
    assert at_28 == [(0.9, None), (1.6, "Y")]  # both two days off: the later counts
    assert one(rows, ARELDY=30)["CHG"] == pytest.approx(-2.4)


def test_events(found):
    rows = {row["SRCREF"]: row for row in found.datasets["ADAE"]}
    begun = [(rows[f"ae {i}"]["ASTDY"], rows[f"ae {i}"]["TRTEMFL"], rows[f"ae {i}"]["APERIOD"]) for i in range(1, 5)]
    assert begun == [
        (3, "Y", "day 0 to 28"),
        (-4, "N", "lymphodepletion"),
        (29, "Y", "day 0 to 28"),
        (30, "N", "after day 28"),
    ]
    crs = rows["ae 1"]
    assert (crs["AETOXGR"], crs["AESCALE"], crs["AESI"], crs["ADURN"], crs["AEREL"], crs["AESER"]) == (
        2, "ASTCT", "CRS", 5, "Y", "N",
    )  # fmt: skip
    assert crs["AEBODSYS"] == "Immune system disorders"
    assert (rows["ae 3"]["AESI"], rows["ae 3"]["AENDT"], rows["ae 3"]["AENDTX"]) == (
        "INFECTION",
        None,
        "ongoing at the cut",
    )
    assert [row["AESEQ"] for row in found.datasets["ADAE"]] == [1, 2, 3, 4]


def test_kinetics(found):
    pp = found.datasets["ADPP"]

    def value(code, interval="0-28"):
        return one(pp, PPCAT="TRANSGENE", PARAMCD=code, PPINT=interval)["AVAL"]

    assert (value("CMAX"), value("TMAX"), value("TLST")) == (8100, 10, 28)
    # trapezoids from C(0) = 0: the same profile and area as in docs/journeys/kinetics-day-28.md
    area = 7 * 5200 / 2 + 3 * (5200 + 8100) / 2 + 4 * (8100 + 3900) / 2 + 7 * (3900 + 900) / 2 + 7 * (900 + 210) / 2
    assert value("AUCINT") == area == 82835
    late = one(pp, PPCAT="TRANSGENE", PARAMCD="AUCINT", PPINT="0-90")
    assert late["AVAL"] is None
    assert "a missing sample is not BLQ" in late["AVALREAS"]


def test_b_cells_are_back_between_two_visits(found):
    row = one(found.datasets["ADTTE"], PARAMCD="BCELLREC")
    # below 20 from day 1, back at 20 or more on days 60 and 90: after day 28, by day 60
    assert (row["LEFT"], row["RIGHT"], row["AVAL"], row["CNSR"]) == (28, 60, 60, 0)


def test_times(found):
    data = found.datasets["ADTTE"]
    response = one(data, PARAMCD="TTRESP")
    assert (response["LEFT"], response["RIGHT"], response["CNSR"]) == (0, 28, 0)
    assert one(data, PARAMCD="FLARE")["CNSR"] == 1
    death = one(data, PARAMCD="DEATH")
    assert (death["AVAL"], death["CNSR"]) == (92, 1)


def test_time_by_the_clock():
    """A sample at 16:00 after an infusion at 10:00 was taken a quarter of a day after it."""
    people = [fact for fact in treated() if fact.concept != "car_t_infusion"]
    people.append(Fact("car_t_infusion", minute(0, 10)))
    people += [Fact("car_t_transgene_copies", minute(0, 16), lower=100.0, upper=100.0, recorded=100.0, source="s")]
    row = one(derived({"a": people}, cut=10).datasets["ADPC"], PARAMCD="TRANSGENE")
    assert math.isclose(row["ARRELTM"], 0.25)
    assert row["ADTM"] == "16:00"
