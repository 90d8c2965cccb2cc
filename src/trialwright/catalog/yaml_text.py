"""YAML with exact decimals and line numbers, so that a finding can point at the line that caused it.

Unlike YAML 1.1 at large, only `true` and `false` are truth values ("on", "yes" and "no" are words of criteria), dates
stay text, and a key that stands twice is a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from trialwright.catalog.findings import DataFinding
from trialwright.errors import TrialwrightError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The data of a file and its tree of marks; `data` is None where the text is not YAML."""

    path: Path
    data: Any
    root: Any
    findings: tuple[DataFinding, ...] = ()

    def line(self, *place: str | int) -> int:
        """The line of a field; of the nearest part above it where the field itself is missing."""
        return _line(self.root, place)

    def inside(self, line: int, column: int, *place: str | int) -> tuple[int, int]:
        """Where line and column of a text of the language stand in the file; column 0 where folding hides it."""
        node = _node(self.root, place)
        if node is None:
            return self.line(*place), 0
        mark = node.start_mark
        if node.style == "|":
            return int(mark.line) + 1 + line, 0
        if mark.line == node.end_mark.line:
            return int(mark.line) + 1, int(mark.column) + column + (1 if node.style in ("'", '"') else 0)
        return int(mark.line) + 1, 0


def read_yaml(path: Path, text: str | None = None) -> YamlFile:
    """Reads one file.  Raises TrialwrightError when it cannot be opened or is not UTF-8."""
    if text is None:
        try:
            text = path.read_text("utf-8-sig")
        except UnicodeDecodeError as error:
            raise TrialwrightError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.") from None
        except OSError as error:
            raise TrialwrightError(f"{path} cannot be read: {error.strerror}; name a file that is there.") from None
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 0)
        problem = error.problem or "the text does not fit"
        finding = DataFinding(path, line, "error", f"not YAML: {problem}", "check quotes and indentation", "", column)
        return YamlFile(path, None, None, (finding,))
    except yaml.YAMLError as error:
        finding = DataFinding(
            path, 1, "error", f"not YAML: {' '.join(str(error).split())}", "save the file as UTF-8 text"
        )
        return YamlFile(path, None, None, (finding,))
    findings: list[DataFinding] = []
    try:
        data = _build(root, path, findings, set()) if root is not None else None
    except RecursionError:
        finding = DataFinding(path, 1, "error", "the file is nested too deeply", "see docs/catalog.md for the forms")
        return YamlFile(path, None, None, (finding,))
    if not isinstance(data, dict) and not findings:
        findings.append(
            DataFinding(path, 1, "error", "the file holds no fields", "see docs/catalog.md for the kinds of files")
        )
    return YamlFile(path, data, root, tuple(findings))


def _build(node: Any, path: Path, findings: list[DataFinding], seen: set[int]) -> Any:
    if isinstance(node, yaml.CollectionNode):
        if id(node) in seen:  # an alias could repeat itself without end
            line = node.start_mark.line + 1
            findings.append(
                DataFinding(path, line, "error", "a part is repeated by alias (*name)", "write it out again")
            )
            return None
        seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        built: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in built:
                line = key_node.start_mark.line + 1
                findings.append(
                    DataFinding(path, line, "error", f"the key {key!r} stands twice", "keep one of them", key)
                )
            built[key] = _build(value_node, path, findings, seen)
        return built
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, path, findings, seen) for item in node.value]
    return _scalar(node)


def _scalar(node: Any) -> Any:
    kind, text = node.tag.rsplit(":", 1)[-1], node.value
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true" if text.lower() in ("true", "false") else text
    if kind == "int":
        return int(text) if text.lstrip("+-").isdecimal() else text
    if kind == "float":
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        return number if number.is_finite() else text
    return text


def _line(node: Any, place: tuple[str | int, ...]) -> int:
    if node is None:
        return 1
    line = int(node.start_mark.line) + 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if pair is None:
                continue  # a step of the model that the text does not have (the kind of a union)
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def _node(node: Any, place: tuple[str | int, ...]) -> Any:
    """The node of a field, None where the text does not have it."""
    for step in place:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        else:
            return None
    return node
