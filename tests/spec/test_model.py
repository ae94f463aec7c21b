"""Specifications as objects and files: round trips, schema, fingerprint, differences, problems."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from fractions import Fraction

import jsonschema
import pytest
from full_file import FULL, problems, read
from hypothesis import given
from hypothesis import strategies as st

import mpi
from mpi.errors import SpecificationError
from mpi.spec.files import bundled, json_schema


def assert_round_trip(spec):
    again = read(spec.to_toml(), spec.id)
    assert again == spec
    assert again.fingerprint == spec.fingerprint
    assert not spec.diff(again)
    assert again.to_toml() == spec.to_toml()
    assert [i.deprived.tree for i in again.indicators.values()] == [
        i.deprived.tree for i in spec.indicators.values()
    ]


def test_every_key_of_a_file_survives_writing_and_reading():
    spec = read(FULL)
    assert_round_trip(spec)
    assert read(spec.to_toml()).content() == spec.content()
    basis = read(spec.to_toml()).indicators["school attendance"].basis[0]
    assert basis.published == date(1991, 7, 4)
    assert spec.note == 'first\nsecond "quoted" \\ ñ'


@pytest.mark.parametrize("name", bundled("spec"))
def test_bundled_specifications_survive_writing_and_reading(name):
    assert_round_trip(mpi.specification(name))


ODD = [
    "my col",
    "1st",
    "a-b.c",
    'quo"te',
    "back\\slash\\",
    "lambda",
    "any",
    "count",
    "True",
    "año",
    "变量",
    "[x]",
    "#",
    "'",
    "=",
    "nº",
    "ﬁn",
    "an\u0303o",
]


@pytest.mark.parametrize("name", ODD)
def test_an_odd_column_name_survives_and_still_finds_its_column(name):
    spec = mpi.Specification.from_columns({"D": [name, "plain"]}, cutoff="1/2")
    assert_round_trip(spec)
    again = read(spec.to_toml())
    frame = {name: [1, 0, 0, 0], "plain": [0, 0, 1, 0]}
    assert mpi.measure(frame, again).get("hd", indicator=name).estimate == 0.25


@given(
    st.lists(
        st.text(
            st.characters(max_codepoint=0x24F, exclude_categories=["C"]), min_size=1, max_size=8
        )
        .map(str.strip)
        .filter(lambda name: name and name.isprintable() and "ª" not in name and "º" not in name)
        .filter(lambda name: name.isascii() or not name.isidentifier()),
        min_size=1,
        max_size=4,
        unique=True,
    )
)
def test_any_column_names_survive(names):
    spec = mpi.Specification.from_columns({"D": names}, cutoff="1/2")
    assert_round_trip(spec)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_title_and_note_survive(title, note):
    spec = read(FULL).replace(title=title, note=note)
    again = read(spec.to_toml())
    assert (again.title, again.note) == (spec.title, spec.note)


def test_a_written_file_reads_as_the_same_specification(tmp_path):
    spec, path = read(FULL), tmp_path / "full.toml"
    spec.save(path)
    assert mpi.specification(path) == spec
    assert [file.name for file in tmp_path.iterdir()] == ["full.toml"]


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    with pytest.raises(mpi.SpecificationError, match="cannot be written"):
        read(FULL).save(tmp_path / "absent" / "full.toml")
    folder = tmp_path / "full.toml"
    folder.mkdir()
    with pytest.raises(mpi.SpecificationError, match=r"full\.toml.* cannot be written"):
        read(FULL).save(folder)
    assert [file.name for file in tmp_path.iterdir()] == ["full.toml"]


def plain(value):
    """What a JSON validator sees of a TOML file."""
    return json.loads(json.dumps(value, default=str))


@pytest.fixture(scope="module")
def schema():
    found = json.loads(json_schema())
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


@pytest.mark.parametrize("name", bundled("spec"))
def test_the_schema_accepts_the_bundled_files(schema, name):
    schema.validate(plain(mpi.specification(name).content()))


def test_the_schema_accepts_what_the_reader_accepts(schema):
    schema.validate(plain(tomllib.loads(FULL)))
    schema.validate(plain(tomllib.loads(FULL.replace('cutoff = "1/3"', "cutoff = 0.25"))))
    schema.validate(plain(tomllib.loads(FULL.replace('cutoff = "1/3"', "cutoff = 1"))))
    schema.validate(plain(tomllib.loads(FULL.replace('cutoff = "1/3"', 'cutoff = "7.5 %"'))))


CHANGES = {
    "no unit": ('unit = "household"\n', ""),
    "another unit": ('unit = "household"', 'unit = "family"'),
    "no cutoff": ('cutoff = "1/3"\n', ""),
    "a cutoff in words": ('cutoff = "1/3"', 'cutoff = "a third"'),
    "a negative cutoff": ('cutoff = "1/3"', "cutoff = -0.1"),
    "a cutoff of two": ('cutoff = "1/3"', "cutoff = 2.0"),
    "an unknown key": ('cutoff = "1/3"', 'cutoff = "1/3"\ncutof = 1'),
    "no rule": ('  deprived = "size / rooms >= 3"\n', ""),
    "a rule that is a number": ('deprived = "size / rooms >= 3"', "deprived = 3"),
    "another status": ('status = "reconstruction"', 'status = "rumour"'),
    "a later format": ("format = 1", "format = 2"),
    "another policy": ('missing = "reweight"', 'missing = "ignore"'),
    "no name": ('id = "work"', 'id = ""'),
    "another kind of union": ('rule = "union"', 'rule = "any"'),
    "a basis without instrument": ('    instrument = "Constitución"\n', ""),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_schema_and_the_reader_refuse_the_same_files(schema, change):
    old, new = CHANGES[change]
    assert old in FULL
    text = FULL.replace(old, new)
    assert not schema.is_valid(plain(tomllib.loads(text)))
    assert len(problems(text)) == 1


SAME = {
    "title": ('en = "Everything"', 'en = "All of it"'),
    "note": ("first", "1st"),
    "sources": ('"one", "two"', '"three"'),
    "status": ('status = "reconstruction"', 'status = "guideline"'),
    "spacing": ('"any(not attends)"', '"any(  (not attends) )"'),
    "line breaks": ('"6 <= age <= 16"', '"""6 <= age\n  <= 16"""'),
    "a basis": ('article = "67"', 'article = "68"'),
    "rights": ('["education"]', '["education", "life"]'),
    "an unreduced weight": ('weight = "1/6"', 'weight = "2/12"'),
    "an unreduced cutoff": ('cutoff = "1/3"', 'cutoff = "3/9"'),
    "a decimal": ('weight = "1/2"', "weight = 0.5"),
    "the id": ('id = "full"', 'id = "other"'),
}
OTHER = {
    "a rule": ("any(not attends)", "all(not attends)"),
    "a bound": ("6 <= age <= 16", "5 <= age <= 16"),
    "a stricter rule": ("all(not attends)", "all(not attends, where=age > 6)"),
    "a number": ("size / rooms >= 3", "size / rooms > 3"),
    "weights": ('weight = "1/6"', 'weight = "1/12"'),
    "the cutoff": ('cutoff = "1/3"', 'cutoff = "1/2"'),
    "the unit": ('unit = "household"', 'unit = "person"'),
    "the universe": ("age >= 0", "age >= 18"),
    "the policy": ('missing = "reweight"', 'missing = "drop"'),
    "who is not applicable": ('if_none_applicable = "missing"', 'if_none_applicable = "deprived"'),
    "an indicator's name": ('id = "water"', 'id = "aqua"'),
    "the kind of dimension": ('rule = "union"\n', ""),
    "a condition": ("income < line", "income <= line"),
    "a category": ("score >= 1/2", "score > 1/2"),
    "a text": ("'river'", "'rain'"),
}


@pytest.mark.parametrize("change", SAME)
def test_the_fingerprint_ignores_what_decides_no_figure(change):
    old, new = SAME[change]
    assert old in FULL
    assert read(FULL.replace(old, new)).fingerprint == read(FULL).fingerprint


@pytest.mark.parametrize("change", OTHER)
def test_the_fingerprint_changes_with_what_decides_figures(change):
    old, new = OTHER[change]
    assert old in FULL
    text = FULL.replace(old, new)
    if change == "weights":
        text = text.replace('  weight = "1/3"\n  deprived', '  weight = "5/12"\n  deprived')
    assert read(text).fingerprint != read(FULL).fingerprint


def test_the_fingerprint_of_equal_weights_is_that_of_the_weights_written_out():
    implicit = mpi.Specification.from_columns({"D": ["a", "b"], "E": ["c"]}, cutoff="1/2")
    explicit = mpi.Specification.from_columns(
        {"D": ["a", "b"], "E": ["c"]}, cutoff=0.5, weights={"a": 0.25, "b": "25%", "c": "1/2"}
    )
    assert implicit.fingerprint == explicit.fingerprint


def test_a_difference_is_read_part_by_part():
    left = read(FULL)
    changed = FULL.replace('cutoff = "1/3"', 'cutoff = "1/2"').replace("rooms >= 3", "rooms > 2.5")
    right = read(
        changed.replace('id = "low_income"', 'id = "low income"').replace(
            "poor and low_income and", "poor and"
        )
    )
    found = left.diff(right)
    assert ("specification", "cutoff", "1/3", "1/2") in found.rows
    assert (
        "indicator 'rooms'",
        "deprived",
        "size / rooms >= 3",
        "size / rooms > 2.5",
    ) in found.rows
    parts = [part for part, *_ in found.rows]
    assert "condition 'low_income'" in parts
    assert "condition 'low income'" in parts
    assert not any(part.startswith("dimension") for part in parts)
    text = repr(found)
    assert all(cell in text for row in found.rows for cell in row)
    assert bool(found)
    assert len(found) == len(found.rows)


def test_no_difference_is_said_in_a_sentence():
    assert repr(read(FULL).diff(read(FULL))) == "full and full say the same."


def test_a_specification_cannot_be_changed():
    spec = read(FULL)
    with pytest.raises(ValueError, match="frozen"):
        spec.cutoff = Fraction(1, 2)
    with pytest.raises(SpecificationError, match="cutoff"):
        spec.replace(cutoff=0)
    assert spec.replace(cutoff="1/2").cutoff == Fraction(1, 2)
    assert spec.cutoff == Fraction(1, 3)


def test_columns_and_weights_that_do_not_match_are_all_named():
    with pytest.raises(SpecificationError) as caught:
        mpi.Specification.from_columns(
            {"D": ["nutrition", "b"]}, cutoff="1/2", weights={"nutriton": "1/2", "x": "1/2"}
        )
    text = str(caught.value)
    for words in (
        "'nutriton'",
        "Did you mean 'nutrition'?",
        "'x'",
        "column 'nutrition'",
        "column 'b'",
    ):
        assert words in text


def test_titles_are_escaped_in_html():
    spec = read(FULL).replace(title="<script>alert(1)</script>")
    assert "<script>" not in spec._repr_html_()
    other = spec.replace(note="<b>bold</b>")
    assert "<b>bold" not in spec.diff(other)._repr_html_()
