"""Text that users hand in reads the same whatever program wrote it."""

import codecs
import unicodedata

import pytest
from complaints import complaint
from hypothesis import given
from hypothesis import strategies as st

from tinyalex.support.text_files import by_composed, read_lines, read_text
from tinyalex.training.settings import Settings

NAMES = ["café noir", "Übergrößen", "tench, Tinca tinca", "犬", "😀 smile"]
WRITERS = {
    "Linux, macOS, VS Code": ("", "utf-8"),
    "Notepad, Excel 'CSV UTF-8'": ("\ufeff", "utf-8"),
    "PowerShell's >, Notepad's and Excel's Unicode": ("\ufeff", "utf-16-le"),
    "Notepad's Unicode big endian": ("\ufeff", "utf-16-be"),
    "UTF-16 without a mark": ("", "utf-16-le"),
    "big endian without a mark": ("", "utf-16-be"),
    "UTF-32": ("\ufeff", "utf-32-le"),
    "UTF-32 big endian": ("\ufeff", "utf-32-be"),
}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("writer", WRITERS)
def test_every_writer_gives_the_same_lines(tmp_path, writer, end, form):
    mark, encoding = WRITERS[writer]
    path = tmp_path / "names.txt"
    for trailing in ("", end, 3 * end + " " + end):
        text = unicodedata.normalize(form, end.join(NAMES)) + trailing
        path.write_bytes((mark + text).encode(encoding))
        assert read_lines(path) == NAMES


LINES = st.lists(st.text(st.characters(min_codepoint=33, exclude_categories=["C", "Z"])))


@given(LINES, st.sampled_from([pair for pair in WRITERS.values() if pair[0]] + [("", "utf-8")]))
def test_drawn_text_comes_back(tmp_path_factory, lines, writer):
    path = tmp_path_factory.getbasetemp() / "drawn.txt"
    path.write_bytes((writer[0] + "".join(f"{line}\n" for line in lines)).encode(writer[1]))
    expected = "".join(f"{line}\n" for line in lines)
    if expected.startswith(("{\\rtf", "PK\x03\x04")):
        return
    assert read_text(path) == expected


def test_a_mark_in_the_middle_is_of_a_file_put_behind_another(tmp_path):
    path = tmp_path / "two.txt"
    path.write_bytes(codecs.BOM_UTF8 + b"a\r\n" + codecs.BOM_UTF8 + b"b\r\n")
    assert read_lines(path) == ["a", "b"]


def test_code_page_1252_is_believed_where_the_names_bear_it_out(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes("1.jpg,café noir\r\n2.jpg,Müller – Söhne\r\n".encode("cp1252"))
    on_disk = [unicodedata.normalize("NFD", "café noir"), "Müller – Söhne"]
    assert read_lines(path, on_disk) == ["1.jpg,café noir", "2.jpg,Müller – Söhne"]
    for names in ([], on_disk[:1], ["cafй noir", "Müller"]):
        message = complaint(lambda names=names: read_lines(path, names))
        assert "list.csv is not UTF-8 text (line 1): save it as UTF-8" in message
    path.write_bytes("1.jpg,кошка\n".encode("cp1251"))
    assert "UTF-8" in complaint(lambda: read_lines(path, ["кошка"]))


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (b"one\ntwo\nthr\xe9e\n", "not UTF-8 text (line 3)"),
        (b"\xff\xfea", "not UTF-8 text"),  # half a character
        (b"one\ntw\x07o\n", "not UTF-8 text (line 2)"),
        (b"\0\0\0\0", "not UTF-8 text"),
        (bytes(range(256)), "not UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not UTF-8 text"),
        (b"{\\rtf1\\ansi cat}", "rich text"),
        (b"PK\x03\x04 a workbook", "Excel workbook"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path, contents, words):
    path = tmp_path / "names.txt"
    path.write_bytes(contents)
    message = complaint(lambda: read_lines(path))
    assert words in message
    assert str(path) in message
    assert "UTF-8" in message


def test_what_cannot_be_read(tmp_path):
    assert "No such file" in complaint(lambda: read_text(tmp_path / "none.txt"))
    assert "directory" in complaint(lambda: read_text(tmp_path))


def test_a_configuration_saved_with_notepad(tmp_path):
    path = tmp_path / "config.json"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        settings = Settings(data=str(tmp_path / "é"))
        path.write_bytes(settings.as_json().encode(encoding))
        assert Settings.from_json(path) == settings


def test_names_that_look_the_same():
    names = ["café", unicodedata.normalize("NFD", "thé")]
    assert by_composed(names) == {"café": names[0], "thé": names[1]}
    message = complaint(lambda: by_composed(["café", unicodedata.normalize("NFD", "café")]))
    assert r"'caf\xe9' and 'cafe\u0301' look the same" in message
