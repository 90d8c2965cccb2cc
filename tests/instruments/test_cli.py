"""snapshot: the two commands as INTERFACES has them; bad input is one sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trialwright.catalog import load_catalog
from trialwright.cli.main import main
from trialwright.scoring.listing import instruments


def run(capsys: Any, *arguments: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(list(arguments))
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def test_score_prints_the_agreed_document(capsys: Any) -> None:
    """snapshot: keys and states."""
    given = '{"arthritis": true, "c3": {"value": 60, "unit": "mg/dL", "low": 90}, "c4": {"value": 20, "low": 10}}'
    code, out, _ = run(capsys, "score", "sledai_2k", "--given", given, "--json")
    found = json.loads(out)
    assert code == 0
    agreed = {"instrument", "version", "score", "lower", "upper", "grade", "subscores", "items", "unknown", "reason"}
    assert agreed <= set(found)
    assert (found["score"], found["lower"], found["upper"], found["grade"]) == (None, 6, 105, None)
    states = {item["id"]: (item["state"], item["points"]) for item in found["items"]}
    assert states["arthritis"] == ("met", 4)
    assert states["low_complement"] == ("met", 2)
    assert states["seizure"] == ("unknown", None)
    assert "seizure" in found["unknown"]
    assert found["subscores"] == {"clinical": None, "serology": None, "major_organ": None}


def test_instruments_are_listed_with_their_items(capsys: Any) -> None:
    """snapshot: every instrument of the issue is there."""
    code, out, _ = run(capsys, "instruments", "--json")
    found = {entry["id"]: entry for entry in json.loads(out)}
    assert code == 0
    assert len(found["sledai_2k"]["items"]) == 24
    wanted = """sledai_2k selena_sledai selena_flare_index eular_acr_2019_sle acr_1997_sle slicc_2012_sle pga_sle
    lldas_oon lldas_parodis doris_2021 sri_4 bicla kdigo_2024_cr eular_2019_renal_12_months bliss_ln_crr bliss_ln_perr
    aurora_crr
    upcr_best protein_excretion_from_ratio isn_rps_class_iv nih_activity_index nih_chronicity_index acr_eular_2013_ssc
    modified_rodnan_skin_score acr_criss omeract_ild_progression astct_crs astct_icans ice icaht_early icaht_late
    ctcae_5_neutrophils_decreased cockcroft_gault ckd_epi_2021 mdrd prednisone_equivalent ecog_performance_status"""
    assert set(wanted.split()) <= set(found)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("score", "sledai2k", "--given", "{}"), "did you mean sledai_2k"),
        (("score", "sledai_2k", "--given", '{"artritis": true}'), "did you mean arthritis"),
        (("score", "sledai_2k", "--given", '{"arthritis"'), "not JSON"),
        (("score", "sledai_2k", "--given", "[1]"), "JSON object"),
        (("score", "sledai_2k", "--given", '{"arthritis": 3}'), "give true or false"),
        (("score", "ice", "--given", '{"orientation": 5}'), "a whole number from 0 to 4"),
        (("score", "astct_icans", "--given", '{"ice_score": 4.5}'), "a whole number from 0 to 10"),
        (("score", "ckd_epi_2021", "--given", '{"creatinine": "high"}'), "creatinine"),
        (("score", "ckd_epi_2021", "--given", '{"creatinine": {"valeu": 1}}'), "valeu"),
        (("score", "ckd_epi_2021", "--given", "{}", "--set", "weight=3"), "no parameter 'weight'"),
        (("score", "ckd_epi_2021", "--given", '{"age": "old"}'), "age is 'old'"),
        (("score", "ckd_epi_2021", "--given", '{"creatinine": -1, "age": 50}'), "creatinine is -1, which cannot be"),
        (("score", "doris_2021", "--given", '{"prednisone": -5}'), "prednisone is -5, which cannot be"),
        (("score", "ctcae_5_alt_increased", "--given", '{"alt": {"value": 9, "high": -4}}'), "limit of normal"),
        (("score", "ctcae_5_alt_increased", "--given", '{"alt": {"value": 9, "low": 9, "high": 4}}'), "is above"),
        (("score", "sledai_2k", "--given", '{"anchors": 3}'), "write the days of instants"),
        (("score", "sledai_2k", "--given", '{"anchors": {"infusoin": -3}}'), "did you mean infusion"),
        (("score", "pga_sle", "--given", '[{"pga": 1}, {"pga": -1}]'), "row 2: the item pga is -1"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(capsys: Any, arguments: tuple[str, ...], said: str) -> None:
    """snapshot: nothing on standard output, no traceback."""
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1


def test_pages_are_written(capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """snapshot: an index and a page for each (here of three, to save time)."""
    few = [e for e in instruments(load_catalog()) if e["id"] in ("sledai_2k", "ice", "mdrd")]
    monkeypatch.setattr("trialwright.scoring.pages.instruments", lambda catalog: few)
    code, _, err = run(capsys, "instruments", "--pages", str(tmp_path / "pages"))
    assert code == 0
    assert "index.html" in err
    assert (tmp_path / "pages" / "sledai_2k.html").stat().st_size > 20_000
    assert "mdrd.html" in (tmp_path / "pages" / "index.html").read_text("utf-8")
