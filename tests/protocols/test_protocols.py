"""pair: the four protocols against tables of hand-made people, which were written from the registry pages.

Each table stands in `people_of/PROTOCOL.yaml`: by criterion, the expected state and what is recorded about a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.protocols.people import person

from trialwright.catalog import load_catalog
from trialwright.catalog.check import check_files
from trialwright.catalog.expressions import read_expression
from trialwright.catalog.load import data_directory, yaml_files
from trialwright.catalog.models.protocols import ProtocolModel
from trialwright.catalog.yaml_text import read_yaml
from trialwright.language.check import walk
from trialwright.language.expand import expand
from trialwright.language.interpret import decide
from trialwright.language.nodes import Anchor, Ask, Facts, Unsupported
from trialwright.language.parse import parse
from trialwright.language.printer import to_text
from trialwright.language.values import OUT_OF_RECORD, Truth
from trialwright.screening.study import trial_of

TRIALS = ("nct05765006", "universal-cd19-bcma-sle", "im19-sle", "relma-cel-ssc")
STATES = {"met": True, "not met": False, "unknown": None}
HERE = Path(__file__).parent


@cache
def table(trial: str) -> dict[str, Any]:
    file = read_yaml(HERE / "people_of" / f"{trial}.yaml")
    assert not file.findings, file.findings
    return dict(file.data)


@cache
def expressions(trial: str) -> dict[str, Any]:
    catalog = load_catalog()
    return {c.id: c.expression for c in trial_of(catalog.protocol(trial), catalog).criteria}


def cases() -> Iterator[Any]:
    for trial in TRIALS:
        for criterion, rows in table(trial)["people"].items():
            for number, row in enumerate(rows, 1):
                (state, facts), *rest = row.items()
                assert not rest
                yield pytest.param(trial, criterion, state, facts, id=f"{trial}-{criterion}-{number}-{state}")


@pytest.mark.parametrize(("trial", "criterion", "state", "facts"), list(cases()))
def test_a_person_and_the_state_that_the_page_gives_her(
    trial: str, criterion: str, state: str, facts: list[str]
) -> None:
    """pair: written from the page, not from the protocol file."""
    catalog = load_catalog()
    truth = decide(expressions(trial)[criterion], person(facts, catalog))
    assert truth.state is STATES[state], sorted(truth.reasons)


@pytest.mark.parametrize("trial", TRIALS)
def test_every_criterion_has_someone_in_each_state(trial: str) -> None:
    """law: met, not met and unknown for each criterion, unless the table says why a state cannot be."""
    written = table(trial)
    for criterion in expressions(trial):
        states = {state for row in written["people"].get(criterion, ()) for state in row}
        missing = set(STATES) - states
        assert missing == set(written["impossible"].get(criterion, {})), criterion
    assert set(written["people"]) == set(expressions(trial))


@pytest.mark.parametrize("trial", TRIALS)
def test_every_text_survives_printing_and_is_without_findings(trial: str) -> None:
    """law: parse after print is the identity; the checker finds no error in a protocol of the catalog."""
    protocol = load_catalog().protocol(trial)
    for text in texts(protocol):
        tree = parse(text)
        assert parse(to_text(tree)) == tree
    path = next(p for p in yaml_files(data_directory()) if p.stem == trial)
    assert [str(f) for f in check_files([path]) if f.severity == "error"] == []


def texts(protocol: ProtocolModel) -> Iterator[str]:
    yield from (c.text for c in protocol.walk() if c.text is not None)
    yield from (endpoint.text for endpoint in protocol.endpoints)


@pytest.mark.parametrize("trial", TRIALS)
def test_every_criterion_names_its_page_and_its_readings_end_in_a_choice(trial: str) -> None:
    """law: no clause without its place; where a sentence has two readings one is chosen and one rejected."""
    protocol = load_catalog().protocol(trial)
    for criterion in protocol.walk():
        assert criterion.source, criterion.id
        if criterion.readings:
            assert {reading.chosen for reading in criterion.readings} == {True, False}, criterion.id


@pytest.mark.parametrize("trial", TRIALS)
def test_nothing_is_met_or_excluded_for_a_person_about_whom_nothing_is_known(trial: str) -> None:
    """law: without a record only clauses without restriction are decided."""
    unknown = person(["unobserved: condition", "unobserved: drug", "unobserved: procedure"], load_catalog())
    decided = {id for id, expression in expressions(trial).items() if decide(expression, unknown).state is not None}
    assert decided == {"nct05765006": {"I2b"}, "universal-cd19-bcma-sle": {"I2d", "I4d"}}.get(trial, set())


DEFERRED = {
    "nct05765006": set(),
    "universal-cd19-bcma-sle": set(),
    "im19-sle": {"I5c", "I5e", "I5h"},
    "relma-cel-ssc": {"I5", "I8b"},
}


@pytest.mark.parametrize("trial", TRIALS)
def test_later_checkpoints_come_out_as_not_yet(trial: str) -> None:
    """law: what hangs on an instant that has not happened is deferred, and nothing else is."""
    taking = ["prednisone: 20 mg/day oral from -100d", "azathioprine: 100 mg/day oral from -200d"]
    record = person(["sex: female", "childbearing_potential: present", *taking], load_catalog())
    truths: dict[str, Truth] = {id: decide(expression, record) for id, expression in expressions(trial).items()}
    deferred = {id for id, truth in truths.items() if "not_yet" in truth.reasons}
    assert deferred == DEFERRED[trial]
    later = {c.id for c in load_catalog().protocol(trial).walk() if c.checkpoint not in ("screening", "consent")}
    assert later == DEFERRED[trial]


def test_consent_and_willingness_stay_out_of_the_verdict_on_the_record() -> None:
    """law: a criterion that asks for agreement alone is unknown for no other reason."""
    for trial, ids in {"nct05765006": ["I1"], "im19-sle": ["I9"], "universal-cd19-bcma-sle": ["I8a", "I9b"]}.items():
        for id in ids:
            truth = decide(expressions(trial)[id], person([], load_catalog()))
            assert truth.reasons <= OUT_OF_RECORD


def test_a_whole_patient_is_eligible_on_the_record_for_im19() -> None:
    """pair: a patient for whom everything is recorded meets every criterion of the page."""
    facts = [
        "birth: 1990-05-01", "sex: female", "systemic_lupus_erythematosus: from 2018-02-01", "weight: 58 kg @ -3d",
        "eular_acr_2019_sle_met: present @ 2018-02-01", "prednisone: 20 mg/day oral from -200d",
        "hydroxychloroquine: 400 mg/day oral from -400d",
        "mycophenolate_mofetil: 2000 mg/day oral from 2024-01-01 to 2025-06-01",
        "belimumab: 580 mg/day intravenous from 2025-01-10 to 2025-01-10", "treatment_non_response: present @ -30d",
        "sledai_2k_total: 14 @ -3d", "hcg_blood: negative @ -3d", "answer sufficient_glucocorticoid: yes",
        "answer signed_consent: yes", "answer contraception_woman: yes",
    ]  # fmt: skip
    record = person(facts, load_catalog())
    states = {id: decide(expression, record).state for id, expression in expressions("im19-sle").items()}
    assert {id for id, state in states.items() if state is not True} == DEFERRED["im19-sle"]


def test_a_whole_patient_can_be_eligible_on_the_record_for_the_universal_trial() -> None:
    """pair: nothing of the page is out of reach of a record and of people who answer."""
    facts = [
        "birth: 1990-05-01", "sex: female", "childbearing_potential: present @ -3d", "hcg_blood: negative @ -3d",
        "systemic_lupus_erythematosus: from 2018-02-01", "eular_acr_2019_sle_met: present @ 2018-02-01",
        "lupus_nephritis_class: IV @ -60d", "nephritis_activity_index: 6 @ -60d",
        "nephritis_chronicity_index: 3 @ -60d", "prednisone: 10 mg/day oral from 2024-01-01",
        "mycophenolate_mofetil: 2000 mg/day oral from 2024-01-01 to 2025-06-01",
        "treatment_non_response: present @ -30d", "sledai_2k_total: 14 @ -3d", "upcr: 2 g/g @ -3d",
        "cd19_on_b_cells: positive @ -3d", "bcma_on_b_cells: negative @ -3d", "neutrophils: 3 10*9/L @ -3d",
        "hemoglobin: 11 g/dL @ -3d", "platelets: 200 10*9/L @ -3d", "alt: 20 U/L normal 0 to 40 @ -3d",
        "ast: 20 U/L normal 0 to 40 @ -3d", "total_bilirubin: 0.5 mg/dL normal 0 to 1.2 @ -3d", "weight: 60 kg @ -3d",
        "creatinine: 0.8 mg/dL @ -3d", "ecog: 0 @ -3d", "hbsag: negative @ -3d", "anti_hbc: negative @ -3d",
        "anti_hcv: negative @ -3d", "hiv_antibody: negative @ -3d", "trial_participation: absent @ -3d",
        "answer chronicity_increased: yes", "answer lactating_now: no",
    ]  # fmt: skip
    asked = ("allergic_tendency", "infection_suspected", "other_cns_disease", "cardiac_insufficiency")
    facts += [f"answer {ask}: no" for ask in (*asked, "investigator_objection")]
    record = person(facts, load_catalog())
    found = {id: decide(expression, record) for id, expression in expressions("universal-cd19-bcma-sle").items()}
    wrong = {id for id, truth in found.items() if truth.state is (not id.startswith("I"))}
    left = {id for id, truth in found.items() if truth.state is None and not truth.reasons <= OUT_OF_RECORD}
    assert (wrong, left) == (set(), set())


@pytest.mark.parametrize("trial", TRIALS)
def test_every_endpoint_expands_at_its_anchor(trial: str) -> None:
    """law: an endpoint is an expression like any other, at its own instant."""
    catalog = load_catalog()
    for endpoint in catalog.protocol(trial).endpoints:
        want = "truth" if endpoint.id in ("dose_limiting_toxicity",) or "response" in endpoint.id else "number"
        if endpoint.id.startswith("lldas"):
            want = "truth"
        assert expand(read_expression(endpoint.text), catalog, Anchor(endpoint.anchor), want=want) is not None


def treatment(trial: str, criterion: str) -> str:
    """What becomes of a clause, in the words of docs/protocols.md."""
    if criterion in DEFERRED[trial]:
        return "deferred"
    nodes = list(walk(expressions(trial)[criterion]))
    asks, facts = (any(isinstance(node, kind) for node in nodes) for kind in (Ask, Facts))
    if any(isinstance(node, Unsupported) and "half-life" not in node.why for node in nodes):
        return "unsupported"
    if asks:
        return "mixed" if facts else "asked"
    return "computed" if facts else "no restriction"


@pytest.mark.parametrize("trial", TRIALS)
def test_the_table_of_clauses_in_the_documentation_is_true(trial: str) -> None:
    """pair: docs/protocols.md and the protocol files."""
    lines = (HERE.parents[1] / "docs" / "protocols.md").read_text("utf-8").splitlines()
    head = next(line for line in lines if line.startswith("| trial | clauses"))
    row = next(line for line in lines if line.startswith(f"| {trial} |"))
    written = dict(zip(*([cell.strip() for cell in line.strip("| ").split("|")] for line in (head, row)), strict=True))
    found = [treatment(trial, criterion) for criterion in expressions(trial)]
    assert written == {"trial": trial, "clauses": str(len(found))} | {
        kind: str(found.count(kind)) for kind in list(written)[2:]
    }
