"""Pages say what the library does: their code runs, their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from doc_pages import PAGES, ROOT, blocks, console, run_command, run_page

from mpi import __all__ as public_names
from mpi.cli import _parser
from mpi.spec import model
from mpi.spec.expression import AGGREGATES, FUNCTIONS, SPECIAL
from mpi.survey import codebook as codebooks

VENV = "python3 -m venv .venv && .venv/bin/pip install --quiet"
SETUP = [
    f"{VENV} . && .venv/bin/mpi demo",
    f'{VENV} ".[test]" && .venv/bin/python -m pytest',
]
_LINK = re.compile(r"(?<!\!)\[[^\]]+\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```[ ]*$", re.MULTILINE | re.DOTALL)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=_id)
def test_the_code_of_a_page_gives_what_is_printed_below_it(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wrong = run_page(_text(path), path.name)
    assert not wrong, "\n".join([*wrong, "If it is meant: python tests/docs/refresh.py"])


def test_the_table_of_the_readme_is_what_the_demo_prints():
    shown = [
        c for b in blocks(_text(ROOT / "README.md")) if b.kind == "console" for c in console(b.text)
    ]
    assert dict(shown)["mpi demo\n"] == run_command("mpi demo")


def test_the_readme_has_the_two_lines_of_set_up_and_no_other():
    lines = [b.text.strip() for b in blocks(_text(ROOT / "README.md")) if b.kind == "sh"]
    assert lines == SETUP


def test_the_readme_has_a_python_example_of_five_lines():
    (example,) = (b.text for b in blocks(_text(ROOT / "README.md")) if b.kind == "python")
    assert sum(line.startswith((">>>", "...")) for line in example.splitlines()) == 5


def _anchor(heading: str) -> str:
    plain = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
    return plain.replace(" ", "-")


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", _text(path)), re.MULTILINE)
    return {_anchor(heading) for heading in headings}


@pytest.mark.parametrize(
    "path",
    [*PAGES, ROOT / "CHANGELOG.md", ROOT / "notebooks/README.md"],
    ids=_id,
)
def test_relative_links_lead_to_a_file_and_a_heading(path):
    for target in _LINK.findall(_FENCED.sub("", _text(path))):
        if target.startswith("https://"):
            continue
        name, _, heading = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.is_file(), f"{path.name}: {target}"
        assert not heading or heading in _anchors(file), f"{path.name}: {target}"


def test_every_page_is_on_the_first_page():
    first = _text(ROOT / "docs/index.md")
    for path in PAGES:
        if path not in (ROOT / "README.md", ROOT / "docs/index.md"):
            assert f"({path.relative_to(ROOT / 'docs').as_posix()})" in first


def _commands() -> dict[str, list[str]]:
    """Commands of the help with their options."""
    (commands,) = (a for a in _parser()._actions if a.choices and not a.option_strings)
    return {
        name: [o for a in parser._actions for o in a.option_strings if o.startswith("--")]
        for name, parser in commands.choices.items()
    }


def test_the_page_of_the_command_line_has_the_commands_of_the_help_and_no_other():
    page = _FENCED.sub("", _text(ROOT / "docs/command_line.md"))
    assert re.findall(r"^## mpi (\S+)$", page, re.MULTILINE) == list(_commands())


def test_the_page_of_the_command_line_has_every_option():
    page = _text(ROOT / "docs/command_line.md")
    for command, options in _commands().items():
        for option in set(options) - {"--help"}:
            assert option in page, f"mpi {command} {option}"


def _codes(pattern: str) -> set[str]:
    sources = "\n".join(map(_text, (ROOT / "src/mpi").rglob("*.py")))
    return set(re.findall(pattern, sources))


def test_the_page_of_the_measures_has_every_finding_and_no_other():
    page = _text(ROOT / "docs/measures.md").partition("## Findings")[2]
    listed = re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE)
    # where a finding is made, and texts in such letters that are handed to one; not variables of
    # the environment
    made = _codes(r'Finding\(\s*(?:code=)?"([A-Z_]+)"')
    assert set(listed) == made | _codes(r'(?<!environ\.get\()"([A-Z]+(?:_[A-Z]+)+)"')


def test_the_page_of_the_measures_has_every_measure():
    page = _text(ROOT / "docs/measures.md")
    source = _text(ROOT / "src/mpi/core/measures.py")
    for code in {*re.findall(r'Statistic\("(\w+)"', source), "actb", "pctb", "M1", "M2"}:
        assert f"`{code}`" in page, code


def test_the_page_of_the_rules_has_every_function():
    page = _text(ROOT / "docs/rules.md")
    for name in {*AGGREGATES, *FUNCTIONS, *SPECIAL}:
        assert f"`{name}(" in page, name


def test_the_page_of_the_specifications_has_every_key():
    page = _text(ROOT / "docs/specifications.md")
    parts = (model.Specification, model.Dimension, model.Indicator, model.Basis, model.Condition)
    for key in {key for part in parts for key in part.model_fields}:
        assert f"`{key}`" in page, key


def test_the_page_of_the_codebooks_has_every_key():
    page = _text(ROOT / "docs/codebooks.md")
    parts = (
        codebooks.Codebook,
        codebooks.Variable,
        codebooks.Tables,
        codebooks.Keys,
        codebooks.DesignColumns,
    )
    for key in {key for part in parts for key in part.model_fields}:
        assert f"`{key}`" in page, key


def test_the_architecture_page_names_every_module():
    page = _text(ROOT / "docs/architecture.md")
    package = ROOT / "src/mpi"
    folders = {"datasets", "readers"}
    for path in package.rglob("*.py"):
        if path.name not in ("__init__.py", "__main__.py") and path.parent.name not in folders:
            assert path.stem in page, path


def test_names_of_the_package_in_prose_are_public():
    for path in PAGES:
        if path.name != "architecture.md":
            names = set(re.findall(r"\bmpi\.([a-z_A-Z]+)\(", _text(path)))
            assert names <= set(public_names), path.name
