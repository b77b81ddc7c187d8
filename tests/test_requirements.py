"""What is promised in two places is the same, and names a lowest version of each package."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_requirements_txt_and_pyproject_promise_the_same():
    promised = (ROOT / "requirements.txt").read_text(encoding="utf-8").split()
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r"^dependencies = \[(.*?)\]", project, re.DOTALL | re.MULTILINE)[1]
    assert re.findall(r'"(.+?)"', listed) == promised
    assert all(re.fullmatch(r"[a-z]+>=[0-9.]+", line) for line in promised)
