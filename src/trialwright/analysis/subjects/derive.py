"""Facts of participants -> the datasets of an analysis, and everything odd that was kept on the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from trialwright.analysis.subjects.adae import adae
from trialwright.analysis.subjects.adeff import adeff
from trialwright.analysis.subjects.adlb import adlb
from trialwright.analysis.subjects.adpc import adpc
from trialwright.analysis.subjects.adpp import adpp
from trialwright.analysis.subjects.adsl import adsl
from trialwright.analysis.subjects.adtte import adtte
from trialwright.analysis.subjects.dlt import toxicity
from trialwright.analysis.subjects.plan import Plan
from trialwright.analysis.subjects.shape import Dataset, Variable, by_subject, dataset
from trialwright.analysis.subjects.subject import Remark, Subject, subject_of
from trialwright.language.facts import Record

APART = "nothing of a participant is recorded by the cut; left out of every set"
REMARKS = (
    Variable("USUBJID", "Unique Subject Identifier"),
    Variable("DATASET", "Dataset"),
    Variable("WHERE", "Source Record or Variable"),
    Variable("MESSAGE", "What Was Odd, and What Was Done"),
)


@dataclass(frozen=True, slots=True)
class Derived:
    """The datasets by name, and the remarks as a dataset of their own."""

    subjects: tuple[Subject, ...]
    datasets: Mapping[str, Dataset]
    remarks: Dataset


def derive(plan: Plan, people: Iterable[tuple[str, str | None, Record]], cut: dt.date, named: bool = False) -> Derived:
    """`people` are (id, site, record); the order in which they or their facts come does not matter.

    Who takes no part by the cut is left out; where people were `named`, a remark says so.
    """
    subjects = [
        subject_of(name, site, _ordered(record), plan, cut) for name, site, record in sorted(people, key=lambda p: p[0])
    ]
    apart = [Remark(s.id, "ADSL", "enrollment", APART) for s in subjects if named and not _takes_part(s, plan)]
    subjects = [subject for subject in subjects if _takes_part(subject, plan)]
    events, from_events = adae(subjects)
    own = by_subject(events)
    toxic = {subject.id: toxicity(subject, own.get(subject.id, [])) for subject in subjects}
    samples, from_samples = adpc(subjects)
    exposure = adpp(subjects, samples)
    people_set, from_people = adsl(subjects, toxic, exposure.sampled)
    labs, from_labs = adlb(subjects)
    effects = adeff(subjects)
    times, from_times = adtte(subjects, samples, effects)
    made = (people_set, events, labs, samples, exposure.data, effects, times)
    said = [*apart, *from_people, *from_events, *from_labs, *from_samples, *exposure.remarks, *from_times]
    return Derived(tuple(subjects), {data.name: data for data in made}, _remarks(said))


def _takes_part(subject: Subject, plan: Plan) -> bool:
    """Whether something that makes a participant was recorded by the cut."""
    return any(
        fact.present and "absent" not in (fact.categories or ())
        for name in plan.enrolling
        for fact in subject.facts(name)
    )


def _ordered(record: Record) -> Record:
    """Facts in order of time and source, so that the order of loading changes nothing."""
    kept = {
        name: tuple(sorted(facts, key=lambda f: (f.start.lower, f.start.upper, f.source, repr(f))))
        for name, facts in sorted(record.facts.items())
    }
    return replace(record, facts=kept)


def _remarks(said: Sequence[Remark]) -> Dataset:
    rows = [
        {"USUBJID": r.subject, "DATASET": r.dataset, "WHERE": r.where, "MESSAGE": r.message}
        for r in dict.fromkeys(said)
    ]
    return dataset("REMARKS", "What Was Kept with a Remark", REMARKS, rows)
