"""The rules of assembly: a pattern over the line of tags, and the builder that turns its match into clauses.

A rule reads all of a sentence or none of it.  In patterns `{K}` is a list of conditions, `{D}` of drugs, `{P}` of
procedures, `{M}` of measurements, `{B}` of results, each with its adjectives and joined by commas, and, or, /.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from trialwright.registry.formal import rules_drugs as d
from trialwright.registry.formal import rules_records as c
from trialwright.registry.formal import rules_values as v
from trialwright.registry.formal.here import Here, ask

Builder = Callable[[re.Match[str], Here], list[str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named pattern; `needs` are the letters of tags without which it cannot match."""

    name: str
    pattern: re.Pattern[str]
    build: Builder
    needs: frozenset[str]


_SEP = r"(?:(?: ,)?(?: and / or| and| or| /| plus)| ,)"


def _list(kinds: str) -> str:
    one = rf"(?:(?:m\d+ |other |any |oral |conventional |known )*[{kinds}]\d+)"
    return rf"{one}(?:{_SEP} {one})*"


_MACROS = {
    "{K}": _list("K"),
    "{D}": _list("D"),
    "{P}": _list("P"),
    "{KP}": _list("KP"),
    "{M}": _list("MB"),
    "{B}": _list("BM"),
    "{R}": r"R\d+",
    "{T}": r"T\d+",
    "{A}": r"A\d+",
    "{m}": r"(?:m\d+ )*",
    "{within}": r"(?:(?: within| in)? (?P<t>T\d+)(?: (?:before|of|to|from|preceding|at|after) (?P<a>A\d+)| before study(?: \w+)?)?| (?:before|at|during|on) (?P<a2>A\d+))?",
    "{end}": r"(?: (?:at|during|on|before) A\d+)?",
    "{note}": r"(?: \( (?:refer to|see) [^()]* \))?",
}


def _rule(name: str, needs: str, pattern: str, build: Builder) -> Rule:
    for macro, text in _MACROS.items():
        pattern = pattern.replace(macro, text)
    return Rule(name, re.compile(pattern), build, frozenset(needs))


RULES: tuple[Rule, ...] = (
    # age
    _rule(
        "age",
        "Y",
        r"(?:at (?:time of )?(?P<at>A\d+|CONSENT) ?,? ?(?:you )?)?(?:G\d+ )?(?:of )?(?:: )?(?:between )?(?P<y>Y\d+(?:(?: ,)?(?: and| to)? (?:G\d+ )?Y\d+)?)(?: of G\d+)?(?: inclusive| \( inclusive \))?(?P<strict> exclusive)?(?: (?:at|on|when|upon|during) (?:time of )?(?:signing )?(?P<at2>A\d+|CONSENT))?(?P<sex>(?: ,| and| \(|)? (?:male or female|male and female|male / female|males and females|either sex|both sexes|any sex|regardless of sex|female or male|men or women|males or females|no gender limit|gender not limited|any gender|men and women)(?: \))?)?",
        v.age,
    ),  # fmt: skip
    _rule(
        "age of people",
        "Y",
        r"(?:adult |male or female |male and female |men and women |male |female |adults |men or women |females |males |women |men |and |or |, |healthy |all |both |sexes |genders |gender |aged |volunteers |of |either |sex |any )*(?P<y>Y\d+(?: and Y\d+)?)(?: of G\d+)?(?: inclusive)?",
        v.age,
    ),
    # scores and laboratory values
    _rule(
        "sub-score with serology",
        "MR",
        r"(?:score )?(?P<r>{R}) for M\d+ \( except [^()]* \) if .* present",
        v.part_when_scored,
    ),
    _rule("index of a disease", "MRK", r"(?P<m>M\d+) of K\d+ (?P<r>{R})", v.value),
    _rule("index without limit", "M", r"(?P<m>M\d+) increased", v.increased),
    _rule(
        "clearance by formula",
        "MR",
        r"(?:SECTION : )?M\d+(?: \( M\d+ \))? (?P<r>{R}) \( (?:cockcroft[ /\-–]*gault|cockcroft / gault|by cockcroft .*?) (?:equation|formula|method)(?: , (?P<rest>except [^()]*))? \)",
        v.clearance,
    ),
    _rule(
        "limit with exception",
        "MRK",
        r"(?P<m>M\d+)(?: \( M\d+ \))? (?P<r>{R}) \( (?:in_case|except|if|for|unless|when)(?: with| of| in)? (?P<k>{K}),? ?,? M\d+ (?P<r2>{R}) \)",
        v.excepted_limit,
    ),
    _rule(
        "limit with exception",
        "MRK",
        r"(?P<m>M\d+)(?: \( M\d+ \))? (?P<r>{R})(?: \(| ,| ;)? ?(?:in_case|except|if|for|unless|when|or)(?: with| of| in| for)? (?P<k>{K})(?: ,| :)? (?:M\d+ )?(?P<r2>{R})(?: (?:in_case|if|for|with) K\d+)?(?: \))?",
        v.excepted_limit,
    ),
    _rule(
        "value",
        "R",
        r"(?P<m>{M})(?: \( (?:[MBK]\d+|\w+) \))?(?: count| counts| score| scores| rate| concentration| index| total| test| PS)?(?: :| of| with score of| =| score of| ,)? ?(?P<r>{R}){end}{note}",
        v.value,
    ),
    _rule(
        "value between two limits",
        "R",
        r"(?P<m>{M})(?: count| score)?(?: :| of)? (?P<r>{R}(?: and| ,| , and| but) {R}){end}",
        v.two_bounds,
    ),
    _rule(
        "change",
        "MR",
        r"(?P<m>M\d+) (?P<verb>increases?d?|decreases?d?|declines?d?|falls?|rises?|drops?|worsens?)(?: by| of)? (?P<r>{R})",
        v.change,
    ),
    # classification criteria and diagnoses
    _rule(
        "diagnosis by criteria",
        "KS",
        r"(?:diagnosed with|diagnosis of|confirmed diagnosis of|with diagnosis of|meets?|established diagnosis of) (?P<k>{K}) (?:and )?(?:according to|by|based on|per|as defined by|in accordance with|using|met|meet|meeting|fulfilling|and met|and meet) (?:classification )?(?:criteria )?(?:of )?(?P<s>S\d+)(?: K\d+)?(?: classification)?(?: criteri(?:a|on))?{note}",
        c.diagnosed,
    ),
    _rule(
        "criteria of a disease",
        "S",
        r"(?:meets?|meeting|fulfils?|fulfill?|fulfilling|met|satisfy|according to) (?:classification )?(?:criteria )?(?:of )?(?P<s>S\d+)(?: \( [^()]* \))?(?: classification| diagnostic)?(?: criteria)?(?: (?:for|of) (?P<k>{K}))?{note}",
        c.criteria_met,
    ),
    _rule(
        "diagnosed",
        "K",
        r"(?:(?:clinically |previously |confirmed |definite |established )*(?:diagnosed with|diagnosis of)|diagnosed as) (?P<k>(?:K\d+)(?: (?:and|or) K\d+)*)(?P<s>)",
        c.diagnosed,
    ),
    _rule(
        "disease for so long",
        "KT",
        r"(?:history of|diagnosis of|duration of) (?P<k>{K}) (?:before|for|of) (?:(?P<a>A\d+) )?(?P<t>{T})",
        c.since,
    ),
    # positive and negative
    _rule(
        "hepatitis B",
        "BM",
        r"(?:positive for )?(?P<b>{B}) with (?:peripheral blood )?(?P<d>[BM]\d+)(?: titer| copy number| copies| quantification)? (?:higher than|above|greater than|>|over|exceeding|more than) limit",
        c.virus,
    ),
    _rule(
        "antibody and RNA",
        "BM",
        r"(?:positive for )?(?P<b>B\d+) and (?:peripheral blood )?(?P<d>[BM]\d+)(?: positive)?",
        c.virus_rna,
    ),
    _rule(
        "HIV",
        "B",
        r"positive for (?P<b>B\d+)",
        lambda m, h: c.hiv(m, h) if "hiv_antibody" in h.ids(m["b"]) else c.positive(m, h),
    ),
    _rule("positive", "", r"(?:A\d+ )?positive (?:for|of|in) (?P<b>{B})", c.positive),
    _rule("positive", "", r"(?P<b>{B})(?: tests?| antibody| antibodies)? positive(?: at A\d+)?", c.positive),
    _rule(
        "flow cytometry",
        "M",
        r"flow cytometry detected positive (?:M\d+|B\d+|b cell) (?:cd19|K\d+|M\d+|B\d+) or (?:bcma|[BM]\d+)(?: .*)?",
        c.flow,
    ),
    # pregnancy
    _rule(
        "pregnancy test",
        "",
        r"negative(?: of| for)? (?P<b>[BMK]\d+)(?: test)?(?: for| in)? WOCBP(?P<now> at A\d+)?(?: and)?(?: within (?P<t>T\d+) (?:of|before) (?P<a>A\d+))?",
        c.pregnancy_test,
    ),
    _rule(
        "pregnancy test",
        "",
        r"WOCBP (?:with |tested )?negative(?: for)? (?P<b>[BMK]\d+)(?: test)?(?: within (?P<t>T\d+) (?:of|before) (?P<a>A\d+))?(?P<now> (?:at|during|before) (?:A\d+|start of trial|study|the study))?(?P<lactating> and not (?:in )?K\d+)?",
        c.pregnancy_test,
    ),
    _rule(
        "pregnant",
        "K",
        r"(?P<p>K\d+)(?: or (?P<lactating>K\d+))?(?: women| females?)?(?:,? or (?P<plans>(?:women |females )?(?:planning|plan|intending|intend|who plan) .*))?",
        lambda m, h: c.pregnant(m, h) if "pregnancy" in h.ids(m["p"]) else _no(m, h),
    ),
    _rule(
        "lactating",
        "K",
        r"not (?:in )?(?P<k>K\d+)",
        lambda m, h: c.lactating(m, h) if "lactation" in h.ids(m["k"]) else c.absent(m, h),
    ),
    # records
    _rule(
        "open list of crises", "KM", r"(?:(?:before|prior to) A\d+ , )?other (?P<class>M\d+) , eg (?P<k>{K})", c.crisis
    ),
    _rule(
        "diseases under one condition",
        "K",
        r"(?P<mods>{m}K\d+ (?:or pathological changes )?not caused K\d+ before A\d+) , eg :? ?(?P<k>{K})",
        c.one_question,
    ),
    _rule(
        "class with its kinds",
        "K",
        r"(?:with )?(?P<class>K\d+)(?: caused (?:K\d+|[\w\-]+)(?: or non K\d+| or [\w ]+)?)? \( eg (?P<k>{K}) \)",
        c.class_and_examples,
    ),
    _rule(
        "needs treatment",
        "K",
        r"(?:combined with|with)? ?(?:other )?(?P<k>{K}) ,? ?(?P<why>(?:systematic|systemic|m\d+) (?:treatment|therapy)(?: is)?(?: needed| required))",
        c.needs_treatment,
    ),
    _rule(
        "needs treatment",
        "K",
        r"(?:combined with|with)? ?(?:other )?(?P<k>{K}) (?P<why>(?:requiring|require|requires|needing) (?:m\d+ )?(?:treatment|therapy))",
        c.needs_treatment,
    ),
    _rule(
        "value defines a deficiency",
        "KMR",
        r"(?P<k>K\d+) (?:present )?(?:during A\d+ )?\( (?P<m>M\d+) (?P<r>{R}) \)",
        v.value,
    ),
    _rule(
        "transplants",
        "P",
        r"(?:history of|previous|prior) (?P<p>{P})(?: \( (?:e\.g\.|eg)[^()]* \))?(?: or (?P<q>{P}))?",
        c.transplants,
    ),
    _rule(
        "uncontrolled infection",
        "K",
        r"(?:presence or suspicion of|presence of|suspicion of|with) (?P<words>(?:m\d+|uncontrolled)(?: or treatment required| or requiring treatment)?(?: \w+ ?,?)*?(?: or other)?) (?P<k>K\d+)",
        lambda m, h: _infection(m, h),
    ),
    _rule(
        "history with adjective or tendency",
        "K",
        r"(?:with )?(?:history of) (?P<k>{K})(?P<or> or (?P<tendency>m?\d* ?allergic tendenc\w+|allergic constitution))?",
        lambda m, h: _allergy(m, h),
    ),
    _rule("congenital deficiency", "K", r"(?:with )?(?P<k>K\d+)", lambda m, h: _special(m, h)),
    _rule("two kinds", "K", r"(?:with )?(?P<k>K\d+) and (?P<k2>K\d+)", lambda m, h: _two(m, h)),
    _rule(
        "none of",
        "K",
        r"(?:without|no|absence of|free of|not) (?P<history>history of )?(?:any )?(?P<k>{KP}){within}(?: , (?:e\.g\.|eg) .*)?",
        lambda m, h: c.absent(m, h),
    ),
    _rule(
        "recorded",
        "",
        r"(?:with |presence of |suffering from |previous |prior |has )?(?P<history>history of )?(?:any )?(?P<k>{KP})(?: \( history of \))?{within}",
        lambda m, h: c.recorded(m, h),
    ),
    # studies, biopsies, access
    _rule(
        "another trial",
        "T",
        r"(?:participated in|participation in|participating in|enrolled in|participate in|enrollment in|took part in|currently participating in) (?:any )?(?:other |another )?(?:interventional )?(?:clinical )?(?:trials?|stud(?:y|ies)|clinical research)(?: within| in)? (?P<t>T\d+)(?: (?:before|of|prior to) (?P<a>A\d+))?",
        c.other_trial,
    ),
    _rule(
        "nephritis class on a biopsy",
        "T",
        r"diagnosis of K\d+ (?:consistent with|confirmed by|proven by) P\d+ within (?P<t>T\d+) (?:before|of) (?:study|A\d+) , and histological diagnosis \( [^()]* \) (?:m\d+ )?nephritis (?:type|class) (?P<classes>[iv]+(?: (?:or|and|,) [iv]+)*)(?P<free> with or without (?:type|class) [iv]+)?",
        c.biopsy_class,
    ),
    _rule(
        "either way", "", r"with or without .*|male or female|male and female|regardless of .*|no limit on .*", c.free
    ),
    _rule(
        "vascular access",
        "M",
        r"(?:available|adequate|sufficient|good) M\d+",
        lambda m, h: c.access(m, h) if "vascular_access" in h.ids(m[0], "M") else _no(m, h),
    ),
    # treatment
    _rule(
        "bounds of a dose",
        "R",
        r"(?P<d>(?:oral )?{D})? ?(?:equivalent )?(?P<r>{R}(?:(?: ,)?(?: and)? {R})?)(?: equivalent)?",
        d.dose_bounds,
    ),
    _rule(
        "no minimum in combination",
        "D",
        r"there no minimum (?:daily )?dose requirement for D\d+ when used in combination with D\d+",
        c.free,
    ),
    _rule(
        "treated and stable",
        "T",
        r"(?P<t>{T}) of treatment before (?P<a>A\d+) , and dose stable for (?P<t2>{T})",
        d.treated_and_stable,
    ),
    _rule(
        "highest dose",
        "D",
        r"(?:if receiving D\d+ , following conditions met : )?at A\d+(?P<during> and during A\d+) , maximum dose of (?P<d>D\d+) (?P<n>\d+) mg / day(?: equivalent)?",
        d.dose_at_most,
    ),
    _rule("stable dose", "DT", r"(?:before (?P<a>A\d+) , )?dose of (?P<d>D\d+) stable for (?P<t>{T})", d.dose_stable),
    _rule(
        "adjusted dose",
        "DR",
        r"during A\d+ , dose of (?P<d>D\d+) adjustment (?P<r>{R})(?: equivalent)?",
        d.dose_adjusted,
    ),
    _rule(
        "stopped before",
        "DT",
        r"(?:before A\d+ , )?if (?P<d>D\d+)(?: \( eg [^()]* \))? used , they (?:to )?(?:discontinued|stopped) for (?P<t>{T}) before (?P<a>A\d+)",
        d.stopped,
    ),
    _rule(
        "one of these drugs now",
        "D",
        r"currently , (?:N\d+ of|receiving) (?:following )?stable dose standard therapies used to treat K\d+ : (?P<d>{D})",
        d.current_any,
    ),
    _rule(
        "taken in a period",
        "DT",
        r"(?:used|use of|treated with|treatment with|received|receiving|receipt of|taking|taken|prior treatment with|previous treatment with|administration of|therapy with)? ?(?:any )?(?P<d>{D})(?: with therapeutic effects on disease)?(?: treatment| therapy)? within (?P<t>{T})(?: (?:before|of|prior to) (?P<a>A\d+))?",
        d.taken,
    ),
    _rule(
        "not taken in a period",
        "DT",
        r"(?:no|without|not receiv\w+|not treated with) (?P<d>{D}) within (?P<t>{T}) (?:before|of) (?P<a>A\d+)",
        d.stopped,
    ),
    _rule(
        "no support of the counts",
        "PT",
        r"(?P<p>P\d+(?: and D\d+)?) within (?P<t>T\d+) (?:of|before) (?:eligibility assessment|screening|assessment|A\d+) not allowed",
        d.no_support,
    ),
)

WHOLE: tuple[Rule, ...] = (
    _rule(
        "refractory by drugs and doses",
        "DTR",
        r"m\d+ : non respondent to or disease recurrence after remission with conventional therapies \. conventional therapies defined as treated for (?P<t>T\d+) with low dose (?P<d>D\d+) \( (?P<r>R\d+) (?:D\d+ )?equivalent \) , (?P<list>D\d+(?:(?: ,| or| and| eg)+ D\d+)*)",
        d.refractory,
    ),
    _rule(
        "SLE on a standard regimen",
        "KTD",
        r"history of (?P<k>K\d+) before (?P<a>A\d+) (?P<t>T\d+) , and disease remained m\d+ (?P<t2>T\d+) after use of stable (?:D\d+|standard .*?) before A\d+ \. standard treatment regimen refers to steady use of any of (?:following )?\( alone or in combination \) : (?P<list>[^.]*)",
        d.regimen,
    ),
    _rule(
        "each drug begun and stable",
        "DT",
        r"if receiving treatment with (?P<d>D\d+(?: and / or| or| and) D\d+) : start time(?: of)? drug treatment (?P<t>T\d+) before (?P<a>A\d+) \. maintain stable dose of medication for (?P<t2>T\d+) before(?P<during> and during)? A\d+",
        d.each_begun,
    ),
    _rule(
        "refractory to kinds of drugs",
        "D",
        r"(?:meets|meet) (?:m\d+ )?clinical standards for (?:m\d+ )?K\d+ : disease remains m\d+ or relapses and progresses after (?:m\d+ )?treatment using (?:m\d+ )?standard treatment regimen ,? ?eg (?P<list>D\d+(?:(?: \([^()]*\))?(?: ,)?(?: and)? D\d+)*(?: \([^()]*\))?)",
        d.failed_groups,
    ),
    _rule(
        "refractory or relapsed",
        "DT",
        r"meet definition of m\d+ recurrence : conventional treatment remains ineffective for (?P<t>T\d+) , or disease activity reappears after remission \. conventional treatment defined as use of (?P<d>D\d+) , along with (?:N\d+ of|one or more of)(?: following)? D\d+ : (?P<list>[^.]*)",
        d.ineffective,
    ),
    _rule(
        "severe nephritis and its treatment",
        "RKT",
        r"m\d+ K\d+ \( defined as [KM]\d+ (?P<p>R\d+) or M\d+ (?P<c>R\d+) or (?P<second>\d+) umol / l \) , (?P<why>treatment with m\d+ nephritis with prohibited drugs) , (?P<hd>P\d+) , or D\d+ (?P<r>R\d+) within (?P<t>T\d+) before (?P<a>A\d+) mg / d equivalent D\d+ (?P<t2>T\d+)",
        lambda m, h: [
            *v.two_units(m, h),
            *d.prohibited(m, h),
            f"has {h.ids(m['hd'])[0]} within {h.period(m['t']).said} before {h.anchor(m['a'])}",
            *d.course(m, h),
        ],
    ),
)


def _no(m: re.Match[str], here: Here) -> list[str]:
    raise v.NotRead("another meaning")


def _infection(m: re.Match[str], here: Here) -> list[str]:
    ids = here.ids(m["k"], "K")
    words = here.words(f"{m['words']} {m['k']}".strip())
    within = c._present("infection") if "infection" in ids else ""
    clauses = [f"has {c.names(ids)}{within} and {ask(words, 'judgement')}"]
    if "suspicion" in m[0]:
        clauses.append(ask("Suspicion of " + words, "judgement"))
    return clauses


def _allergy(m: re.Match[str], here: Here) -> list[str]:
    if m["or"] is None:
        return c.recorded(_With(m, {"history": "history of ", "t": None, "a": None}), here)  # type: ignore[arg-type]
    clauses = c.recorded(_With(m, {"history": "history of ", "t": None, "a": None}), here)  # type: ignore[arg-type]
    return [*clauses, ask(here.words(m["tendency"]), "judgement")]


class _With:
    """A match with some groups said anew."""

    def __init__(self, m: re.Match[str], more: dict[str, str | None]) -> None:
        self.m, self.more = m, more

    def __getitem__(self, name: str | int) -> str | None:
        return self.more[name] if name in self.more else self.m[name]  # type: ignore[index]

    def groupdict(self) -> dict[str, str | None]:
        return {**self.m.groupdict(), **self.more}


def _special(m: re.Match[str], here: Here) -> list[str]:
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


def _two(m: re.Match[str], here: Here) -> list[str]:
    """Two kinds of people joined by "and" in an exclusion: either is excluded."""
    clauses: list[str] = []
    for name in ("k", "k2"):
        try:
            clauses += _special(_With(m, {"k": m[name]}), here)  # type: ignore[arg-type]
        except v.NotRead:
            clauses.append(f"has {c.names(here.ids(m[name], 'K'))}")
    if here.context.kind != "exclusion":
        raise v.NotRead("both may be meant")
    return clauses


@lru_cache(maxsize=4096)
def candidates(letters: frozenset[str], whole: bool = False) -> tuple[Rule, ...]:
    """The rules that a sentence with these letters can match."""
    return tuple(rule for rule in (WHOLE if whole else RULES) if rule.needs <= letters)
