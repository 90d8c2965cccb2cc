"""Independent: the wheel that the build makes, opened as a zip file and imported from another folder."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(out)], cwd=ROOT, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_the_wheel_carries_the_catalog_and_the_grammar(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "trialwright/language/grammar.lark" in names
    assert "trialwright/py.typed" in names
    source = ROOT / "src" / "trialwright"
    for data in (source / "catalog" / "data", source / "analysis" / "subjects" / "data"):
        expected = {str(p.relative_to(ROOT / "src")) for p in data.rglob("*.yaml")}
        assert expected
        assert expected <= set(names)


def test_the_catalog_loads_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import trialwright, trialwright.catalog as c\n"
        "assert trialwright.__file__.startswith(sys.path[0]), trialwright.__file__\n"
        "assert c.load_catalog().concept('creatinine').unit == 'mg/dL'\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
