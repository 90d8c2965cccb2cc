"""What only a person can answer: consent, willingness, intent, judgement; found by the words that mark them."""

from __future__ import annotations

import re

# The first kind whose words stand in a sentence gives the kind of the question.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("consent", re.compile(r"\b(?:CONSENT|informed consent|consent form|assent|signed (?:and dated )?icf|give consent|"
        r"provide consent|written consent|consent (?:given|obtained|signed))\b|^consent$")),
    ("willingness", re.compile(
        r"\b(?:willing\w*|agree[sd]?|agreement|voluntar\w+|contracepti\w+|abstinence|birth control|"
            r"complian\w+|comply|adhere\w*|cooperat\w+|"
        r"able to (?:understand|communicate|complete|attend|follow|participate)|follow - up visits)\b")),
    ("intent", re.compile(r"\b(?:plan(?:s|ning|ned)? to|intend\w*|intention|desire to|plans to (?:become|get)|"
        r"wish\w* to)\b")),
    ("judgement", re.compile(
        r"\b(?:investigator\w*|in the (?:opinion|judg\w+)|judg(?:e|ed|ment)|deemed|considered (?:by|"
            r"un)|unsuitable|not suitable|inappropriate|"
        r"in (?:opinion|judg\w+) of|discretion|clinically significant|at risk|could interfere|"
            r"would interfere|may interfere|might interfere)\b")),
)  # fmt: skip


def ask_kind(line: str) -> str | None:
    """The kind of question that a line of tags or words asks; None where no word marks one."""
    for kind, pattern in _KINDS:
        if pattern.search(line):
            return kind
    return None
