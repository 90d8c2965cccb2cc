"""Bad input is kept and flagged with its reason, or refused in one sentence."""

import pytest

from trialwright.analysis.kinetics.blq import blq_rule
from trialwright.analysis.kinetics.nca import analyse, parse_intervals
from trialwright.analysis.kinetics.profiles import build_profiles
from trialwright.analysis.kinetics.samples import Columns, Status, classify, read_samples
from trialwright.analysis.kinetics.settings import Acceptance, EndRule, Settings, Ties, Unaccepted
from trialwright.errors import TrialwrightError

COLUMNS = Columns("id", "day", "conc")
HEAD = "id,day,conc\n"


def rows_of(text, columns=COLUMNS, settings=None, intervals="0-28,0-inf", lloq=50.0, ties=Ties.REFUSE):
    profiles, findings = build_profiles(read_samples(text, columns, lloq), ties)
    kinetics = analyse(profiles, settings or Settings(), parse_intervals(intervals))
    return {(r["subject"], r["interval"], r["parameter"]): r for r in kinetics.rows()}, findings


@pytest.mark.parametrize(
    ("text", "status", "value", "limit"),
    [
        ("12.5", Status.QUANTIFIED, 12.5, 10.0),
        ("10", Status.QUANTIFIED, 10.0, 10.0),
        ("9.99", Status.BLQ, 9.99, 10.0),
        ("0", Status.BLQ, 0.0, 10.0),
        ("BLQ", Status.BLQ, None, 10.0),
        ("<LLOQ", Status.BLQ, None, 10.0),
        ("<50", Status.BLQ, None, 50.0),
        (">90000", Status.ABOVE, 90000.0, 10.0),
        ("ALQ", Status.ABOVE, None, 10.0),
        ("", Status.MISSING, None, 10.0),
        ("NR", Status.MISSING, None, 10.0),
        ("-3", Status.UNUSABLE, -3.0, 10.0),
        ("ND", Status.UNUSABLE, None, 10.0),
        ("inf", Status.UNUSABLE, None, 10.0),
    ],
)
def test_what_a_concentration_is(text, status, value, limit):
    """pair: text as laboratories write it, and what it counts as."""
    assert classify(text, 10.0) == (status, value, limit)


def test_times_out_of_order_are_sorted_and_said():
    """pair: the same samples in and out of order."""
    ordered, _ = rows_of(HEAD + "A,0,0\nA,7,900\nA,14,500\nA,28,100\n")
    mixed, findings = rows_of(HEAD + "A,0,0\nA,14,500\nA,7,900\nA,28,100\n")
    assert {k: r["value"] for k, r in mixed.items()} == {k: r["value"] for k, r in ordered.items()}
    assert [f.row for f in findings] == [4]
    assert "sorted" in findings[0].message


@pytest.mark.parametrize(
    ("ties", "cmax"), [(Ties.REFUSE, None), (Ties.MEAN, 950), (Ties.FIRST, 900), (Ties.LAST, 1000), (Ties.MAX, 1000)]
)
def test_conflicting_duplicates_follow_the_named_rule(ties, cmax):
    """pair: two samples at day 7 that disagree."""
    rows, findings = rows_of(HEAD + "A,0,0\nA,7,900\nA,7,1000\nA,14,500\nA,28,100\n", ties=ties)
    row = rows["A", "0-28", "CMAX"]
    assert row["value"] == cmax
    assert bool(row["reason"]) == (cmax is None)
    assert "rows 3, 4" in findings[0].message


def test_equal_duplicates_count_once():
    """pair: two samples at day 7 that agree."""
    rows, findings = rows_of(HEAD + "A,0,0\nA,7,900\nA,7,900\nA,14,500\nA,28,100\n")
    assert rows["A", "0-28", "CMAX"]["value"] == 900
    assert "agree" in findings[0].message


def test_negative_and_unknown_values_are_kept_out_and_said():
    """pair: a negative concentration and a word that is no code."""
    rows, findings = rows_of(HEAD + "A,0,0\nA,7,900\nA,10,-4\nA,14,500\nA,21,clotted\nA,28,100\n")
    without, _ = rows_of(HEAD + "A,0,0\nA,7,900\nA,14,500\nA,28,100\n")
    assert {k: r["value"] for k, r in rows.items()} == {k: r["value"] for k, r in without.items()}
    assert [(f.row, f.subject) for f in findings] == [(4, "A"), (6, "A")]
    assert rows["A", "0-28", "CMAX"]["flag"] == "2 of the samples in the interval could not be used (see findings)"


def test_all_blq_has_a_reason_everywhere():
    """law: nothing quantifiable means no number at all."""
    rows, _ = rows_of(HEAD + "A,0,BLQ\nA,7,<50\nA,14,10\nA,28,BLQ\n")
    assert all(r["value"] is None and "quantif" in r["reason"] for r in rows.values())


def test_zeros_without_a_limit_are_zeros():
    """independent: PKNCA reports Cmax and AUC 0 for a profile of zeros, and no Tmax, Tlast or half-life."""
    rows, _ = rows_of(HEAD + "A,0,0\nA,7,0\nA,14,0\nA,28,0\n", lloq=None)
    assert rows["A", "0-28", "CMAX"]["value"] == 0
    assert rows["A", "0-28", "AUCLST"]["value"] == 0
    assert rows["A", "0-28", "CMAX"]["flag"] == "every sample was recorded as 0"
    for code in ("TMAX", "TLST", "LAMZ"):
        assert rows["A", "0-28", code]["reason"]


def test_one_point():
    """law: one sample is a concentration, not an area and not a half-life."""
    rows, _ = rows_of(HEAD + "A,9,1000\n")
    assert rows["A", "0-inf", "CMAX"]["value"] == 1000
    assert "only one usable sample" in rows["A", "0-inf", "AUCLST"]["reason"]
    assert "too few points" in rows["A", "0-inf", "LAMZHL"]["reason"]


def test_dropout_is_not_blq():
    """law: without a sample at or after day 28 the area to day 28 is unknown unless a rule is chosen."""
    text = HEAD + "A,0,0\nA,7,1000\nA,10,800\nA,12,640\nA,14,512\n"
    rows, _ = rows_of(text)
    assert rows["A", "0-28", "AUCINT"]["value"] is None
    assert "before the end of the interval" in rows["A", "0-28", "AUCINT"]["reason"]
    last, _ = rows_of(text, settings=Settings(end_rule=EndRule.LAST))
    assert last["A", "0-28", "AUCINT"]["value"] == pytest.approx(last["A", "0-28", "AUCLST"]["value"])
    tail, _ = rows_of(text, settings=Settings(end_rule=EndRule.EXTRAPOLATE))
    rate = tail["A", "0-28", "LAMZ"]["value"]
    more = 512 / rate * (1 - 2.718281828459045 ** (-rate * 14))
    assert tail["A", "0-28", "AUCINT"]["value"] == pytest.approx(last["A", "0-28", "AUCINT"]["value"] + more)
    assert "extrapolated" in tail["A", "0-28", "AUCINT"]["flag"]
    blq, _ = rows_of(text + "A,28,BLQ\n")
    assert blq["A", "0-28", "AUCINT"]["value"] == pytest.approx(last["A", "0-28", "AUCINT"]["value"] + 7 * 512)


def test_persistence_that_is_still_going_on_says_so():
    """pair: quantifiable at the last visit, and not."""
    going, _ = rows_of(HEAD + "A,0,0\nA,7,1000\nA,28,100\n")
    gone, _ = rows_of(HEAD + "A,0,0\nA,7,1000\nA,28,100\nA,60,BLQ\n")
    assert "at least this long" in going["A", "0-inf", "TLST"]["flag"]
    assert gone["A", "0-inf", "TLST"]["flag"] is None


def test_reexpansion_has_no_half_life():
    """law: when the last samples rise, a longer window that happens to fall is not a terminal decline."""
    rows, _ = rows_of(HEAD + "A,0,0\nA,7,1000\nA,14,400\nA,21,120\nA,28,100\nA,42,200\nA,60,390\nA,90,1000\n")
    assert "rises" in rows["A", "0-inf", "LAMZHL"]["reason"]


def test_missing_dose_and_missing_infusion():
    """pair: B has no dose, C no infusion; times count from each subject's own infusion."""
    columns = Columns("id", "day", "conc", dose="dose", infusion="inf")
    text = "id,day,conc,dose,inf\n" + "".join(
        f"{name},{day},{conc},{dose},{inf}\n"
        for name, dose, inf in (("A", "100", "2"), ("B", "", "2"), ("C", "100", ""))
        for day, conc in ((0, "0"), (2, "0"), (9, "900"), (16, "400"), (30, "100"))
    )
    rows, findings = rows_of(text, columns)
    assert rows["A", "0-28", "TMAX"]["value"] == 7
    assert rows["A", "0-28", "CMAXD"]["value"] == 9
    assert rows["B", "0-28", "CMAX"]["value"] == 900
    assert rows["B", "0-28", "CMAXD"]["reason"] == "no dose is given"
    assert all(r["reason"] == "no infusion is recorded for this subject" for k, r in rows.items() if k[0] == "C")
    said = [f.message for f in findings]
    assert "no dose is recorded" in said
    assert "no infusion is recorded" in said
    assert any("before the infusion" in text for text in said)


def test_units_mixed_in_one_profile():
    """pair: copies/mg converts to copies/ug, cells/uL does not, and the limit is in the unit of the analysis."""
    columns = Columns("id", "day", "conc", unit="unit")
    text = (
        "id,day,conc,unit\nA,0,BLQ,copies/ug\nA,7,900,copies/ug\nA,14,400000,copies/mg\nA,28,40000,copies/mg\n"
        "B,0,0,copies/ug\nB,7,900,copies/ug\nB,14,4,cells/uL\n"
    )
    rows, findings = rows_of(text, columns)
    assert rows["A", "0-inf", "CMAX"]["value"] == 900
    assert rows["A", "0-inf", "CLST"]["value"] == pytest.approx(400)
    assert rows["A", "0-inf", "TLST"]["value"] == 14
    assert rows["B", "0-inf", "CMAX"]["value"] is None
    assert "mixes units" in rows["B", "0-inf", "CMAX"]["reason"]
    assert sum("converted" in f.message for f in findings) == 3


def test_above_the_range_is_not_a_peak():
    """law: a peak that is only known from below is unknown."""
    rows, findings = rows_of(HEAD + "A,0,0\nA,7,>90000\nA,14,500\nA,28,100\n")
    assert "upper limit" in rows["A", "0-28", "CMAX"]["reason"]
    assert "above the range" in findings[0].message


def test_unaccepted_fits_are_flagged_or_withheld():
    """pair: a half-life whose window spans too little."""
    text = HEAD + "A,0,0\nA,7,1000\nA,8,900\nA,9,820\nA,10,735\n"
    shown, _ = rows_of(text)
    assert shown["A", "0-inf", "LAMZHL"]["value"] > 0
    assert "half-lives" in shown["A", "0-inf", "LAMZHL"]["flag"]
    hidden, _ = rows_of(text, settings=Settings(acceptance=Acceptance(unaccepted=Unaccepted.EXCLUDE)))
    assert hidden["A", "0-inf", "LAMZHL"]["value"] is None
    assert "acceptance" in hidden["A", "0-inf", "LAMZHL"]["reason"]
    assert hidden["A", "0-inf", "LAMZNPT"]["value"] == shown["A", "0-inf", "LAMZNPT"]["value"]


@pytest.mark.parametrize("text", ["28-0", "0", "a-b", "-5-28", "0-28-60", "inf-inf", "", "nan-28", "0-nan"])
def test_intervals_that_make_no_sense(text):
    """law: refused in one sentence."""
    with pytest.raises(TrialwrightError, match="is not an interval"):
        parse_intervals(text)


@pytest.mark.parametrize(
    "text", ["sometimes", "before=keep", "before=keep,between=maybe,after=drop", "before=-1,between=0,after=0"]
)
def test_blq_rules_that_make_no_sense(text):
    """law: refused in one sentence."""
    with pytest.raises(TrialwrightError, match="BLQ rule"):
        blq_rule(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("id,day,conc\n", "no sample"),
        ("subject,day,conc\nA,1,2\n", 'no column "id"'),
        ("id,day,conc,conc\nA,1,2,3\n", "twice"),
    ],
)
def test_files_that_make_no_sense(text, told):
    """law: refused in one sentence that says what is there."""
    with pytest.raises(TrialwrightError, match=told):
        read_samples(text, COLUMNS)


def test_ragged_rows_and_rows_without_subject_are_kept_and_said():
    """pair: a short row, a row without subject, a time that is no number."""
    samples = read_samples(HEAD + "A,0\n,1,5\nA,soon,7\nA,7,900,extra\n", COLUMNS)
    assert [s.status for s in samples.samples] == [Status.MISSING, Status.UNUSABLE, Status.QUANTIFIED]
    assert [f.row for f in samples.findings] == [3, 4]
