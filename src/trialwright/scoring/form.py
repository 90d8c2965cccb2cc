"""An instrument as a form: what can be entered, and the expression over it as plain data for a browser.

The same expanded expression that scores a record is written as a tree of short names; whatever it reads from a record
(a value, a limit of normal, a category, an answer, a count) becomes a field.  `evaluate.js` computes the tree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trialwright.catalog import Catalog
from trialwright.language import nodes as n
from trialwright.language.describe import describe
from trialwright.language.expand import expand
from trialwright.language.interpret import Interpreter
from trialwright.language.values import Category, Number, Truth
from trialwright.scoring.instrument import gives

SCREENING = n.Anchor("screening")
PARTS = {"uln": "upper limit of normal, ", "lln": "lower limit of normal, ", "lod": "limit of detection, "}
CLOCK = ("years", "months", "days")


@dataclass(frozen=True)
class Field:
    """One thing to enter: a number, yes or no, or one of several categories.

    `inner`: it is read only for an item of another instrument, and needed where that one's total is not known.
    """

    key: str
    label: str
    kind: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    inner: bool = False


@dataclass
class Form:
    """The fields and the trees of one instrument; `nodes` are the parts of the expression behind the fields."""

    id: str
    catalog: Catalog
    fields: list[Field] = field(default_factory=list)
    nodes: list[Any] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    trees: dict[str, Any] = field(default_factory=dict)
    inside: bool = False

    def add(self, node: Any, label: str, kind: str, unit: str = "", choices: tuple[str, ...] = ()) -> str:
        """The key of the field for a node; one field for each thing read, however often."""
        text = repr(node)
        if text not in self.known:
            key = f"f{len(self.fields)}"
            self.known[text] = key
            self.fields.append(Field(key, label, kind, unit, choices, self.inside))
            self.nodes.append(node)
        return self.known[text]


def form_of(name: str, catalog: Catalog) -> Form:
    """The form of an instrument, a grade or a definition."""
    form = Form(name, catalog)
    want = gives(name, catalog)
    form.trees["main"] = tree(expand(n.Ref(name), catalog, SCREENING, want=want), form)
    model = catalog.instruments.get(name)
    if model is not None:
        for part in model.subscores:
            form.trees[f"part:{part}"] = tree(expand(n.Ref(f"{name}.{part}"), catalog, SCREENING, want="number"), form)
        if model.classification:
            form.trees["met"] = tree(expand(n.Ref(f"{name}.met"), catalog, SCREENING), form)
    return form


def tree(node: Any, form: Form) -> dict[str, Any]:
    """The expression as data; what it reads becomes fields of the form."""
    match node:
        case n.Quantity(value):
            return {"t": "q", "v": float(value)}
        case n.Arithmetic(operator, _) if operator in CLOCK:
            return {"t": "num", "k": form.add(node, _elapsed(node), "number", operator)}
        case n.Arithmetic(operator, arguments):
            return {"t": "calc", "o": operator, "a": [tree(a, form) for a in arguments]}
        case n.Compare(n.Count(), ">=", n.Quantity(value)) if value == 1:
            return {"t": "yes", "k": form.add(node, _said(node, form), "truth")}
        case n.Compare(left, operator, right):
            return {"t": "cmp", "o": operator, "l": tree(left, form), "r": tree(right, form)}
        case n.In(n.ValueOf() as category, members):
            label, found = _reading(category, form)
            choices = found.categories if found else ()
            return {"t": "in", "k": form.add(category, label, "category", choices=choices), "m": list(members)}
        case n.AtLeast(count, parts):
            return {"t": "least", "n": count, "p": [tree(p, form) for p in parts]}
        case n.Not(part):
            return {"t": "not", "p": tree(part, form)}
        case n.If(condition, then, otherwise):
            other = None if otherwise is None else tree(otherwise, form)
            return {"t": "if", "c": tree(condition, form), "a": tree(then, form), "b": other}
        case n.FirstKnown(parts):
            return {"t": "first", "p": [tree(p, form) for p in parts]}
        case n.Score():
            return _score(node, form)
        case n.Grade(rungs):
            return {"t": "grade", "r": [[grade, tree(condition, form)] for grade, condition in rungs]}
        case n.Ask(_, text, _, "number"):
            return {"t": "num", "k": form.add(node, text, "number")}
        case n.Ask(_, text):
            return {"t": "yes", "k": form.add(node, text, "truth")}
        case n.Unsupported():
            return {"t": "open"}
        case n.ValueOf():
            label, found = _reading(node, form)
            return {"t": "num", "k": form.add(node, label, "number", _unit(found.unit if found else None))}
        case n.Count() | n.Spell() | n.Extent():
            unit = "days" if isinstance(node, n.Spell) else ""
            return {"t": "num", "k": form.add(node, _said(node, form), "number", unit)}
    raise TypeError(f"no rule for {type(node).__name__}")


def _score(node: n.Score, form: Form) -> dict[str, Any]:
    own, outside = _own(node.items, form), form.inside
    recorded = None if node.recorded is None else tree(node.recorded, form)
    form.inside = outside or not own
    items = [
        {
            "id": i.id,
            "d": i.domain if i.domain in node.maxima else "",
            "p": tree(i.points, form),
            "w": tree(i.condition, form),
        }
        for i in node.items
    ]
    form.inside = outside
    return {"t": "score", "own": own, "items": items, "r": recorded, "s": list(node.subset)}


def _own(items: tuple[n.Item, ...], form: Form) -> bool:
    """Whether these are the items of the form's own instrument, which can be set by hand."""
    model = form.catalog.instruments.get(form.id)
    return model is not None and [i.id for i in items] == [i.id for i in model.items]


def _reading(node: n.ValueOf, form: Form) -> tuple[str, Any]:
    assert node.selection is not None
    facts = node.selection.facts
    found = form.catalog.concept(facts.concepts[0])
    label = found.label if found else facts.concepts[0]
    rule = "" if node.selection.rule == "latest" else f"{node.selection.rule} "
    end = facts.window.end
    where = f", at {end.name}" if isinstance(end, n.Anchor) and end.name != "screening" else ""
    if isinstance(end, n.TimeOf):
        where = ", the time before"
    return f"{PARTS.get(node.part, '')}{rule}{label}{where}", found


def _unit(unit: str | None) -> str:
    if unit is None or unit.startswith("{"):
        return ""
    plain = unit.replace("{1.73_m2}", "1.73 m²").replace("/[HPF]", "per high-power field").replace("10*", "×10^")
    return re.sub(r"\{.*?\}", "", plain)


def _said(node: Any, form: Form) -> str:
    """Whatever the expression says, in English."""
    return describe(node, form.catalog).replace("\n", " ")


def _elapsed(node: n.Arithmetic) -> str:
    start, end = node.arguments
    if isinstance(start, n.TimeOf) and start.selection.facts.concepts == ("birth",):
        return "age" + (f" at {end.name}" if isinstance(end, n.Anchor) and end.name != "screening" else "")
    called = [p.name if isinstance(p, n.Anchor) else "an earlier instant" for p in (start, end)]
    return f"{node.operator} from {called[0]} to {'scoring' if called[1] == 'screening' else called[1]}"


def entered(form: Form, run: Interpreter) -> dict[str, Any]:
    """What a record enters into each field: a number or its two bounds, true or false, categories; null is unknown."""
    values: dict[str, Any] = {}
    for one, node in zip(form.fields, form.nodes, strict=True):
        value = run.value(node)
        if isinstance(value, Number):
            values[one.key] = _bounds(value)
        elif isinstance(value, Truth):
            values[one.key] = value.state
        elif isinstance(value, Category):
            known = len(value.candidates) == 1 and value.candidates[0] is not None
            values[one.key] = sorted(value.candidates[0] or ()) if known else None
    return values


def _bounds(value: Number) -> Any:
    if value.is_point:
        return value.lower
    low, high = (None if bound in (float("-inf"), float("inf")) else bound for bound in (value.lower, value.upper))
    return None if low is None and high is None else [low, high]


def data(form: Form, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The form as the browser reads it."""
    fields = [
        {"k": f.key, "label": f.label, "kind": f.kind, "unit": f.unit, "choices": list(f.choices)} for f in form.fields
    ]
    return {"id": form.id, "fields": fields, "trees": form.trees} | ({"values": dict(values)} if values else {})
