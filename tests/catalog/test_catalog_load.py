"""Oracle: law (what a user's directory does to the catalog, and what every finding says)."""

from pathlib import Path

import pytest

from trialwright.catalog import CatalogError, load_catalog, load_protocol
from trialwright.catalog.load import ENVIRONMENT
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n

HEADER = "source: a test\nlicence: none\nversion: 1\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_catalog_has_no_findings_and_loads_once() -> None:
    first = load_catalog()
    assert first is load_catalog()
    assert len(first.concepts) > 500
    assert len(first.hash) == 16


def test_a_users_directory_adds_and_overrides(tmp_path: Path) -> None:
    write(
        tmp_path,
        "mine.yaml",
        HEADER
        + """concepts:
  - {id: serum_baff, label: BAFF in serum, domain: measurement, unit: pg/mL, codes: {LOINC: ["99999-9"]}}
  - {id: weight, label: Body weight, domain: measurement, unit: kg, look_back_days: 30}
""",
    )
    mine, shipped = load_catalog(tmp_path), load_catalog()
    assert mine.concept("serum_baff") is not None
    assert mine.code_map()["LOINC", "99999-9"] == (("serum_baff", True),)
    weight = mine.concept("weight")
    assert weight is not None
    assert weight.look_back_days == 30
    assert shipped.concept("serum_baff") is None
    assert mine.hash != shipped.hash


def test_the_environment_names_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        tmp_path,
        "mine.yaml",
        HEADER + "concepts:\n  - {id: serum_baff, label: BAFF, domain: measurement, unit: pg/mL}\n",
    )
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    assert load_catalog().concept("serum_baff") is not None
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "nowhere"))
    with pytest.raises(TrialwrightError, match="is not there"):
        load_catalog()


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, "a.yaml", HEADER + "concepts:\n  - {id: one_thing, label: One, domain: condition}\n")
    assert load_catalog(tmp_path).concept("other_thing") is None
    path.write_text(path.read_text() + "  - {id: other_thing, label: Other, domain: condition}\n")
    assert load_catalog(tmp_path).concept("other_thing") is not None


BAD = [
    ("concepts:\n  - {id: Bad Id, label: x, domain: condition}", 4 + 1, "id is 'Bad Id'"),
    ("concepts:\n  - {id: a, label: x, domain: lab}", 5, "domain is 'lab'"),
    ("concepts:\n  - id: a\n    label: x\n    domain: measurement\n    unit: furlongs", 5, "is not a UCUM code"),
    ("concepts:\n  - id: a\n    label: x\n    domain: measurement\n    unit: mg/dl", 5, "is not a UCUM code"),
    ("concepts:\n  - id: a\n    label: x\n    domain: condition\n    lable: y", 8 + 1, "'lable' is not known"),
    ("concepts:\n  - {id: a, label: x, domain: drug, members: [prednison]}", 5, "'prednison', which is not there"),
    (
        "concepts:\n  - {id: a, label: x, domain: drug, members: [glucocorticoid]}",
        5,
        "the class 'glucocorticoid' as a member",
    ),
    ("concepts:\n  - {id: a, label: x, domain: drug, members: [weight]}", 5, "of the domain measurement"),
    (
        "concepts:\n  - {id: a, label: x, domain: condition}\n  - {id: a, label: y, domain: condition}",
        6,
        "stands already",
    ),
    (
        "concepts:\n  - {id: a, label: x, domain: condition, half_life_days: {value: 1, source: y}}",
        5,
        "belong to drugs",
    ),
    ("definitions:\n  - {id: weight, label: x, body: weight, source: y}", 5, "'weight' is also a name"),
    ("concepts:\n  - id: a\n    id: b\n    label: x\n    domain: condition", 6, "the key 'id' stands twice"),
    ("concepts: [", 5, "not YAML"),
    ("concepts: &all\n  - {id: a, label: x, domain: condition, members: *all}", 4, "repeated by alias"),
    ("concepts: " + "[" * 5000 + "]" * 5000, 1, "nested too deeply"),
    ('concepts: "\x07"', 1, "not YAML"),
    ("nothing: here", 1, "the kind of file is not clear"),
]


@pytest.mark.parametrize(("body", "line", "message"), BAD)
def test_findings_name_the_line_and_the_matter(tmp_path: Path, body: str, line: int, message: str) -> None:
    path = write(tmp_path, "mine.yaml", HEADER + body + "\n")
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    found = caught.value.findings
    assert any(message in f.message and f.file == path for f in found), [str(f) for f in found]
    assert any(abs(f.line - line) <= 1 for f in found), [str(f) for f in found]


def test_all_findings_are_gathered(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a.yaml",
        HEADER + "concepts:\n  - {id: a, label: x, domain: lab}\n  - {id: B, label: x, domain: drug}\n",
    )
    write(tmp_path, "b.yaml", "concepts: []\n")
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    assert len(caught.value.findings) == 2 + 3  # the domain, the id; source, licence, version
    assert "4 more" in str(caught.value)


def test_a_synonym_of_two_concepts_is_a_warning_only(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a.yaml",
        HEADER + "concepts:\n  - {id: my_weight, label: W, domain: measurement, synonyms: [weight]}\n",
    )
    assert load_catalog(tmp_path).concept("my_weight") is not None


def test_words_of_criteria_stay_words_and_numbers_stay_exact(tmp_path: Path) -> None:
    body = "concepts:\n  - {id: a, label: on, domain: observation, categories: [yes, no, on, off], look_back_days: 7}\n"
    body += "  - {id: b, label: b, domain: drug, equivalents: {prednisone: 5 / 0.75},\n"
    body += "     half_life_days: {value: 0.1, source: s}}\n"
    write(tmp_path, "a.yaml", HEADER + body)
    catalog = load_catalog(tmp_path)
    a, b = catalog.concepts["a"], catalog.concepts["b"]
    assert a.categories == ("yes", "no", "on", "off")
    assert str(b.half_life_days) == "0.1"
    assert str(b.equivalents["prednisone"]).startswith("6.666666666666666666")


def test_an_unknown_protocol_names_the_nearest(tmp_path: Path) -> None:
    protocol = "id: toy_trial\ntitle: Toy\ncriteria:\n  - {id: I1, kind: inclusion, label: w, text: weight >= 40 kg}\n"
    path = write(tmp_path, "toy.yaml", protocol)
    assert load_protocol(path).id == "toy_trial"
    assert load_protocol("toy_trial", tmp_path).title == "Toy"
    with pytest.raises(TrialwrightError, match="toy_trial"):
        load_protocol("toy_trail", tmp_path)


EXAMPLES = (
    HEADER
    + """definitions:
  - id: weight_per_height
    label: Weight per height
    unit: kg/m2
    parameters: {limit: 40 kg}
    body: weight >= limit
    source: a test
    examples: [{given: {weight: 50}, expect: true}]
"""
)
INSTRUMENT = """id: toy_score
label: A toy score
version: 1
citation: nobody
licence: none
total: mrss
items:
  - {id: fever, label: Fever, points: 1, when: temperature > 38 Cel, domain: general}
  - {id: low_platelets, label: Platelets, points: 4, when: platelets < 100 10*9/L, domain: blood}
  - {id: low_wbc, label: White cells, points: 3, when: wbc < 4 10*9/L, domain: blood}
maxima: [blood]
subscores: {blood: [low_platelets, low_wbc]}
entry: ana positive
classification: toy_score >= 4
"""
GRADE = (
    HEADER
    + """grades:
  - id: toy_grade
    label: Neutrophils decreased
    rungs:
      - {grade: 4, when: neutrophils < 0.5 10*9/L}
      - {grade: 3, when: neutrophils < 1.0 10*9/L}
    source: a test
"""
)


def test_each_kind_becomes_definitions(tmp_path: Path) -> None:
    for name, text in {"d.yaml": EXAMPLES, "i.yaml": INSTRUMENT, "g.yaml": GRADE}.items():
        write(tmp_path, name, text)
    catalog = load_catalog(tmp_path)
    names = {"weight_per_height", "toy_score", "toy_score.blood", "toy_score.entry", "toy_score.met", "toy_grade"}
    assert names <= set(catalog.definitions)
    score = catalog.definition("toy_score")
    part = catalog.definition("toy_score.blood")
    grade = catalog.definition("toy_grade")
    assert score is not None
    assert part is not None
    assert grade is not None
    assert isinstance(score.body, n.Score)
    assert isinstance(part.body, n.Score)
    assert isinstance(grade.body, n.Grade)
    assert score.body.maxima == ("blood",)
    assert part.body.subset == ("low_platelets", "low_wbc")
    assert [grade for grade, _ in grade.body.rungs] == [4, 3]
    assert catalog.definition("toy_score.nothing") is None
    assert catalog.definition("weight") is None


def test_a_ladder_goes_down(tmp_path: Path) -> None:
    write(tmp_path, "g.yaml", GRADE.replace("grade: 3", "grade: 5"))
    with pytest.raises(CatalogError, match="highest grade to the lowest"):
        load_catalog(tmp_path)


def test_the_wheel_would_carry_the_data() -> None:
    from importlib.resources import files

    data = files("trialwright.catalog").joinpath("data", "concepts")
    assert any(entry.name == "drugs_glucocorticoid.yaml" for entry in data.iterdir())
