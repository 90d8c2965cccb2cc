"""What a sample below the limit of quantification counts as, by where it stands in the profile.

Rules are named; each says what becomes of a BLQ sample before the first quantifiable one, between quantifiable
ones, and after the last.  `tmax` splits at Tmax instead.  Source: the choices of PKNCA's `conc.blq` (first, middle,
last; before.tmax, after.tmax) and the practice "0 before Tmax, ignore after" (H. Schuetz, forum.bebac.at 13335).
"""

from dataclasses import dataclass

import numpy as np

from trialwright.analysis.kinetics.reasons import Floats, Mask
from trialwright.errors import TrialwrightError

ACTIONS = ("keep", "drop", "half")


@dataclass(frozen=True, slots=True)
class BlqRule:
    """`before`, `between` and `after` are each keep (as 0), drop, half (of the LLOQ) or a number to put in place.

    With `split_at_tmax`, `before` holds up to Tmax and `after` beyond it; `between` is not used.
    """

    name: str
    before: str
    between: str
    after: str
    split_at_tmax: bool = False


NAMED: dict[str, BlqRule] = {
    rule.name: rule
    for rule in (
        BlqRule("keep-drop-keep", "keep", "drop", "keep"),
        BlqRule("keep", "keep", "keep", "keep"),
        BlqRule("drop", "drop", "drop", "drop"),
        BlqRule("half-lloq", "half", "half", "half"),
        BlqRule("keep-drop-drop", "keep", "drop", "drop"),
        BlqRule("tmax", "keep", "keep", "drop", split_at_tmax=True),
    )
}
ALIASES = {
    "default": "keep-drop-keep",
    "pknca": "keep-drop-keep",
    "zero": "keep",
    "all-keep": "keep",
    "keep-all": "keep",
    "all-drop": "drop",
    "drop-all": "drop",
    "half": "half-lloq",
    "tmax-rule": "tmax",
}


def blq_rule(text: str) -> BlqRule:
    """The rule of that name, or one spelled `before=keep,between=drop,after=0` (numbers and `half` are allowed).

    Raises TrialwrightError when the text names no rule.
    """
    name = text.strip().lower().replace("_", "-")
    name = ALIASES.get(name, name)
    if name in NAMED:
        return NAMED[name]
    parts = dict(part.split("=", 1) for part in name.replace(" ", "").split(",") if "=" in part)
    parts = {{"first": "before", "middle": "between", "last": "after"}.get(k, k): v for k, v in parts.items()}
    tmax = {"before-tmax", "after-tmax"} == set(parts)
    if tmax or {"before", "between", "after"} == set(parts):
        actions = [_action(value, text) for value in parts.values()]
        named = dict(zip(parts, actions))
        if tmax:
            return BlqRule(text, named["before-tmax"], named["before-tmax"], named["after-tmax"], True)
        return BlqRule(text, named["before"], named["between"], named["after"])
    known = ", ".join(NAMED)
    raise TrialwrightError(
        f'"{text}" is no BLQ rule; use one of {known}, or before=keep,between=drop,after=keep '
        "(each keep, drop, half or a number)"
    )


def _action(text: str, rule: str) -> str:
    text = {"zero": "keep"}.get(text, text)
    if text in ACTIONS:
        return text
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < np.inf:
        raise TrialwrightError(f'"{text}" in the BLQ rule "{rule}" is not keep, drop, half or a number of at least 0')
    return repr(number)


def needs_limit(rule: BlqRule) -> bool:
    """True when the rule replaces values by half the LLOQ, so that every BLQ sample must have one."""
    return "half" in (rule.before, rule.between, rule.after)


def counted_values(time: Floats, value: Floats, blq: Mask, limit: Floats, rule: BlqRule) -> Floats:
    """The concentrations that areas count, one row per profile; NaN where a sample is not used.

    `value` is NaN outside the samples under study; `blq` marks those below the limit; `limit` is each sample's LLOQ.
    """
    quantified = np.isfinite(value) & ~blq
    if rule.split_at_tmax:
        height = np.where(quantified, value, -np.inf)
        at = np.where(quantified.any(axis=1), time[np.arange(len(time)), height.argmax(axis=1)], np.inf)
        early = time <= at[:, None]
        late = ~early
    else:
        before_seen = np.cumsum(quantified, axis=1) > 0
        after_seen = np.cumsum(quantified[:, ::-1], axis=1)[:, ::-1] > 0
        early = ~before_seen
        late = before_seen & ~after_seen
    result = np.where(blq, np.nan, value)
    middle = blq & ~early & ~late
    for where, action in ((blq & early, rule.before), (middle, rule.between), (blq & late, rule.after)):
        if action == "drop" or not where.any():
            continue
        put = 0.0 if action == "keep" else limit / 2 if action == "half" else float(action)
        result = np.where(where, put, result)
    return result
