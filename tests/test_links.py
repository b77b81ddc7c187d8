"""Every relative link in the texts points to an existing file, and every anchor to a heading."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
TEXTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "lessons/README.md",
    ROOT / "lessons/TEACHING.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


def without_code(text: str) -> str:
    """The text without code blocks and inline code, in which brackets are not links."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "code", text)


def links(text: str) -> list[str]:
    """The relative targets of links and pictures: [text](target)."""
    targets = re.findall(r"\]\(\s*<?([^)>\s]+)", without_code(text))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings: lower case, spaces as -, no punctuation."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *#*$", text, flags=re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        name, number = plain, 0
        while name in found:
            number += 1
            name = f"{plain}-{number}"
        found.add(name)
    return found


def broken(path: Path) -> list[str]:
    """The links of a text that lead nowhere."""
    wrong = []
    for link in links(path.read_text(encoding="utf-8")):
        name, _, anchor = unquote(link).partition("#")
        target = path.parent / name if name else path
        if not target.exists():
            wrong.append(f"{path.name}: {link}: there is no {name}")
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            wrong.append(f"{path.name}: {link}: {target.name} has no heading {anchor}")
    return wrong


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    assert broken(path) == []


def test_the_texts_have_links():
    assert len(links((ROOT / "README.md").read_text(encoding="utf-8"))) >= 8


def test_broken_links_are_found(tmp_path):
    (tmp_path / "other.md").write_text("# Part one: a `b`\n\n# Twice\n\n# Twice\n")
    path = tmp_path / "text.md"
    path.write_text(
        "# Here\n\n[a](other.md) [b](other.md#part-one-a-b) [c](#here) [d](https://x.org/none)\n"
        "[e](other.md#twice-1) `[f](code.md)` ![g](missing.png) [h](other.md#nowhere) [i](#gone)\n"
        "\n```python\n[j](code.md)\n```\n"
    )
    assert broken(path) == [
        "text.md: missing.png: there is no missing.png",
        "text.md: other.md#nowhere: other.md has no heading nowhere",
        "text.md: #gone: text.md has no heading gone",
    ]
