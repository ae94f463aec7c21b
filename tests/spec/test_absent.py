"""Indicators that a survey cannot give: left out, their weight shared, and said so."""

from __future__ import annotations

from fractions import Fraction

import pytest

import mpi
from mpi.errors import SpecificationError, SurveyError


def specification(**keys):
    content = {
        "id": "s",
        "unit": "person",
        "cutoff": "1/3",
        "dimension": [
            {"id": "one", "weight": "1/2", "indicator": [
                {"id": "a", "weight": "1/4", "deprived": "a"},
                {"id": "b", "weight": "1/8", "deprived": "b"},
                {"id": "c", "weight": "1/8", "deprived": "c or cc > 1"},
            ]},
            {"id": "two", "weight": "1/4", "rule": "union", "indicator": [
                {"id": "d", "deprived": "d"}, {"id": "e", "deprived": "e"},
            ]},
            {"id": "three", "weight": "1/4", "indicator": [{"id": "f", "deprived": "f"}]},
        ],
        "condition": [{"id": "low", "when": "income < 10"}],
        "category": [
            {"id": "both", "when": "poor and low"}, {"id": "two_left", "when": "two and not e"},
            {"id": "plain", "when": "score >= 1/2"},
        ],
    }  # fmt: skip
    return mpi.specification(content | keys)


FRAME = {name: [1, 0, 0] for name in ("a", "b", "c", "d", "e", "f")} | {"cc": [0, 5, 0]}
FRAME |= {"income": [5, 20, 30]}


def without(*names):
    return {name: values for name, values in FRAME.items() if name not in names}


def weights(profiles):
    found = profiles.specification.elements
    return {element.indicator or element.dimension: element.weight for element in found}


def codes(result):
    return [(finding.code, finding.where) for finding in result.findings]


def test_an_absent_variable_is_an_error_unless_told_otherwise():
    for call in (mpi.tabulate, mpi.score):
        with pytest.raises(SurveyError, match="unknown variable 'cc'"):
            call(without("cc"), specification())


def test_the_weight_goes_to_the_others_of_the_dimension():
    profiles = mpi.tabulate(without("cc"), specification(), absent="reweight-dimension")
    expected = {"a": "1/3", "b": "1/6", "two": "1/4", "f": "1/4"}
    assert weights(profiles) == {name: Fraction(w) for name, w in expected.items()}
    (finding,) = profiles.findings.of_code("INDICATOR_LEFT_OUT")
    assert finding.where == "indicator 'c'"
    assert finding.detail == (
        "left out, the survey has no cc; its weight is shared by the others of its dimension"
    )
    (shared,) = profiles.findings.of_code("WEIGHTS_SHARED")
    assert shared.detail == "the weights are a 1/3, b 1/6, two 1/4, f 1/4"


def test_the_weight_goes_to_all_others():
    profiles = mpi.tabulate(without("cc"), specification(), absent="reweight")
    expected = {"a": "2/7", "b": "1/7", "two": "2/7", "f": "2/7"}
    assert weights(profiles) == {name: Fraction(w) for name, w in expected.items()}


def test_a_union_keeps_its_weight_while_one_of_its_indicators_is_left():
    profiles = mpi.tabulate(without("e"), specification(), absent="reweight-dimension")
    assert weights(profiles)["two"] == Fraction(1, 4)
    (finding,) = profiles.findings.of_code("INDICATOR_LEFT_OUT")
    assert finding.detail == "left out, the survey has no e; the union 'two' is of the others"
    assert not profiles.findings.of_code("WEIGHTS_SHARED")
    assert ("CATEGORY_LEFT_OUT", "category 'two_left'") in codes(profiles)
    assert set(profiles.specification.categories) == {"both", "plain"}


def test_a_dimension_without_indicators_is_refused_or_shared_by_all():
    with pytest.raises(SpecificationError) as caught:
        mpi.tabulate(without("f"), specification(), absent="reweight-dimension")
    text = str(caught.value)
    assert "dimension 'three': the survey can give none of its indicators (f)" in text
    assert "absent='reweight'" in text
    profiles = mpi.tabulate(without("f", "d", "e"), specification(), absent="reweight")
    expected = {"a": "1/2", "b": "1/4", "c": "1/4"}
    assert weights(profiles) == {name: Fraction(w) for name, w in expected.items()}


@pytest.mark.parametrize(
    ("role", "code", "measure"),
    [("destitute", "DESTITUTION_LEFT_OUT", "H_destitute"), ("gap", "GAPS_LEFT_OUT", "M1")],
)
@pytest.mark.parametrize("absent", ["reweight-dimension", "reweight"])
def test_an_indicator_whose_further_rule_cannot_be_given_stays(role, code, measure, absent):
    content = specification().content()
    for indicator in content["dimension"][0]["indicator"][:2]:
        indicator[role] = indicator["id"]
    content["dimension"][0]["indicator"][0][role] = "a and aa"
    if role == "gap":
        content["dimension"][0]["indicator"][0][role] = "aa"
    spec = mpi.specification(content)
    whole = mpi.tabulate(FRAME | {"aa": [1, 0, 0]}, spec).estimate(se=False)
    assert whole.get(measure).estimate > 0
    profiles = mpi.tabulate(FRAME, spec, absent=absent)
    assert weights(profiles) == weights(mpi.tabulate(FRAME, specification()))
    assert codes(profiles)[:1] == [(code, "indicator 'a'")]
    found = profiles.estimate(se=False)
    assert found.get("M0").estimate == whole.get("M0").estimate
    assert measure not in set(found.to_pandas()["measure"])


def test_an_indicator_that_lacks_more_than_its_further_rule_is_left_out():
    content = specification().content()
    content["dimension"][0]["indicator"][2]["destitute"] = "c and aa"
    profiles = mpi.tabulate(without("cc"), mpi.specification(content), absent="reweight")
    assert ("INDICATOR_LEFT_OUT", "indicator 'c'") in codes(profiles)
    assert not profiles.findings.of_code("DESTITUTION_LEFT_OUT")


def test_nothing_left_is_refused():
    with pytest.raises(SpecificationError, match="none of its indicators"):
        mpi.tabulate({"x": [1]}, specification(), absent="reweight")


def test_a_condition_that_cannot_be_known_goes_with_its_categories():
    profiles = mpi.tabulate(without("income"), specification(), absent="reweight-dimension")
    assert weights(profiles) == weights(mpi.tabulate(FRAME, specification()))
    assert codes(profiles) == [
        ("CONDITION_LEFT_OUT", "condition 'low'"),
        ("CATEGORY_LEFT_OUT", "category 'both'"),
        ("SIMPLE_RANDOM", "psu"),
    ]


def test_nothing_changes_where_nothing_is_absent():
    plain = mpi.tabulate(FRAME, specification())
    for absent in ("reweight", "reweight-dimension"):
        profiles = mpi.tabulate(FRAME, specification(), absent=absent)
        assert profiles.specification == plain.specification
        assert profiles.findings == plain.findings


def test_measure_and_score_leave_out_too():
    estimates = mpi.measure(without("cc"), specification(), absent="reweight")
    assert ("INDICATOR_LEFT_OUT", "indicator 'c'") in codes(estimates)
    scored = mpi.score(without("cc"), specification(), absent="reweight")
    assert scored.to_arrow()["score_exact"].to_pylist() == ["1", "0", "0"]
    assert ("INDICATOR_LEFT_OUT", "indicator 'c'") in codes(scored)


def test_another_word_for_it_is_refused():
    with pytest.raises(SurveyError, match="there is no option 'drop'"):
        mpi.tabulate(FRAME, specification(), absent="drop")


def book(*variables):
    content = {"id": "book", "variable": [{"level": "person"} | v for v in variables]}
    return mpi.Codebook.model_validate(content)


def test_an_optional_variable_that_the_files_lack_leaves_its_indicator_out_if_it_decides_it():
    optional = {"id": "d", "column": "absent", "true": 1, "false": 0, "optional": True}
    survey = mpi.Survey(without("d"), codebook=book(optional))
    profiles = mpi.tabulate(survey, specification(), absent="reweight-dimension")
    assert ("INDICATOR_LEFT_OUT", "indicator 'd'") in codes(profiles)
    # beside another part it leaves some answers missing, and the indicator stays
    other = {"id": "cc", "column": "absent", "optional": True}
    survey = mpi.Survey(without("cc"), codebook=book(other))
    profiles = mpi.tabulate(survey, specification(), absent="reweight-dimension")
    assert not profiles.findings.of_code("INDICATOR_LEFT_OUT")
    assert profiles.findings.of_code("VARIABLE_ABSENT")


# --- what a codebook says of its variables ----------------------------------------------------


def truths(rule, frame, *variables):
    spec = mpi.specification({
        "id": "s", "unit": "person", "cutoff": 1,
        "dimension": [{"id": "d", "indicator": [{"id": "x", "deprived": rule}]}],
    })  # fmt: skip
    found = mpi.score(mpi.Survey(frame, codebook=book(*variables)), spec)
    return found.to_arrow()["x"].to_pylist()


LEVEL = {"id": "level", "column": "raw", "top_coded": 2}
RULES = {
    "level < 1": [True, False, False, None],
    "level < 2": [True, True, False, None],
    "level < 3": [True, True, None, None],
    "level <= 1": [True, True, False, None],
    "level <= 2": [True, True, None, None],
    "level >= 2": [False, False, True, None],
    "level >= 3": [False, False, None, None],
    "level > 1": [False, False, True, None],
    "level > 2": [False, False, None, None],
    "level == 1": [False, True, False, None],
    "level == 2": [False, False, None, None],
    "level != 1": [True, False, True, None],
    "level != 2": [True, True, None, None],
    "3 > level": [True, True, None, None],
    "2 > level": [True, True, False, None],
    "2 <= level": [False, False, True, None],
    "level in (0, 1)": [True, True, False, None],
    "level in (1, 3)": [False, True, None, None],
    "1 <= level <= 2": [False, True, None, None],
    "level < limit": [True, True, False, None],
}


@pytest.mark.parametrize("rule", RULES)
def test_the_highest_code_of_a_top_coded_variable_means_this_or_more(rule):
    frame = {"raw": [0, 1, 2, None], "limit": [2, 2, 2, 2]}
    assert truths(rule, frame, LEVEL) == RULES[rule]


def test_a_top_code_that_is_more_than_compared_is_a_finding():
    frame = {"raw": [0, 1, 2], "other": [1, 1, 1]}
    spec = mpi.specification({
        "id": "s", "unit": "person", "cutoff": 1, "dimension": [{"id": "d", "indicator": [
            {"id": "x", "deprived": "level + 1 > 2"}, {"id": "y", "deprived": "level < other"},
            {"id": "z", "deprived": "missing(level) or level in (0, 1)"}]}],
    })  # fmt: skip
    found = mpi.tabulate(mpi.Survey(frame, codebook=book(LEVEL)), spec).findings
    assert [str(finding) for finding in found.of_code("TOP_CODED")] == [
        "[TOP_CODED] indicator 'x', deprived: 'level' is 2 or more there, and taken as that."
    ]


def test_a_caution_is_said_where_its_variable_is_used():
    variable = {"id": "v", "column": "raw", "caution": "one year off"}
    spec = mpi.Specification.from_columns({"d": ["v"]}, cutoff=1)
    found = mpi.tabulate(mpi.Survey({"raw": [0, 1]}, codebook=book(variable)), spec).findings
    assert [str(f) for f in found.of_code("CAUTION")] == ["[CAUTION] v: one year off."]
    spec = mpi.Specification.from_columns({"d": ["raw"]}, cutoff=1)
    unused = mpi.tabulate(mpi.Survey({"raw": [0, 1]}, codebook=book(variable)), spec).findings
    assert not unused.of_code("CAUTION")


def test_characters_of_a_code_are_a_text():
    variable = {"id": "state", "column": "place", "characters": [1, 2]}
    frame = {"place": ["09001", "31050", None]}
    assert truths('state == "09"', frame, variable) == [True, False, None]


def test_a_class_that_no_survey_has_is_a_slip_and_a_harmonised_one_is_a_finding():
    wall = {"id": "wall_material", "column": "w", "classes": {"masonry": 1, "waste": 2}}
    frame = {"w": [1, 2]}
    assert truths('wall_material in ("cane", "waste")', frame, wall) == [False, True]
    with pytest.raises(SurveyError, match="has no class 'canne'"):
        truths('wall_material == "canne"', frame, wall)
    spec = mpi.specification({
        "id": "s", "unit": "person", "cutoff": 1, "dimension": [{"id": "d", "indicator": [
            {"id": "x", "deprived": 'wall_material == "cane" or "bamboo" == wall_material'}]}],
    })  # fmt: skip
    found = mpi.tabulate(mpi.Survey(frame, codebook=book(wall)), spec).findings
    (finding,) = found.of_code("CLASS_NOT_GIVEN")
    assert "does not tell apart cane, bamboo; nobody is in it" in finding.detail


BOOKS = {
    "a norm": ({"value": 'norm("x") > 1', "column": None}, "a norm belongs to a specification"),
    "characters of a class": (
        {"characters": [1, 2], "classes": {"a": 1}},
        "first and last character",
    ),
    "characters turned around": ({"characters": [3, 2]}, "first and last character"),
    "characters of a rule": (
        {"value": "x", "column": None, "characters": [1, 2]},
        "first and last character",
    ),
    "the top of a class": ({"top_coded": 1, "classes": {"a": 1}}, "not of a class"),
}


@pytest.mark.parametrize("case", BOOKS)
def test_a_variable_that_contradicts_itself_is_refused(case):
    keys, words = BOOKS[case]
    with pytest.raises(ValueError, match=words):
        book({"id": "v", "column": "raw"} | keys)


def test_characters_of_a_number_are_refused():
    variable = {"id": "state", "column": "place", "characters": [1, 2]}
    with pytest.raises(SurveyError, match="'characters' are taken of a text"):
        truths('state == "09"', {"place": [1, 2]}, variable)


def test_a_text_where_a_number_is_needed_is_refused_with_its_rule():
    variable = {"id": "age", "value": '"old" if raw > 60 else "young"'}
    with pytest.raises(SurveyError) as caught:
        truths("age >= 18", {"raw": [70, 30]}, variable)
    assert "indicator 'x', deprived: a text is compared with a number" in str(caught.value)


BOOK = """
id = "book"
[[variable]]
id = "born"
level = "person"
column = "P3"
range = [1900, 2020]
[[variable]]
id = "age"
level = "person"
value = "2020 - born"
[[variable]]
id = "a"
level = "person"
column = "a"
true = 1
false = 0
"""


def test_check_names_the_column_that_no_table_has(tmp_path):
    path = tmp_path / "book.toml"
    path.write_text(BOOK, encoding="utf-8")
    book = str(path)
    indicators = [
        {"id": "old", "deprived": "age > 60"},
        {"id": "a", "deprived": "a"},
    ]
    dimension = [{"id": "one", "indicator": indicators}]
    spec = mpi.specification({"id": "s", "unit": "person", "cutoff": 1, "dimension": dimension})
    people = {"P33": [1950, 1990]}
    found = mpi.check(spec, mpi.Survey(people, codebook=book)).of_code("VARIABLE_NOT_GIVEN")
    assert [finding.detail for finding in found] == [
        "the codebook 'book' cannot give age: the tables have no column 'P3'",
        "the codebook 'book' cannot give a: the tables have no column 'a'",
    ]
    people = {"P3": [1950, 1990], "a": [1, 0]}
    assert not mpi.check(spec, mpi.Survey(people, codebook=book)).of_code("VARIABLE_NOT_GIVEN")
