"""LaTeX in Markdown: finds each formula, and what GitHub, Jupyter or Sphinx would show wrongly."""

from __future__ import annotations

import re
from typing import NamedTuple

FENCE = re.compile(r"^( *)(```|~~~).*?^\1\2[^\n]*$", re.M | re.S)
INDENTED = re.compile(r"(?:(?<=\n\n)|\A)(?: {4}[^\n]*\n|\n)+")
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.S)
INLINE = re.compile(r"\$([^$]+?)\$")
ENVIRONMENT = re.compile(r"\\(?:begin|end)\{(aligned|cases|pmatrix|bmatrix)\}")
TAG = re.compile(r"\\tag\{[\w.′']+\}")
# GitHub refuses these, or they need definitions that only one of the three programs has.
REFUSED = re.compile(
    r"\\(operatorname|newcommand|def|let|require|label|ref|eqref|htmlClass|href)\b"
)
# Markdown takes a backslash before punctuation for an escape: \{ becomes {, and \, becomes a comma.
ESCAPE = re.compile(r"\\[!-/:-@\[-\]^-`{-~]")


class Formula(NamedTuple):
    text: str
    display: bool
    line: int


def without_code(markdown: str) -> str:
    """The text with every code block and every piece of inline code blanked, line for line."""

    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])

    for pattern in (FENCE, INDENTED, CODE):
        markdown = pattern.sub(blank, markdown)
    return markdown


def formulas(markdown: str) -> list[Formula]:
    text = without_code(markdown)
    found = []

    def take(match, display):
        found.append(Formula(match[1], display, text.count("\n", 0, match.start()) + 1))
        return re.sub(r"[^\n]", " ", match[0])

    text = DISPLAY.sub(lambda match: take(match, True), text)
    text = INLINE.sub(lambda match: take(match, False), text)
    return sorted(found, key=lambda formula: formula.line)


def unpaired_dollars(markdown: str) -> list[int]:
    """The lines on which a dollar sign opens or closes nothing."""
    text = without_code(markdown).replace(r"\$", "  ")
    for pattern in (DISPLAY, INLINE):
        text = pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    return [number for number, line in enumerate(text.splitlines(), 1) if "$" in line]


def complaints(markdown: str) -> list[str]:
    """What GitHub, Jupyter or Sphinx would show differently: one line each."""
    lines = markdown.splitlines()
    result = [f"line {line}: a single $" for line in unpaired_dollars(markdown)]
    for text, display, line in formulas(markdown):
        where = f"line {line}: {text.strip()}: "
        if display:
            first = lines[line - 1].strip()
            if not first.startswith("$$") or (line > 1 and lines[line - 2].strip()):
                result.append(where + "a displayed formula begins a paragraph of its own")
        elif "\n" in text:
            result.append(where + "an inline formula stands on one line")
        elif text != text.strip():
            result.append(where + "no space inside the dollar signs")
        if REFUSED.search(text):
            result.append(where + "not on GitHub: " + REFUSED.search(text)[0])
        if escape := ESCAPE.search(text.replace(r"\\", "") if display else text):
            result.append(where + f"Markdown takes {escape[0]} for an escape")
        if "*" in text:
            result.append(where + "* can begin emphasis; write \\cdot or \\ast")
    return result


def cells(formula: Formula) -> list[str]:
    """The formula without environments and tags, cut at & and line ends: mathtext knows neither."""
    text = TAG.sub("", ENVIRONMENT.sub(" ", formula.text)).replace("\n", " ")
    parts = re.split(r"\\\\(?:\[\w+\])?|(?<!\\)&", text)
    return [part.strip() for part in parts if part.strip()]
