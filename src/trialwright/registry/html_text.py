"""A saved web page becomes the lines that a person sees: list items keep marker and depth, scripts are left out."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_HIDDEN = {"script", "style", "noscript", "svg", "head", "template", "select", "nav", "footer"}
_BLOCK = {
    *("p", "div", "section", "article", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "ul", "ol", "dl", "dt"),
    *("dd", "li", "br", "hr", "header", "main", "aside", "form", "fieldset", "figure", "blockquote", "pre", "td", "th"),
}
_VOID = {"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "source", "wbr"}


def is_html(text: str) -> bool:
    """Whether a text is a web page."""
    return bool(
        re.search(r"<(?:!doctype html|html|head|body|div|p|ul|table|h1)\b[^<]{0,300}>", text[:5000], re.IGNORECASE)
    )


def html_text(text: str) -> tuple[str, str | None, bool]:
    """(lines as a person sees them, title of the page, whether it asks for a password)."""
    parser = _Seen()
    parser.feed(text)
    parser.close()
    lines = [
        " ".join(line.split()) if not line.startswith(" ") else line.rstrip()
        for line in "".join(parser.out).split("\n")
    ]
    seen = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    title = " ".join("".join(parser.title).split()) or None
    return seen, title, parser.password


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.title: list[str] = []
        self.password = False
        self._hidden = 0
        self._in_title = False
        self._lists: list[int | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title":
            self._in_title = True
        elif tag in _HIDDEN:
            self._hidden += 1
        elif tag == "input" and dict(attrs).get("type") == "password":
            self.password = True
        if tag in ("ul", "ol"):
            self._lists.append(None if tag == "ul" else 0)
        if tag == "li" and not self._hidden:
            depth = "  " * max(0, len(self._lists) - 1)
            marker = "* "
            if self._lists and self._lists[-1] is not None:
                self._lists[-1] += 1
                marker = f"{self._lists[-1]}. "
            self.out.append(f"\n{depth}{marker}")
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6", "p", "section"):
            self.out.append("\n\n")
        elif tag in _BLOCK:
            self.out.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag in _HIDDEN and self._hidden:
            self._hidden -= 1
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        if tag in _BLOCK and tag not in _VOID and tag != "li":
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._hidden:
            joined = re.sub(r"\s+", " ", data)
            if self.out and self.out[-1].endswith((" ", "\n")):
                joined = joined.lstrip(" ")
            self.out.append(joined)
