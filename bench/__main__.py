"""Runs every benchmark of this folder that has a `main`, and writes what they saw to bench-results.json."""

from __future__ import annotations

import importlib
import json
import os
import platform
from pathlib import Path


def main() -> None:
    results: dict[str, object] = {"machine": {"python": platform.python_version(), "cores": os.cpu_count()}}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem.startswith("__"):
            continue
        module = importlib.import_module(f"bench.{path.stem}")
        if hasattr(module, "main"):
            print(f"== {path.stem}: {(module.__doc__ or '').splitlines()[0]}")
            results[path.stem] = module.main()
    Path("bench-results.json").write_text(json.dumps(results, indent=1, default=str) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
