"""independent and pair: courses of a population against the truth of made participants, and worked by hand."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from tests.instruments.test_cli import run

from trialwright.catalog import load_catalog
from trialwright.errors import TrialwrightError
from trialwright.language.facts import Record
from trialwright.language.values import Number, point
from trialwright.population import Population, open_population
from trialwright.population.synthetic import write_treated
from trialwright.scoring.follow import Followed, Rules, follow
from trialwright.scoring.followed import document, summary
from trialwright.scoring.given import record_of
from trialwright.scoring.response import response_of

INFUSION = dt.date(2020, 1, 1)


@dataclass
class People:
    """What `follow` asks of a population."""

    records: dict[str, Record]
    extracted: dt.date = dt.date(2020, 12, 31)

    def persons(self) -> list[str]:
        return sorted(self.records)

    def absent(self, people: Any) -> list[str]:
        return sorted(set(people) - set(self.records))

    def record(self, person: str) -> Record:
        return self.records[person]

    def person(self, person: str) -> tuple[int, None, None, None]:
        if person not in self.records:
            raise TrialwrightError(f"holds no person '{person}'")
        return 1, None, None, None


def made(scores: dict[int, float], **more: Any) -> Record:
    """Somebody infused on day 0 after lymphodepletion on day -5, with a recorded total on some days."""
    given = {"sledai_2k_total": [{"value": v, "day": d} for d, v in scores.items()]}
    given |= {"car_t_infusion": {"value": True, "day": 0}, "lymphodepletion": {"value": True, "day": -5}}
    return record_of(given | more, load_catalog(), at=INFUSION)


def followed(records: dict[str, Record], **rules: Any) -> list[Followed]:
    people = cast(Population, People(records))
    return list(follow("sledai_2k", people, Rules(**rules)))


def test_a_course_worked_by_hand() -> None:
    """pair: 12 before the treatment, 8 on day 30, 4 on day 90, 4 on day 150, 9 on day 180."""
    record = made(
        {-20: 16, -6: 12, -4: 30, 30: 8, 90: 4, 150: 4, 180: 9}, prednisone={"value": 5, "day": -50, "until": 79}
    )
    found = followed({"a": record}, response="change <= -4", sustained=60)[0]
    assert found.origin == INFUSION
    assert found.baseline is not None
    assert (found.baseline.day, found.baseline.value.lower) == (-6, 12)
    shown = document(found)
    assert [v["day"] for v in shown["visits"]] == [-4, 30, 90, 150, 180]
    assert [v["change"]["lower"] for v in shown["visits"]] == [18, -4, -8, -8, -3]
    assert [v["response"] for v in shown["visits"]] == [None, True, True, True, False]
    assert (found.time_to_response.value, found.responded, found.sustained) == (30, True, True)
    assert found.flares.value == 2  # 12 to 30 and 4 to 9
    assert found.area.value == 2 * 21 + 34 * 19 + 60 * 6 + 60 * 4 + 30 * 6.5
    assert found.steroid_free_days.value == 101  # days 80 to 180


def test_days_that_are_named_are_the_nearest_assessments() -> None:
    """pair: days 85 and 95 are as near to day 90: the later; day 200 has none; a window of 0 scores the day itself."""
    record = made({-6: 12, 85: 6, 95: 4})
    found = followed({"a": record}, days=(90, 200), response="<= 4")[0]
    assert found.named == {90: 95}
    assert [visit.value.lower for visit in found.visits] == [4]
    as_it_stands = followed({"a": record}, days=(90,), window=0)[0]
    assert [(visit.day, visit.value.lower) for visit in as_it_stands.visits] == [(90, 6)]


def test_nothing_is_said_of_days_that_were_not_observed() -> None:
    """law: a record that ends on day 100 has no day 120, and no days without glucocorticoid up to day 120."""
    people = People({"a": made({-6: 12, 85: 6})}, INFUSION + dt.timedelta(days=100))
    found = next(follow("sledai_2k", cast(Population, people), Rules(days=(90, 120), window=0, until=120)))
    assert [visit.day for visit in found.visits] == [90]
    assert found.steroid_free_days.value is None
    assert found.area.value is None


def test_who_has_no_origin_is_counted_with_the_reason() -> None:
    """law: nobody is dropped."""
    other = record_of({"sledai_2k_total": 3}, load_catalog(), at=INFUSION)
    found = followed({"a": made({-6: 12, 30: 2}), "b": other, "c": made({-6: 12})}, response="<= 4")
    together = summary(found)
    assert (together["people"], together["followed"]) == (3, 1)
    assert together["not_followed"] == {
        "car t infusion: nothing is recorded": 1,
        "no visit after the baseline": 1,
    }
    assert together["responded"] == {"yes": 1, "no": 0, "open": 0}


def test_a_mean_lies_between_those_of_the_bounds() -> None:
    """pair: 4 and something between 0 and 104 have a mean between 2 and 54; the mean of what is known is 4."""
    open_ = made({-100: 12}, sledai_2k_fever={"value": False, "day": 30})
    found = followed({"a": made({-6: 12, 30: 4}), "b": open_}, days=(30,), response="<= 4")
    day = summary(found, (30,))["days"][0]
    assert (day["people"], day["value"]["known"], day["value"]["mean"]) == (2, 1, 4)
    assert day["value"]["mean_of_all"] == [2, 54]
    assert day["response"] == {"yes": 1, "no": 0, "open": 1}


@pytest.mark.parametrize(
    ("text", "value", "baseline", "state"),
    [
        ("<= 4", point(4), None, True),
        ("< 4", point(4), None, False),
        ("<= 4", Number(0, 10), None, None),
        (">= 4", Number(5, 10), None, True),
        ("change <= -4", point(8), point(12), True),
        ("change <= -4", point(8), Number(10, 13), None),
        ("change <= -4", point(8), None, None),
        ("> 4", point(4), None, False),
    ],
)
def test_a_response_is_a_limit_of_the_value_or_of_its_change(text: str, value: Any, baseline: Any, state: Any) -> None:
    """pair: open where the bounds reach across the limit."""
    test = response_of(text, "sledai_2k", load_catalog())
    assert test is not None
    assert test(value, baseline) is state


@pytest.fixture(scope="module")
def treated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("treated")
    write_treated(folder, "nct05765006", form="facts")
    return folder


def test_the_courses_of_made_participants_are_the_true_ones(treated: Path) -> None:
    """independent: the generator says what SLEDAI-2K was; the course finds it in the facts, of everybody."""
    truth = {one["person"]: one for one in json.loads((treated / "truth.json").read_text("utf-8"))["subjects"]}
    rules = Rules(days=(28, 90, 180), window=14, response="change <= -4")
    with open_population(treated / "population.duckdb") as store:
        found = list(follow("sledai_2k", store, rules))
    compared = 0
    assert {one.person for one in found if one.visits} == {name for name, one in truth.items() if one["treated"]}
    for one in found:
        true = truth[one.person]["sledai_2k"]
        assert one.baseline is not None
        assert one.baseline.value.lower == true["baseline"]
        values = {visit.day: visit.value.lower for visit in one.visits}
        for day, at in one.named.items():
            assert values[at] == true[f"day_{day}"]
            compared += 1
    assert compared > 20


def test_the_command_shows_people_and_population(treated: Path, capsys: Any) -> None:
    """snapshot: one document, one person or all of them."""
    store = str(treated / "population.duckdb")
    code, out, _ = run(
        capsys, "course", "sledai_2k", "--population", store, "--days", "30,90", "--response", "change <= -4", "--json"
    )
    shown = json.loads(out)
    assert code == 0
    assert {
        "person",
        "baseline",
        "visits",
        "time_to_response",
        "sustained",
        "flares",
        "area",
        "steroid_free_days",
    } <= set(shown["people"][0])
    assert shown["population"]["people"] == len(shown["people"]) == 12
    assert [day["day"] for day in shown["population"]["days"]] == [30, 90]
    code, out, _ = run(capsys, "course", "sledai_2k", "--population", store, "--person", shown["people"][0]["person"])
    assert code == 0
    assert "1 of 1 people followed" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sledai2k",), "did you mean sledai_2k"),
        (("sledai_2k", "--person", "nobody"), "nearest ids"),
        (("sledai_2k", "--response", "low"), "write a limit"),
        (("sledai_2k", "--origin", "car_t_infusoin"), "did you mean car_t_infusion"),
        (("sledai_2k", "--days", "30;90"), "write 30,90,180"),
        (("sledai_2k", "--rise", "-3"), "give a number above 0"),
    ],
)
def test_bad_use_is_one_sentence(treated: Path, capsys: Any, arguments: tuple[str, ...], said: str) -> None:
    """snapshot: exit code 2, nothing on standard output."""
    code, out, err = run(capsys, "course", *arguments, "--population", str(treated / "population.duckdb"))
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_a_population_that_is_not_there_says_how_to_make_one(tmp_path: Path, capsys: Any) -> None:
    """snapshot: the remedy."""
    code, _, err = run(capsys, "course", "sledai_2k", "--population", str(tmp_path / "none.duckdb"))
    assert code == 2
    assert "trialwright load" in err
