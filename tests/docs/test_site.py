"""The site: every page is reached, what is generated is complete, and no text is obeyed."""

from __future__ import annotations

import argparse
import doctest
import re
import sys
from importlib import import_module
from posixpath import dirname, normpath

import matplotlib as mpl
import pytest
import readme_example
from doc_pages import PAGES, ROOT

import mpi
from mpi.cli import _parser

pytest.importorskip("sphinx", reason="the site needs the packages of the extra 'docs'")
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))
marking = import_module("_ext.marking")
specifications = import_module("_ext.specifications")
codebooks = import_module("_ext.codebooks")
commands = import_module("_ext.commands")
outside = import_module("_ext.outside")
words = import_module("_ext.words")
generated = import_module("_ext.generated")

_TREE = re.compile(r"^```\{toctree\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
NASTY = '=HYPERLINK("x") <script>alert(1)</script> {ref}`x` [a](javascript:1) $x$ | % ``` ~~~'


@pytest.fixture(scope="module")
def made():
    return generated.pages()


@pytest.fixture(scope="module")
def pages(made):
    """Text of every page of the site by its path without ending, but those of autosummary."""
    own = {p.relative_to(DOCS).as_posix(): p for p in PAGES if p.is_relative_to(DOCS)}
    texts = {name: path.read_text(encoding="utf-8") for name, path in own.items()} | made
    return {name.removesuffix(".md"): text for name, text in texts.items()}


def _below(name, text):
    """Pages that the tables of contents of a page name, one a line."""
    for body in _TREE.findall(text):
        for line in filter(None, body.splitlines()):
            if not line.startswith(":"):
                yield normpath(f"{dirname(name)}/{line}".lstrip("/"))


def test_the_tables_of_contents_reach_every_page_once(pages):
    reached, waiting = ["index"], ["index"]
    while waiting:
        name = waiting.pop()
        below = list(_below(name, pages[name]))
        reached += below
        waiting += below
    assert sorted(reached) == sorted(pages)


def test_tables_of_contents_list_their_pages_and_take_no_others(pages):
    for name, text in pages.items():
        for line in _below(name, text):
            assert line in pages, f"{name}: {line}"
        assert ":glob:" not in text


def test_every_bundled_file_has_its_page(made):
    for kind, folder in (("spec", "specifications"), ("survey", "codebooks")):
        names = generated.bundled(kind)
        assert names
        for name in names:
            assert f"generated/{folder}/{name}.md" in made


@pytest.mark.parametrize("name", generated.bundled("spec"))
def test_the_page_of_a_specification_says_all_of_it(name, made):
    spec, page = mpi.specification(name), made[f"generated/specifications/{name}.md"]
    assert spec.fingerprint in page
    for label in (spec.label("en"), spec.label("es")):
        assert marking.plain(label) in page
    for indicator in spec.indicators.values():
        assert str(indicator.deprived).strip() in page
        assert f"`{indicator.id}`" in page
        if indicator.id in spec.weights:
            assert str(spec.weights[indicator.id]) in page
    for norm in spec.norm:
        assert f"`{norm.id}`" in page
    for text in (*spec.lacks, *spec.sources):
        assert marking.plain(text) in page


@pytest.mark.parametrize("name", generated.bundled("spec"))
def test_the_page_of_a_specification_keeps_every_mark_and_basis(name, made):
    spec, page = mpi.specification(name), made[f"generated/specifications/{name}.md"]
    if spec.status in ("reconstruction", "template"):
        assert f"**[{spec.status}]**" in page
    bases = [b for part, found in specifications._based(spec) for b in found]
    assert len(re.findall(r"^\| .* \| .* \| \w+ \| .* \|$", page, re.MULTILINE)) >= len(bases)
    stated = sum(basis.note.count("[unconfirmed") for basis in bases)
    assert page.count(r"\[unconfirmed") >= stated
    for basis in bases:
        assert marking.plain(basis.instrument) in page


@pytest.mark.parametrize("name", generated.bundled("spec"))
def test_a_rule_in_words_names_every_variable_and_norm_of_the_rule(name):
    for indicator in mpi.specification(name).indicators.values():
        for rule in filter(None, (indicator.deprived, indicator.applies_to, indicator.destitute)):
            phrase = words.in_words(rule.tree)
            for known in (*rule.names(), *(norm.norm for norm in rule.norms())):
                assert f"`{known}`" in phrase, (indicator.id, known)


@pytest.mark.parametrize(
    ("rule", "phrase"),
    [
        ("all(years < 6)", "for every member: `years` is below 6"),
        ("not attends", "not `attends`"),
        ("a in (1, 2) or not b", "`a` is one of 1 / 2, or not `b`"),
        ('toilet not in ("sewer", "septic")', '`toilet` is none of `"sewer"` / `"septic"`'),
        ("size / rooms > 5/2", "`size` divided by `rooms` is above 5/2"),
        ("count(where=age < 5) >= 1", "(the number of members, among those with `age` is below 5)"),
        ("mean(years) < 9", "the mean of `years` over members is below 9"),
        ("9 if town else 6", "9 if `town`, otherwise 6"),
        ("coalesce(works, False)", "`works`, or where that is missing no"),
        ("missing(x) and y == None", "`x` has no answer, and `y` is missing"),
        ('years < norm("law", born=birth)', "the norm `law` for those born in `birth`"),
        ("strict(a and b)", "`a`, and `b` (missing if any part is missing)"),
        ("a and (b or c)", "`a`, and (`b`, or `c`)"),
        ("max(a, b) - abs(c) > 0.05", "is above 0.05"),
    ],
)
def test_rules_are_said_in_words(rule, phrase):
    from mpi.spec.expression import parse  # noqa: PLC0415 -- of this test only

    assert phrase in words.in_words(parse(rule).tree)


def test_results_are_those_sentences_that_state_some():
    text = "It is old. In 2024 it was 17.7 % [confirmed: A. Paper, 2025]. Deprived below 100 %."
    assert specifications.sentences(text) == [
        "It is old.",
        "In 2024 it was 17.7 % [confirmed: A. Paper, 2025].",
        "Deprived below 100 %.",
    ]


def test_the_published_results_of_a_file_are_on_its_page(made):
    section = made["generated/specifications/ecuador-inec.md"].partition("## Results")[2]
    assert "2025 41.65, 18.10, 49.28, 20.53" in section.partition("\n## ")[0]


def test_the_page_of_a_codebook_has_every_variable_with_its_source(made):
    for name in generated.bundled("survey"):
        page = made[f"generated/codebooks/{name}.md"]
        for variable in mpi.codebook(name).variable:
            origin = variable.column or str(variable.value)
            assert f"| {marking.cell_code(variable.id)} |" in page
            assert marking.cell_code(origin) in page


def test_the_page_of_the_commands_has_every_command_argument_and_help(made):
    page = made["generated/commands.md"]
    parsers = commands._commands(_parser())
    assert re.findall(r"^## mpi (\S+)$", page, re.MULTILINE) == list(parsers)
    for parser in parsers.values():
        for action in parser._actions:
            if not isinstance(action, argparse._HelpAction):
                for option in action.option_strings or [str(action.metavar or action.dest)]:
                    assert option in page
                assert marking.plain(action.help or "") in page


def test_the_page_of_python_has_every_public_name(made):
    page = made["generated/api.md"]
    for name in mpi.__all__:
        assert re.search(rf"^   mpi\.{name}$", page, re.MULTILINE), name
    for name in mpi.figures.__all__:
        assert re.search(rf"^   mpi\.figures\.{name}$", page, re.MULTILINE), name


def _nasty_specification():
    indicator = {"id": "one", "title": NASTY, "note": NASTY, "deprived": "x == '```<b>'"}
    indicator["basis"] = [
        {"instrument": NASTY, "status": "statute", "note": NASTY, "link": "javascript:alert(1)"}
    ]
    content = {"id": "nasty", "title": {"en": NASTY, "es": NASTY + " es"}, "unit": "person"}
    content |= {"cutoff": 1, "description": f"% {NASTY}\n\n1. {NASTY}", "sources": [NASTY]}
    content |= {"dimension": [{"id": "d", "title": NASTY, "indicator": [indicator]}]}
    return mpi.specification(content)


def _nasty_codebook():
    variable = {"id": "v", "title": NASTY, "note": NASTY, "level": "person", "column": "a`|<b>"}
    variable |= {"classes": {"<i>": 1, "`x`": "|"}}
    return mpi.Codebook.model_validate({"id": "nasty", "title": NASTY, "variable": [variable]})


@pytest.mark.parametrize(
    "page",
    [specifications.page(_nasty_specification()), codebooks.page(_nasty_codebook())],
    ids=["specification", "codebook"],
)
def test_no_text_of_a_file_becomes_markup(page):
    prose = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", page, flags=re.MULTILINE | re.DOTALL)
    prose = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", re.sub(r"\\`", "", prose))
    assert "<" not in prose
    assert not re.search(r"(?<!\\)[{}$\]]\(?", prose.replace("**", "")), prose
    assert not re.search(r"^(%|\d+\. )", prose, re.MULTILINE)


@pytest.mark.parametrize(
    "page",
    [specifications.page(_nasty_specification()), codebooks.page(_nasty_codebook())],
    ids=["specification", "codebook"],
)
def test_the_reader_of_the_site_finds_no_markup_in_the_texts_of_a_file(page):
    core = pytest.importorskip("docutils.core", reason="the extra 'docs' is not installed")
    parser = pytest.importorskip(
        "myst_parser.docutils_", reason="the extra 'docs' is not installed"
    )
    settings = {"myst_enable_extensions": ["dollarmath"], "report_level": 2, "halt_level": 2}
    tree = core.publish_doctree(page, parser=parser.Parser(), settings_overrides=settings)
    kinds = {type(node).__name__ for node in tree.findall()}
    assert not kinds & {"raw", "math", "comment", "problematic", "reference"}
    assert "enumerated_list" not in kinds
    assert "<script>alert(1)</script> {ref}`x` [a](javascript:1) $x$ |" in tree.astext()


def test_an_address_is_a_link_only_if_it_is_a_plain_one():
    assert marking.link("https://example.org/a?b=c#d") == "<https://example.org/a?b=c#d>"
    for address in ("javascript:alert(1)", "https://a.org/> <b>", "http://a.org", "https://a b"):
        assert not marking.link(address).startswith("<")


def test_pages_are_written_where_they_differ_and_old_ones_go(tmp_path, monkeypatch):
    made = {"generated/a.md": "a\n", "generated/b/c.md": "c\n"}
    monkeypatch.setattr(generated, "pages", lambda: made)
    old = tmp_path / "generated/gone.md"
    old.parent.mkdir()
    old.write_text("old", encoding="utf-8")
    generated.write(tmp_path)
    before = (tmp_path / "generated/a.md").stat().st_mtime_ns
    generated.write(tmp_path)
    assert (tmp_path / "generated/a.md").stat().st_mtime_ns == before
    found = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.md")}
    assert found == set(made)


def test_links_to_pages_outside_lead_to_their_copies():
    text = "[a](../CHANGELOG.md) [b](../../notebooks/README.md) [c](../notebooks/quickstart.ipynb)"
    inside = outside.inside(text, "es/index")
    assert inside.startswith("[a](../generated/changes.md) [b](../generated/notebooks.md) ")
    assert inside.endswith("[c](../notebooks/quickstart.ipynb)")


def test_pages_from_outside_keep_their_links(made):
    page = made["generated/notebooks.md"]
    for link in re.findall(r"\]\((?!https://)([^)#\s]+)\)", page):
        assert (DOCS / "generated" / link).resolve().is_file(), link


@pytest.mark.parametrize("module", [marking, words], ids=lambda module: module.__name__)
def test_examples_of_the_extension_run(module):
    failed, tried = doctest.testmod(module)
    assert (failed, bool(tried)) == (0, True)


def test_the_page_of_each_language_leads_to_the_other():
    for path in sorted((DOCS / "es").glob("*.md")):
        if path.name != "index.md":
            assert f"[English](../{path.name})" in path.read_text(encoding="utf-8")
            english = (DOCS / path.name).read_text(encoding="utf-8")
            assert f"[Español](es/{path.name})" in english


def test_the_code_of_both_languages_reads_the_same_specifications():
    for path in sorted((DOCS / "es").glob("*.md")):
        if path.name != "index.md":
            english = (DOCS / path.name).read_text(encoding="utf-8")
            used = r'mpi\.specification\("([\w-]+)"\)'
            spanish = path.read_text(encoding="utf-8")
            assert set(re.findall(used, spanish)) == set(re.findall(used, english)) != set()


@pytest.fixture(scope="module")
def example():
    mpl.use("Agg")
    found = readme_example.estimates()
    return found, readme_example.figure(found)


def test_the_table_of_the_readme_is_that_of_the_current_code(example):
    assert readme_example.in_readme() == readme_example.example(*example), (
        "If it is meant: python tests/docs/readme_example.py"
    )


def test_the_figure_of_the_readme_draws_the_numbers_of_the_current_code(example):
    assert readme_example.in_picture() == readme_example.drawn(example[1]), (
        "If it is meant: python tests/docs/readme_example.py"
    )
    assert readme_example.PICTURE.stat().st_size < 40_000
