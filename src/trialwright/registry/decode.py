"""Bytes of a document become text, or a sentence that says why they cannot: a PDF, nothing at all, a picture.

Encodings: UTF-8, UTF-16 and UTF-32 with a mark, GB 18030, else Windows-1252.  Broken characters are mended where
that is certain and reported always.
"""

from __future__ import annotations

import re

from trialwright.errors import TrialwrightError
from trialwright.registry.records import Finding

_KINDS = (
    (b"%PDF", "a PDF", "copy its text into a .txt file, or save the registry's web page"),
    (b"PK\x03\x04", "a zip archive or an Office document", "save it as plain text or unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old Office document", "save it as plain text"),
    (b"\x89PNG", "a picture", "save the page as HTML or text"),
    (b"\xff\xd8\xff", "a picture", "save the page as HTML or text"),
    (b"GIF8", "a picture", "save the page as HTML or text"),
    (b"\x1f\x8b", "a compressed file", "unpack it with gunzip"),
    (b"PAR1", "a Parquet file", "export it as CSV"),
    (b"{\\rtf", "a rich text document", "save it as plain text"),
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_BROKEN = re.compile(
    "(?:[\u00c2-\u00f4][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013-\u203a\u20ac\u2122]{1,3})+"
)


def read_text(data: bytes, name: str) -> tuple[str, list[Finding]]:
    """The text of a document and what was mended in it.  Raises TrialwrightError for what is not text."""
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise TrialwrightError(f"{name} is empty; save the registry document again and name that file")
    head = data[:1024].lstrip()
    for magic, kind, remedy in _KINDS:
        if head.startswith(magic):
            raise TrialwrightError(f"{name} is {kind}, which is not read as text; {remedy}")
    findings: list[Finding] = []
    text = _decoded(data, name, findings)
    if "\x00" in text:
        count = text.count("\x00")
        text = text.replace("\x00", " ")
        findings.append(Finding("warning", name, f"{count} NUL bytes stand in the text; each is read as a blank"))
        if count > len(text) / 10:
            raise TrialwrightError(f"{name} is not text ({count} NUL bytes); save the registry document as text")
    text = _mended(text, name, findings)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\x85", "\n")
    controls = sum(sign < " " and sign not in "\n\t\f" for sign in text[:20000])
    if controls > len(text[:20000]) / 20:
        raise TrialwrightError(f"{name} is not text; save the registry document as text, HTML or JSON")
    if "\ufffd" in text:
        message = f"{text.count(chr(0xFFFD))} characters were lost before the file was saved (shown as \ufffd)"
        findings.append(Finding("warning", name, message + "; numbers and comparators near them are doubtful"))
    return text, findings


def _decoded(data: bytes, name: str, findings: list[Finding]) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    even, odd = data[0:4000:2].count(0), data[1:4000:2].count(0)
    if max(even, odd) > 300 or (len(data) < 4000 and max(even, odd) > len(data) / 5):
        return data.decode("utf-16-be" if even > odd else "utf-16-le", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = error.start
    if data[max(0, place - 3) :].startswith((b"\xe2", b"\xc2")) and len(data) - place < 4:
        findings.append(Finding("warning", name, "the file ends inside a character; it was cut off"))
        return data.decode("utf-8", errors="replace")
    for encoding in ("gb18030", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        chinese = sum("\u4e00" <= sign <= "\u9fff" for sign in text[:50000])
        if encoding == "gb18030" and (chinese < 20 or chinese * 20 < len(text[:50000])):
            continue
        findings.append(Finding("note", name, f"the file is not UTF-8 (byte {place}); it was read as {encoding}"))
        return text
    findings.append(Finding("warning", name, f"byte {place} is not UTF-8; such bytes are shown as \ufffd"))
    return data.decode("utf-8", errors="replace")


def _mended(text: str, name: str, findings: list[Finding]) -> str:
    """UTF-8 that was once read as Windows-1252 ("\u00e2\u2030\u00a5" for "\u2265") is turned back, with a finding."""
    count = 0

    def turned(found: re.Match[str]) -> str:
        nonlocal count
        try:
            right = b"".join(_byte(sign) for sign in found[0]).decode("utf-8")
        except (UnicodeDecodeError, UnicodeEncodeError):
            return found[0]
        count += 1
        return right

    mended = _BROKEN.sub(turned, text)
    if count:
        findings.append(
            Finding("warning", name, f"{count} runs of characters were in the wrong encoding and were mended")
        )
    return mended


def _byte(sign: str) -> bytes:
    return sign.encode("latin-1") if ord(sign) < 256 else sign.encode("cp1252")
