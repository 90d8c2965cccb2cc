"""Who of a population qualifies for which trial: protocols and a store in, a screening out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trialwright.catalog import load_catalog, load_protocol
from trialwright.errors import TrialwrightError
from trialwright.language.facts import Answer
from trialwright.population.answers import GivenAnswer, read_answers
from trialwright.population.store import Population, open_population
from trialwright.query.screening import Screening, run
from trialwright.query.study import Reply, Trial, at_screening
from trialwright.screening.place import completely
from trialwright.screening.study import ProtocolVocabulary, replies_of, trial_of
from trialwright.screening.why import Why
from trialwright.screening.why import why as decide_why

if TYPE_CHECKING:
    from trialwright.catalog.catalog import Catalog
    from trialwright.catalog.models.protocols import ProtocolModel


def screen(
    protocols: Sequence[str | Path],
    population: str | Path,
    *,
    at: dt.date | None = None,
    answers: str | Path | None = None,
    out: str | Path | None = None,
    full: bool = False,
    engine: str = "duckdb",
    catalog: Sequence[str | Path] = (),
    threads: int | None = None,
    memory_limit: str | None = None,
    progress: bool = False,
) -> Screening:
    """Decide every criterion of the protocols for everybody in the store, as of the day `at`.

    `protocols` are ids of the catalog or files; `at` is the day of the extraction unless given; `answers` is a CSV of
    what people answered; `out` a folder for the relations and the funnel.  Raises TrialwrightError.
    """
    if engine not in ("duckdb", "spark"):
        raise TrialwrightError(f"there is no engine {engine!r}; choose duckdb or spark")
    known = load_catalog(*catalog)
    trials = [_trial(model, name, known) for model, name in _named(protocols, catalog)]
    with open_population(population) as people:
        day = at or people.extracted
        given = _replies(people, trials, answers)
    study = at_screening(trials, day, given)
    if engine == "spark":
        from trialwright.query.spark import run_on_spark

        screening = run_on_spark(study, Path(population), progress=progress)
    else:
        screening = run(study, Path(population), threads=threads, memory_limit=memory_limit, progress=progress)
    if out is not None:
        with completely(Path(out)) as folder:
            screening.write(folder, full=full)
    return screening


def late(population: str | Path, at: dt.date | None) -> str:
    """What a screening date after the extraction means, in one sentence; blank for any other date."""
    with open_population(population) as people:
        extracted = people.extracted
    if at is None or at <= extracted:
        return ""
    days = (at - extracted).days
    return (
        f"the screening date {at} is {days:,} days after the extraction ({extracted}): the source saw nothing of those "
        "days, so what is not recorded is unknown instead of no, and results grow old; load a newer extraction"
    )


def departed(population: str | Path, at: dt.date | None, person: str | None = None) -> str:
    """Who is recorded as dead on the screening date, in one sentence; blank where nobody is, or not this person.

    No registry page asks whether a person lives, so no criterion holds the dead back: they are counted, and named.
    """
    with open_population(population) as people:
        day = at or people.extracted
        dead = people.dead(day)
    if person is not None:
        return f"{person} is recorded as dead by {day}; the criteria are decided all the same" if person in dead else ""
    if not dead:
        return ""
    first = ", ".join(dead[:3]) + (f" and {len(dead) - 3:,} more" if len(dead) > 3 else "")
    verb = "is" if len(dead) == 1 else "are"
    return (
        f"{len(dead):,} of the people {verb} recorded as dead by {day} ({first}); they are counted like everybody, "
        "also among the eligible and undetermined: leave them out before anybody is approached"
    )


def why(
    person: str,
    protocol: str | Path,
    population: str | Path,
    *,
    at: dt.date | None = None,
    answers: str | Path | None = None,
    catalog: Sequence[str | Path] = (),
) -> Why:
    """One person, criterion by criterion, with evidence and the next questions.  Raises TrialwrightError."""
    known = load_catalog(*catalog)
    model = models_of([protocol], catalog)[0]
    trial = trial_of(model, known)
    with open_population(population) as people:
        found = people.record(person, at=at)
        mine = [reply for reply in _replies(people, [trial], answers) if reply.person == person]
        record = people.record(person, at=at, answers=_by_ask(mine)) if mine else found
    return decide_why(person, trial, record, ProtocolVocabulary(known, model.defaults))


def idle_answers(
    answers: str | Path,
    population: str | Path,
    protocols: Sequence[str | Path] = (),
    catalog: Sequence[str | Path] = (),
) -> list[str]:
    """What in a file of answers counts for nothing: people whom the population does not hold, unknown trials.

    Answers to trials of the catalog that are not being screened are no mistake and are not named.
    """
    given = read_answers(answers)
    with open_population(population) as people:
        absent = people.absent({one.person for one in given})
    known = {*load_catalog(*catalog).protocols, *(load_protocol(name, *catalog).id for name in protocols)}
    said = []
    for what, names in (
        ("people whom the population does not hold", absent),
        ("trials that are not in the catalog", sorted({one.trial for one in given} - known)),
    ):
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            said.append(f"{answers}: counts for nothing where it names {what} ({', '.join(names[:3])}{more})")
    return said


def _named(protocols: Sequence[str | Path], catalog: Sequence[str | Path]) -> list[tuple[ProtocolModel, str]]:
    return list(zip(models_of(protocols, catalog), map(str, dict.fromkeys(protocols)), strict=True))


def _trial(model: ProtocolModel, name: str, known: Catalog) -> Trial:
    try:
        return trial_of(model, known)
    except TrialwrightError as error:
        if not Path(name).is_file():
            raise
        raise TrialwrightError(f"{name}: {error} `trialwright check {name}` names the line") from None


def models_of(protocols: Sequence[str | Path], catalog: Sequence[str | Path]) -> list[ProtocolModel]:
    """The protocols by id or file, each once.  Raises TrialwrightError for two of one id."""
    if not protocols:
        raise TrialwrightError("name at least one protocol: an id of the catalog or a file")
    models = [load_protocol(name, *catalog) for name in dict.fromkeys(protocols)]
    ids = [model.id for model in models]
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise TrialwrightError(f"two of the protocols are called {twice[0]}; give one of them another id")
    return models


def _replies(people: Population, trials: Sequence[Trial], answers: str | Path | None) -> tuple[Reply, ...]:
    """What the store holds, and after it what the file says."""
    stored = replies_of(people.all_answers(), trials, "the store")
    if answers is None:
        return stored
    given: tuple[GivenAnswer, ...] = read_answers(answers)
    ids = {trial.id for trial in trials}
    if given and not any(one.trial in ids for one in given):
        raise TrialwrightError(f"{answers}: none of its answers is about {', '.join(sorted(ids))}")
    latest = {(r.person, r.trial, r.clause): r for r in (*stored, *replies_of(given, trials, str(answers)))}
    return tuple(latest.values())


def _by_ask(replies: Sequence[Reply]) -> dict[str, Answer]:
    return {reply.clause: Answer(reply.value, reply.who, reply.at) for reply in replies}
