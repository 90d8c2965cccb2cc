"""The commands `kinetics` and `stats`: JSON alone on stdout, one sentence and exit code 2 for what cannot be served."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from trialwright.cli.main import cli, main

HEAD = "id,day,conc\n"
GOOD = HEAD + "A,0,0\nA,7,900\nA,14,400\nA,21,200\nA,28,100\nB,0,BLQ\nB,7,-5\nB,14,60\n"
COLS = ["--subject", "id", "--time", "day", "--concentration", "conc"]


def run(*arguments):
    result = CliRunner().invoke(cli, [str(a) for a in arguments], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "cells.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_nca_json_shape(good):
    """pair: the shape of the interface: rows with these keys, null with a reason, nothing else on stdout."""
    result = run("kinetics", "nca", good, *COLS, "--lloq", 50, "--dose", 1e8, "--intervals", "0-28,0-inf", "--json")
    document = json.loads(result.stdout)
    rows = {(r["subject"], r["interval"], r["parameter"]): r for r in document["rows"]}
    assert set(document["rows"][0]) == {"subject", "interval", "parameter", "value", "unit", "reason", "flag"}
    assert rows["A", "0-28", "AUCINT"]["value"] == 900 * 3.5 + 650 * 7 + 300 * 7 + 150 * 7
    assert rows["A", "0-inf", "LAMZNPT"]["value"] == 3
    assert rows["B", "0-28", "AUCINT"]["value"] is None
    assert "before the end" in rows["B", "0-28", "AUCINT"]["reason"]
    assert all((r["value"] is None) == bool(r["reason"]) for r in document["rows"])
    assert [f["row"] for f in document["findings"]] == [8]
    assert "row 8, subject B" in result.stderr


def test_theoph_from_the_command_line(oracle, oracle_path):
    """independent: WinNonlin, through the command as a pharmacologist types it."""
    path = oracle_path("nca_pknca/theoph_input.csv")
    arguments = ["--subject", "Subject", "--time", "Time", "--concentration", "conc", "--dose", "320", "--json"]
    document = json.loads(run("kinetics", "nca", path, *arguments).stdout)
    got = {(r["subject"], r["parameter"]): r["value"] for r in document["rows"]}
    for row in oracle("nca_winnonlin/Final_Parameters_Pivoted_Theoph_Linear.csv"):
        assert got[row["Subject"], "AUCIFO"] == pytest.approx(float(row["AUCINF_obs"]), rel=1e-6)
        assert got[row["Subject"], "LAMZHL"] == pytest.approx(float(row["HL_Lambda_z"]), rel=1e-6)


def test_units_groups_and_tables(tmp_path):
    """pair: units written out, hours reported in days, geometric means by dose level, and a table for people."""
    path = tmp_path / "pk.csv"
    path.write_text(
        "id,h,conc,u,mg,arm\n"
        + "".join(
            f"{name},{h},{c * k},ng/mL,100,{arm}\n"
            for name, k, arm in (("A", 1, "low"), ("B", 4, "low"), ("C", 3, "high"))
            for h, c in ((0, 0), (24, 80), (48, 40), (72, 20), (96, 10))
        ),
        encoding="utf-8",
    )
    common = [
        path, "--subject", "id", "--time", "h", "--concentration", "conc", "--unit-column", "u", "--dose-column", "mg",
        "--dose-unit", "mg", "--time-unit", "h", "--report-time-unit", "d", "--group", "arm",
    ]  # fmt: skip
    document = json.loads(run("kinetics", "nca", *common, "--json").stdout)
    rows = {(r["subject"], r["parameter"]): r for r in document["rows"]}
    assert (rows["A", "AUCLST"]["value"], rows["A", "AUCLST"]["unit"]) == (pytest.approx(145), "d*ng/mL")
    assert rows["A", "CLFO"]["unit"] == "L/d"
    assert rows["A", "CLFO"]["value"] == pytest.approx(1000 * 100 / rows["A", "AUCIFO"]["value"])
    summary = {(r["group"], r["parameter"]): r for r in document["summary"]}
    assert summary["low", "CMAX"]["geometric_mean"] == pytest.approx(160)
    assert summary["low", "CMAX"]["n"] == 2
    assert "sd" in summary["high", "CMAX"]
    text = run("kinetics", "nca", *common).stdout
    assert "AUCLST" in text
    assert "group low" in text


def test_a_column_of_units_is_never_overlooked(tmp_path):
    """law: a file with a column "unit" is read with it, without being asked."""
    path = tmp_path / "mixed.csv"
    path.write_text(
        "id,day,conc,unit\nA,0,0,ng/mL\nA,1,5,ng/mL\nA,2,0.004,ug/mL\nB,1,5,ng/mL\nB,2,3,cells/uL\n", encoding="utf-8"
    )
    result = run("kinetics", "nca", path, *COLS, "--json")
    rows = {(r["subject"], r["parameter"]): r for r in json.loads(result.stdout)["rows"]}
    assert rows["A", "CLST"]["value"] == pytest.approx(4)
    assert rows["A", "CLST"]["unit"] == "ng/mL"
    assert "mixes units" in rows["B", "CMAX"]["reason"]
    assert 'column "unit"' in result.stderr


def test_the_infusion_is_converted_with_the_times(tmp_path):
    """law: minutes reported in hours give the numbers of the same file written in hours."""
    for name, scale in (("min", 60), ("h", 1)):
        rows = "".join(f"A,{t * scale},{c}\n" for t, c in ((0.25, 8), (1, 6), (2, 4), (4, 2), (6, 1)))
        (tmp_path / f"{name}.csv").write_text(HEAD + rows, encoding="utf-8")
    found = []
    for name, length in (("min", 15), ("h", 0.25)):
        options = ["--route", "infusion", "--duration", length, "--time-unit", name, "--report-time-unit", "h"]
        document = json.loads(
            run("kinetics", "nca", tmp_path / f"{name}.csv", *COLS, *options, "--dose", 10, "--json").stdout
        )
        found.append({r["parameter"]: r["value"] for r in document["rows"]})
    assert found[0] == pytest.approx(found[1])


NONSENSE = [
    (["--duration", "1"], "belongs to --route infusion"),
    (["--route", "infusion"], "needs its length"),
    (["--dose", "0"], "is no dose"),
    (["--dose", "1", "--dose-column", "id"], "give one of them"),
    (["--lloq", "-1"], "is no limit"),
    (["--blq", "guess"], "no BLQ rule"),
    (["--blq", "half-lloq"], "needs the LLOQ"),
    (["--intervals", "28-0"], "not an interval"),
    (["--report-time-unit", "d"], "needs --time-unit"),
    (["--time-unit", "h", "--report-time-unit", "mg"], "cannot be converted"),
    (["--dose-column", "dose"], 'no column "dose"'),
]


@pytest.mark.parametrize(("options", "told"), NONSENSE)
def test_requests_that_make_no_sense(good, capsys, options, told):
    """law: exit code 2, one sentence on stderr, nothing on stdout."""
    with pytest.raises(SystemExit) as stop:
        main(["kinetics", "nca", str(good), *COLS, *options, "--json"])
    captured = capsys.readouterr()
    assert stop.value.code == 2
    assert told in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "cannot be read"), (b"", "is empty"), (HEAD.encode(), "no sample"), (b"\xff\xfe\x00", "not UTF-8")],
)
def test_files_that_cannot_be_read(tmp_path, capsys, content, told):
    """law: the message names the file."""
    path = tmp_path / "x.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SystemExit) as stop:
        main(["kinetics", "nca", str(path), *COLS])
    assert stop.value.code == 2
    message = capsys.readouterr().err
    assert told in message
    assert "x.csv" in message


def test_stats_shapes():
    """pair: the keys of the interface and one published value each."""
    binomial = json.loads(run("stats", "binomial", 1, 12).stdout)
    assert binomial["estimate"] == pytest.approx(1 / 12)
    assert (round(binomial["lower"], 4), round(binomial["upper"], 4)) == (0.0021, 0.3848)
    wilson = json.loads(run("stats", "binomial", 0, 12, "--method", "wilson", "--level", 0.9, "--json").stdout)
    assert wilson["lower"] == 0
    simon = json.loads(run("stats", "simon", "--p0", 0.1, "--p1", 0.3, "--alpha", 0.1, "--beta", 0.1).stdout)
    assert [simon["optimal"][k] for k in ("r1", "n1", "r", "n")] == [1, 12, 5, 35]
    assert simon["optimal"]["en"] == pytest.approx(19.84, abs=0.005)
    assert [simon["minimax"][k] for k in ("r1", "n1", "r", "n")] == [1, 16, 4, 25]
    predictive = json.loads(
        run(
            "stats", "predictive", "--x", 16, "--n", 23, "--n-max", 40, "--prior", ".6,.4", "--p0", 0.6, "--theta", 0.9
        ).stdout
    )  # fmt: skip
    assert predictive == {
        "predictive": pytest.approx(0.5655589, abs=5e-8),
        "posterior": pytest.approx(0.8359808, abs=5e-8),
    }
    stopping = json.loads(
        run("stats", "stopping", "--looks", "1-3", "--prior", "1,1", "--limit", 0.2, "--cut", 0.8).stdout
    )
    assert stopping["rows"][0] == {"n": 1, "x": 1}
    assert json.loads(run("stats", "test", 6, 12, "--p0", 0.2).stdout)["p"] == pytest.approx(0.019405279232)


def test_stats_files(tmp_path):
    """pair: Kaplan-Meier and interval-censored estimates of a file."""
    km = tmp_path / "km.csv"
    km.write_text("t,e\n52,1\n60,1\n64,1\n71,0\n", encoding="utf-8")
    document = json.loads(run("stats", "km", km, "--time", "t", "--event", "e").stdout)
    assert document["steps"][0]["survival"] == 0.75
    assert document["quantiles"][1]["time"] == 62
    visits = tmp_path / "visits.csv"
    visits.write_text("l,r\n0,1\n1,3\n2,4\n3,\n", encoding="utf-8")
    document = json.loads(run("stats", "interval-censored", visits, "--left", "l", "--right", "r").stdout)
    assert document["median"] == {"left": 2, "right": 3, "reason": None}


@pytest.mark.parametrize(
    "arguments",
    [
        ["binomial", "13", "12"],
        ["binomial", "1", "12", "--level", "95"],
        ["simon", "--p0", ".4", "--p1", ".2", "--alpha", ".05", "--beta", ".2"],
        ["predictive", "--x", "1", "--n", "2", "--n-max", "1", "--prior", "1,1", "--p0", ".2", "--theta", ".9"],
        ["predictive", "--x", "1", "--n", "2", "--n-max", "9", "--prior", "one", "--p0", ".2", "--theta", ".9"],
        ["stopping", "--looks", "0", "--prior", "1,1", "--limit", ".2", "--cut", ".8"],
        ["km", "nowhere.csv", "--time", "t", "--event", "e"],
    ],
)
def test_stats_requests_that_make_no_sense(arguments, capsys):
    """law: exit code 2, one sentence, nothing on stdout."""
    with pytest.raises(SystemExit) as stop:
        main(["stats", *arguments])
    captured = capsys.readouterr()
    assert stop.value.code == 2
    assert captured.out == ""
    assert "Traceback" not in captured.err


def test_simulate_fit_export(tmp_path, capsys):
    """law: what is simulated can be fitted and exported; the unsettled reading is said on stderr."""
    result = run("kinetics", "simulate", "--n", 3, "--random-effects", "sd", "--seed", 4)
    path = tmp_path / "sim.csv"
    path.write_text(result.stdout, encoding="utf-8")
    assert "not been checked" in result.stderr
    columns = ["--subject", "subject", "--time", "time", "--concentration", "concentration", "--lloq", "50"]
    document = json.loads(run("kinetics", "fit", path, *columns, "--prior", "stein-2019", "--json").stdout)
    assert [s["subject"] for s in document["subjects"]] == ["1", "2", "3"]
    assert all(s["parameters"]["cmax"] > 0 for s in document["subjects"])
    assert document["prior"]["unsettled"]
    table = run("kinetics", "export", path, *columns, "--dose", 1e8).stdout.splitlines()
    assert len(table) == 1 + 3 * 15


def test_bcells(tmp_path):
    """pair: depletion by day 7, recovery between day 60 and 90; a second subject still aplastic."""
    path = tmp_path / "b.csv"
    path.write_text(
        "id,day,cd19\nA,-7,150\nA,7,4\nA,28,0\nA,60,12\nA,90,25\nA,120,60\nB,-7,90\nB,7,<5\nB,90,<5\nC,7,\n",
        encoding="utf-8",
    )
    columns = ["--subject", "id", "--time", "day", "--count", "cd19"]
    document = json.loads(
        run("kinetics", "bcells", path, *columns, "--threshold", 10, "--recovery", 20, "--json").stdout
    )
    rows = {r["subject"]: r for r in document["rows"]}
    assert rows["A"]["recovery"] == [60, 90]
    assert rows["B"]["recovery"] == [90, None]
    assert rows["C"]["reason"] == "no usable count after infusion"
    assert document["median_recovery"] == {"left": 60, "right": 90, "reason": None}
    assert (document["depleted"], document["recovered"]) == (2, 1)
    assert document["rule"]["threshold"] == 10


def test_help_does_not_load_scipy():
    """law: the overview starts without importing the numeric stack."""
    lines = (
        "import sys",
        "from trialwright.cli.main import main",
        "try: main(['--help'])",
        "except SystemExit: pass",
        "print('scipy' in sys.modules, file=sys.stderr)",
    )
    code = "\n".join(lines)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "kinetics" in result.stdout
    assert result.stderr.strip() == "False"
