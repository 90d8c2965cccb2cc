"""Rules whose meaning depends on which concept was matched, or that join several kinds of clauses."""

from __future__ import annotations

import re

from trialwright.registry.formal import rules_drugs as d
from trialwright.registry.formal import rules_records as c
from trialwright.registry.formal import rules_values as v
from trialwright.registry.formal.here import Builder, Here, ask, names


def hiv(m: re.Match[str], here: Here) -> list[str]:
    return c.hiv(m, here) if "hiv_antibody" in here.ids(m["b"]) else c.positive(m, here)


def pregnant(m: re.Match[str], here: Here) -> list[str]:
    return c.pregnant(m, here) if "pregnancy" in here.ids(m["p"]) else _no()


def lactating(m: re.Match[str], here: Here) -> list[str]:
    return c.lactating(m, here) if "lactation" in here.ids(m["k"]) else c.absent(m, here)


def women(m: re.Match[str], here: Here) -> list[str]:
    return c.recorded(m, here) if set(here.ids(m["k"], "K")) <= {"pregnancy", "lactation"} else _no()


def access(m: re.Match[str], here: Here) -> list[str]:
    return c.access(m, here) if "vascular_access" in here.ids(m[0], "M") else _no()


def severe_nephritis(m: re.Match[str], here: Here) -> list[str]:
    """Limits of severe nephritis, then its treatments, all in the window that the sentence names once."""
    dialysis = names(here.ids(m["hd"], "P"))
    window = f"within {here.period(m['t']).said} before {here.anchor(m['a'])}"
    return [*v.two_units(m, here), *d.prohibited(m, here), f"has {dialysis} {window}", *d.course(m, here)]


def _no() -> list[str]:
    raise v.NotRead("another meaning")


def infection(m: re.Match[str], here: Here) -> list[str]:
    ids = here.ids(m["k"], "K")
    if "infection" not in ids or here.context.kind != "exclusion":
        raise v.NotRead("not an infection of now")
    words = here.words(f"{m['words']} {m['k']}".strip())
    clauses = [f"has {names(ids)}{c.NOW} and {ask(words, 'judgement')}"]
    if "suspicion" in m[0]:
        clauses.append(ask("Suspicion of " + words, "judgement"))
    return clauses


def allergy(m: re.Match[str], here: Here) -> list[str]:
    if m["or"] is None:
        return c.recorded(With(m, {"history": "history of ", "t": None, "a": None}), here)  # type: ignore[arg-type]
    clauses = c.recorded(With(m, {"history": "history of ", "t": None, "a": None}), here)  # type: ignore[arg-type]
    return [*clauses, ask(here.words(m["tendency"]), "judgement")]


class With:
    """A match with some groups said anew."""

    def __init__(self, m: re.Match[str], more: dict[str, str | None]) -> None:
        self.m, self.more = m, more

    def __getitem__(self, name: str | int) -> str | None:
        return self.more[name] if name in self.more else self.m[name]

    def groupdict(self) -> dict[str, str | None]:
        return {**self.m.groupdict(), **self.more}


def known_diagnosis(m: re.Match[str], here: Here) -> list[str]:
    id = here.ids(m["k"], "K")[0]
    chosen: dict[str, Builder] = {
        "immunoglobulin_deficiency": c.immunoglobulin,
        "heart_failure": c.heart,
        "severe_cognitive_impairment": c.cognition,
        "mental_disorder": c.mental,
    }
    if id not in chosen or (id == "heart_failure" and "failure" in here.words(m["k"])):
        raise v.NotRead("a plain diagnosis")
    return chosen[id](m, here)


def two_kinds(m: re.Match[str], here: Here) -> list[str]:
    """Two kinds of people joined by "and" in an exclusion: either is excluded."""
    clauses: list[str] = []
    for name in ("k", "k2"):
        try:
            clauses += known_diagnosis(With(m, {"k": m[name]}), here)  # type: ignore[arg-type]
        except v.NotRead:
            clauses.append(f"has {names(here.ids(m[name], 'K'))}")
    if here.context.kind != "exclusion":
        raise v.NotRead("both may be meant")
    return clauses
