"""What to ask about one person: the fewest questions whose answers could let each criterion be passed, each once.

Where a total may be recorded (SLEDAI-2K), the total is one question and its items are none.
"""

from __future__ import annotations

from collections.abc import Iterable

from trialwright.language import nodes as n
from trialwright.language.facts import Record
from trialwright.language.interpret import Interpreter
from trialwright.language.values import Truth
from trialwright.language.vocabulary import Vocabulary
from trialwright.query.plan import is_leaf
from trialwright.screening.needs import needs
from trialwright.screening.questions import Question, questions


def fewest(expression: n.Expression, want: bool, record: Record, vocabulary: Vocabulary) -> tuple[Question, ...]:
    """The smallest set of questions after which an unknown criterion could be `want`; all where none is smallest."""
    interpreter = Interpreter(record)

    def state(node: n.Expression) -> bool | None:
        value = interpreter.value(node)
        return value.state if isinstance(value, Truth) else None

    def known_or_leaf(node: n.Expression) -> bool:
        return is_leaf(node) or state(node) is not None

    every = each_once(questions(expression, record, vocabulary))
    keys = needs(expression, want, state, known_or_leaf) or frozenset()
    subjects = [set(key.partition(":")[2].split("+")) for key in keys if not key.startswith("protocol:")]
    protocol = any(key.startswith("protocol:") for key in keys)
    asked = tuple(q for q in every if _is_of(q, subjects) or (protocol and q.kind == "unsupported"))
    missed = [names for names in subjects if not any(q.about in names for q in asked)]
    return every if missed or not asked else asked


def _is_of(question: Question, subjects: Iterable[set[str]]) -> bool:
    return question.kind != "unsupported" and any(question.about in names for names in subjects)


def each_once(found: Iterable[Question]) -> tuple[Question, ...]:
    """The first question about each thing; people are asked in the words of each question."""
    kept: dict[tuple[str, ...], Question] = {}
    for question in found:
        of_record = question.kind == "measure" or (question.kind == "look_up" and question.reasons != ("needs_person",))
        kept.setdefault((question.about, question.kind, "" if of_record else question.text), question)
    return tuple(kept.values())
