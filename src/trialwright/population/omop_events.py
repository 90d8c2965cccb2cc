"""The tables of events of OMOP CDM 5.4: their columns, and what a row of each says."""

from __future__ import annotations

from dataclasses import dataclass, replace

from trialwright.language.facts import DAY
from trialwright.population.codebook import CodeBook, Targets
from trialwright.population.dates import Dates, Minutes
from trialwright.population.dosage import Dose, daily_dose, in_units
from trialwright.population.measure import Measures
from trialwright.population.omop_vocabulary import SiteVocabulary
from trialwright.population.readings import Reading, compared, number, read_text, stated
from trialwright.population.route_words import route_of
from trialwright.population.routes import tell
from trialwright.population.rows import NO_DATA, UNIT_MISMATCH
from trialwright.population.statements import Statement

Said = Statement
Row = dict[str, str | None]
_OPERATORS = {"4172703": "", "4172704": ">", "4171756": "<", "4171754": "<=", "4171755": ">="}
_YES, _NO = {"positive", "yes", "present"}, {"negative", "no", "absent"}


@dataclass(frozen=True, slots=True)
class Event:
    """A table of events and the names of its columns."""

    table: str
    kind: str
    domain: str | None
    id: str
    concept: str
    source_concept: str
    source_value: str
    date: str
    columns: tuple[str, ...]
    value_concepts: tuple[str, ...] = ()

    @property
    def concept_columns(self) -> tuple[str, ...]:
        """Columns that hold concept ids."""
        return (self.concept, self.source_concept, *self.value_concepts)


def _event(
    table: str, stem: str, kind: str, domain: str | None, date: str, *columns: str, values: tuple[str, ...] = ()
) -> Event:
    return Event(
        table, kind, domain, f"{table}_id", f"{stem}_concept_id", f"{stem}_source_concept_id", f"{stem}_source_value",
        date, (date, *columns), values,
    )  # fmt: skip


_MEASURED = ("value_as_number", "value_as_concept_id", "unit_concept_id", "unit_source_value", "value_source_value")
EVENTS = (
    _event("condition_occurrence", "condition", "condition", "condition", "condition_start_date",
           "condition_start_datetime", "condition_end_date"),
    _event("drug_exposure", "drug", "drug", "drug", "drug_exposure_start_date", "drug_exposure_start_datetime",
           "drug_exposure_end_date", "verbatim_end_date", "quantity", "days_supply", "sig", "route_concept_id",
           "route_source_value", "drug_concept_id", values=("route_concept_id",)),
    _event("procedure_occurrence", "procedure", "procedure", "procedure", "procedure_date", "procedure_datetime",
           "procedure_end_date"),
    _event("measurement", "measurement", "measurement", None, "measurement_date", "measurement_datetime",
           "operator_concept_id", "range_low", "range_high", *_MEASURED,
           values=("value_as_concept_id", "unit_concept_id")),
    _event("observation", "observation", "measurement", None, "observation_date", "observation_datetime",
           "value_as_string", *_MEASURED, values=("value_as_concept_id", "unit_concept_id")),
)  # fmt: skip


def event_statement(
    event: Event,
    row: Row,
    keys: list[str | None],
    dates: Dates,
    vocabulary: SiteVocabulary,
    measures: Measures,
    book: CodeBook,
    targets: Targets,
) -> list[Said] | str:
    """What a row says about each concept that its code means, or the reason why it says nothing."""
    start = _when(dates, row[event.date], row.get(event.date.replace("_date", "_datetime")))
    if start is None:
        return "bad date" if row[event.date] else "no date"
    person, reference = row["person_id"] or "", f"{event.table}:{row[event.id]}"
    if event.table == "drug_exposure":
        end, lasting = _supply(dates, row, start)
        route = route_of(vocabulary.name(row["route_concept_id"])) or route_of(row["route_source_value"] or "")
        name = vocabulary.name(row["drug_concept_id"]) or vocabulary.name(keys[1])
        said: list[Said] = []
        for index, _ in targets:
            unit = (book.concepts[index].unit or "mg/d").rsplit("/", 1)[0]
            dose = _dose(row, name, unit, vocabulary, measures, start, end)
            recorded = number(row["quantity"] or "")
            known, clear = tell(book, book.concepts[index], route or route_of(name), [])
            said.append(
                Statement(
                    person,
                    start,
                    end,
                    Reading(number=recorded),
                    route=known,
                    clear_route=clear,
                    dose=dose,
                    lasting=lasting,
                    reference=reference,
                )
            )
        return said
    last = row.get("condition_end_date") or row.get("procedure_end_date")
    end = dates.read(last[:10]) if last else None
    if last and end is None:
        return "bad date"
    if event.table == "procedure_occurrence" and end is not None and end[1] <= start[1] + DAY:
        end = None
    base = Statement(person, start, end, reference=reference)
    if event.table not in {"measurement", "observation"}:
        return [base] * len(targets)
    reading, measure = _value(row, vocabulary)
    low, high = (number(row.get(k) or "") for k in ("range_low", "range_high"))
    measured = replace(base, reading=reading, unit=measure, low=low, high=high)
    absent, doubtful = reading.words in _NO, reading.words not in _YES | _NO
    return [
        replace(measured, absent=absent, doubtful=doubtful)
        if book.concepts[i].domain in {"condition", "procedure"}
        else measured
        for i, _ in targets
    ]


def _when(dates: Dates, date: str | None, clock: str | None) -> Minutes | None:
    """The minute where a time of day is recorded, else the day: midnight stands for "no time"."""
    if clock and len(clock) > 10 and clock[11:16] not in {"00:00", ""}:
        return dates.read(clock[:16])
    text = date or clock
    return dates.read(text[:10]) if text else None


def _value(row: Row, vocabulary: SiteVocabulary) -> tuple[Reading, str | None]:
    """The reading and its unit: the number with its operator, the coded result, or the text."""
    unit = vocabulary.code(row["unit_concept_id"]) or row["unit_source_value"]
    value, text = number(row["value_as_number"] or ""), row["value_source_value"]
    if value is not None:
        operator = _OPERATORS.get(row.get("operator_concept_id") or "", "")
        if not operator and text and text.lstrip().startswith(("<", ">", "≤", "≥")):
            written = read_text(text)
            if written.number == value:
                return written, unit or written.unit
        return compared(operator, value), unit
    coded = row["value_as_concept_id"]
    if coded and coded != "0":
        word = stated(vocabulary.code(coded))
        name = vocabulary.name(coded)
        if word or name:
            return (Reading(words=word) if word else read_text(name)), unit
    text = row.get("value_as_string") or text
    if not text:
        return Reading(), unit
    reading = read_text(text)
    return reading, unit or reading.unit


def _supply(dates: Dates, row: Row, start: Minutes) -> tuple[Minutes | None, bool]:
    """The last day of an exposure: as recorded, else by the days of supply."""
    text = row["drug_exposure_end_date"] or row["verbatim_end_date"]
    if text and (end := dates.read(text[:10])) is not None:
        return end, False
    days = number(row["days_supply"] or "")
    if days and days > 0:
        last = start[0] // DAY + round(days) - 1
        return (last * DAY, last * DAY + DAY - 1), False
    return None, False


def _dose(
    row: Row, name: str, unit: str, vocabulary: SiteVocabulary, measures: Measures, start: Minutes, end: Minutes | None
) -> Dose:
    """Quantity times strength over the days of supply; else what the instructions say."""
    quantity, days = number(row["quantity"] or ""), number(row["days_supply"] or "")
    if quantity and days and quantity > 0 and days > 0:
        amount, measure = _strength(row["drug_concept_id"] or "", vocabulary)
        if amount is not None:
            factor = measures.unit_scale(measure, unit)
            if factor is None:
                return None, None, UNIT_MISMATCH
            daily = _rounded(quantity * amount * factor / days)
            return daily, daily, None
        low, high, problem = in_units(quantity, quantity, "", name, unit, measures.unit_scale)
        if low is not None and high is not None:
            return _rounded(low / days), _rounded(high / days), None
        if not row["sig"]:
            return None, None, problem
    if row["sig"]:
        return daily_dose([{"text": row["sig"]}], name, unit, measures.unit_scale)
    return None, None, NO_DATA


def _strength(drug: str, vocabulary: SiteVocabulary) -> tuple[float | None, str]:
    """Amount of the only ingredient in one unit of the drug (a tablet, a millilitre), and its unit."""
    found = list(vocabulary.strengths.get(drug, {}).values())
    if len(found) != 1:
        return None, ""
    amount, amount_unit, numerator, numerator_unit, denominator, _ = found[0]
    if amount:
        return number(amount), vocabulary.code(amount_unit)
    if numerator:
        total, per = number(numerator), number(denominator or "1") or 1.0
        return (total / per if total is not None else None), vocabulary.code(numerator_unit)
    return None, ""


def _rounded(value: float) -> float:
    return float(format(value, ".12g"))
