"""Every formula in the lessons and docs renders: on GitHub, in Jupyter and on a Sphinx site."""

from pathlib import Path

import pytest
from formulas import cells, complaints, formulas
from matplotlib.mathtext import MathTextParser

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("lessons/**/*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "README.md"])
PARSER = MathTextParser("path")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_formula_renders(page):
    text = page.read_text(encoding="utf-8")
    assert not complaints(text)
    for formula in formulas(text):
        for cell in cells(formula):
            try:
                width, height, *_ = PARSER.parse(f"${cell}$")
            except ValueError as error:
                pytest.fail(f"line {formula.line}: {cell}\n{error}")
            assert width > 0
            assert height > 0


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (r"$\{a\}$", "escape"),
        (r"$a\,b$", "escape"),
        ("$a$ and $b", "single"),
        ("so $$a$$", "paragraph"),
        ("$a\nb$", "one line"),
        (r"$\operatorname{rank} A$", "GitHub"),
        ("$a*b$", "emphasis"),
        ("$ a$", "space"),
    ],
)
def test_what_one_of_the_programs_shows_wrongly_is_refused(text, word):
    assert word in " ".join(complaints(text))


def test_formulas_are_found_and_code_is_not():
    text = "A `$HOME`, $a_1$ and\n\n$$\na &= b \\\\\n$$\n\n    cost = $5\n\n```\n$x\n```\n"
    assert [formula.text.strip() for formula in formulas(text)] == ["a_1", "a &= b \\\\"]
    assert not complaints(text)
    assert cells(formulas(text)[1]) == ["a", "= b"]
