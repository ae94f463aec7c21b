"""Tables for publication: every figure is that of the result, and no text is obeyed."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from people import ATTACKS, estimates, specification, survey

import mpi
from mpi.errors import EstimationError
from mpi.publication import SCHEMES
from mpi.report.words import _THRESHOLDS, _WORDS


class Elements(HTMLParser):
    """Names and attributes of the elements of a page, and its text."""

    def __init__(self, text):
        super().__init__()
        self.found, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def cells_by_label(table):
    return {row.cells[0].value: [cell.value for cell in row.cells[1:]] for row in table.rows}


def test_the_table_of_groups_has_the_figures_of_the_estimates():
    found = estimates()
    line = cells_by_label(mpi.publication_tables(found)["by region"])["South"]
    expected = []
    for measure in ("H", "A", "M0"):
        own = found.get(measure, region="South")
        expected += [own.estimate, own.se, own.ci_low, own.ci_high, own.cv]
    rows = found.to_pandas().query("measure == 'H' and group == 'South'")
    assert line == [*expected, rows["n"].item(), rows["n_psu"].item()]


def test_indicators_and_contributions_have_the_figures_of_the_estimates():
    found = estimates()
    tables = mpi.publication_tables(found)
    indicators = cells_by_label(tables["indicators"])
    hd, hdk = found.get("hd", indicator="c"), found.get("hdk", indicator="c")
    assert indicators["c"][0] == "1/2"
    assert (indicators["c"][1], indicators["c"][6]) == (hd.estimate, hdk.estimate)
    contributions = cells_by_label(tables["contributions"])
    own = found.get("pctb", indicator="b")
    assert contributions["b"][6:8] == [own.estimate, own.se]
    assert contributions["All indicators: M0"][1] == found.get("M0").estimate
    by_group = cells_by_label(tables["hdk by region"])["North"]
    assert by_group[2] == found.get("hdk", indicator="c", region="North").estimate


def test_several_cutoffs_have_a_table_each_and_say_which():
    tables = mpi.publication_tables(estimates(k=["1/4", "1/2"]))
    names = [table.name for table in tables]
    assert {"by region, 1/4", "by region, 1/2", "indicators, 1/4"} <= set(names)
    assert len(set(names)) == len(names)
    assert tables["by region, 1/4"].title.endswith("k = 1/4")
    assert [row.cells[0].value for row in tables["headline"].rows] == ["k = 1/4", "k = 1/2"]


def test_without_standard_errors_there_are_no_columns_for_them():
    profiles = mpi.tabulate(survey(("N", "S")), specification(), by="region")
    table = mpi.publication_tables(profiles.estimate(se=False))["by region"]
    assert [column.head for column in table.columns] == ["region", *["Estimate"] * 3, "n"]


def test_a_withheld_figure_has_a_mark_and_no_number():
    groups = ["North"] * 59 + ["Tiny"]
    found = mpi.tabulate(survey(groups), specification(), by="region").estimate()
    flagged = found.flag("dhs", suppress=True)
    assert found.get("H", region="Tiny").n == 20  # below the 25 of the scheme
    table = mpi.publication_tables(flagged)["by region"]
    line = cells_by_label(table)["Tiny"]
    assert line[:15] == ["*"] * 15
    assert any(note.startswith("*: withheld by the rule") for note in table.notes)
    for text in (table.to_html(), table.to_latex(), table.to_markdown(), repr(table)):
        for name in ("estimate", "se", "ci_low"):
            number = getattr(found.get("A", region="Tiny"), name)
            assert f"{100 * number:.1f}" not in text.split("Tiny")[1].split("\n")[0]


def test_flags_are_letters_with_footnotes_for_those_that_are_shown():
    found = mpi.tabulate(survey(["North"] * 9 + ["Few"]), specification(), by="region").estimate()
    flagged = found.flag("eclac-2020")
    table = mpi.publication_tables(flagged)["by region"]
    flags = flagged.select("H", "A", "M0").to_pandas().query("k == '1/2'")["flag"]
    worst = flags[flags == "suppress"]
    marked = [cell.mark for row in table.rows for cell in row.cells if cell.mark]
    letter = next(n[0] for n in table.notes if n.endswith(": suppressed."))
    assert marked.count(letter) == len(worst) > 0
    assert f"<sup>{letter}</sup>" in table.to_markdown()
    assert rf"\textsuperscript{{{letter}}}" in table.to_latex()


def test_few_cases_stand_in_parentheses():
    found = mpi.tabulate(survey(["North"] * 29 + ["Few"]), specification(), by="region").estimate()
    assert found.get("H", region="Few").n == 40  # 25 to 49
    table = mpi.publication_tables(found.flag("dhs"))["by region"]
    few = next(row for row in table.rows if row.cells[0].value == "Few")
    texts = table.texts()[table.rows.index(few)]
    assert re.fullmatch(r"\(\d+\.\d\)", texts[1])
    assert "In parentheses: few cases." in table.notes


def test_a_figure_that_is_not_defined_is_a_dash_with_a_note():
    spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    table = mpi.publication_tables(mpi.measure({"a": [0, 0, 0]}, spec))["headline"]
    assert table.texts()[0][6] == "–"
    assert any(note.startswith("–: not defined") for note in table.notes)


def test_changes_have_stars_by_the_adjusted_p_value():
    first, second = (
        mpi.tabulate(survey(("N", "S"), seed=s, date=d), specification(), by="region").estimate()
        for s, d in ((3, "2018"), (4, "2022"))
    )
    changes = mpi.change(first, second, samples="independent").adjust("holm")
    table = mpi.publication_tables(changes)["changes H"]
    rows = changes.to_pandas().query("measure == 'H' and change == 'absolute' and not annualized")
    own = rows[rows["group"] == "S"].iloc[0]
    line = next(row for row in table.rows if row.cells[0].value == "S")
    names = ["estimate_0", "estimate_1", "estimate", "se", "ci_low", "ci_high", "p_value"]
    assert [cell.value for cell in line.cells[1:9]] == [own[n] for n in (*names, "p_adjusted")]
    stars = [(0.01, "***"), (0.05, "**"), (0.1, "*")]
    expected = next((mark for limit, mark in stars if own["p_adjusted"] < limit), "")
    assert line.cells[3].mark == expected
    assert any("p adjusted" in note for note in table.notes)
    assert [column.head for column in table.columns[1:3]] == ["2018", "2022"]


@pytest.mark.parametrize(("p", "stars"), [(0.009, "***"), (0.01, "**"), (0.05, "*"), (0.1, "")])
def test_stars_are_below_their_limits(p, stars):
    from mpi.report.change_tables import _stars  # noqa: PLC0415

    assert _stars(p) == stars


def test_a_specification_has_its_legal_bases_with_their_marks():
    tables = mpi.publication_tables(mpi.specification("colombia-dane"), language="es")
    assert [table.name for table in tables] == ["specification", "legal basis"]
    basis = tables["legal basis"]
    heads = [column.head for column in basis.columns]
    marks = {row.cells[heads.index("Marca")].value for row in basis.rows}
    assert {"sin confirmar", "en parte sin confirmar"} <= marks
    assert basis.rows[0].cells[heads.index("Instrumento")].value == "Constitución Política de 1991"
    ours = mpi.publication_tables(specification())["legal basis"]
    texts = [cells[:5] for cells in ours.texts()]
    assert texts[0] == ["Indicator", "School", "Ley 1", "2", "statute"]
    assert texts[1][2] == "no basis is given"
    assert "reconstruction" in ours.subtitle


def test_a_table_of_a_reconstruction_says_that_it_is_not_official():
    table = mpi.publication_tables(estimates())["headline"]
    assert table.notes[0] == "Not official: the specification is a reconstruction."


def test_spanish_tables_have_spanish_words_titles_and_decimals():
    table = mpi.publication_tables(
        estimates(), language="es", names={"region": "región"}, source="INE"
    )["by region"]
    assert table.title == "Pobreza multidimensional según región"
    assert "Índice de juguete" in table.subtitle
    assert table.source.startswith("Fuente: INE; cálculos con alkire-foster")
    assert re.fullmatch(r"\d+,\d", table.texts()[0][1])
    plain = mpi.publication_tables(estimates(), language="es", decimal=".")["by region"]
    assert plain.texts()[0][1] == table.texts()[0][1].replace(",", ".")


def test_every_word_has_both_languages_with_the_same_places():
    for english, spanish in _WORDS.values():
        assert english.count("{}") == spanish.count("{}")


def test_spanish_thresholds_have_the_numbers_of_the_schemes():
    numbers = re.compile(r"\d+(?:\.\d+)?")
    for name, scheme in SCHEMES.items():
        assert numbers.findall(_THRESHOLDS[name]) == numbers.findall(scheme.thresholds), name


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_of_a_label_becomes_markup(attack):
    found = estimates((attack, "South"), title=attack.strip()[:400] or "x", first=attack[:400])
    for table in mpi.publication_tables(found, source=attack, names={"region": attack}):
        page = Elements(table.to_html())
        assert {tag for tag, _ in page.found}.isdisjoint({"script", "a", "img", "iframe", "link"})
        assert not [a for _, attrs in page.found for a in attrs if a.startswith("on")]
        text = table.to_markdown()
        assert re.sub(r"</?sup>", "", text).count("<") == 0
        assert not re.search(r"(?<!\\)\]\(", text)
        assert "://" not in text
        columns = len(table.columns)
        rows = [line for line in text.splitlines() if line.startswith("|")]
        assert all(len(re.findall(r"(?<!\\)\|", line)) == columns + 1 for line in rows)
        tex = table.to_latex()
        assert r"\input" not in tex
        assert not re.search(r"(?<!\\)[$#]", tex)


def test_a_table_is_written_whole_in_the_format_of_its_name(tmp_path):
    table = mpi.publication_tables(estimates())["headline"]
    for suffix, text in ((".html", table.to_html()), (".tex", table.to_latex())):
        table.save(tmp_path / f"t{suffix}")
        assert (tmp_path / f"t{suffix}").read_text(encoding="utf-8") == text
    with pytest.raises(EstimationError, match=r"mpi\.workbook\(\) writes \.xlsx"):
        table.save(tmp_path / "t.xlsx")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t.html", "t.tex"]


def test_html_asks_the_network_for_nothing_and_runs_nothing():
    text = mpi.publication_tables(estimates())["by region"].to_html()
    assert "http" not in text
    assert "<script" not in text
    assert "@import" not in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(tmp_path):
    body = mpi.publication_tables(estimates(ATTACKS[:7]))["hd by region"].to_latex()
    head = (
        r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{booktabs,longtable,textcomp}"
    )
    extra = r"\usepackage{caption}\begin{document}"
    (tmp_path / "t.tex").write_text(f"{head}{extra}{body}\\end{{document}}", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout[-1500:]


def test_an_unknown_table_language_or_result_gets_a_sentence():
    tables = mpi.publication_tables(estimates())
    with pytest.raises(EstimationError, match="Did you mean 'headline'"):
        tables["headlin"]
    with pytest.raises(EstimationError, match="Choose 'en' or 'es'"):
        mpi.publication_tables(estimates(), language="fr")
    with pytest.raises(EstimationError, match=r"Choose '\.' or ','"):
        mpi.publication_tables(estimates(), decimal=";")
    with pytest.raises(EstimationError, match="Give estimates, changes or a specification"):
        mpi.publication_tables({"a": 1})


def test_bounds_have_a_table_for_each_end():
    frame = {"a": [1, 0, None, 1], "b": [1, 1, 0, None], "g": [1, 1, 2, 2]}
    spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    found = mpi.tabulate(frame, spec, by="g").estimate(missing="bounds", se=False)
    tables = mpi.publication_tables(found)
    lower = cells_by_label(tables["by g, 1/2, lower"])["Whole population"]
    assert lower[0] == found.get("H", bound="lower").estimate
    assert tables["by g, 1/2, upper"].title.endswith("upper bound")


def test_categories_have_a_table():
    spec = specification().replace(category=[{"id": "severe", "when": "score >= 3/4"}])
    found = mpi.tabulate(survey(("N", "S")), spec, by="region").estimate()
    tables = mpi.publication_tables(found)
    assert (
        cells_by_label(tables["categories"])["severe"][0]
        == found.get("category", category="severe").estimate
    )
    line = cells_by_label(tables["categories by region"])["N"]
    assert line == [found.get("category", category="severe", region="N").estimate]
