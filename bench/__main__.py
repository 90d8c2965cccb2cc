"""Runs every benchmark of this folder that has a `main`, and writes what they saw to bench-results.json.

`BENCH_PEOPLE` sets the size of the populations, 100,000 by default.  A benchmark that fails is reported, and the others
run.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import traceback
from pathlib import Path


def main() -> None:
    people = os.environ.setdefault("BENCH_PEOPLE", "100000")
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    results: dict[str, object] = {"machine": machine, "people": int(people)}
    failed = []
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem.startswith("__"):
            continue
        try:
            module = importlib.import_module(f"bench.{path.stem}")
            if hasattr(module, "main"):
                print(f"== {path.stem}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
                results[path.stem] = module.main()
        except (Exception, SystemExit) as error:
            traceback.print_exc()
            print(f"!! {path.stem} failed: {error}", flush=True)
            results[path.stem] = {"failed": f"{type(error).__name__}: {error}"}
            failed.append(path.stem)
    Path("bench-results.json").write_text(json.dumps(results, indent=1, default=str) + "\n", encoding="utf-8")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
