"""A design in plain English, as the design section of a protocol would say it, and as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from trialwright.dosefinding.boin12 import Boin12, utility_benchmark
from trialwright.dosefinding.crm import Crm
from trialwright.dosefinding.design import Design, Rule
from trialwright.dosefinding.interval import Boin, I3Plus3, Keyboard, Mtpi2, OwnTable, boin_bounds
from trialwright.dosefinding.rollingsix import RollingSix
from trialwright.dosefinding.threeplusthree import ThreePlusThree
from trialwright.dosefinding.tite import TiteBoin, TiteCrm


def plain(design: Design) -> dict[str, Any]:
    """Name, rule and limits of a design as plain data, in full, so that an output says what it was made with."""
    rule = design.rule
    inner = {item.name: getattr(rule, item.name) for item in fields(rule)}
    flat: dict[str, Any] = {}
    for key, value in inner.items():
        if isinstance(value, Crm | Boin):
            flat |= {item.name: getattr(value, item.name) for item in fields(value)}
        elif key == "rows":
            flat["rows"] = [{item.name: getattr(row, item.name) for item in fields(row)} for row in value]
        else:
            flat[key] = list(value) if isinstance(value, tuple) else value
    flat = {key: list(value) if isinstance(value, tuple) else value for key, value in flat.items()}
    limits = {item.name: getattr(design, item.name) for item in fields(design) if item.name != "rule"}
    limits = {key: list(value) if isinstance(value, tuple) else value for key, value in limits.items()}
    limits["limit"] = design.limit
    return {"name": design.name, **flat, **limits}


def dose_label(dose: int, levels: Sequence[Mapping[str, Any]]) -> str:
    """ "level 2 (25 x10^6 cells, start)" where the levels are known, "dose 2" otherwise."""
    if not levels:
        return f"dose {dose}"
    level = levels[dose - 1]
    role = {"backup": ", back-up", "start": ", start"}.get(str(level.get("role")), "")
    return f"level {dose} ({amount(level)}{role})"


def amount(level: Mapping[str, Any]) -> str:
    """ "25 x10^6 cells" or "1 x10^6 cells/kg"."""
    value, per = float(level["value"]), level.get("per")
    text = f"{value / 1e6:g} x10^6" if value >= 1e5 else f"{value:g}"
    return f"{text} {level.get('unit', 'cells')}" + (f"/{per}" if per else "")


def describe(design: Design, levels: Sequence[Mapping[str, Any]] = ()) -> str:
    """The design section of a protocol: levels, rule, limits, safety, selection, one paragraph each."""
    return "\n\n".join(
        part for part in (_levels(design, levels), _rule(design.rule), _limits(design), _selection(design)) if part
    )


def _levels(design: Design, levels: Sequence[Mapping[str, Any]]) -> str:
    names = ", ".join(dose_label(dose, levels) for dose in range(1, design.doses + 1))
    first = dose_label(design.start, levels)
    text = f"The trial studies {design.doses} dose levels: {names}. The first cohort receives {first}."
    if design.start > 1:
        lower = " and ".join(dose_label(dose, levels) for dose in range(1, design.start))
        text += f" {lower[0].upper()}{lower[1:]} lies below the start and is given only after de-escalation."
    if design.cap is not None:
        text += f" No dose above {dose_label(design.cap, levels)} is given."
    return text


def _rule(rule: Rule) -> str:
    match rule:
        case ThreePlusThree():
            fill = (
                "The next lower dose is then filled to six participants before it is called the MTD."
                if rule.deescalate_to_fill_6
                else "The next lower dose is then the MTD, even with three participants."
            )
            top = (
                "The highest dose, if 0 of 3 have a DLT, is confirmed with three more."
                if rule.confirm_top_6
                else "The highest dose is the MTD when 0 of 3 have a DLT."
            )
            return (
                "Escalation follows the 3+3 design. With 0 of 3 DLTs the dose is escalated; with 1 of 3, three"
                " more are treated"
                " and the dose is escalated if at most 1 of 6 has a DLT; with two or more DLTs the dose is"
                " above the MTD. "
                f"{fill} {top}"
            )
        case RollingSix():
            return (
                "Escalation follows the rolling six design (Skolnik et al 2008): up to six participants are"
                " enrolled at a dose"
                f" without waiting for each group of three; a participant is evaluated after {rule.window_days:g} days."
            )
        case Boin():
            return _boin(rule)
        case Keyboard() | Mtpi2():
            name, source = (
                ("Keyboard", "Yan et al 2017") if isinstance(rule, Keyboard) else ("mTPI-2", "Guo et al 2017")
            )
            return (
                f"Escalation follows the {name} design ({source}) with a target DLT rate of {rule.target:g} and"
                " the target interval"
                f" {rule.target - rule.left:g} to {rule.target + rule.right:g}. The most probable interval of"
                " that width decides:"
                f" below the target interval escalate, on it stay, above it de-escalate."
                f" {_eliminate(rule.target, rule.cutoff, rule.eliminate_from_n)}"
            )
        case I3Plus3():
            return (
                f"Escalation follows the i3+3 design (Liu et al 2020) with the equivalence interval"
                f" {rule.target - rule.left:g} to"
                f" {rule.target + rule.right:g}: below it escalate, inside stay; above it de-escalate, unless"
                " one DLT fewer would lie"
                f" below it, then stay."
                f" {_eliminate(rule.target, rule.cutoff, rule.eliminate_from_n) if rule.exclude else ''}"
            )
        case OwnTable():
            return f"Escalation follows the protocol's own decision table (target DLT rate {rule.target:g})."
        case Crm():
            return _crm(rule)
        case TiteCrm():
            return (
                f"{_crm(rule.crm)} Participants who are still followed count with {rule.weights} weights over"
                " the DLT window of"
                f" {rule.window_days:g} days (TITE-CRM, Cheung and Chappell 2000)."
            )
        case TiteBoin():
            form = (
                "each pending outcome is imputed from its follow-up time (Yuan et al 2018)"
                if rule.form == "stft"
                else "each pending participant counts as the share of the window observed (Lin and Yuan 2020)"
            )
            return (
                f"{_boin(rule.boin)} The DLT window is {rule.window_days:g} days; participants may be enrolled"
                " while others are"
                f" followed (TITE-BOIN): {form}. Accrual is suspended while more than {rule.max_pending:.0%} of"
                " those at the dose are pending."
            )
        case Boin12():
            return (
                "The optimal biological dose is sought with BOIN12 (Lin et al 2020): the highest acceptable DLT rate is"
                f" {rule.target:g}, the lowest acceptable response rate {rule.response:g}; utilities are 100"
                " (response, no DLT),"
                f" {rule.neither:g} (neither), {rule.both:g} (both) and 0 (DLT, no response), benchmark"
                f" {100 * utility_benchmark(rule):.1f}."
                " The next cohort goes to the admissible neighbouring dose with the highest desirability."
            )
    raise TypeError(f"no rule for {rule!r}")


def _boin(rule: Boin) -> str:
    low, high = boin_bounds(rule)
    text = (
        f"Escalation follows the BOIN design (Liu and Yuan 2015) with a target DLT rate of {rule.target:g}:"
        " escalate where the observed"
        f" DLT rate at the current dose is at or below {low:.3f}, de-escalate where it is above {high:.3f},"
        " otherwise stay."
        f" {_eliminate(rule.target, rule.cutoff, rule.eliminate_from_n)}"
    )
    if rule.extra_safe:
        text += f" At the lowest dose the trial stops already above {rule.cutoff - rule.offset:g}."
    return text


def _crm(rule: Crm) -> str:
    skeleton = ", ".join(f"{p:.3f}" for p in rule.skeleton)
    how = f"a normal prior with standard deviation {rule.scale:.3f}" if rule.method == "bayes" else "maximum likelihood"
    return (
        f"Escalation follows the continual reassessment method ({rule.model} model, {how}) with a target DLT"
        f" rate of {rule.target:g}"
        f" and the skeleton {skeleton}; the next cohort receives the dose whose estimated DLT rate is closest"
        " to the target."
    )


def _eliminate(target: float, cutoff: float, least: int) -> str:
    since = f" and at least {least} participants were evaluated" if least > 1 else ""
    return (
        f"A dose and all above are eliminated where P(DLT rate > {target:g}) exceeds {cutoff:g} under a uniform"
        f" prior{since}; the trial"
        " stops where the lowest dose is eliminated."
    )


def _limits(design: Design) -> str:
    sizes = design.cohort_sizes
    cohort = f"cohorts of {sizes[0]}" if len(set(sizes)) == 1 else f"cohorts of {', '.join(map(str, sizes))} by level"
    text = f"Participants are treated in {cohort}, at most {design.limit} in all."
    if design.titrate:
        text += " Until the first DLT single participants are treated at each level; then that cohort is completed."
    if design.max_n_per_dose is not None:
        text += f" No dose is given to more than {design.max_n_per_dose}."
    if design.settle_n is not None:
        text += f" The trial ends when a dose has {design.settle_n} participants and the rule would stay there."
    if not design.skip and isinstance(design.rule, Crm | TiteCrm):
        text += " No untried dose is skipped."
    if design.coherent and isinstance(design.rule, Crm | TiteCrm):
        text += " The dose is not raised straight after a cohort whose DLT rate reaches the target."
    if any((*design.sentinel_days, *design.stagger_days)):
        text += (
            f" In each cohort the second infusion follows the first (sentinel) by at least"
            f" {_days(design.sentinel_days)} days,"
            f" the others follow each other by at least {_days(design.stagger_days)} days."
        )
    if design.backfill_per_dose is not None:
        text += f" While a cohort is observed, tolerated lower doses may be filled up to {design.backfill_per_dose}."
    if design.replace_unevaluable:
        text += (
            " Participants who leave the DLT window early without a DLT are replaced; their safety data are"
            " reported, and a DLT always"
            " counts."
        )
    return text


def _selection(design: Design) -> str:
    match design.rule:
        case ThreePlusThree() | RollingSix():
            return "The MTD is the highest dose with at most one DLT in six, below any dose with two or more DLTs."
        case Crm() | TiteCrm():
            return "At the end the dose with the estimated DLT rate closest to the target is selected."
        case Boin12():
            return "At the end the admissible dose up to the MTD with the highest estimated utility is selected."
        case Boin(bound_mtd=True):
            return (
                "At the end DLT rates are made monotone by isotonic regression, and the dose closest to the"
                " target is selected among those"
                " at or below the de-escalation boundary."
            )
    return (
        "At the end DLT rates are made monotone by isotonic regression, and the dose closest to the target is selected."
    )


def _days(values: tuple[float, ...]) -> str:
    return "/".join(f"{value:g}" for value in values)
