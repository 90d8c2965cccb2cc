"""Registry documents become records: the reader is found by looking at the bytes, not at the file's name.

`read_documents` also merges the documents of one trial; `read_document` is one file's records as they stand.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import orjson

from trialwright.errors import TrialwrightError
from trialwright.registry.contradictions import contradictions
from trialwright.registry.ctgov_v1 import is_full_studies, studies_of_v1
from trialwright.registry.ctgov_v2 import read_study
from trialwright.registry.decode import read_text
from trialwright.registry.doses import with_doses
from trialwright.registry.gather import Gather
from trialwright.registry.merge import merge_records
from trialwright.registry.pages import read_page
from trialwright.registry.records import Finding, Record, Source
from trialwright.registry.tables import is_row, is_table, read_row, read_table


def read_documents(documents: Iterable[tuple[str, bytes]]) -> list[Record]:
    """The records of (name, bytes) documents; those of one trial are merged, and every difference is a finding."""
    return merge_records([record for name, data in documents for record in read_document(data, name)])


def read_document(data: bytes, name: str) -> list[Record]:
    """The records that one document holds, each with its findings.

    Raises TrialwrightError, one sentence, for what holds no trial: a PDF, an empty file, a login page, cut JSON.
    """
    text, decoding = read_text(data, name)
    digest = hashlib.sha256(data).hexdigest()
    records: Sequence[Record]
    if text.lstrip()[:1] in ("{", "["):
        reader, records = _read_json(text, name)
    elif is_table(text):
        reader, records = "table", read_table(text, name)
    else:
        reader, records = read_page(text, name)
    if not records:
        raise TrialwrightError(f"{name} holds no trial; name a registry record, an answer of its API or a trial's page")
    source = Source(name, reader, digest)
    return [_finished(record, source, decoding) for record in records]


def _finished(record: Record, source: Source, decoding: Sequence[Finding]) -> Record:
    record = with_doses(replace(record, sources=(source,)))
    findings = [*record.findings, *_misnamed(record, source.name), *contradictions(record), *decoding]
    return replace(record, findings=tuple(dict.fromkeys(findings)))


def _read_json(text: str, name: str) -> tuple[str, list[Record]]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        line = text.count("\n", 0, error.pos) + 1
        cut = error.pos >= len(text.rstrip()) - 1 or "unexpected end" in str(error)
        what = "is JSON that was cut off" if cut else f"is not valid JSON ({error.msg})"
        raise TrialwrightError(f"{name} {what} at line {line}; download the record again") from None
    except RecursionError:
        raise TrialwrightError(f"{name} is JSON nested too deeply for a registry record; check the file") from None
    reader, studies = _studies(document)
    records: list[Record] = []
    left_out: list[Finding] = []
    for place, study in enumerate(studies):
        where = name if len(studies) == 1 else f"{name} study {place + 1}"
        if not isinstance(study, dict) or not study:
            left_out.append(Finding("error", where, "this entry of the list is no study; it is left out"))
            continue
        gather = Gather(where, [])
        record = read_study(study, gather) if "protocolSection" in study else read_row(study, gather)
        records.append(replace(record, findings=tuple(gather.findings)))
    if records and left_out:
        records[0] = replace(records[0], findings=(*records[0].findings, *left_out))
    return reader, records


def _studies(document: Any) -> tuple[str, list[Any]]:
    if is_full_studies(document):
        return "ClinicalTrials.gov API 1", studies_of_v1(document)
    if isinstance(document, dict):
        if "protocolSection" in document:
            return "ClinicalTrials.gov API v2", [document]
        if isinstance(document.get("studies"), list):
            return "ClinicalTrials.gov API v2", document["studies"]
        if isinstance(document.get("rankedTrials"), list):
            ranked = [item.get("trial") for item in document["rankedTrials"] if isinstance(item, dict)]
            return "list of trials", [trial for trial in ranked if is_row(trial)]
        return ("row", [document]) if is_row(document) else ("unknown", [])
    if isinstance(document, list):
        known = [item for item in document if is_row(item) or (isinstance(item, dict) and "protocolSection" in item)]
        return "list of trials", known
    return "unknown", []


def _misnamed(record: Record, name: str) -> list[Finding]:
    """A file named for one trial that holds another."""
    named = set(re.findall(r"NCT\d{8}", name.upper()))
    if record.nct_id and named and record.nct_id not in named:
        other = ", ".join(sorted(named))
        return [
            Finding(
                "warning", name, f"the file is named {other} and holds {record.nct_id}; the record's number is used"
            )
        ]
    return []
