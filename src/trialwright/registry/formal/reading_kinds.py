"""What kind of number a comparison has: an age, a value, a period, a dose, a count, or the size of a condition.

Only ages and values are limits on a person's own measurements; taking the others for such would read "at least one of
the following" as a laboratory value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from trialwright.registry.formal.numbers import TIME, Amount
from trialwright.registry.formal.scan import Item

Kind = Literal["age", "value", "time", "dose", "count", "condition"]
_PEOPLE = frozenset((
    "men", "women", "man", "woman", "male", "female", "patient", "subject", "participant", "adult", "child",
    "infant", "volunteer", "individual", "person", "people", "healthy", "boy", "girl", "and", "or", "of", "in",
    "the", "a", "an", "all", "both", "any", "gender", "sex", "either", "must", "be", "are", "is", "who", "aged",
    "age", "ages", "between", "from", "at", "least", "years", "with", "human", "outpatient", "inpatient", "neonate",
    "parent", "adolescent", "mother", "student", "older", "participants", "patients", "subjects", "adults",
    "children", "females", "males", "volunteers", "individuals", "persons", "boys", "girls", "inclusion",
    "pregnant", "nonpregnant", "aging", "hospitalized",
))  # fmt: skip
_NOUNS = frozenset((
    "men", "women", "man", "woman", "male", "female", "patient", "subject", "participant", "adult", "child",
    "volunteer", "patients", "participants", "subjects", "adults", "children", "females", "males",
))  # fmt: skip
_AGE_WORDS = frozenset(["age", "aged", "ages", "old", "older", "younger", "aging", "yo", "elder", "elderly"])
_PERIOD_VALUES = re.compile(r"expectanc|gestation|\bga\b")
_DOSE = re.compile(r"\b(?:dos(?:e|es|age|ing)|equivalents?|taking|therapy|treated|treatment with|use of|intake)\b")
_NUMBERED = re.compile(
    r"index|score|scale|\bbmi|\biq\b|status|level|value|count|\bhz\b|size|rate|pressure|gfr|hba1c|"
    r"ratio|titer|fraction|saturation"
)
_NOUN = re.compile(
    r"\W{0,2}(?!(?:and|or|at|on|in|to|by|during|within|prior|before|for|as|with|without|if|but|"
    r"who|per|points?|score|when|out|units?|using|obtained|measured|under|after|from|x|times|the|"
    r"is|are|of)\b)[a-z]{3,}"
)
ORDINAL = re.compile(r"\b(?:asa|nyha|ecog|ps|gmfcs|physical status|anesthesiolog\w+|association|status)\b")
_MEASURES = frozenset((
    "ecog", "karnofsky", "bmi", "weight", "height", "sledai_2k", "selena_sledai", "mrss", "inr", "pt", "aptt",
    "alt", "ast", "total_bilirubin", "direct_bilirubin", "creatinine", "egfr", "lvef", "creatinine_clearance",
    "neutrophils", "lymphocytes", "platelets", "hemoglobin", "wbc", "glucose", "temperature", "qtc", "spo2",
    "albumin", "crp", "ferritin", "ldh", "heart_rate", "systolic_blood_pressure", "diastolic_blood_pressure",
    "respiratory_rate", "potassium", "sodium", "fvc", "dlco", "iga", "igg", "igm", "pga",
))  # fmt: skip
_UNITLIKE = re.compile(r"\s*(?:ppm|cm|mm|db|kg|ml|%)")


def kind_of(
    text: str, items: Sequence[Item], at: int, after: int, words: str, tail: str, subject: tuple[str, ...], op: str,
    unit: str, time: str, limit: str | None, low: Amount, earlier: str | None,
) -> Kind | None:  # fmt: skip
    said = text[items[at].start : items[after - 1].end]
    before = words[-60:]
    plain = re.findall(r"[^\W\d_]+", before)
    of_life = not time or (time in TIME and time not in ("minutes", "hours", "half-lives"))
    if of_life and (_AGE_WORDS & set(re.findall(r"[^\W\d_]+", said)) or re.search(r"\by/?\.?o\b", said)):
        return None if _PERIOD_VALUES.search(before) and not time else _gestation(before, tail)
    if time in ("years", "months", "weeks", "days"):
        if _PERIOD_VALUES.search(before) or re.match(r"\W*(?:of )?(?:gestation|ga\b|life expect)", tail):
            return "value"
        if re.match(r"\W*(?:of age|old\b|in age|-?olds?\b|aged?\b)", tail):
            return "age"
        near = plain[-5:]
        if {"age", "aged", "ages", "aging"} & set(near) and not {"diagnosis", "onset", "menopause"} & set(near[-2:]):
            return "age"
        if earlier == "age" and not [
            w for w in plain if w not in ("and", "or", "but", "to", "years", "old", "of", "age", "is", "less")
        ]:
            return "age"
        if (
            time == "years"
            and op != "between"
            and plain
            and plain[-1] in _NOUNS
            and items[at].kind == "o"
            and low.value >= 10
        ):
            return "age"
        if (
            time == "years"
            and all(word in _PEOPLE for word in plain)
            and low.value >= 1
            and (
                not re.match(
                    r"\W*(?:since|after|before|prior|of (?!age)|from|ago|history|post|following|experience|"
                    r"duration|in |with|without|on |for )",
                    tail,
                )
                or op == "between"
            )
        ):
            return "age" if not re.search(r"\b(?:for|within|last|past)\s*$", text[: items[at].start]) else "time"
        return "time"
    if time:
        return "value" if time == "seconds" and _known_measure(subject) else "time"
    if "age" in subject or (not subject and {"age", "aged", "ages"} & set(plain[-4:])):
        return "age"
    if re.search(r"\b(?:older|younger|elder)\b", said):
        return "age"
    if limit is not None:
        return "value"
    if (
        re.search(
            r"\b(?:at|prior to|before|after|within|day|visit|week|month|cycle|version|part|section|cohort|"
            r"arm|group|phase|table|appendix|type|stage|criterion|criteria|item|step|weeks|days|hours|"
            r"months)\s*$",
            before,
        )
        and op == "between"
    ):
        return None
    has_unit = bool(unit) or low.scaled or bool(low.spelled)
    if re.search(r"(?:\b[np]|version|[±+])$", words) or re.match(r"\s*(?:x|\+)\s*\d", tail):
        return None
    if unit == "%" and re.search(r"\bin$", words) and not time:
        return "count"
    spelled_out = any(items[place].kind == "number" for place in range(at, after))
    if re.match(r"(?:times?|days?|weeks?|dose)\b\s*/?", low.spelled) and not time and not _known_measure(subject):
        return "count"
    if re.match(r"(?:st|nd|rd|th)\b", text[low.end : low.end + 3]):
        return None
    if spelled_out and not has_unit and not time and not _known_measure(subject):
        return "count"
    if (
        re.search(
            r"(?:penia|n?emia|cytosis|spermia|glycemia|ycaemia|aemia|hypertension|obesity|loss|"
            r"elevation)\b\W*(?:\w+\W+)?$",
            before,
        )
        and not _known_measure(subject)
        and not time
    ):
        return "condition"
    if re.match(r":\d", tail) or (op == "between" and 1900 <= low.value <= 2100 and not has_unit):
        return None
    if (
        (time == "" or re.match(r"(?:/| per )", tail))
        and items[at].kind in ("op", "n", "number")
        and op != "between"
        and not has_unit
        and not _known_measure(subject)
        and low.value <= 12
    ) and (low.text.isalpha() or (_NOUN.match(tail) and not _NUMBERED.search(before))):
        return "count"
    named = _NUMBERED.search(before[-30:]) or ORDINAL.search(before[-30:])
    bare = items[at].kind in ("n", "number") and op == "between" and not has_unit
    if bare and not named and not _known_measure(subject):
        return None
    if not words and earlier is None:
        return (
            "value" if (has_unit or _UNITLIKE.match(tail)) and op != "between" and re.match(r"\W*[a-z]", tail) else None
        )
    if re.match(
        r"\W*(?:of (?:the )?(?:following|these|below)|or more of the|following|criteria|times?\b|"
        r"episodes?|occasions?|visits?|doses?|cycles?|lines?|prior|previous|different|consecutive|"
        r"separate|attempts?|features?|symptoms?|signs?|risk factors|drugs|medications)",
        tail,
    ):
        return "count"
    if (
        (unit in ("g", "g/d") and re.match(r"\W*(?:alcohol|per day|of |/ ?d)", tail))
        or unit == "mg/kg"
        or (unit == "g" and _DOSE.search(before))
    ):
        return "dose"
    if unit in ("mg", "mg/d", "mg/kg", "ug", "ug/d", "mg/kg/d") and (
        _DOSE.search(before) or _DOSE.search(tail[:20]) or unit in ("mg/d", "mg/kg/d")
    ):
        return "dose"
    return "value"


def _known_measure(subject: tuple[str, ...]) -> bool:
    return bool(subject) and subject[0] in _MEASURES


def _gestation(before: str, tail: str) -> Kind:
    return "value" if _PERIOD_VALUES.search(before[-25:]) or re.match(r"\W*(?:of )?gestation", tail) else "age"
