"""Rules for what is recorded: diagnoses, history, procedures, infections, positive and negative results."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trialwright.registry.formal.here import Here, ask, names, quoted, unsupported
from trialwright.registry.formal.lexicon import event_names
from trialwright.registry.formal.rules_values import NotRead

NOW = " within 30 days before screening"
"""An infection that is there now is one recorded in this period; the period is the project's choice."""
_CLASSES = frozenset({"infection", "other_autoimmune_disease"})
"""Classes that no list of the catalog exhausts: absence of a record leaves a question."""


def window(m: re.Match[str], here: Here) -> str:
    """The window that a match names, "" where it names none."""
    groups = m.groupdict()
    stretch = groups.get("t")
    anchor = here.anchor(groups.get("a"))
    if stretch:
        period = here.period(stretch)
        if period.high is not None:
            raise NotRead("a window of two lengths")
        return f" within {period.said} before {anchor}"
    return f" before {anchor}" if groups.get("a") and anchor not in ("screening",) else ""


def diagnosed(m: re.Match[str], here: Here) -> list[str]:
    """The diagnosis is recorded, and where classification criteria are named, they are met."""
    parts = [f"has {names(here.ids(m['k'], 'K'))}"]
    parts += [str(tag.value) for tag in here.all(m.groupdict().get("s") or "", "S")]
    return parts


def criteria_met(m: re.Match[str], here: Here) -> list[str]:
    """Classification criteria for a disease: the disease is recorded and they are met."""
    met = [str(tag.value) for tag in here.all(m["s"], "S")]
    disease = here.ids(m.groupdict().get("k") or "", "K")
    return [*([f"has {names(disease)}"] if disease else []), *met]


def since(m: re.Match[str], here: Here) -> list[str]:
    period = here.period(m["t"])
    return [f"has {names(here.ids(m['k'], 'K'))} since {period.op or '>='} {period.said} before {here.anchor(m['a'])}"]


def recorded(m: re.Match[str], here: Here) -> list[str]:
    """Diagnoses of a list, one clause each; an adjective that no record carries becomes a question beside it."""
    if re.search(r"\bother\b", m["k"]):
        raise NotRead("other than what, the sentence does not say")
    verb = "history of" if m.groupdict().get("history") else "has"
    within = window(m, here)
    clauses: list[str] = []
    plain: list[str] = []
    for part in re.finditer(r"((?:m\d+ )*)([KP]\d+)", m["k"]):
        ids = list(here.value(part[2]))
        mods = part[1].split()
        broad = NOW if ids[0] == "infection" and not within else ""
        use = "has" if within else verb
        if not within and verb == "has" and ids[0] in ("pregnancy", "lactation"):
            clauses.append(_now_pregnant() if ids[0] == "pregnancy" else _now_lactating())
            continue
        said = f"{use} {names(ids)}{within or broad}"
        if broad and not mods:
            clauses.append(f"{said} and {ask('Present now: ' + here.words(part[0].strip()), 'judgement')}")
            continue
        if mods:
            words = here.words(part[0].strip())
            clauses.append(f"{said} and {ask(words[:1].upper() + words[1:], 'judgement')}")
        else:
            plain += ids
    if plain:
        use = "has" if within else verb
        sure, events = _split_events(list(dict.fromkeys(plain)), here)
        said = f"{use} {names(sure)}{within}"
        if events:
            behind = ask("A disease is behind it: " + here.words(m["k"]), "look_up")
            said += f" or ({use} {names(events)}{within} and {behind})"
        clauses.insert(0, said)
    return clauses


def _split_events(ids: Sequence[str], here: Here) -> tuple[list[str], list[str]]:
    """(diseases, events): a class that lists events as well is replaced by its members."""
    sure: list[str] = []
    events: list[str] = []
    for id in ids:
        model = here.context.catalog.models.get(id)
        members = [str(member) for member in model.members] if model is not None else []
        if event_names() & set(members):
            sure += [member for member in members if member not in event_names()]
            events += [member for member in members if member in event_names()]
        else:
            sure.append(id)
    return list(dict.fromkeys(sure)), [id for id in dict.fromkeys(events) if id not in ids]


def one_question(m: re.Match[str], here: Here) -> list[str]:
    """A list under one condition that no record carries: any of them on record raises the question once."""
    plain: list[str] = []
    clauses: list[str] = []
    why = m["mods"].strip()
    for part in re.finditer(r"((?:m\d+ )*)(K\d+)", m["k"]):
        if part[1]:
            clauses.append(
                f"has {names(list(here.value(part[2])))} and {ask(here.words(part[0].strip()), 'judgement')}"
            )
        else:
            plain += here.value(part[2])
    first = f"has {names(list(dict.fromkeys(plain)))} and {ask(here.words(why), 'judgement')}"
    return [first, *clauses, ask("Any other: " + here.words(why), "judgement")]


def absent(m: re.Match[str], here: Here) -> list[str]:
    """None on record; with an adjective, none that a person would call so."""
    ids = here.ids(m["k"], "KP")
    mods = " ".join(re.findall(r"m\d+", m["k"]))
    within = window(m, here)
    if mods:
        said = here.words(m["k"])
        clause = f"not (has {names(ids)}{within} and {ask(said, 'judgement')})"
        return [
            clause + (f" and not {ask(f'{said} that stand in no record', 'judgement')}" if set(ids) & _CLASSES else "")
        ]
    if {"pregnancy", "lactation"} & set(ids) and not within and not m.groupdict().get("history"):
        if set(ids) - {"pregnancy", "lactation"}:
            raise NotRead("a pregnancy beside another condition")
        return [f"not ({_now_pregnant() if id == 'pregnancy' else _now_lactating()})" for id in ids]
    if m.groupdict().get("history"):
        return [f"no history of {names(ids)}"]
    return [f"no {names(ids)}{within}"]


def class_and_examples(m: re.Match[str], here: Here) -> list[str]:
    """A class of diseases with named examples: the examples, then the class or a question for the rest."""
    listed = here.ids(m["k"], "K")
    broad = here.ids(m["class"], "K")
    extra = ["neuropsychiatric_lupus"] if broad[0].startswith("cns_disease") else []
    rest = [id for id in (*extra, *_split_events(broad, here)[0]) if id not in listed]
    return [f"has {names(listed)}", f"has {names(rest)} or {ask('Any other: ' + here.words(m['class']), 'look_up')}"]


def transplants(m: re.Match[str], here: Here) -> list[str]:
    return [f"history of {names(here.ids(m[name], 'P'))}" for name in ("p", "q") if m.groupdict().get(name)]


def positive(m: re.Match[str], here: Here) -> list[str]:
    """Positive results: any of the list."""
    ids = here.ids(m["b"], "BM")
    if ids == ["hiv_antibody", "hiv_infection"]:
        return hiv(m, here)
    if any(id not in here.context.catalog.concepts for id in ids):
        raise NotRead("a score cannot be positive")
    return [f"{names(ids)} positive"]


def negative(m: re.Match[str], here: Here) -> list[str]:
    return [" and ".join(f"{id} negative" for id in here.ids(m["b"], "BM"))]


def virus(m: re.Match[str], here: Here) -> list[str]:
    """Carriers of hepatitis B: antigen or antibody, and DNA above the limit of detection."""
    ids = here.ids(m["b"], "BM")
    dna = here.ids(m["d"], "BM")[0]
    said = f"{names(ids)} positive and (first known of ({dna} > LOD, {dna} positive)"
    if "hbsag" in ids and len(ids) > 1:
        said += " or (hbsag positive and " + ask("HBsAg is positive without HBV DNA above the limit", "look_up") + ")"
    return [said + ")"]


def virus_rna(m: re.Match[str], here: Here) -> list[str]:
    antibody, rna = here.ids(m["b"], "BM")[0], here.ids(m["d"], "BM")[0]
    return [f"{antibody} positive and first known of ({rna} > LOD, {rna} positive)"]


def hiv(m: re.Match[str], here: Here) -> list[str]:
    return ["hiv_antibody positive or has hiv_infection"]


def pregnancy_test(m: re.Match[str], here: Here) -> list[str]:
    """A negative test of those who could become pregnant, once for each time the page names."""
    ids = here.ids(m["b"], "BMK")
    id = "hcg_blood" if "hcg_blood" in ids else "hcg_urine" if "hcg_urine" in ids else "pregnancy_test"
    clauses: list[str] = []
    groups = m.groupdict()
    if groups.get("t"):
        period = here.period(groups["t"])
        clauses.append(
            f"if of_childbearing_potential then {id} is negative within {period.said} before "
            f"{here.anchor(groups.get('a'))}"
        )
    if groups.get("now") or not clauses:
        now = "serum_hcg_negative" if id == "hcg_blood" else f"if of_childbearing_potential then {id} is negative"
        clauses.insert(0, now)
    if groups.get("lactating"):
        clauses += lactating(m, here)
    return clauses


def _now_lactating() -> str:
    """Records seldom hold breast-feeding, so every woman is asked."""
    return f"sex is female and {ask('She is breast-feeding now', 'look_up', 'lactating_now')}"


def _now_pregnant() -> str:
    """By a test or a recorded status, else asked; a pregnancy recorded at any time raises the question."""
    question = ask("She is pregnant", "look_up", "pregnant_now")
    return (
        "of_childbearing_potential and (first known of (pregnancy_test is positive, "
        f"pregnancy_status where (this in (pregnant, not_pregnant)) is pregnant, {question}) "
        f"or (has pregnancy and {question}))"
    )


def lactating(m: re.Match[str], here: Here) -> list[str]:
    """Not breast-feeding: asked of those whom the sentence is about."""
    whom = "of_childbearing_potential" if any(tag.text == "WOCBP" for tag in here.tags) else "sex is female"
    return [f"if {whom} then not {ask('She is breast-feeding now', 'look_up', 'lactating_now')}"]


def pregnant(m: re.Match[str], here: Here) -> list[str]:
    """Pregnancy, by test or by a recorded status, else asked; plans are asked."""
    clauses = [_now_pregnant()]
    if m.groupdict().get("lactating"):
        clauses.append(_now_lactating())
    if m.groupdict().get("plans"):
        clauses.append(f"sex is female and {ask('She plans to become pregnant', 'intent')}")
    return clauses


def other_trial(m: re.Match[str], here: Here) -> list[str]:
    within = window(m, here)
    if not within:
        raise NotRead("no period is given")
    question = ask("Took part in another clinical trial" + within, "look_up")
    return [f"first known of (trial_participation is present{within}, {question})"]


def biopsy_class(m: re.Match[str], here: Here) -> list[str]:
    """A class of lupus nephritis on a biopsy in the period; a biopsy made elsewhere is looked up."""
    period = here.period(m["t"]).said
    within = f" within {period} before screening"
    classes = re.findall(r"\b(?:i{1,3}|iv|vi?)\b", m["classes"])
    listed = ", ".join(c.upper() for c in dict.fromkeys(classes))
    question = ask(
        f"A biopsy of the {period} before screening shows active lupus nephritis of ISN/RPS class "
        f"{listed.replace(', ', ' or ')}",
        "look_up",
    )
    clauses = [f"first known of (lupus_nephritis_class in ({listed}){within}, {question})"]
    if m.groupdict().get("free"):
        clauses.append(f'no restriction "{quoted(here.words(m["free"]))}"')
    return clauses


def free(m: re.Match[str], here: Here) -> list[str]:
    return [f'no restriction "{quoted(here.words(m[0]))}"']


def crisis(m: re.Match[str], here: Here) -> list[str]:
    """An open list of crises: each raises a question, and the rest is asked."""
    clauses = []
    for part in re.finditer(r"((?:m\d+ )*)(K\d+)", m["k"]):
        clauses.append(f"has {names(list(here.value(part[2])))} and {ask(here.words(part[0].strip()), 'judgement')}")
    question = ask("Any other: " + here.words(m["class"]), "judgement")
    clauses.append(
        f"first known of (count of lupus_crisis where (this is present) ever >= 1, lupus_crisis is present, {question})"
    )
    return clauses


def flow(m: re.Match[str], here: Here) -> list[str]:
    return ["first known of (cd19_on_b_cells positive, cd19_b_cells > 0 /uL) or bcma_on_b_cells positive"]


def access(m: re.Match[str], here: Here) -> list[str]:
    return [f"first known of (vascular_access is adequate, {ask(here.words(m[0]), 'judgement')})"]


def heart(m: re.Match[str], here: Here) -> list[str]:
    return [f"has heart_failure or {ask(here.words(m[0]), 'judgement')}"]


def unknown_drugs(m: re.Match[str], here: Here) -> list[str]:
    return [f"has lupus_nephritis and {unsupported(here.words(m[0]), 'the page does not name the prohibited drugs')}"]


def needs_treatment(m: re.Match[str], here: Here) -> list[str]:
    ids = here.ids(m["k"], "K")
    clause = f"has {names(ids)} and {ask(here.words(m['why']), 'judgement')}"
    if set(ids) & _CLASSES:
        question = ask(f"Such a disease that the catalog does not list, and {here.words(m['why'])}", "judgement")
        return [f"({clause}) or {question}"]
    return [clause]


def immunoglobulin(m: re.Match[str], here: Here) -> list[str]:
    question = ask("The IgA deficiency is congenital", "judgement")
    return [f"has immunoglobulin_deficiency or (has iga_deficiency and {question})"]


def cognition(m: re.Match[str], here: Here) -> list[str]:
    return [
        "has severe_cognitive_impairment or (has dementia and "
        f"{ask('The dementia impairs cognition severely', 'judgement')})"
    ]


def mental(m: re.Match[str], here: Here) -> list[str]:
    return [f"has mental_disorder and {ask('The psychiatric disorder is present now and matters', 'judgement')}"]
