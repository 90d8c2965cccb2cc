"""The load report: what became of every record that was read, and what to map next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trialwright.population.staging import Counts


@dataclass(frozen=True, slots=True)
class Line:
    """One count of the report: `kind` is read, kept, unmapped, set_aside or note."""

    kind: str
    item: str
    detail: str
    count: int


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Counts of one store, over all loads into it: read = kept + unmapped + set aside."""

    lines: tuple[Line, ...]
    persons: int = 0
    facts: int = 0
    observes: tuple[str, ...] = ()
    extracted: str = ""
    declared: bool = False
    unread: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    unreadable: tuple[int, int] = (0, 0)
    """Files and single lines of this load that could not be read, most often because they are cut off."""

    def total(self, kind: str) -> int:
        """How many records of a kind."""
        return sum(line.count for line in self.lines if line.kind == kind)

    def of(self, kind: str) -> list[Line]:
        """The lines of a kind, the most frequent first."""
        return sorted((x for x in self.lines if x.kind == kind), key=lambda x: (-x.count, x.item, x.detail))

    def as_json(self) -> dict[str, Any]:
        """The shape that scripts rely on."""
        return {
            "read": self.total("read"),
            "kept": self.total("kept"),
            "unmapped": self.total("unmapped"),
            "set_aside": self.total("set_aside"),
            "persons": self.persons,
            "facts": self.facts,
            "observes": list(self.observes),
            "observes_declared": self.declared,
            "extracted": self.extracted or None,
            "read_by_kind": {x.item: x.count for x in self.of("read")},
            "set_aside_by_reason": [
                {"reason": x.item, "count": x.count, "first": x.detail or None} for x in self.of("set_aside")
            ],
            "unmapped_codes": [
                {"system": _part(x.item, 0), "code": _part(x.item, 1), "text": x.detail or None, "count": x.count}
                for x in self.of("unmapped")
            ],
            "notes": [{"kind": x.item, "detail": x.detail, "count": x.count} for x in self.of("note")],
            "unread_files": list(self.unread),
        }


def _part(item: str, i: int) -> str | None:
    return [*item.split("|", 1), ""][i] or None


def lines_of(counts: Counts, paths: Mapping[str, str] | None = None) -> list[Line]:
    """The lines of what was counted in one load."""
    lines = [Line("read", kind, "", n) for kind, n in sorted(counts.read.items()) if n]
    lines.append(Line("kept", "records", "", counts.kept))
    lines += [
        Line("unmapped", f"{system}|{code}", text, n)
        for (system, code, text), n in sorted(counts.unmapped.items())
        if n
    ]
    lines += [Line("set_aside", why, counts.places.get(why, ""), n) for why, n in sorted(counts.aside.items()) if n]
    lines += [Line("note", kind, item, n) for (kind, item), n in sorted(counts.notes.items()) if n]
    return lines


def together(first: list[Line], then: list[Line]) -> list[Line]:
    """The report of a store after one more load: counts of the same line are added.

    How many people contradict themselves is counted over the whole store each time, and so replaces the earlier count.
    """
    added: dict[tuple[str, str, str], int] = {}
    detail: dict[tuple[str, str], str] = {}
    for line in (*(x for x in first if (x.kind, x.item) != ("note", "contradictory")), *then):
        shown = line.detail
        if line.kind == "set_aside":  # the first place stays
            shown = detail.setdefault((line.kind, line.item), line.detail)
        key = (line.kind, line.item, shown)
        added[key] = added.get(key, 0) + line.count
    return [Line(*key, count) for key, count in added.items()]


def damage(report: LoadReport) -> str:
    """What this load could not read, in one sentence; blank where it read everything."""
    files, lines = report.unreadable
    if not files and not lines:
        return ""
    what = " and ".join(f"{n:,} {name}{'' if n == 1 else 's'}" for n, name in ((files, "file"), (lines, "line")) if n)
    place = report.places.get("unreadable JSON", "").split(": ", 1)[0] or "a source"
    return (
        f"{place}: is damaged or cut off; {what} could not be read, everything else is loaded; export it again and "
        "load it, what is there already is not counted twice"
    )


def describe(report: LoadReport, target: str, most: int = 12) -> str:
    """The report for a reader: totals, reasons, what to map next, and what absence will mean."""
    read, kept = report.total("read"), report.total("kept")
    unmapped, aside = report.total("unmapped"), report.total("set_aside")
    out = [
        f"{target}: {report.persons:,} people, {report.facts:,} facts, as of {report.extracted}",
        "",
        f"records read {read:>12,}   {', '.join(f'{x.item} {x.count:,}' for x in report.of('read')[:8])}",
        f"  kept       {kept:>12,}",
        f"  unmapped   {unmapped:>12,}   their code means no concept of the catalog",
        f"  set aside  {aside:>12,}",
    ]
    out += [
        f"    {x.count:>12,}   {x.item}" + (f"   first: {x.detail}" if x.detail else "") for x in report.of("set_aside")
    ]
    if codes := report.of("unmapped"):
        out += ["", "unmapped, most frequent first (map your own codes with --map FILE: system,code,concept):"]
        out += [f"    {x.count:>12,}   {x.item}  {x.detail}" for x in codes[:most]]
        if len(codes) > most:
            out.append(
                f"    {sum(x.count for x in codes[most:]):>12,}   under {len(codes) - most:,} more codes (see --json)"
            )
    if notes := report.of("note"):
        out += ["", "kept, but look at these:"]
        out += [f"    {x.count:>12,}   {x.item}: {x.detail}" for x in notes[:most]]
        if len(notes) > most:
            out.append(f"    and {len(notes) - most:,} more kinds (all with --json)")
    said = "as declared" if report.declared else "taken from the kinds of records found; declare it with --observes"
    if report.observes:
        names = ", ".join(report.observes)
        out += ["", f"OBSERVED DOMAINS: {names} ({said}). What is not recorded there will be read as NO."]
    else:
        out += ["", f"OBSERVED DOMAINS: none ({said}). What is not recorded will be read as unknown."]
    out += [f"not read (no form that is known): {name}" for name in report.unread]
    return "\n".join(out)
