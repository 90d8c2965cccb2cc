"""The lists of a trial page: arms, interventions, sponsors, investigators, sites, contacts, references, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialwright.registry.enums import SETS, canonical
from trialwright.registry.gather import Gather, read_doi
from trialwright.registry.records import (
    Arm,
    Contact,
    Intervention,
    Investigator,
    Location,
    OtherId,
    Reference,
    Sponsor,
)

_GROUP = re.compile(r"^(?:group|arm) type:?\s*(.+)$", re.IGNORECASE)
_TYPE = re.compile(r"^intervention type:?\s*(.+)$", re.IGNORECASE)
_ROLE = re.compile(r"^(?:sponsor )?role:?\s+(.+)$", re.IGNORECASE)
_SITE = re.compile(r"^site status:?\s*(.+)$", re.IGNORECASE)
_STATUS_WORDS = sorted((status.replace("_", " ").title() for status in SETS["status"]), key=len, reverse=True)
_GLUED = re.compile(rf"^(.*?)\s*[-–|,(]?\s*({'|'.join(_STATUS_WORDS)})\)?$")
_PHONE = re.compile(r"^\+?[\d(][\d\s().\-/]{5,}(?:\s*(?:ext\.?|x)\s*\d+)?$", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def read_arms(lines: list[str], gather: Gather) -> tuple[tuple[Arm, ...], tuple[Intervention, ...]]:
    """Arms with their interventions, of "label / Group Type X / name / Intervention Type Y" or of "Arm 1 / type"."""
    if any(_GROUP.match(line) for line in lines):
        return _typed_arms(lines, gather)
    arms: list[Arm] = []
    for line in lines:
        words = line.lstrip("-•* ").strip()
        arm_type, known = canonical("arm_type", words)
        if re.fullmatch(r"(?:arm|group|cohort)\s+\w{1,3}\s*:?", words, re.IGNORECASE):
            arms.append(Arm(""))
        elif known and words.upper() != "OTHER":
            if not arms or arms[-1].type:
                arms.append(Arm(""))
            arms[-1] = Arm(arms[-1].label, arm_type, arms[-1].description)
        elif arms and not arms[-1].label:
            arms[-1] = Arm(words, arms[-1].type)
        elif arms:
            arms[-1] = Arm(arms[-1].label, arms[-1].type, _added(arms[-1].description, words))
        else:
            arms.append(Arm(words))
    return tuple(arm for arm in arms if arm.label or arm.type), ()


def _typed_arms(lines: list[str], gather: Gather) -> tuple[tuple[Arm, ...], tuple[Intervention, ...]]:
    heads = [place for place, line in enumerate(lines) if _GROUP.match(line)]
    arms: list[Arm] = []
    found: list[Intervention] = []
    for number, place in enumerate(heads):
        stop = heads[number + 1] - 1 if number + 1 < len(heads) else len(lines)
        body = lines[place + 1 : stop]
        types = [at for at, line in enumerate(body) if _TYPE.match(line)]
        description = "\n".join(body[: types[0] - 1] if types else body) or None
        names = []
        for rank, at in enumerate(types):
            until = types[rank + 1] - 1 if rank + 1 < len(types) else len(body)
            kind = gather.enum("intervention_type", _TYPE.match(body[at])[1], "study groups")  # type: ignore[index]
            name = body[at - 1] if at else ""
            names.append(name)
            found.append(Intervention(name, kind, "\n".join(body[at + 1 : until]) or None))
        label = lines[place - 1] if place else ""
        arm_type = gather.enum("arm_type", _GROUP.match(lines[place])[1], "study groups")  # type: ignore[index]
        arms.append(Arm(label, arm_type, description, tuple(names)))
    return tuple(arms), tuple(found)


def read_interventions(lines: list[str], gather: Gather) -> tuple[Intervention, ...]:
    """Interventions of "name / words / Intervention Type X", or one name a line, or "Biological: name"."""
    if not any(_TYPE.match(line) for line in lines):
        result = []
        for line in lines:
            words = line.lstrip("-•* ").strip()
            head, colon, name = words.partition(":")
            member, known = canonical("intervention_type", head) if colon else ("", False)
            result.append(Intervention(name.strip(), member) if known and name.strip() else Intervention(words))
        return tuple(result)
    items: list[Intervention] = []
    block: list[str] = []
    for line in lines:
        if (found := _TYPE.match(line)) and block:
            kind = gather.enum("intervention_type", found[1], "interventions")
            items.append(Intervention(block[0], kind, "\n".join(block[1:]) or None))
            block = []
        else:
            block.append(line)
    return tuple(items + [Intervention(line) for line in block[:1]])


def read_sponsors(lines: list[str], gather: Gather, role: str = "lead") -> Iterator[Sponsor]:
    """Sponsors of "name / INDUSTRY / Sponsor Role lead", or one name a line, the first of them leading."""
    name: str | None = None
    kind: str | None = None
    for line in [*lines, ""]:
        found = _ROLE.match(line)
        member, known = canonical("sponsor_class", line) if line else ("", False)
        if found and name:
            yield Sponsor(name, kind, found[1].strip().lower())
            name, kind = None, None
        elif known and name and len(line) < 30:
            kind = member
        else:
            if name:
                yield Sponsor(name, kind, role)
                role = "collaborator"
            name, kind = line.lstrip("-•* ").strip() or None, None


def read_investigators(lines: list[str], gather: Gather) -> tuple[Investigator, ...]:
    """Investigators of "name / Role: X / affiliation" and of "Name, affiliation"."""
    roles = [place for place, line in enumerate(lines) if _ROLE.match(line)]
    if not roles:
        names = [line.lstrip("-•* ") for line in lines]
        return tuple(Investigator(name.split(" | ")[0], "PRINCIPAL_INVESTIGATOR") for name in names)
    found = []
    for number, place in enumerate(roles):
        stop = roles[number + 1] - 1 if number + 1 < len(roles) else len(lines)
        role = gather.enum("investigator_role", _ROLE.match(lines[place])[1], "investigators")  # type: ignore[index]
        affiliation = " ".join(lines[place + 1 : stop]) or None
        found.append(Investigator(lines[place - 1] if place else "", role, affiliation))
    return tuple(found)


def read_locations(lines: list[str], gather: Gather) -> tuple[Location, ...]:
    """Sites of "facility / city, state, country / Site Status X" and of "- facilityRecruiting"."""
    marks = [place for place, line in enumerate(lines) if _SITE.match(line)]
    if marks:
        found, start = [], 0
        for place in marks:
            block = lines[start:place]
            status = gather.enum("status", _SITE.match(lines[place])[1], "locations")  # type: ignore[index]
            facility = block[0] if block else None
            city, state, country = _place(block[1]) if len(block) > 1 else (None, None, None)
            found.append(Location(facility, city, country, status, state))
            start = place + 1
        return tuple(found)
    sites: list[Location] = []
    for line in lines:
        words = line.lstrip("-•* ").strip()
        glued = _GLUED.match(words)
        name, status = (glued[1], canonical("status", glued[2])[0]) if glued and glued[1] else (words, None)
        if not line.startswith(("-", "•", "*")) and sites and name.count(",") and sites[-1].city is None:
            city, state, country = _place(name)
            last = sites[-1]
            sites[-1] = Location(last.facility, city, country, last.status or status, state)
        elif name:
            sites.append(Location(name, status=status))
    return tuple(sites)


def _place(line: str) -> tuple[str | None, str | None, str | None]:
    """City, state and country of "Shanghai, , China"."""
    pieces = [piece.strip() or None for piece in line.split(",")]
    if len(pieces) == 1:
        return None, None, pieces[0]
    state = pieces[1] if len(pieces) > 2 else None
    return pieces[0], state, pieces[-1]


def read_contacts(lines: list[str], gather: Gather) -> tuple[Contact, ...]:
    """Contacts of "name / Role: X / phone / e-mail"; a role outside the registry's list is kept as printed."""
    contacts: list[dict[str, str | None]] = []
    for line in lines:
        email = _EMAIL.search(line)
        if (found := _ROLE.match(line)) and contacts:
            contacts[-1]["role"] = gather.enum("contact_role", found[1], "contacts")
        elif email and contacts:
            contacts[-1]["email"] = email[0]
        elif _PHONE.match(re.sub(r"^(?:phone|tel)\w*[:.]?\s*", "", line, flags=re.IGNORECASE)) and contacts:
            contacts[-1]["phone"] = re.sub(r"^(?:phone|tel)\w*[:.]?\s*", "", line, flags=re.IGNORECASE)
        else:
            contacts.append({"name": line.lstrip("-•* ")})
    return tuple(Contact(c["name"], c.get("phone"), c.get("email"), c.get("role")) for c in contacts)


def read_references(lines: list[str], gather: Gather) -> tuple[Reference, ...]:
    """References with type, PubMed number and DOI, of "citation / Reference Type X / PMID: n"."""
    found: list[Reference] = []
    for line in lines:
        kind = re.match(r"^reference type:?\s*(.+)$", line, re.IGNORECASE)
        pmid = re.match(r"^(?:PMID|PubMed(?: ID)?):?\s*(\d{4,9})", line, re.IGNORECASE)
        last = found[-1] if found else None
        if kind and last:
            member = gather.enum("reference_type", kind[1], "references")
            found[-1] = Reference(member, last.pmid, last.doi, last.citation)
        elif pmid and last:
            found[-1] = Reference(last.type, pmid[1], last.doi, last.citation)
        elif not kind and not pmid:
            inside = re.search(r"PMID:?\s*(\d{4,9})", line)
            found.append(Reference(None, inside[1] if inside else None, read_doi(line), line))
    return tuple(found)


def read_other_ids(lines: list[str], gather: Gather) -> tuple[OtherId, ...]:
    """Numbers of other registries and of the sponsor, of "number / Identifier Type: x / Identifier Source: y"."""
    found: list[OtherId] = []
    for line in lines:
        kind = re.match(r"^identifier (type|source):?\s*(.+)$", line, re.IGNORECASE)
        if kind and found:
            if not found[-1].type or found[-1].type == "-":
                value = kind[2].strip()
                member = value if value == "org_study_id" else gather.enum("other_id_type", value, "other identifiers")
                found[-1] = OtherId(found[-1].id, member)
        elif not kind:
            found += [OtherId(number.strip()) for number in re.split(r"[,;]\s", line.lstrip("-•* ")) if number.strip()]
    return tuple(found)


def _added(text: str | None, more: str) -> str:
    return f"{text}\n{more}" if text else more
