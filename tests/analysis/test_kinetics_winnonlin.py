"""Phoenix WinNonlin 6.3/7.0 exports for Theoph and Indometh, published with the R package NonCompart 0.8.0."""

import numpy as np
import pytest

from trialwright.analysis.kinetics.nca import analyse
from trialwright.analysis.kinetics.profiles import from_arrays
from trialwright.analysis.kinetics.settings import Method, Route, Settings

CODES = {
    "Rsq": "R2", "Rsq_adjusted": "R2ADJ", "Corr_XY": "CORRXY", "No_points_lambda_z": "LAMZNPT",
    "Lambda_z": "LAMZ", "Lambda_z_lower": "LAMZLL", "Lambda_z_upper": "LAMZUL", "HL_Lambda_z": "LAMZHL",
    "Tlag": "TLAG", "Tmax": "TMAX", "Cmax": "CMAX", "Cmax_D": "CMAXD", "C0": "C0", "Tlast": "TLST",
    "Clast": "CLST", "AUClast": "AUCLST", "AUCall": "AUCALL", "AUCINF_obs": "AUCIFO", "AUCINF_D_obs": "AUCIFOD",
    "AUC_%Extrap_obs": "AUCPEO", "AUC_%Back_Ext_obs": "AUCPBEO", "Vz_obs": "VZO", "Cl_obs": "CLO",
    "Vz_F_obs": "VZFO", "Cl_F_obs": "CLFO", "AUCINF_pred": "AUCIFP", "AUCINF_D_pred": "AUCIFPD",
    "AUC_%Extrap_pred": "AUCPEP", "AUC_%Back_Ext_pred": "AUCPBEP", "Vz_pred": "VZP", "Cl_pred": "CLP",
    "Vz_F_pred": "VZFP", "Cl_F_pred": "CLFP", "AUMClast": "AUMCLST", "AUMCINF_obs": "AUMCIFO",
    "AUMC_%Extrap_obs": "AUMCPEO", "AUMCINF_pred": "AUMCIFP", "AUMC_%Extrap_pred": "AUMCPEP",
    "MRTlast": "MRT{}LST", "MRTINF_obs": "MRT{}IFO", "MRTINF_pred": "MRT{}IFP", "Vss_obs": "VSSO",
    "Vss_pred": "VSSP",
}  # fmt: skip
LINEAR, LOG = Method.LINEAR, Method.LINEAR_UP_LOG_DOWN
CASES = [
    # export, input, dose, route, method, infusion
    ("Theoph_Linear", "theoph", 320.0, Route.EXTRAVASCULAR, LINEAR, None),
    ("Theoph_Log", "theoph", 320.0, Route.EXTRAVASCULAR, LOG, None),
    ("Indometh_Linear", "indometh", 25.0, Route.BOLUS, LINEAR, None),
    ("Indometh_Log", "indometh", 25.0, Route.BOLUS, LOG, None),
    ("Indometh_Linear_Infusion", "indometh", 25.0, Route.INFUSION, LINEAR, 0.25),
    ("Indometh_Log_Infusion", "indometh", 25.0, Route.INFUSION, LOG, 0.25),
    ("Indometh_Linear_Wrong_Extravascular", "indometh", 25.0, Route.EXTRAVASCULAR, LINEAR, None),
    ("Indometh_Log_Wrong_Extravascular", "indometh", 25.0, Route.EXTRAVASCULAR, LOG, None),
    ("Indometh_Linear_NoDose", "indometh", None, Route.EXTRAVASCULAR, LINEAR, None),
]
NEED_DOSE = {"VZFO", "CLFO", "VZFP", "CLFP"}


def last_digit(text: str) -> float:
    """Half a unit of the last digit that the export carries."""
    return 0.5 * 10.0 ** -len(text.partition(".")[2]) if "e" not in text.lower() else 0.0


@pytest.mark.parametrize(("export", "name", "dose", "route", "method", "duration"), CASES, ids=lambda v: str(v))
def test_every_exported_number(oracle, profiles_of, export, name, dose, route, method, duration):
    """independent: WinNonlin's export, to 1e-6 or its last digit."""
    profiles = profiles_of(name, dose)
    kinetics = analyse(profiles, Settings(route=route, method=method, duration=duration))
    got = {(row["subject"], row["parameter"]): row for row in kinetics.rows()}
    iv = "EV" if route is Route.EXTRAVASCULAR else "IV"
    wrong = []
    for row in oracle(f"nca_winnonlin/Final_Parameters_Pivoted_{export}.csv"):
        for column, text in row.items():
            if column == "Subject":
                continue
            ours = got[row["Subject"], CODES[column].format(iv)]
            if dose is None and ours["parameter"] in NEED_DOSE:
                # WinNonlin writes 0 without a dose; here there is no number, and the reason
                assert ours["value"] is None
                assert ours["reason"] == "no dose is given"
                continue
            expected = float(text)
            if abs(ours["value"] - expected) > max(1e-6 * abs(expected), 1.001 * last_digit(text)):
                wrong.append((row["Subject"], column, text, ours["value"]))
    assert wrong == []


# Theoph subject 1 (R datasets; Boeckmann, Sheiner and Beal 1994), WinNonlin linear rule: carried so that a clone
# without the oracle files still checks one profile
TIMES = [0, 0.25, 0.57, 1.12, 2.02, 3.82, 5.1, 7.03, 9.05, 12.12, 24.37]
VALUES = [0.74, 2.84, 6.57, 10.5, 9.66, 8.58, 8.36, 7.47, 6.89, 5.94, 3.28]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("CMAX", 10.5), ("TMAX", 1.12), ("TLST", 24.37), ("AUCLST", 148.92305), ("AUCIFO", 216.611933),
        ("LAMZ", 0.048456997), ("LAMZHL", 14.30437757), ("LAMZNPT", 3), ("AUCPEO", 31.24891694),
        ("AUMCLST", 1459.071104), ("CLFO", 1.477296267), ("VZFO", 30.48674823), ("MRTEVIFO", 20.80003053),
    ],
)  # fmt: skip
def test_theoph_subject_1(code, expected):
    """independent: WinNonlin's numbers for one public profile."""
    profiles = from_arrays(np.array([TIMES], float), np.array([VALUES]), dose=320.0)
    assert analyse(profiles).values(code).value[0] == pytest.approx(expected, rel=1e-8)
