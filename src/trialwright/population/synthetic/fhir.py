"""The cohort as FHIR R4 bulk ndjson: one file per kind of resource, as a hospital's export would hold it.

Every patient is tagged as synthetic (security label HTEST).  A concept without a standard code carries the project's
own code, which is its id.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import orjson

from trialwright.population.synthetic.cohort import Block
from trialwright.population.synthetic.columns import person_id
from trialwright.population.synthetic.events import DAY, IN_ERROR, MONTH, Ints
from trialwright.population.synthetic.fhir_resources import (
    Row,
    adverse_event,
    condition,
    drug,
    observation,
    pressure,
    procedure,
)
from trialwright.population.synthetic.terms import names, terms

Json = dict[str, Any]
KINDS = (
    "Patient", "Condition", "Observation", "MedicationRequest", "MedicationStatement", "MedicationAdministration",
    "Procedure", "AdverseEvent",
)  # fmt: skip
_HL7 = "http://terminology.hl7.org/CodeSystem/"
_META = {"security": [{"system": f"{_HL7}v3-ActReason", "code": "HTEST", "display": "test health data"}]}
_BIRTH_SEX = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
_MAKERS: Mapping[str, Callable[[Row, str, str], Json]] = {
    "condition": condition,
    "drug": drug,
    "procedure": procedure,
    "measurement": observation,
    "observation": observation,
}


def write_fhir(blocks: Iterable[Block], out: Path, *, packed: bool = False) -> dict[str, int]:
    """Write the files under `out` and give the number of resources of each kind; `packed` writes .ndjson.gz."""
    out.mkdir(parents=True, exist_ok=True)
    counts = dict.fromkeys(KINDS, 0)
    with ExitStack() as stack:
        files: dict[str, IO[bytes]] = {
            kind: stack.enter_context(_open(out / f"{kind}.ndjson{'.gz' if packed else ''}")) for kind in KINDS
        }
        for block in blocks:
            for resource in resources(block, counts):
                files[resource["resourceType"]].write(orjson.dumps(resource) + b"\n")
    for kind, count in counts.items():
        if not count:
            (out / f"{kind}.ndjson{'.gz' if packed else ''}").unlink()
    return {kind: count for kind, count in counts.items() if count}


def _open(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=path.open("wb"), compresslevel=5, mtime=0)
        return cast(IO[bytes], packed)
    return path.open("wb", buffering=1 << 20)


def resources(block: Block, counts: dict[str, int]) -> Iterable[Json]:
    """The resources of a block, person by person; `counts` numbers them."""
    events, domain = block.events, [t.domain for t in terms().values()]
    starts, ends = dates(events.day, events.precision, events.minute), dates(events.end)
    rows = zip(
        events.person.tolist(), events.concept.tolist(), starts, ends, events.end.tolist(), events.value.tolist(),
        events.comparator.tolist(), events.cats.tolist(), events.unit.tolist(), events.low.tolist(),
        events.high.tolist(),
        events.status.tolist(), events.route.tolist(), events.pattern.tolist(), events.part.tolist(), strict=True,
    )  # fmt: skip
    patients = [_patient(int(p)) for p in block.people.person]
    first = int(block.people.person[0])
    diastolic, systolic = names().index("diastolic_blood_pressure"), names().index("systolic_blood_pressure")
    waiting: dict[tuple[int, str], Row] = {}
    adverse: dict[tuple[int, int], list[Row]] = {}

    def made(resource: Json) -> Json:
        kind = resource["resourceType"]
        counts[kind] += 1
        resource["id"] = f"{kind[0].lower()}{counts[kind]}" if kind != "Patient" else resource["id"]
        return resource

    for row in map(Row._make, rows):
        kind = domain[row.concept]
        if row.part:
            adverse.setdefault((row.person, row.part), []).append(row)
            continue
        if kind == "demographic":
            _tell(patients[row.person - first], row)
            continue
        if row.concept == diastolic and row.status != IN_ERROR:
            if alone := waiting.pop((row.person, row.start), None):
                yield made(observation(alone, names()[alone.concept], person_id(alone.person)))
            waiting[row.person, row.start] = row
            continue
        if row.concept == systolic and row.status != IN_ERROR and (other := waiting.pop((row.person, row.start), None)):
            yield made(pressure(row, other, person_id(row.person)))
            continue
        yield made(_MAKERS[kind](row, names()[row.concept], person_id(row.person)))
    for row in waiting.values():
        yield made(observation(row, names()[row.concept], person_id(row.person)))
    for (person, _), parts in sorted(adverse.items()):
        yield made(adverse_event({names()[part.concept]: part for part in parts}, person_id(person)))
    for patient in patients:
        yield made(patient)


def dates(day: Ints, precision: Ints | None = None, minute: Ints | None = None) -> list[str]:
    """Days as text of their precision; with a clock time where there is one."""
    text: list[str] = np.datetime_as_string(np.asarray(np.clip(day, -700_000, 700_000), "datetime64[D]")).tolist()
    if precision is not None:
        for i in np.flatnonzero(precision != DAY).tolist():
            text[i] = text[i][:7] if precision[i] == MONTH else text[i][:4]
    if minute is not None:
        for i in np.flatnonzero(minute >= 0).tolist():
            text[i] = f"{text[i]}T{minute[i] // 60:02d}:{minute[i] % 60:02d}:00Z"
    return text


def _patient(number: int) -> Json:
    return {"resourceType": "Patient", "id": person_id(number), "meta": _META, "active": True}


def _tell(patient: Json, row: Row) -> None:
    """Add what a demographic record says; a second sex is the sex at birth."""
    match names()[row.concept]:
        case "birth":
            patient["birthDate"] = row.start
        case "death":
            patient["deceasedDateTime"] = row.start
        case _:
            sex = terms()["sex"].concept.categories[row.cats.bit_length() - 1]
            if "gender" in patient:
                code = {"female": "F", "male": "M"}[sex]
                patient["extension"] = [{"url": _BIRTH_SEX, "valueCode": code}]
            else:
                patient["gender"] = sex
