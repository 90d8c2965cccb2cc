# law: a search finds a trial by every name of what it is about, and ranks as the BM25 formula does when computed by hand.
# ruff: noqa: E501
"""Search, facets, misspellings, likeness."""

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
import orjson
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from trialwright.cli.similar import command as similar_command
from trialwright.cli.trials import command as trials_command
from trialwright.errors import TrialwrightError
from trialwright.registry.criteria import read_criteria
from trialwright.registry.facets import read_product, read_targets
from trialwright.registry.index import build_index, open_index, row_of, save_index
from trialwright.registry.likeness import overlap, say, signatures
from trialwright.registry.records import Intervention, Record
from trialwright.registry.search import search
from trialwright.registry.similar import place_of, similar
from trialwright.registry.spelling import nearest_words
from trialwright.registry.words import catalog_names


def trial(number, title, conditions, summary="", criteria="", **fields):
    found, _ = read_criteria(criteria)
    return Record(
        nct_id=f"NCT0900000{number}", title=title, conditions=conditions, brief_summary=summary, criteria=found,
        criteria_text=criteria, **fields,
    )  # fmt: skip


TRIALS = [
    trial(1, "CD19 CAR-T in SLE", ("Systemic Lupus Erythematosus",), "autologous CAR-T cells",
          "Inclusion Criteria:\n* SLEDAI-2K >= 8\n* Weight over 40 kg", status="RECRUITING", phases=("PHASE1",),
          enrollment=12, countries=("China",)),
    trial(2, "Universal CAR-T against CD19 and BCMA in lupus", ("Lupus",), "off-the-shelf", "",
          status="COMPLETED", phases=("PHASE1", "PHASE2"), enrollment=30, countries=("Canada",)),
    trial(3, "CD19 CAR-T in scleroderma", ("Systemic Sclerosis",), "autologous", "", status="RECRUITING",
          phases=("PHASE1",), enrollment=18, countries=("China",)),
    trial(4, "Physiotherapy of the knee", ("Osteoarthritis",), "exercise", "", status="RECRUITING", phases=("NA",), enrollment=200),
    trial(5, "Anti-CD19 cells for active lupus", ("Systemic lupus erythematosus",), "autologous CAR-T",
          "Inclusion Criteria:\n* SLEDAI-2K ≥ 8 points\n* Consent", status="RECRUITING", phases=("PHASE1",), enrollment=10),
]  # fmt: skip


@pytest.fixture(scope="module")
def names():
    return catalog_names()


@pytest.fixture(scope="module")
def index(names):
    return build_index(TRIALS, names)


def found(index, names, query, **options):
    return [item.row["nct_id"][-1] for item in search(index, query, names, **options).trials]


@pytest.mark.parametrize("query", ["SLE", "sle", "systemic lupus erythematosus", "lupus", "systemic lupus"])
def test_every_name_of_a_condition_finds_the_same_trials(index, names, query):
    assert set(found(index, names, query)) == {"1", "2", "5"}


@pytest.mark.parametrize(("query", "right"), [("sclerodrema", "scleroderma"), ("phisiotherapy", "physiotherapy")])
def test_misspellings_are_mended_and_said(index, names, query, right):
    answer = search(index, query, names)
    assert answer.mended == {query: right}
    assert answer.total >= 1


def test_words_that_nothing_resembles_find_nothing(index, names):
    assert found(index, names, "xyzzyqwerty") == []


def test_facets_narrow(index, names):
    assert set(found(index, names, "", where={"target": ["BCMA"]})) == {"2"}
    assert set(found(index, names, "CAR-T", where={"condition": ["SSc"]})) == {"3"}
    assert set(found(index, names, "lupus", where={"product": ["autologous"], "status": ["recruiting"]})) == {"1", "5"}
    assert set(found(index, names, "", people=(10, 18))) == {"1", "3", "5"}
    counts = search(index, "lupus", names, count_facets=True).facets
    assert counts["product"] == {"autologous": 2, "allogeneic": 1}
    assert counts["country"] == {"China": 1, "Canada": 1}


def test_an_unknown_facet_value_names_those_there_are(index, names):
    with pytest.raises(TrialwrightError, match="the index knows"):
        search(index, "", names, where={"target": ["CD999"]})


def test_weights_are_those_of_the_formula(names):
    """BM25 with k1 1.2, b 0.6 and a title that counts four: Robertson and Zaragoza 2009, section 3.5."""
    records = [Record(title="zebra zebra apple"), Record(title="apple pear"), Record(title="pear")]
    index = build_index(records, names)
    counts, lengths = [8.0, 0.0, 0.0], [12.0, 8.0, 4.0]
    idf = math.log1p((3 - 1 + 0.5) / (1 + 0.5))
    expected = idf * counts[0] * 2.2 / (counts[0] + 1.2 * (0.4 + 0.6 * lengths[0] / np.mean(lengths)))
    assert search(index, "zebra", names).trials[0].score == pytest.approx(expected, rel=1e-5)


def test_likeness_has_its_reasons(index, names):
    first = place_of(index, "NCT09000001")
    alike = similar(index, index.row(first), names, leave_out=first)
    assert alike[0].trial.row["nct_id"] == "NCT09000005"
    reasons = " | ".join(alike[0].reasons)
    assert "same condition: Systemic lupus erythematosus" in reasons
    assert "same target: CD19" in reasons
    assert "1 criteria the same: SLEDAI-2K" in reasons
    assert "≥8" in reasons
    assert first not in [item.trial.place for item in alike]
    assert [item.trial.score for item in alike] == sorted((item.trial.score for item in alike), reverse=True)


def reason(names, mine, theirs):
    one, other = (signatures(trial(n, "x", ("Lupus",), criteria=text), names) for n, text in ((1, mine), (2, theirs)))
    found = overlap(one, other)
    return [say(item, names) for item in found.equal], [say(item, names) for item in found.alike]


@pytest.mark.parametrize(
    ("mine", "theirs", "equal", "alike"),
    [
        ("PLT ≥ 75 x 10^9/L", "Platelet count of at least 75,000/uL", 1, 0),  # other words, other unit
        ("Hemoglobin >= 8 g/dL", "Hb ≥ 80 g/L", 1, 0),
        ("Positive for ANA or anti-dsDNA", "Anti-dsDNA or ANA positive", 1, 0),  # alternatives in another order
        ("PLT ≥ 75 x 10^9/L", "Platelets ≥ 50 x 10^9/L", 0, 1),  # another limit
        ("Creatinine = 2 mg/dL", "Creatinine = 2 mg/dL", 0, 1),  # not understood: never called the same
        ("PLT ≥ 75 x 10^9/L", "Hemoglobin ≥ 80 g/L", 0, 0),
        ("Age ≥ 18 years", "Age ≥ 18 years", 0, 0),  # nothing of the catalog: every trial has an age
    ],
)
def test_criteria_are_the_same_when_they_mean_the_same(names, mine, theirs, equal, alike):
    found = reason(names, f"Inclusion Criteria:\n* {mine}\n", f"Inclusion Criteria:\n* {theirs}\n")
    assert (len(found[0]), len(found[1])) == (equal, alike)


def test_inclusion_and_exclusion_of_one_thing_are_no_likeness(names):
    text = "* Epilepsy\n"
    assert reason(names, f"Inclusion Criteria:\n{text}", f"Exclusion Criteria:\n{text}") == ([], [])


def test_a_trial_is_most_like_itself(index, names):
    for record in TRIALS:
        assert similar(index, row_of(record, names), names)[0].trial.row["nct_id"] == record.nct_id


def test_a_stored_index_answers_alike(index, names, tmp_path):
    save_index(index, tmp_path / "index")
    stored = open_index(tmp_path / "index")
    for query in ("lupus", "CAR-T cd19", ""):
        assert search(stored, query, names, count_facets=True) == search(index, query, names, count_facets=True)
    (tmp_path / "index" / "terms.json").write_text("{")
    with pytest.raises(TrialwrightError, match="broken search index"):
        open_index(tmp_path / "index")
    with pytest.raises(TrialwrightError, match="--build"):
        open_index(tmp_path / "none")


@pytest.mark.parametrize(("text", "targets", "product"), [
    ("Autologous anti-CD19 CAR-T", ("CD19",), ("autologous",)),
    ("universal CD19/BCMA CAR T", ("BCMA", "CD19"), ("allogeneic",)),
    ("relma-cel", ("CD19",), ()),
    ("in vivo CAR generation by lipid nanoparticles", (), ("in vivo",)),
    ("CAR-T cells and their persistence", (), ("unstated",)),
    ("aspirin", (), ()),
])  # fmt: skip
def test_targets_and_products(text, targets, product):
    assert read_targets(text) == targets
    assert read_product(text) == product


@given(st.text("abcde", min_size=6, max_size=9), st.integers(0, 8), st.sampled_from("abcdexyz"), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_one_slip_is_always_mended(word, place, letter, kind):
    """Deletion, insertion, replacement and swap are distance 1, found among words that are far away."""
    place %= len(word)
    slips = (
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + letter + word[place + 1 :],
        word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :],
    )
    words = ("mnopqrst", word, "qqqqqqqq")
    assert nearest_words(slips[kind], words, np.array([0, 1, 2, 3])) == word


def test_the_commands(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    lines = ["NCTId,BriefTitle,Conditions,Phase,OverallStatus,BriefSummary"]
    lines += [
        f"{t.nct_id},{t.title},{'|'.join(t.conditions)},{'|'.join(t.phases)},{t.status},{t.brief_summary}"
        for t in TRIALS
    ]
    (folder / "trials.csv").write_text("\n".join(lines))
    (folder / "broken.json").write_text("{")
    run = CliRunner()
    built = run.invoke(trials_command, ["--build", "--from", str(folder), "--index", str(tmp_path / "i")])
    assert built.exit_code == 0
    assert "5 trials" in built.stderr
    assert "set aside: broken.json" in built.stderr
    answer = orjson.loads(run.invoke(trials_command, ["lupus", "--index", str(tmp_path / "i"), "--json"]).stdout)
    assert answer["total"] == 3
    assert answer["facets"]["status"] == {"RECRUITING": 2, "COMPLETED": 1}
    alike = run.invoke(similar_command, ["NCT09000001", "--index", str(tmp_path / "i"), "--json"])
    assert orjson.loads(alike.stdout)["similar"][0]["nct_id"] == "NCT09000005"
    page = tmp_path / "page.txt"
    page.write_text("CAR-T against CD19 in systemic lupus\nA study\n• Adults\n• SLEDAI-2K ≥8\n")
    alike = run.invoke(similar_command, [str(page), "--from", str(folder)])
    assert "same condition" in alike.stdout
    missing = run.invoke(similar_command, ["NCT00000001", "--index", str(tmp_path / "i")])
    assert isinstance(missing.exception, TrialwrightError)
    assert "not among" in str(missing.exception)


def test_people_of_one_trial_do_not_count_twice(names):
    doubled = build_index([TRIALS[0], replace(TRIALS[0], interventions=(Intervention("CD19 CAR-T"),))], names)
    assert search(doubled, "CD19", names).total == 2


@given(st.text(max_size=40))
@settings(max_examples=80, deadline=None)
def test_no_query_breaks_the_search(query):
    names = catalog_names()
    answer = search(_small(), query, names, count_facets=True)
    assert answer.total <= len(TRIALS)


@lru_cache(maxsize=1)
def _small():
    return build_index(TRIALS, catalog_names())
