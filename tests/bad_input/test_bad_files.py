"""Files that are not what they should be."""

from __future__ import annotations

import pytest

import mpi
from bad_input import PERSONS, homes, measured, people, told
from mpi.errors import SpecificationError

GOOD = PERSONS.to_toml()


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


TOML = {
    "no value": (GOOD + "\nfoo = \n", ["is not TOML", "line 17", "Correct this line"]),
    "no value at the end": ("id = ", ["is not TOML", "line 1"]),
    "a quote too few": ('id = "x\nunit = "person"', ["is not TOML", "line 1"]),
    "a key twice": ('id = "a"\nid = "b"', ["is not TOML", "line 2"]),
    "an unknown key": (
        GOOD.replace("cutoff", "cuttoff"),
        ["cutoff: is not given", "line 3, cuttoff: is not a key", "Did you mean 'cutoff'?"],
    ),
    "unknown keys of indicators": (
        GOOD.replace("deprived", "deprivd"),
        ["has 4 problems", "line 7, dimension 'health', indicator 'a'", "line 13", "'deprived'"],
    ),
    "nothing": ("", ["has 4 problems", "id: is not given", "dimension: is not given"]),
    "other types": (
        'id = 3\nunit = [1]\ncutoff = "x"\ndimension = "a"',
        ["line 1, id: 3 is not a text", "line 2, unit", "line 3, cutoff", "line 4, dimension"],
    ),
    "one bracket": (
        'id = "s"\nunit = "person"\ncutoff = 1\n[dimension]\nid = "a"',
        ["line 4, dimension: this is not a list", "[[dimension]]"],
    ),
    "a date for a cutoff": (
        GOOD.replace('"1/2"', "1979-05-27"),
        ["line 3", "date is not a number"],
    ),
    "no number": (GOOD.replace('"1/2"', "nan"), ["line 3, cutoff: nan is not a finite number"]),
    "a long number": (GOOD.replace('"1/2"', "9" * 5000), ["a number is too long"]),
    "any bytes": (bytes(range(256)), ["cannot be read: it is not UTF-8 text", "a specification"]),
    "an image": (b"\x89PNG\r\n\x1a\n\0\0", ["it is not UTF-8 text"]),
    "two bytes a letter": (GOOD.encode("utf-16"), ["it is not UTF-8 text"]),
    "another alphabet": (("# año\n" + GOOD).encode("latin-1"), ["it is not UTF-8 text"]),
    "a zero byte": ("id = 'a\0b'", ["is not TOML", "line 1"]),
    "six megabytes": ("#" * 6_000_000, ["is larger than 5 MB"]),
    "deep lists": ("x = " + "[" * 5000 + "]" * 5000, ["is not TOML: it is nested too deep"]),
    "escapes": (GOOD.replace('"person"', '"\\u001b[31m"'), ["line 2, unit", "Choose"]),
}


@pytest.mark.parametrize("case", TOML)
def test_a_specification_file_that_is_none_is_told_with_its_line(case, tmp_path):
    content, words = TOML[case]
    path = written(tmp_path, "my.toml", content)
    text = told(lambda: mpi.specification(path), "my.toml", *words, error=SpecificationError)
    assert len(text) < 1500


@pytest.mark.parametrize("content", ["\ufeff" + GOOD, GOOD.replace("\n", "\r\n")])
def test_files_of_windows_editors_are_read(content, tmp_path):
    assert mpi.specification(written(tmp_path, "s.toml", content)) == PERSONS


def test_a_specification_that_is_not_there_says_which_are(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    for path, words in (
        (tmp_path / "folder.toml", "folder.toml: cannot be read"),
        (tmp_path / "absent.toml", "absent.toml: cannot be read: No such file"),
        ("a\0b.toml", "cannot be read"),
        (tmp_path, "there is no bundled specification of this name"),
        ("", "there is no bundled specification of this name"),
        ("colombia-dnae", "Did you mean 'colombia-dane'?"),
        ("../library/colombia-dane", "there is no bundled specification of this name"),
    ):
        told(lambda path=path: mpi.specification(path), words, error=SpecificationError)


def test_a_codebook_file_tells_all_its_problems_with_their_lines(tmp_path):
    text = 'id = "c"\n[[variable]]\nid = "x"\nlevl = "person"\ncolumn = "a"\n'
    text += '[[variable]]\nid = "y"\nlevel = "persn"\nvalue = "a >"\n'
    told(
        lambda: mpi.codebook(written(tmp_path, "c.toml", text)),
        "line 4, variable 'x', levl",
        "line 8, variable 'y', level: 'persn' is none of the choices",
        "line 9, variable 'y', value: not a rule",
        problems=4,
    )
    specification = written(tmp_path, "s.toml", GOOD)
    told(lambda: mpi.codebook(specification), "variable: is not given", "unit: is not a key")


def data_files(folder):
    """Files of microdata that cannot be read, with words of their messages."""
    people().to_parquet(folder / "good.parquet")
    whole = (folder / "good.parquet").read_bytes()
    return {
        "ragged.csv": ("a,b\n1,0\n1,0,1\n1\n", ["line 3 has 3, line 4 has 1", "in 2 of 3 rows"]),
        "empty.csv": ("", ["the file is empty"]),
        "header.csv": ("a,b\n", ["has no rows"]),
        "quote.csv": ('a,b\n"1,0\n0,1\n', ["a quote is opened and not closed"]),
        "twice.csv": ("a,a,b\n1,0,1\n", ["column 'a': 2 columns have this name"]),
        "zero.csv": (b"a,b\n1,\x000\n", ["this is not a text file"]),
        "text.csv": ("a,b\nx,1\ny,0\n", ["column 'a': a yes or no is expected"]),
        "junk.parquet": (b"PAR1junkPAR1", ["cannot be read as Parquet", "damaged"]),
        "half.parquet": (whole[: len(whole) // 2], ["cannot be read as Parquet"]),
        "sheet.xlsx": (b"PK", ["extension '.xlsx'", ".parquet, .csv"]),
        "junk.dta": (b"junk", ["cannot be read as Stata or SPSS"]),
    }


NAMES = ["ragged.csv", "empty.csv", "header.csv", "quote.csv", "twice.csv", "zero.csv", "text.csv"]
NAMES += ["junk.parquet", "half.parquet", "sheet.xlsx", "junk.dta"]


@pytest.mark.parametrize("name", NAMES)
def test_a_data_file_that_is_none_is_told_by_its_name(name, tmp_path):
    content, words = data_files(tmp_path)[name]
    path = written(tmp_path, name, content)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    place = [] if name == "text.csv" else [name]
    told(lambda: measured(path), *place, *words)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_data_files_that_are_not_there_are_named(tmp_path):
    told(lambda: measured(tmp_path / "absent.csv"), "absent.csv: there is no file")
    told(lambda: measured(tmp_path), "there is no .parquet file in the directory")
    told(lambda: mpi.Survey(people(), tmp_path / "no.csv", household_id="hh"), "no.csv: there is")


def test_a_column_that_is_no_column_is_refused_by_type():
    frame = people(q=[1, "a", 2, "b"])
    told(lambda: measured(frame, by="q"), "column 'q': values of type int (2) and str (2)")
    told(lambda: measured(homes().assign(a=[[1], [2], [1]])), "values of type list (3)")
