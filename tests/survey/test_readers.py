"""Tables of many kinds come through one door, with the same types and the same missing values."""

import datetime as dt
import decimal
import gzip
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pyreadstat
import pytest

from mpi.errors import SurveyError
from mpi.survey.readers import open_source


def column(data, name="x"):
    """Type and values of one column."""
    array = open_source(data, name="persons").read([name])[name]
    return str(array.type), array.to_pylist()


def csv_column(tmp_path, *cells, header="x,y", delimiter=","):
    file = tmp_path / "persons.csv"
    lines = [header, *(f"{cell}{delimiter}1" for cell in cells)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return column(file)


def message(data, *columns, name="persons"):
    with pytest.raises(SurveyError) as caught:
        open_source(data, name=name).read(columns)
    return str(caught.value)


PANDAS = {
    "NaN in floats": (pd.Series([1.5, np.nan]), "double", [1.5, None]),
    "NaN in objects": (
        pd.Series([True, None, np.nan, pd.NA, False], dtype=object),
        "bool",
        [True, None, None, None, False],
    ),
    "bool": (pd.Series([True, False]), "bool", [True, False]),
    "nullable bool": (pd.Series([True, None], dtype="boolean"), "bool", [True, None]),
    "nullable int": (pd.Series([1, None], dtype="Int8"), "int64", [1, None]),
    "nullable float": (pd.Series([1, None], dtype="Float32"), "double", [1.0, None]),
    "Arrow dtype": (pd.Series([1, None], dtype=pd.ArrowDtype(pa.int8())), "int64", [1, None]),
    "text": (pd.Series(["05", None]), "string", ["05", None]),
    "text in objects": (pd.Series(["05", np.nan], dtype=object), "string", ["05", None]),
    "nullable text": (pd.Series(["05", None], dtype="string"), "string", ["05", None]),
    "categories": (pd.Series(["a", None], dtype="category"), "string", ["a", None]),
    "categories of numbers": (pd.Series([3, 3], dtype="category"), "int64", [3, 3]),
    "intervals": (
        pd.Series(pd.cut(pd.Series([1, np.nan]), [0, 2])),
        "string",
        ["(0, 2]", None],
    ),
    "periods": (pd.Series(pd.PeriodIndex(["2018"], freq="Y")), "string", ["2018"]),
    "sparse": (pd.Series(pd.arrays.SparseArray([0, 1])), "int64", [0, 1]),
    "small floats": (pd.Series([0.5], dtype="float16"), "double", [0.5]),
    "unsigned": (pd.Series([7], dtype="uint64"), "int64", [7]),
    "decimals": (pd.Series([decimal.Decimal("1.5"), None]), "double", [1.5, None]),
    "nothing": (pd.Series([None, None], dtype=object), "int64", [None, None]),
    "no rows": (pd.Series([], dtype="float64"), "double", []),
}


@pytest.mark.parametrize("case", PANDAS)
def test_a_pandas_column_keeps_its_values_and_nan_is_missing(case):
    series, kind, values = PANDAS[case]
    assert column(pd.DataFrame({"x": series})) == (kind, values)


ARROW = {
    "dictionary": (pa.array(["a", None]).dictionary_encode(), "string", ["a", None]),
    "large text": (pa.array(["a", None], pa.large_string()), "string", ["a", None]),
    "NaN": (pa.array([np.nan, 1.0, None]), "double", [None, 1.0, None]),
    "float": (pa.array([0.5], pa.float32()), "double", [0.5]),
    "decimal": (pa.array([decimal.Decimal("1.50")]), "double", [1.5]),
    "int": (pa.array([1, None], pa.uint16()), "int64", [1, None]),
    "bool": (pa.array([True, None]), "bool", [True, None]),
    "null": (pa.nulls(2), "int64", [None, None]),
    "date": (pa.array([dt.date(2018, 1, 2)]), "date32[day]", [dt.date(2018, 1, 2)]),
}


@pytest.mark.parametrize("case", ARROW)
def test_an_arrow_column_becomes_one_of_few_types(case):
    array, kind, values = ARROW[case]
    chunked = pa.chunked_array([array.slice(0, 1), array.slice(1)])
    assert column(pa.table({"x": chunked})) == (kind, values)


def containers():
    """The same table in all containers that are accepted."""
    table = pa.table({"x": [1, None, 3], "key": ["05", "11", None], "b": [True, None, False]})
    frame = pl.DataFrame(table)
    nullable = pd.DataFrame(
        {
            "x": pd.array([1, None, 3], dtype="Int64"),
            "key": ["05", "11", None],
            "b": pd.array([True, None, False], dtype="boolean"),
        },
        index=[7, 7, 9],
    )

    class Capsule:
        def __arrow_c_stream__(self, requested_schema=None):
            return table.__arrow_c_stream__(requested_schema)

    return {
        "pandas": nullable,
        "polars": frame,
        "lazy": frame.lazy(),
        "arrow": table,
        "reader": table.to_reader(max_chunksize=1),
        "batch": table.to_batches()[0],
        "capsule": Capsule(),
        "mapping": {"x": [1, None, 3], "key": np.array(["05", "11", None]), "b": frame["b"]},
    }


@pytest.mark.parametrize("kind", containers())
def test_all_containers_give_the_same_table(kind):
    source = open_source(containers()[kind], name="persons")
    assert source.name == "persons"
    assert source.names == ("x", "key", "b")
    assert source.n_rows == 3
    table = source.read(["b", "key", "x"])
    assert table.to_pydict() == {
        "b": [True, None, False],
        "key": ["05", "11", None],
        "x": [1, None, 3],
    }
    assert [str(kind) for kind in table.schema.types] == ["bool", "string", "int64"]
    assert all(table[name].num_chunks == 1 for name in table.column_names)
    assert source.n_rows == 3
    assert (source.labels, source.column_labels, source.findings) == ({}, {}, ())


def write(frame, kind, folder):
    path = folder / f"persons.{kind}"
    match kind:
        case "parquet":
            frame.to_parquet(path)
        case "feather" | "arrow":
            pyarrow.feather.write_feather(pa.Table.from_pandas(frame), path)
        case "csv" | "tsv" | "csv.gz":
            frame.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
        case "dta":
            pyreadstat.write_dta(frame, path)
        case "sav":
            pyreadstat.write_sav(frame, path)
    return path


@pytest.mark.parametrize(
    "kind", ["parquet", "feather", "arrow", "csv", "tsv", "csv.gz", "dta", "sav"]
)
def test_all_files_give_the_same_table(tmp_path, kind):
    frame = pd.DataFrame({"key": ["05", None, "11"], "x": [1, 2, 3], "w": [0.5, np.nan, 2.0]})
    path = write(frame, kind, tmp_path)
    source = open_source(path, name="ignored")
    assert source.name == f"persons.{kind}"
    assert source.names == ("key", "x", "w")
    assert source.n_rows == 3
    table = source.read(["w", "key", "x"])
    assert table.to_pydict() == {"w": [0.5, None, 2.0], "key": ["05", None, "11"], "x": [1, 2, 3]}
    assert [str(kind) for kind in table.schema.types] == ["double", "string", "int64"]
    assert open_source(str(path), name="ignored").read(["x"])["x"].to_pylist() == [1, 2, 3]
    assert source.numpy("x") is None


# --- tables in memory ---------------------------------------------------------------------------


def test_input_is_not_changed_and_a_column_is_converted_once():
    frame = pd.DataFrame({"x": [1.0, np.nan], "b": pd.Series([True, None], dtype=object)})
    before = frame.copy(deep=True)
    source = open_source(frame, name="persons")
    first = source.read(["x", "b"])["x"].chunk(0)
    assert source.read(["x"])["x"].chunk(0).buffers()[1].address == first.buffers()[1].address
    pd.testing.assert_frame_equal(frame, before)


def test_columns_come_in_the_order_asked_for_even_twice_or_none():
    source = open_source({"a": [1], "b": [2]}, name="persons")
    assert source.read(["b", "a", "b"]).column_names == ["b", "a", "b"]
    assert source.read([]).num_columns == 0


def test_numpy_columns_are_views_that_cannot_be_written_to():
    flags = np.array([True, False])
    frame = pd.DataFrame(
        {"x": np.arange(2.0), "b": flags, "t": ["a", "b"], "i": pd.array([1, 2], dtype="Int64")}
    )
    source = open_source({"flags": flags, "list": [1, 2]}, name="persons")
    view = source.numpy("flags")
    assert np.shares_memory(view, flags)
    assert not view.flags.writeable
    assert flags.flags.writeable
    assert source.numpy("list") is None
    of_frame = open_source(frame, name="persons")
    for name in "xb":
        assert np.shares_memory(of_frame.numpy(name), frame[name].to_numpy())
    assert of_frame.numpy("t") is None
    assert of_frame.numpy("i") is None


@pytest.mark.parametrize("make", [pd.DataFrame, dict])
def test_complete_numpy_numbers_share_their_memory_with_the_arrow_column(make):
    numbers = {"i": np.arange(3), "w": np.array([0.5, np.inf, 2.0])}
    table = make(numbers)
    source = open_source(table, name="persons")
    for name in numbers:
        given = np.asarray(table[name])
        assert np.shares_memory(source.read([name])[name].chunk(0).to_numpy(), given)
        assert np.shares_memory(source.numpy(name), given)


@pytest.mark.parametrize("make", [pa.table, pl.DataFrame])
def test_arrow_and_polars_numbers_are_views_only_if_complete(make):
    source = open_source(
        make({"x": [1, 2], "n": [1, None], "b": [True, False], "t": ["a", "b"]}), name="p"
    )
    assert source.numpy("x").tolist() == [1, 2]
    assert [source.numpy(name) for name in "nbt"] == [None, None, None]


def test_a_lazy_frame_is_run_once_so_that_its_columns_have_one_order():
    runs = []

    def shifted(values):
        runs.append(1)
        return values + len(runs)

    lazy = pl.LazyFrame({"x": [1, 2]}).with_columns(
        y=pl.col("x").map_batches(shifted, return_dtype=pl.Int64)
    )
    source = open_source(lazy, name="persons")
    assert source.names == ("x", "y")
    assert source.read(["y"])["y"].to_pylist() == [2, 3]
    assert source.read(["x", "y"]).to_pydict() == {"x": [1, 2], "y": [2, 3]}
    assert source.n_rows == 2
    assert len(runs) == 1


def test_a_lazy_frame_with_nan_can_be_read_in_parts():
    source = open_source(pl.LazyFrame({"x": [float("nan"), 1.0], "y": [1, 2]}), name="persons")
    assert source.read(["x"])["x"].to_pylist() == [None, 1.0]
    assert source.read(["y", "x"]).to_pydict() == {"y": [1, 2], "x": [None, 1.0]}


def test_column_labels_that_are_no_text_become_text():
    assert open_source(pd.DataFrame([[1, 2]]), name="persons").names == ("0", "1")


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame([[1, 2, 3, 4]], columns=["a", "b", "a", "b"]),
        pd.DataFrame([[1, 2, 3, 4]], columns=["1", "b", 1, "b"]).rename(columns={1: "a", "1": "a"}),
        pa.table([[1], [2], [3], [4]], names=["a", "b", "a", "b"]),
    ],
)
def test_duplicate_names_are_listed(data):
    text = message(data)
    assert "persons has 2 problems" in text
    assert "column 'a': 2 columns have this name" in text
    assert "column 'b'" in text


def test_mixed_columns_are_all_named_with_the_types_found():
    frame = pd.DataFrame({"x": [1, 2, "secret"], "y": [1, 2, 3], "z": [True, 1, None]})
    text = message(frame, "x", "y", "z")
    assert "column 'x': values of type int (2) and str (1)" in text
    assert "column 'z': values of type bool (1) and int (1)" in text
    assert "'y'" not in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (pa.table({"x": [[1]]}), "list<"),
        (pa.table({"x": [b"1"]}), "binary"),
        (pa.table({"x": pa.array([2**63], pa.uint64())}), "uint64"),
        (pl.DataFrame({"x": [[1]]}), "List"),
        (pd.DataFrame({"x": [2**70]}), "int (1)"),
        (pd.DataFrame({"x": np.array([2**63], dtype=np.uint64)}), "int (1)"),
        (pd.DataFrame({"x": [1j]}), "complex (1)"),
    ],
)
def test_a_column_that_is_no_variable_is_refused_by_type(data, found):
    text = message(data, "x")
    assert text.startswith("persons: column 'x': values of type ")
    assert found in text
    assert "Expected" in text


@pytest.mark.parametrize("data", [None, 3, [1, 2], np.ones((2, 2)), pd.Series([1]), pa.array([1])])
def test_what_is_no_table_is_told_what_is_accepted(data):
    assert message(data).startswith(f"persons: an object of type {type(data).__name__!r} is not")


def test_the_message_lists_what_is_accepted():
    assert "type 'int' is not a table" in message(3)
    assert "a pandas or polars frame" in message(3)


def test_arrays_of_different_length_are_refused():
    text = message({"a": [1, 2], "b": [1], "c": 3, "d": "xy", "e": np.ones((2, 2))})
    assert "column 'a': 2 values" in text
    assert "column 'b': 1 values" in text
    assert all(f"column {name!r}: not an array" in text for name in "cde")


def test_absent_columns_are_named_together_with_the_nearest_names():
    text = message({"sexo": [1], "P6040": [30], "area": [1]}, "sex", "p6040", "zzz", "area")
    assert "persons has 3 problems" in text
    assert "column 'sex': not in the table.\n    Did you mean 'sexo'?" in text
    assert "Did you mean 'P6040'?" in text
    assert "The table has 3 columns: sexo, P6040, area." in text
    with pytest.raises(SurveyError, match="Did you mean 'sexo'"):
        open_source({"sexo": [1]}, name="persons").numpy("sex")


# --- text files ---------------------------------------------------------------------------------


CSV = {
    "integers": (["1", "-2", "0"], "int64", [1, -2, 0]),
    "leading zeros": (["05", "11"], "string", ["05", "11"]),
    "one leading zero": (["0100003801", "100003801"], "string", ["0100003801", "100003801"]),
    "zeros": (["00", "0"], "string", ["00", "0"]),
    "plus": (["+57", "1"], "string", ["+57", "1"]),
    "decimals": (["0.5", "-1", "1e3"], "double", [0.5, -1.0, 1000.0]),
    "zero after the point": (["1.05", "10.0"], "double", [1.05, 10.0]),
    "beyond 64 bits": (["99999999999999999999", "1"], "string", ["99999999999999999999", "1"]),
    "all of 64 bits": (["9223372036854775807"], "int64", [2**63 - 1]),
    "more digits than a double": (
        ["12345678901234567", "0.5"],
        "string",
        ["12345678901234567", "0.5"],
    ),
    "missing among integers": (
        ["1", "", "NA", "NaN", "null", "."],
        "int64",
        [1, None, None, None, None, None],
    ),
    "missing among decimals": (["0.5", "", "NA", "."], "double", [0.5, None, None, None]),
    "missing among codes": (["05", ".", "NA"], "string", ["05", None, None]),
    "missing among text": (["a", "", "NA", "."], "string", ["a", None, None, "."]),
    "blanks": ([" 1", "  ", "2 "], "int64", [1, None, 2]),
    "blanks in text": (["a ", "  "], "string", ["a ", None]),
    "nothing": (["", "NA", "."], "int64", [None, None, None]),
    "infinity": (["inf", "1"], "string", ["inf", "1"]),
    "hexadecimal": (["0x1F", "1"], "string", ["0x1F", "1"]),
    "truth of Python": (["True", "False"], "bool", [True, False]),
    "truth of R": (["TRUE", "NA", "FALSE", ""], "bool", [True, None, False, None]),
    "truth of SQL": (["true", " false ", "."], "bool", [True, False, None]),
    "truth and text": (["True", "yes"], "string", ["True", "yes"]),
    "truth and numbers": (["True", "1"], "string", ["True", "1"]),
    "other capitals": (["tRUE", "FALSE"], "string", ["tRUE", "FALSE"]),
    "quoted": (['"1"', '""'], "int64", [1, None]),
    "quoted text": (['"a ""b"", c"', '"line\nbreak"'], "string", ['a "b", c', "line\nbreak"]),
    "no rows": ([], "int64", []),
}


@pytest.mark.parametrize("case", CSV)
def test_csv_text_becomes_numbers_only_if_nothing_is_lost(tmp_path, case):
    cells, kind, values = CSV[case]
    assert csv_column(tmp_path, *cells) == (kind, values)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_the_delimiter_is_taken_from_the_header(tmp_path, delimiter, suffix):
    file = tmp_path / f"a.{suffix}"
    file.write_text(f'x{delimiter}"y,;\t"{delimiter}z\n1{delimiter}2{delimiter}3\n')
    source = open_source(file, name="")
    assert source.names == ("x", "y,;", "z")
    assert source.read(["z"])["z"].to_pylist() == [3]


def test_a_file_of_one_column_needs_no_delimiter(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n2\n")
    assert column(tmp_path / "a.csv") == ("int64", [1, 2])


def test_decimal_commas_are_read_where_the_semicolon_delimits(tmp_path):
    make = {"header": "x;y", "delimiter": ";"}
    assert csv_column(tmp_path, "0,5", "2", ".", **make) == ("double", [0.5, 2.0, None])
    assert csv_column(tmp_path, "1.234,5", **make) == ("string", ["1.234,5"])
    assert csv_column(tmp_path, "05", "1,5", **make) == ("string", ["05", "1,5"])
    assert csv_column(tmp_path, '"0,5"') == ("string", ["0,5"])


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path):
    (tmp_path / "a.csv").write_bytes("\ufeffaño,x\n1,ñ\n".encode())
    source = open_source(tmp_path / "a.csv", name="")
    assert source.names == ("año", "x")
    assert source.read(["x", "año"]).to_pydict() == {"x": ["ñ"], "año": [1]}
    assert source.findings == ()


@pytest.mark.parametrize("text", ["año,x\n1,ñ\n", "año,x\n1,é"])
def test_latin_1_is_read_and_reported(tmp_path, text):
    (tmp_path / "a.csv").write_bytes(text.encode("latin-1"))
    source = open_source(tmp_path / "a.csv", name="")
    assert source.names == ("año", "x")
    assert source.read(["x"])["x"].to_pylist() == [text.rstrip()[-1]]
    assert [(f.code, f.where) for f in source.findings] == [("CSV_ENCODING", "a.csv")]


def test_windows_line_ends_and_blank_lines_are_no_data(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\r\nx,y\r\n1,a\r\n\r\n2,b")
    assert column(tmp_path / "a.csv") == ("int64", [1, 2])
    assert column(tmp_path / "a.csv", "y") == ("string", ["a", "b"])


def test_quoted_names_and_names_with_line_breaks_are_read(tmp_path):
    (tmp_path / "a.csv").write_text('"x\ny", z\n1,2\n')
    source = open_source(tmp_path / "a.csv", name="")
    assert source.names == ("x\ny", "z")
    assert source.read(["z"])["z"].to_pylist() == [2]


def test_ragged_rows_are_named_by_line_without_their_values(tmp_path):
    rows = ['1,"a\nb"', "2", "3,c", "4,secret,5"]
    (tmp_path / "a.csv").write_text("x,y\n" + "\n".join(rows) + "\n")
    text = message(tmp_path / "a.csv", "x")
    assert "line 4 has 1, line 6 has 3: another number of fields in 2 of 4 rows" in text
    assert "Expected 2 fields between ','" in text
    assert "secret" not in text


def test_a_quote_that_is_not_closed_does_not_swallow_rows(tmp_path):
    (tmp_path / "a.csv").write_text('x,y\n1,a\n2,"b\n3,c\n')
    assert message(tmp_path / "a.csv").startswith("a.csv: after line 2: a quote is opened")
    (tmp_path / "a.csv").write_text('x,y\n1,5" pipe\n2,b\n')
    assert column(tmp_path / "a.csv", "y") == ("string", ['5" pipe', "b"])


def test_a_header_without_rows_is_a_table_without_rows(tmp_path):
    for text in ("x,y", "x,y\n"):
        (tmp_path / "a.csv").write_text(text)
        source = open_source(tmp_path / "a.csv", name="")
        assert (source.names, source.n_rows) == (("x", "y"), 0)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file has no header"),
        ("x,y\n1,2\n".encode("utf-16"), "this is not a text file"),
        (b"PK\x03\x04\x00\x00", "this is not a text file"),
        (b"x,x\n1,2\n", "column 'x': 2 columns have this name"),
    ],
)
def test_a_file_that_is_no_csv_is_refused(tmp_path, content, found):
    (tmp_path / "a.csv").write_bytes(content)
    assert message(tmp_path / "a.csv").startswith(f"a.csv: {found}")


def test_a_large_file_is_read_in_parallel_in_its_order(tmp_path):
    n = 300_000
    keys = [f"{i:010d}" for i in range(n)]
    pd.DataFrame({"key": keys, "x": range(n)}).to_csv(tmp_path / "a.csv", index=False)
    table = open_source(tmp_path / "a.csv", name="").read(["key", "x"])
    assert table["key"].to_pylist() == keys
    assert table["x"].to_pylist() == list(range(n))


# --- Stata and SPSS -----------------------------------------------------------------------------


def test_labels_are_kept_and_user_missing_codes_of_spss_stay_codes(tmp_path):
    frame = pd.DataFrame(
        {"a": [1.0, 2.0, np.nan, 9.0], "t": ["x", "", "z", "z"], "w": [0.5, 1, 2, 3]}
    )
    pyreadstat.write_sav(
        frame,
        tmp_path / "a.sav",
        missing_ranges={"a": [9], "t": ["z"], "w": [{"lo": 2, "hi": 3}]},
        variable_value_labels={
            "a": {1: "yes", 9: "refused"},
            "t": {"x": "first"},
            "w": {0.5: "half"},
        },
        column_labels={"a": "Answer", "t": "Text"},
    )
    source = open_source(tmp_path / "a.sav", name="")
    assert source.labels == {
        "a": {1: "yes", 9: "refused"},
        "t": {"x": "first"},
        "w": {0.5: "half"},
    }
    assert all(type(code) is int for code in source.labels["a"])
    assert source.column_labels == {"a": "Answer", "t": "Text"}
    assert source.n_rows == 4
    assert column(tmp_path / "a.sav", "a") == ("int64", [1, 2, None, 9])
    assert column(tmp_path / "a.sav", "t") == ("string", ["x", None, "z", "z"])
    assert column(tmp_path / "a.sav", "w") == ("double", [0.5, 1.0, 2.0, 3.0])
    assert source.findings == ()


def test_extended_missing_values_of_stata_are_missing_and_counted(tmp_path):
    frame = pd.DataFrame({"a": [1, 2, "a", "z"], "b": [1.5, 2.0, None, 3.0], "c": ["a"] * 4})
    pyreadstat.write_dta(
        frame,
        tmp_path / "a.dta",
        missing_user_values={"a": ["a", "z"]},
        variable_value_labels={"a": {1: "yes", "a": "refused"}},
    )
    source = open_source(tmp_path / "a.dta", name="")
    assert source.findings == ()
    assert source.read(["a", "b", "c"]).to_pydict() == {
        "a": [1, 2, None, None],
        "b": [1.5, 2.0, None, 3.0],
        "c": ["a"] * 4,
    }
    source.read(["a"])
    (finding,) = source.findings
    assert (finding.code, finding.where) == ("EXTENDED_MISSING", "a.dta, column 'a'")
    assert (finding.count, finding.of) == (2, 4)
    assert ".a, .z" in finding.detail
    assert source.labels == {"a": {1: "yes", ".a": "refused"}}


def test_a_column_of_extended_missing_values_only_is_empty(tmp_path):
    frame = pd.DataFrame({"a": ["a", "b"], "x": [1, 2]})
    frame["a"] = frame["a"].astype(object)
    frame.loc[2] = [1, 3]
    pyreadstat.write_dta(frame, tmp_path / "a.dta", missing_user_values={"a": ["a", "b"]})
    assert column(tmp_path / "a.dta", "a") == ("int64", [None, None, 1])


def test_dates_of_spss_stay_dates(tmp_path):
    frame = pd.DataFrame({"d": [dt.date(2018, 1, 2), None]})
    pyreadstat.write_sav(frame, tmp_path / "a.sav")
    assert column(tmp_path / "a.sav", "d") == ("date32[day]", [dt.date(2018, 1, 2), None])


def test_without_pyreadstat_the_message_says_what_to_install(tmp_path, monkeypatch):
    pyreadstat.write_sav(pd.DataFrame({"a": [1.0]}), tmp_path / "a.sav")
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    assert "pip install alkire-foster[readers]" in message(tmp_path / "a.sav")


# --- Parquet and paths --------------------------------------------------------------------------


def test_a_directory_of_parquet_files_is_one_table(tmp_path):
    for year, x in ((2017, pa.array([1], pa.int8())), (2018, pa.array([2.5]))):
        folder = tmp_path / "data" / f"year={year}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"x": x, "key": ["05"]}), folder / "part.parquet")
    (tmp_path / "data" / "_SUCCESS").write_text("")
    (tmp_path / "data" / "notes.txt").write_text("not data")
    source = open_source(tmp_path / "data", name="")
    assert (source.name, source.n_rows, set(source.names)) == ("data", 2, {"x", "key", "year"})
    assert source.read(["year", "x"]).to_pydict() == {"year": [2017, 2018], "x": [1.0, 2.5]}


def test_files_of_a_directory_must_have_the_same_columns(tmp_path):
    pq.write_table(pa.table({"x": [1], "y": [2]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "b.parquet")
    text = message(tmp_path)
    assert "b.parquet: its columns differ from those of the first file in ['y']" in text


def test_files_of_a_directory_must_agree_on_numbers_and_text(tmp_path):
    pq.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": ["1"]}), tmp_path / "b.parquet")
    assert "its files give a column different types" in message(tmp_path)


def test_the_current_directory_has_a_name(tmp_path, monkeypatch):
    pq.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")
    monkeypatch.chdir(tmp_path)
    assert open_source(".", name="").name == tmp_path.name


def test_names_of_a_wide_parquet_file_come_from_its_schema(tmp_path):
    pq.write_table(pa.table({"x": [1], "bad": [[1]]}), tmp_path / "a.parquet")
    assert open_source(tmp_path / "a.parquet", name="").names == ("x", "bad")
    assert column(tmp_path / "a.parquet") == ("int64", [1])


@pytest.mark.parametrize("suffix", ["parquet", "feather", "arrow", "dta", "sav", "csv.gz"])
@pytest.mark.parametrize("content", [b"", b"garbage" * 100], ids=["empty", "garbage"])
def test_a_damaged_file_is_one_sentence_with_its_cause(tmp_path, suffix, content):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    with pytest.raises(SurveyError, match=rf"^a\.{suffix}: ") as caught:
        open_source(path, name="")
    assert len(str(caught.value).splitlines()) <= 2
    if content:
        assert "cannot be read as" in str(caught.value)
        assert caught.value.__cause__ is not None


def test_a_truncated_archive_is_refused(tmp_path):
    packed = gzip.compress(b"x,y\n" + b"1,2\n" * 1000)
    (tmp_path / "a.csv.gz").write_bytes(packed[: len(packed) // 2])
    assert "cannot be read as CSV" in message(tmp_path / "a.csv.gz", "x")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("absent.csv", "there is no file"),
        ("empty", "there is no .parquet file in the directory"),
        ("book.xlsx", "tables are not read from files with the extension '.xlsx'"),
        ("plain", "tables are not read from files with the extension ''"),
    ],
)
def test_a_path_that_is_no_table_is_refused(tmp_path, path, found):
    (tmp_path / "empty").mkdir()
    (tmp_path / "book.xlsx").write_text("x")
    (tmp_path / "plain").write_text("x")
    assert message(tmp_path / path).startswith(f"{path}: {found}")
