"""Sentences of one criterion become clauses: by a rule, as a question, by splitting, or left over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from trialwright.registry.formal.asks import ask_kind
from trialwright.registry.formal.checked import is_sound
from trialwright.registry.formal.here import Context, Here, ask, quoted, unsupported
from trialwright.registry.formal.lexicon import listed_by_one_page
from trialwright.registry.formal.rules import candidates
from trialwright.registry.formal.rules_values import NotRead
from trialwright.registry.formal.tags import Line, Tag

_LEAD = re.compile(
    r"^(?:[,:;#.)\-*] |SECTION : |(?:kidneys?|liver|heart|lungs?|blood|bone marrow|renal|hepatic|cardiac|pulmonary) : |"
    r"SECTION (?:to meet|meets|requirements?|following|)?:? ?|and |"
    r"or |(?:adequate|good|m\d+) (?:SECTION|organ functions?) ?(?:defined as|:|)? ?|[a-h] \. |"
    r"\d+ [.)] |: )+"
)
_TRAIL = re.compile(r"(?: [,:;#.(\-*]| and| or)+$")
_CUT = {".", ";", "#"}
_JOIN = re.compile(r" , and / or | and / or | , or | or ")
_COMMA = re.compile(r" , and | and | , | / ")


@dataclass(frozen=True, slots=True)
class Clause:
    """One expression, the rule that gave it, and the plain characters that it covers.

    `left` is true for words left over, `why` says why they were, `names` which concepts stand among them.
    """

    expression: str
    rule: str
    start: int
    end: int
    left: bool = False
    why: str = ""
    names: tuple[str, ...] = ()


def clauses_of(line: Line, context: Context) -> list[Clause]:
    """The clauses of a criterion in order; every tag of the line is covered by exactly one."""
    here = Here(line.tags, context, line.plain)
    texts = [tag.text for tag in line.tags]
    found: list[Clause] = []
    pieces = [(0, len(texts))]
    letters = frozenset(text[0] for text in texts if text[0].isupper())
    if 12 < len(texts) < 2000 and "D" in letters:
        whole = " ".join(texts)
        for rule in candidates(letters, True):
            match = rule.pattern.search(whole)
            if match is None:
                continue
            try:
                built = rule.build(match, here)
            except NotRead:
                continue
            if all(is_sound(text, context.catalog) for text in built) and not _elsewhere(built):
                first = whole[: match.start()].count(" ")
                last = first + match[0].count(" ") + 1
                found += _covering(built, rule.name, line.tags[first:last])
                pieces = [(0, first), (last, len(texts))]
            break
    for begin, end in pieces:
        for start, stop in _sentences(texts, begin, end):
            found += _sentence(line.tags[start:stop], here, line.tags[start - 1].end if start else 0)
    found.sort(key=lambda clause: clause.start)
    return found


def _sentences(texts: Sequence[str], begin: int, end: int) -> list[tuple[int, int]]:
    cuts: list[tuple[int, int]] = []
    start, depth = begin, 0
    for at in range(begin, end):
        text = texts[at]
        if text == "(":
            depth += 1
        elif text == ")":
            depth = max(0, depth - 1)
        elif depth == 0 and text in _CUT:
            cuts.append((start, at + 1))
            start = at + 1
    cuts.append((start, end))
    return [(a, b) for a, b in cuts if any(text not in _CUT and text not in ",:" for text in texts[a:b])]


def _covering(texts: Sequence[str], rule: str, tags: Sequence[Tag]) -> list[Clause]:
    return [Clause(text, rule, tags[0].start, tags[-1].end) for text in texts]


def _sentence(tags: Sequence[Tag], here: Here, begin: int) -> list[Clause]:
    """The clauses of one sentence, whose words begin at `begin` of the plain text."""
    line = " ".join(tag.text for tag in tags)
    why: list[str] = []
    if read := _read(line, here, why, 0):
        return [Clause(text, rule, begin, tags[-1].end) for text, rule in read]
    words = here.said(begin, tags[-1].end)
    kind = ask_kind(line)
    if kind is not None and not _tests_a_number(tags):
        return [Clause(_asked(line, words, kind), "question", begin, tags[-1].end)]
    reason = why[0] if why else "these words were not understood"
    known = (id for tag in tags if tag.text[0] in "KDPMB" and tag.text[1:].isdigit() for id in tag.value)
    names = tuple(dict.fromkeys(known))
    return [Clause(unsupported(words, reason), "left over", begin, tags[-1].end, True, reason, names)]


def _asked(line: str, words: str, kind: str) -> str:
    """A question, put only to those whom the sentence names."""
    question = ask(words, kind)
    women = re.search(r"\b(?:WOCBP|women|woman|females?|she)\b", line) is not None
    men = re.search(r"\b(?:men|man|males?|he)\b", line) is not None
    if women == men or kind == "consent":
        return question
    return f"if sex is {'female' if women else 'male'} then {question}"


def _tests_a_number(tags: Sequence[Tag]) -> bool:
    return any(tag.text[0] in "RY" and tag.text[1:].isdigit() for tag in tags)


def _read(line: str, here: Here, why: list[str], depth: int) -> list[tuple[str, str]]:
    """(expression, rule) of a whole sentence; empty when a word of it is not read."""
    line = _TRAIL.sub("", _LEAD.sub("", line))
    letters = frozenset(word[0] for word in line.split() if word[:1].isupper())
    if not letters and "with or without" not in line:
        kind = ask_kind(line) if depth else None
        return [(_asked(line, here.words(line), kind), "question")] if kind is not None else []
    for rule in candidates(letters):
        match = rule.pattern.fullmatch(line)
        if match is None:
            continue
        try:
            built = rule.build(match, here)
        except NotRead as reason:
            why.append(str(reason))
            continue
        except (KeyError, IndexError):
            continue
        if _elsewhere(built):
            why.append("which drugs these are stands on the pages of one trial, and not here")
            continue
        if built and all(is_sound(text, here.context.catalog) for text in built):
            return [(text, rule.name) for text in built]
        why.append("the words give no expression that can be checked")
    if tail := re.search(r" ,? ?(with or without .*)$", line):
        before = _read(line[: tail.start()], here, why, depth + 1)
        return [*before, (f'no restriction "{quoted(here.words(tail[1]))}"', "either way")] if before else []
    if depth > 3 or len(line) > 4000:
        return []
    kind = ask_kind(line) if depth else None
    if kind is not None and not re.search(r"\b[RYT]\d+\b", line):
        return [(_asked(line, here.words(line), kind), "question")]
    return _joined(line, here, why, depth)


def _elsewhere(texts: Sequence[str]) -> bool:
    """Rests on a class of drugs whose list stands on another page."""
    return any(name in text for text in texts for name in listed_by_one_page())


def _joined(line: str, here: Here, why: list[str], depth: int) -> list[tuple[str, str]]:
    for pattern, alternatives in ((_JOIN, True), (_COMMA, False)):
        parts = _split(line, pattern)
        if len(parts) < 2 or len(parts) > 40:
            continue
        read = [_read(part, here, why, depth + 1) for part in parts]
        if read[0] and parts[0].startswith("WOCBP"):
            read[1:] = [[(_women(text), rule) for text, rule in part] for part in read[1:]]
        if not all(read):
            continue
        if alternatives:
            each = [
                " and ".join(_bracketed(text) for text, _ in part) if len(part) > 1 else part[0][0] for part in read
            ]
            return [(" or ".join(_bracketed(text) for text in each), read[0][0][1])]
        return [pair for part in read for pair in part]
    return []


def _women(text: str) -> str:
    return f"if sex is female then {text}" if text.startswith("ask ") else text


def _bracketed(text: str) -> str:
    return f"({text})" if re.search(r"\b(?:and|or|if)\b", text) else text


def _split(line: str, pattern: re.Pattern[str]) -> list[str]:
    """The parts of a line between the joins that stand outside brackets."""
    if pattern.search(line) is None:
        return [line]
    parts: list[str] = []
    start = depth = at = 0
    spans = {m.start(): m.end() for m in pattern.finditer(line)}
    for at, char in enumerate(line):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif at in spans and depth <= 0 and at >= start:
            parts.append(line[start:at])
            start = spans[at]
    return [*parts, line[start:]]
