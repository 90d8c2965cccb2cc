"""From SDTM PC to PP: 168 subjects of the public pharmaverse example, through the reader as a study would have it."""

import pytest

from trialwright.analysis.kinetics.nca import analyse
from trialwright.analysis.kinetics.profiles import build_profiles
from trialwright.analysis.kinetics.samples import Columns, read_samples
from trialwright.analysis.kinetics.settings import Settings

# the example's AUCALL is the area to infinity, and its half-life is 0.693 / lambda z
SAME = {"AUCLST": "AUCLST", "CMAX": "CMAX", "TMAX": "TMAX", "CLST": "CLST", "LAMZ": "LAMZ", "LAMZNPT": "LAMZNPT"}


def test_pc_to_pp(oracle, oracle_path):
    """independent: pharmaversesdtm pp, computed there from pc (linear rule, lambda z from Tmax on)."""
    folder = "sdtm_adam/pharmaversesdtm_csv/"
    plasma = [row for row in oracle(folder + "pc.csv") if row["PCSPEC"] == "PLASMA"]
    text = "id,time,conc\n" + "".join(f"{r['USUBJID']},{r['PCTPTNUM']},{r['PCSTRESC']}\n" for r in plasma)
    profiles, findings = build_profiles(read_samples(text, Columns("id", "time", "conc"), 0.01))
    assert all("before the infusion" in finding.message for finding in findings)
    kinetics = analyse(profiles, Settings(include_tmax=True))
    place = {subject.id: i for i, subject in enumerate(profiles.subjects)}
    compared = 0
    for row in oracle(folder + "pp.csv"):
        code = {**SAME, "AUCALL": "AUCIFO"}.get(row["PPTESTCD"])
        if code is None:
            continue
        got = kinetics.values(code).value[place[row["USUBJID"]]]
        assert got == pytest.approx(float(row["PPSTRESN"]), rel=1e-9), row
        compared += 1
    assert compared == 168 * 5 + 672 * 2
