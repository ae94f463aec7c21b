"""Profile files that are damaged, changed, or something else; files that cannot be written."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import mpi
from bad_input import PERSONS, people, told
from mpi.errors import EstimationError, MpiError, SpecificationError

META = b"mpi.profiles"
DAMAGED = ["holds profile tables that do not fit their description", "Profiles.save() wrote"]


@pytest.fixture
def path(tmp_path):
    """A file of profile tables."""
    survey = mpi.Survey(people(), psu="hh", weight="w")
    file = tmp_path / "some.profiles.parquet"
    mpi.tabulate(survey, PERSONS, by="region").save(file)
    return file


def refused(path, *words):
    return told(lambda: mpi.load_profiles(path), path.name, *words, error=EstimationError)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.02, 0.5, 0.99, 0.9999])
def test_a_file_that_was_cut_off_is_refused(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    refused(path, "cannot be read", "not a whole one", "Profiles.save() wrote")


def test_a_file_with_bytes_changed_inside_is_refused(path):
    data = bytearray(path.read_bytes())
    data[60:120] = bytes(60)
    path.write_bytes(data)
    refused(path, "cannot be read")


def test_files_of_another_kind_are_refused(path, tmp_path):
    people().to_parquet(path)
    refused(
        path, "holds no profile tables", "Profiles.save() wrote", "`mpi estimate` with --profiles"
    )
    path.write_text("hello")
    refused(path, "it is not a Parquet file")
    refused(tmp_path / "absent.parquet", "there is no such file")
    refused(tmp_path, "there is no such file")


def changed(path, *, meta=None, columns=None, text=None):
    """Rewrite a file with another description or other columns."""
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[META])
    for name, values in (columns or {}).items():
        array = pa.array(values(table[name].to_numpy()))
        table = table.set_column(table.column_names.index(name), name, array)
    if meta is not None:
        meta(about)
    encoded = json.dumps(about).encode() if text is None else text
    pq.write_table(table.replace_schema_metadata({META: encoded}), path)


KEYS = ["groupings", "sampled", "specification", "design", "findings", "value_labels", "date"]


@pytest.mark.parametrize("key", ["format", *KEYS])
def test_a_description_that_lost_a_key_is_refused(path, key):
    changed(path, meta=lambda about: about.pop(key))
    refused(path, *DAMAGED)


@pytest.mark.parametrize("key", KEYS[:-1])
@pytest.mark.parametrize("value", [3, "x", [[1]], {"a": 1}])
def test_a_description_with_other_values_is_refused(path, key, value):
    changed(path, meta=lambda about: about.update({key: value}))
    told(lambda: mpi.load_profiles(path), path.name, error=MpiError)


@pytest.mark.parametrize("text", [b"{oops", b"\xff\xfe", b"[1]", b"null", b"", b"[" * 99_999])
def test_a_description_that_is_no_description_is_refused(path, text):
    changed(path, text=text)
    refused(path, *DAMAGED)


def test_a_file_of_a_later_version_asks_for_an_update(path):
    changed(path, meta=lambda about: about.update(format=99))
    refused(path, "was written by a newer version", "Update alkire-foster.")


COLUMNS = {
    "groups that are not there": {"group": lambda v: v + 99},
    "negative groups": {"group": lambda v: v - 1},
    "PSUs that are not there": {"psu": lambda v: v + 99},
    "negative weights": {"weight": lambda v: -v},
    "missing weights": {"weight": lambda v: [None] * v.size},
    "infinite weights": {"weight": lambda v: v * np.inf},
    "texts": {"n": lambda v: ["a"] * v.size},
    "fractions of persons": {"n": lambda v: v + 0.5},
    "nobody": {"n": lambda v: v * 0},
    "bits of no indicator": {"deprived": lambda v: v + 2**40},
    "deprived and missing": {"deprived": lambda v: v | 1, "missing": lambda v: v | 1},
    "groupings that are not there": {"grouping": lambda v: v + 7},
}


@pytest.mark.parametrize("case", COLUMNS)
def test_numbers_that_no_table_has_are_refused(path, case):
    changed(path, columns=COLUMNS[case])
    refused(path, *DAMAGED)


def test_groups_without_labels_and_another_specification_are_refused(path):
    def fewer(about):
        about["groupings"][1]["labels"].pop()

    data = path.read_bytes()
    changed(path, meta=fewer)
    refused(path, *DAMAGED)
    path.write_bytes(data)
    other = mpi.Specification.from_columns({"z": ["q"]}, cutoff=1).to_toml()
    changed(path, meta=lambda about: about.update(specification=other))
    refused(path, *DAMAGED)


PLACES = {
    "no folder": ("absent/x.parquet", "cannot be written: No such file or directory"),
    "a folder": ("folder.csv", "folder.csv"),
    "a long name": ("x" * 300 + ".parquet", "cannot be written: File name too long"),
    "a zero byte": ("a\0b.parquet", "cannot be written"),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_place_that_cannot_be_written_to_keeps_its_files(case, tmp_path):
    place, words = PLACES[case]
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "other.csv").write_text("kept")
    profiles = mpi.tabulate(people(), PERSONS)
    for save in (profiles.save, profiles.estimate().save):
        told(lambda save=save: save(tmp_path / place), words, error=EstimationError)
    save = PERSONS.save
    told(lambda: save(tmp_path / place), "cannot be written", error=SpecificationError)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder.csv", "other.csv"]
    assert (tmp_path / "other.csv").read_text() == "kept"


def test_results_of_an_unknown_extension_list_the_known_ones(tmp_path):
    estimates = mpi.measure(people(), PERSONS)
    for name in ("x.xyz", "x", ".csv"):
        words = [
            "is no format for results",
            "Use .csv, .parquet, .arrow, .json, .dta; mpi.workbook()",
        ]
        told(lambda name=name: estimates.save(tmp_path / name), *words, error=EstimationError)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_saved_again_is_replaced_as_a_whole(path):
    before = path.read_bytes()
    profiles = mpi.load_profiles(path)
    profiles.save(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_groups_of_dates_survive_a_file_and_add(tmp_path):
    days = pd.to_datetime(["2020-01-01", "2020-01-01", None, "2021-05-01"])
    profiles = mpi.tabulate(people(day=days), PERSONS, by="day")
    profiles.save(tmp_path / "d.parquet")
    both = mpi.load_profiles(tmp_path / "d.parquet") + profiles
    assert both.n == 8
    assert len(both.groupings[1].labels) == 2


@pytest.mark.parametrize("path", [None, 3, b"x.parquet"], ids=type)
def test_what_is_no_path_is_told_to_be_none(path):
    profiles = mpi.tabulate(people(), PERSONS)
    for call in (mpi.load_profiles, profiles.save, profiles.estimate().save):
        words = "It is the path of a file."
        told(lambda call=call: call(path), "a value of type", words, error=EstimationError)


def test_a_name_that_no_system_takes_is_no_file():
    words = "there is no such file"
    told(lambda: mpi.load_profiles("x" * 5000), words, error=EstimationError)
    told(lambda: mpi.load_profiles("x\0"), words, error=EstimationError)
