"""Reading text files that users write: class lists, label files, names of classes.

Notepad, Excel and PowerShell write UTF-8 with a byte order mark, UTF-16, or the local code page;
line ends differ, and macOS writes é as two characters. Here all of them read the same.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

MARKS = (  # UTF-32's before UTF-16's, which begins with the same two bytes
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
OTHER_KINDS = {b"{\\rtf": "rich text", b"PK\x03\x04": "a zip archive or an Excel workbook"}
QUOTED = re.compile(r'"((?:[^"]|"")*)"')  # a field of a CSV file
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
NOT_ASCII_WORD = re.compile(r'[^\s,;"/\\]*[^\x00-\x7f\s][^\s,;"/\\]*')


def read_text(path: str | Path, names: Iterable[str] = ()) -> str:
    r"""The file's text without its byte order mark, with \n as the line end.

    Reads UTF-8, UTF-16 and UTF-32. UTF-16 without a mark is recognized by its zero bytes. Almost
    any bytes are valid text in Windows' code page 1252, so it is used only if `names` contain every
    word that is not ASCII. ValueError for any other file.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from None
    for start, kind in OTHER_KINDS.items():
        if data.startswith(start):
            raise ValueError(f"{path} is {kind}, not plain text: save it as text or CSV in UTF-8")
    text = _decode(data)
    if text is None:
        text = _code_page_1252(data, names)
    if text is None or CONTROL.search(text):
        raise ValueError(
            f"{path} is not UTF-8 text (line {_bad_line(data)}): save it as UTF-8 "
            "(in Excel 'CSV UTF-8'; in Notepad, encoding UTF-8)"
        )
    return text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: str | Path, names: Iterable[str] = ()) -> list[str]:
    """The lines, stripped and `composed`, without empty lines at the end; see `read_text`."""
    lines = [composed(line).strip() for line in read_text(path, names).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def unquoted(match: re.Match) -> str:
    """The contents of a match of QUOTED."""
    return match.group(1).replace('""', '"').strip()


def composed(name: str) -> str:
    """The name with é as one character (Unicode's form NFC), as names are compared."""
    return unicodedata.normalize("NFC", name)


def by_composed(names: Iterable[str]) -> dict[str, str]:
    """{composed name: name}. ValueError if two names differ only in how é is encoded."""
    result: dict[str, str] = {}
    for name in names:
        other = result.setdefault(composed(name), name)
        if other != name:
            raise ValueError(f"the names {other!a} and {name!a} look the same: rename one of them")
    return result


def _decode(data: bytes) -> str | None:
    """The text, if it is in one of Unicode's encodings; else None."""
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), None)
    if encoding is None and b"\0" in data:
        # In UTF-16 every other byte of a line end, a space or a digit is zero.
        encoding = "utf-16-le" if data[1::2].count(0) > data[::2].count(0) else "utf-16-be"
    try:
        return data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        return None


def _code_page_1252(data: bytes, names: Iterable[str]) -> str | None:
    """The text in Windows' Western European code page, if the names confirm that; else None."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    known = composed("\n".join(names))
    return text if all(word in known for word in NOT_ASCII_WORD.findall(text)) else None


def _bad_line(data: bytes) -> int:
    """The number of the first line that is not UTF-8 text, or that holds control characters."""
    text = data.decode("utf-8", errors="replace")
    bad = re.search(f"\ufffd|{CONTROL.pattern}", text)
    return 1 + text.count("\n", 0, bad.start() if bad else 0)
