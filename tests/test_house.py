"""Each room of the package imports only from the rooms below it, as README's map draws them."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "tinyalex"
# The backend loads the kernels at their first use, so that everything can import the backend.
BY_NAME = {("backend", "kernels")}


def modules(root: Path) -> dict[str, Path]:
    """{"kernels.cpu": path} for every file of the package at root/tinyalex."""
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root / PACKAGE).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


def imports(path: Path, known: dict[str, Path]):
    """The package's modules that a file imports anywhere, in functions too, with their lines.

    `import_module` counts: of f"tinyalex.room.{name}", the room.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: imports are absolute here"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            names = loaded_by_name(node)
        for name in names:
            package, _, inner = name.partition(".")
            if package == PACKAGE:
                # What is no module is a name in one: tinyalex.layers.Conv2d is of tinyalex.layers.
                yield (inner if inner in known else inner.rpartition(".")[0]), node.lineno


def loaded_by_name(node: ast.AST) -> list[str]:
    """What `import_module(...)` loads, as far as the text says it."""
    if not isinstance(node, ast.Call) or "import_module" not in ast.unparse(node.func):
        return []
    text = node.args[0]
    if isinstance(text, ast.JoinedStr):  # an f-string: what stands before its first {}
        text = text.values[0]
    return [text.value.rstrip(".")] if isinstance(text, ast.Constant) else []


def room_of(module: str) -> str:
    return module.partition(".")[0] or "__init__"


def floors(readme: str) -> list[set[str]]:
    """The rooms of each line of README's map, the lowest first."""
    table = readme.partition("## Map")[2].partition("\n## ")[0]
    rows = [
        re.findall(r"`([^`]*)`", line.split("|")[1])
        for line in table.splitlines()
        if line.startswith("| `")
    ]
    named = [{re.sub(r"\.py$|/$", "", name) for name in row} for row in rows]
    return named[::-1]


def upward(root: Path, levels: list[set[str]]) -> list[str]:
    """The imports that do not lead down."""
    height = {room: level for level, rooms in enumerate(levels) for room in rooms}
    known, wrong = modules(root), []
    for module, path in known.items():
        for target, line in imports(path, known):
            here, there = room_of(module), room_of(target)
            if (here, there) not in BY_NAME and here != there and height[there] >= height[here]:
                wrong.append(f"{path.relative_to(root)}:{line}: {here} imports {there}")
    return wrong


def cycles(root: Path) -> list[str]:
    """Modules that import each other, however long the way round."""
    known = modules(root)
    edges = {
        module: {target for target, _ in imports(path, known)} - {module}
        for module, path in known.items()
    }

    def reached(start: str) -> set[str]:
        seen, waiting = set(), [start]
        while waiting:
            for target in edges[waiting.pop()] - seen:
                seen.add(target)
                waiting.append(target)
        return seen

    return [module for module in known if module in reached(module)]


README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_map_names_every_room():
    rooms = {room_of(module) for module in modules(ROOT)}
    named = [room for level in floors(README) for room in level]
    assert len(named) == len(set(named))
    assert set(named) == rooms


def test_imports_lead_down():
    levels = floors(README)
    assert len(levels) > 8
    assert upward(ROOT, levels) == []


def test_no_module_imports_itself_round_a_corner():
    assert cycles(ROOT) == []


@pytest.fixture
def house(tmp_path):
    """A house of three floors: roof, hall, cellar."""
    for name, text in {
        "roof": "from tinyalex.hall.door import Door\nfrom tinyalex import cellar",
        "hall/__init__": "",
        "hall/door": "import tinyalex.cellar\n\ndef later():\n    from tinyalex.hall import lock",
        "hall/lock": "",
        "cellar": "import numpy",
    }.items():
        path = (tmp_path / PACKAGE / name).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


FLOORS = [{"cellar"}, {"hall"}, {"roof"}]


def test_a_house_in_order(house):
    assert upward(house, FLOORS) == []
    assert cycles(house) == []


@pytest.mark.parametrize(
    "text", ["from tinyalex.roof import tiles", "def f():\n    import tinyalex.roof"]
)
def test_an_import_turned_round_is_found(house, text):
    (house / PACKAGE / "cellar.py").write_text(text)
    assert len(upward(house, FLOORS)) == 1
    assert "cellar imports roof" in upward(house, FLOORS)[0]
    assert cycles(house) == ["cellar", "hall.door", "roof"]


def test_rooms_of_one_floor_do_not_import_each_other(house):
    assert len(upward(house, [{"cellar"}, {"hall", "roof"}])) == 1


def test_a_cycle_within_a_room_is_found(house):
    (house / PACKAGE / "hall" / "lock.py").write_text("from tinyalex.hall.door import Door")
    assert cycles(house) == ["hall.door", "hall.lock"]


def test_a_room_loaded_by_name_counts(house):
    (house / PACKAGE / "cellar.py").write_text(
        'import importlib\n\nimportlib.import_module(f"tinyalex.hall.{name}")'
    )
    assert upward(house, FLOORS) == ["tinyalex/cellar.py:3: cellar imports hall"]


def is_slow(node: ast.AST) -> bool:
    return "mark.slow" in ast.unparse(node)


def has_quick_tests(path: Path) -> bool:
    """Whether a test file has a test that `-m "not slow"` runs."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    if any(isinstance(node, ast.Assign) and is_slow(node) for node in body):  # pytestmark
        return False
    return any(
        node.name.startswith("test_") and not any(map(is_slow, node.decorator_list))
        for node in body
        if isinstance(node, ast.FunctionDef)
    )


def test_quick_tests_cover_every_room():
    rooms = {module.partition(".")[0] for module in modules(ROOT) if "." in module}
    tests = {path.parent.name for path in ROOT.glob("tests/*/test_*.py") if has_quick_tests(path)}
    assert rooms - tests == set()


@pytest.mark.parametrize(
    ("text", "quick"),
    [
        ("def test_one():\n    pass", True),
        ("@pytest.mark.slow\ndef test_one():\n    pass", False),
        ("pytestmark = pytest.mark.slow\n\ndef test_one():\n    pass", False),
        ("def helper():\n    pass", False),
    ],
)
def test_slow_tests_are_told_from_quick_ones(tmp_path, text, quick):
    path = tmp_path / "test_some.py"
    path.write_text(text)
    assert has_quick_tests(path) is quick
