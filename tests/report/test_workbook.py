"""Workbooks: whole files, opened again by another program's reader."""

from __future__ import annotations

import io
import re
import zipfile

import openpyxl
import pytest
from people import ATTACKS, estimates, specification, survey

import mpi
from mpi.cli import main
from mpi.errors import EstimationError
from mpi.report.workbook.texts import LONGEST_TEXT, sheet_names

# numbers are written with sixteen digits
DIGITS = 1e-15


def opened(path):
    return openpyxl.load_workbook(path)


def cells_of(book):
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row]


def locations(sheet):
    return [c.hyperlink.location for row in sheet.iter_rows() for c in row if c.hyperlink]


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """A workbook whose every label is one that a program would obey."""
    path = tmp_path_factory.mktemp("book") / "annex.xlsx"
    found = mpi.tabulate(
        survey(), specification(title=ATTACKS[0], first=ATTACKS[4]), by="region"
    ).estimate()
    mpi.workbook(found, path, title=ATTACKS[0], source=ATTACKS[3], names={"region": ATTACKS[0]})
    return path


def test_no_cell_is_a_formula_whatever_the_labels_say(attacked):
    book = opened(attacked)
    assert {cell.data_type for cell in cells_of(book)} <= {"s", "n", "b"}
    parts = parts_of(attacked)
    sheets = {name: text for name, text in parts.items() if "worksheets/sheet" in name}
    assert len(sheets) > 10
    assert not [name for name, text in sheets.items() if re.search(r"<f[ >/]", text)]


def test_no_label_becomes_a_link_and_links_stay_inside_the_workbook(attacked):
    parts = parts_of(attacked)
    assert not [name for name, text in parts.items() if 'TargetMode="External"' in text]
    links = [cell.hyperlink for cell in cells_of(opened(attacked)) if cell.hyperlink]
    assert links
    assert {h.target for h in links} == {None}
    names = {sheet.title for sheet in opened(attacked)}
    for link in links:
        quoted = re.fullmatch(r"'(.+)'!A1", link.location)[1]
        assert quoted.replace("''", "'") in names


def test_labels_that_look_like_formulas_are_marked_as_texts(attacked):
    risky = [c for c in cells_of(opened(attacked)) if isinstance(c.value, str)]
    risky = [c for c in risky if c.value.startswith(("=", "+", "-", "@"))]
    assert {"+1", "-1", "@SUM(A1)", ATTACKS[0]} <= {cell.value for cell in risky}
    assert all(cell.quotePrefix for cell in risky)


def test_labels_are_whole_readable_and_no_longer_than_a_cell_takes(attacked):
    values = [c.value for c in cells_of(opened(attacked)) if isinstance(c.value, str)]
    assert "<script>alert(1)</script>" in values
    assert "tab here   line" in values
    assert "_x0041_" in values  # and not the letter A
    longest = max(map(len, values))
    assert longest == LONGEST_TEXT
    assert all(c.isprintable() for value in values for c in value)


def test_figures_of_the_long_table_have_full_precision(tmp_path):
    found = estimates()
    mpi.workbook(found, tmp_path / "a.xlsx")
    book = opened(tmp_path / "a.xlsx")
    sheet = next(sheet for sheet in book if sheet.title.endswith("Data"))
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    start = next(n for n, row in enumerate(rows) if row[1] == "by")
    table = found.saved_rows()
    assert rows[start] == table.column_names
    ours = [list(row.values()) for row in table.to_pylist()]
    assert len(rows) == start + 1 + len(ours)
    for theirs, own in zip(rows[start + 1 :], ours, strict=True):
        numbers = [n for n, value in enumerate(own) if isinstance(value, float)]
        assert [theirs[n] for n in numbers] == pytest.approx([own[n] for n in numbers], rel=DIGITS)
        others = [n for n in range(len(own)) if n not in numbers]
        assert [theirs[n] for n in others] == [own[n] for n in others]


def test_shares_are_numbers_in_percent_format_with_frozen_heads(tmp_path):
    found = estimates()
    mpi.workbook(found, tmp_path / "a.xlsx")
    sheet = opened(tmp_path / "a.xlsx")["2 By region"]
    line = next(row for row in sheet.iter_rows() if row[0].value == "South")
    assert line[1].value == pytest.approx(found.get("H", region="South").estimate, rel=DIGITS)
    assert line[1].number_format == "0.0%"
    assert line[11].value == pytest.approx(found.get("M0", region="South").estimate, rel=DIGITS)
    assert line[11].number_format == "0.000"
    head = next(row[0].row for row in sheet.iter_rows() if row[1].value == "Estimate")
    assert sheet.freeze_panes == f"B{head + 1}"
    assert sheet.print_title_rows == f"${head - 1}:${head}"
    assert sheet.page_setup.orientation == "landscape"


def test_withheld_figures_are_nowhere_in_the_file(tmp_path):
    found = mpi.tabulate(survey(["North"] * 59 + ["Tiny"]), specification(), by="region").estimate()
    hidden = found.flag("dhs", suppress=True)
    mpi.workbook(hidden, tmp_path / "a.xlsx")
    text = "".join(parts_of(tmp_path / "a.xlsx").values())
    whole = found.to_pandas()
    kept = hidden.to_pandas()["estimate"]
    gone = whole[kept.isna() & whole["estimate"].notna()]
    # of two groups each has the error of the other's share, and is not hidden
    gone = gone[~gone["measure"].isin(["contribution_H", "contribution_M0"])]
    columns = ["estimate", "se", "ci_low", "ci_high"]
    secret = set(gone[columns].stack()) - set(whole.loc[kept.notna(), columns].stack()) - {0.0, 1.0}
    assert len(secret) > 20
    written = [float(number) for number in re.findall(r"<v>(-?[\d.E+-]+)</v>", text)]
    assert len(written) > 500
    there = [n for n in secret if any(abs(n - own) <= 1e-12 * abs(n) for own in written)]
    assert there == []
    shown = opened(tmp_path / "a.xlsx")["2 By region"]
    line = next(row for row in shown.iter_rows() if row[0].value == "Tiny")
    assert [cell.value for cell in line[1:16]] == ["*"] * 15


def test_flags_stand_behind_numbers_that_stay_numbers(tmp_path):
    found = mpi.tabulate(survey(["North"] * 9 + ["Few"]), specification(), by="region").estimate()
    mpi.workbook(found.flag("eclac-2020"), tmp_path / "a.xlsx")
    sheet = opened(tmp_path / "a.xlsx")["2 By region"]
    line = next(row for row in sheet.iter_rows() if row[0].value == "Few")
    assert line[1].value == pytest.approx(found.get("H", region="Few").estimate, rel=DIGITS)
    assert re.fullmatch(r'0\.0%"[ᵃᵇᶜ]"', line[1].number_format)
    notes = [row[0].value for row in sheet.iter_rows() if row[0].value]
    assert "Rule for publication: eclac-2020" in " ".join(notes)


def test_a_spanish_workbook_is_spanish(tmp_path):
    mpi.workbook(estimates(), tmp_path / "a.xlsx", language="es", names={"region": "región"})
    book = opened(tmp_path / "a.xlsx")
    names = book.sheetnames
    assert names[:3] == ["Contenido", "1 Principales", "2 Según región"]
    assert [name.split(" ", 1)[1] for name in names[-5:]] == [
        *("Datos", "Hallazgos", "Especificación", "Base legal", "Metadatos")
    ]
    assert book["Contenido"]["A1"].value == "Índice de juguete"
    heads = {cell.value for row in book["2 Según región"].iter_rows() for cell in row}
    assert {"Estimación", "EE", "LI", "LS", "H, incidencia (%)", "UPM"} <= heads


def test_every_sheet_but_the_contents_leads_back(tmp_path):
    mpi.workbook(estimates(), tmp_path / "a.xlsx")
    contents, *others = opened(tmp_path / "a.xlsx")
    linked = [re.fullmatch(r"'(.+)'!A1", location)[1] for location in locations(contents)]
    assert linked == [sheet.title for sheet in others]
    for sheet in others:
        assert locations(sheet) == ["'Contents'!A1"]


def test_norms_and_bases_of_the_law_are_in_the_workbook(tmp_path):
    spec = mpi.specification("uruguay-rights-2012")
    mpi.workbook(estimates(), tmp_path / "a.xlsx", specification=spec)
    names = {
        sheet.title.split(" ", 1)[1]: sheet for sheet in opened(tmp_path / "a.xlsx").worksheets[1:]
    }
    assert {"Specification", "Norms", "Legal basis", "Metadata"} <= set(names)
    texts = {c.value for row in names["Legal basis"].iter_rows() for c in row if c.value}
    assert {b.instrument for i in spec.indicators.values() for b in i.basis} <= texts
    values = {c.value for row in names["Norms"].iter_rows() for c in row}
    assert {str(v.value) for norm in spec.norm for v in norm.value} <= values


def test_two_hundred_groups_are_all_there(tmp_path):
    groups = [f"district {n:03d}" for n in range(200)]
    found = mpi.tabulate(survey(groups, n=4800), specification(), by="region").estimate()
    mpi.workbook(found, tmp_path / "a.xlsx")
    sheet = opened(tmp_path / "a.xlsx")["2 By region"]
    labels = [row[0].value for row in sheet.iter_rows()]
    assert [label for label in labels if str(label).startswith("district")] == groups


def test_changes_and_other_results_share_a_workbook(tmp_path):
    waves = [
        mpi.tabulate(survey(("N", "S"), seed=s, date=d), specification(), by="region").estimate()
        for s, d in ((3, "2018"), (4, "2022"))
    ]
    changes = mpi.change(*waves, samples="independent")
    differences = waves[1].differences("H", by="region")
    mpi.workbook([waves[1], changes, differences], tmp_path / "a.xlsx")
    book = opened(tmp_path / "a.xlsx")
    titles = [sheet["A1"].value for sheet in book]
    assert "Change of H, incidence (%), 2018 to 2022" in titles
    assert sum(name.split(" ", 1)[-1].startswith("Data") for name in book.sheetnames) == 3


def test_figures_of_other_kinds_have_their_rows_and_no_empty_table(tmp_path):
    first, second = specification(), specification().replace(id="other", cutoff="3/4")
    found = mpi.compare(survey(("N", "S")), first, second, by="region").estimates
    mpi.workbook(found, tmp_path / "a.xlsx")
    sheets = opened(tmp_path / "a.xlsx").worksheets
    data = next(sheet for sheet in sheets if sheet.title.endswith("Data"))
    assert data.max_row > len(found)
    for sheet in sheets[1 : sheets.index(data)]:
        numbers = [c for row in sheet.iter_rows() for c in row if c.data_type == "n" and c.value]
        assert numbers


def test_names_of_sheets_are_allowed_unique_and_short():
    wild = ["a" * 60, "A" * 60, "x[y]:z*?/\\", "'quoted'", "History", "", "=1+1", "b'" * 20]
    found = sheet_names([*wild, *wild])
    assert len({name.casefold() for name in found}) == len(found)
    for name in found:
        assert 1 <= len(name) <= 31
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert name.casefold() != "history"


def test_bad_paths_and_results_get_a_sentence_and_leave_nothing(tmp_path):
    with pytest.raises(EstimationError, match="is no workbook"):
        mpi.workbook(estimates(), tmp_path / "a.xls")
    with pytest.raises(EstimationError, match="there is no folder"):
        mpi.workbook(estimates(), tmp_path / "none" / "a.xlsx")
    with pytest.raises(EstimationError, match="result 1 is of type 'dict'"):
        mpi.workbook([{"a": 1}], tmp_path / "a.xlsx")
    with pytest.raises(EstimationError, match="there is no result to write"):
        mpi.workbook([], tmp_path / "a.xlsx")
    with pytest.raises(EstimationError, match="Choose 'en' or 'es'"):
        mpi.workbook(estimates(), tmp_path / "a.xlsx", language="de")
    assert not list(tmp_path.iterdir())


def test_a_result_longer_than_a_sheet_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("mpi.report.workbook.book.MOST_ROWS", 10)
    with pytest.raises(EstimationError, match=r"a sheet takes 10\.\n  Select measures"):
        mpi.workbook(estimates(), tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())


def test_the_command_line_writes_workbooks(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    specification().save("toy.toml")
    rows = ["a,b,c,g", "1,0,1,x", "0,0,1,y", "1,1,1,x", "0,1,0,y"]
    (tmp_path / "d.csv").write_text("\n".join(rows), encoding="utf-8")
    words = ["estimate", "toy.toml", "d.csv", "--by", "g", "--language", "es", "--out"]
    assert main([*words, "o.xlsx"]) == 0
    assert "Contenido" in opened("o.xlsx").sheetnames
    assert main([*words, "o.dta"]) == 0
    assert main(["demo", "--households", "1500", "--xlsx", "demo.xlsx"]) == 0
    assert "estimates written to demo.xlsx" in capsys.readouterr().out
    assert "1 Headline" in opened("demo.xlsx").sheetnames
    assert main(["demo", "--xlsx", "demo.csv"]) == 2
    assert main([*words[:6], "fr", "--out", "p.xlsx"]) == 2
    assert "Choose 'en' or 'es'" in capsys.readouterr().err
    assert not (tmp_path / "p.xlsx").exists()


def test_the_same_result_gives_the_same_sheets(tmp_path):
    found = estimates()
    for name in ("a", "b"):
        mpi.workbook(found, tmp_path / f"{name}.xlsx")
    one, other = (parts_of(tmp_path / f"{name}.xlsx") for name in ("a", "b"))
    changed = {name for name in one if one[name] != other[name]}
    assert changed <= {"docProps/core.xml"}


def test_a_workbook_opens_from_memory_as_well(attacked):
    assert openpyxl.load_workbook(io.BytesIO(attacked.read_bytes())).sheetnames[0] == "Contents"
