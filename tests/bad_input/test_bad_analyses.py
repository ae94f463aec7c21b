"""What analyses of tables and estimates refuse, and say."""

from __future__ import annotations

import re

import pytest

import mpi

SPEC = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
FRAME = {
    "a": [1, 0, 1, 1, 0, 1, 0, 0],
    "b": [0, 0, 1, 1, 0, 1, 1, 0],
    "psu": [1, 1, 2, 2, 3, 3, 4, 4],
    "g": ["x", "x", "x", "x", "y", "y", "y", "y"],
}


def profiles(name="g", psu=0):
    frame = {name if key == "g" else key: value for key, value in FRAME.items()}
    frame["psu"] = [p + psu for p in FRAME["psu"]]
    return mpi.tabulate(mpi.Survey(frame, psu="psu"), SPEC, by=name)


OF_PROFILES = [
    mpi.association, mpi.overlap, mpi.data_weights, mpi.missing_answers, mpi.inequality,
    mpi.disparity, mpi.robustness, mpi.dominance,
]  # fmt: skip


@pytest.mark.parametrize("function", OF_PROFILES, ids=lambda function: function.__name__)
@pytest.mark.parametrize("given", [None, "x", [], FRAME, SPEC], ids=lambda v: type(v).__name__)
def test_what_is_no_profile_table_is_refused(function, given):
    found = f"a value of type {type(given).__name__!r} is no profile table"
    with pytest.raises(mpi.EstimationError, match=re.escape(found)):
        function(given)


@pytest.mark.parametrize("given", [None, "x", [], FRAME], ids=lambda v: type(v).__name__)
def test_what_is_no_estimates_is_refused(given):
    for call in (lambda: mpi.horizontal(given), lambda: mpi.change(given, given)):
        with pytest.raises(mpi.EstimationError, match="is no Estimates"):
            call()


# the labels of the groups were overwritten by the columns of the result
TAKEN = [
    ("change", lambda p, q: mpi.change(p.estimate(), q.estimate(), years=[1, 2])),
    ("estimate_0", lambda p, q: mpi.change(p.estimate(), q.estimate(), years=[1, 2])),
    ("part", lambda p, q: mpi.decompose(p.estimate(), q.estimate())),
    ("ratio", lambda p, q: mpi.horizontal(p.estimate())),  # noqa: ARG005
    ("first", lambda p, q: mpi.association(p)),  # noqa: ARG005
    ("combination", lambda p, q: mpi.overlap(p)),  # noqa: ARG005
    ("observed", lambda p, q: mpi.missing_answers(p)),  # noqa: ARG005
]


@pytest.mark.parametrize(("name", "call"), TAKEN, ids=[name for name, _ in TAKEN])
def test_a_grouping_with_the_name_of_a_column_is_refused(name, call):
    found = f"{name!r} is the name of a column of this result"
    with pytest.raises(mpi.EstimationError, match=found):
        call(profiles(name), profiles(name, psu=10))


def test_no_grouping_is_called_as_the_whole_population():
    with pytest.raises(mpi.SurveyError, match="'national' is the name of a column of the results"):
        profiles("national")


NAMES = [
    ("measures", lambda: mpi.publishable(profiles(), scheme="dane", measures=3)),
    ("planned", lambda: mpi.publishable(profiles(), scheme="dane", planned=None)),
    ("indicators", lambda: mpi.association(profiles(), 3)),
    ("measures", lambda: mpi.combine_imputations([profiles(), profiles()], measures=3)),
    ("key", lambda: mpi.panel({"a": mpi.Survey(FRAME), "b": mpi.Survey(FRAME)}, SPEC, key=1)),
]


@pytest.mark.parametrize(("argument", "call"), NAMES)
def test_names_are_texts(argument, call):
    with pytest.raises(mpi.EstimationError, match=f"{argument}.* is no name and no list of names"):
        call()


def test_choices_are_checked_without_standard_errors_too():
    for options in ({"level": 5.0}, {"df": "zz"}, {"lonely_psu": "zz"}, {"replicates": "zz"}):
        (name,) = options
        with pytest.raises(mpi.EstimationError, match=name):
            mpi.association(profiles(), se=False, **options)


def test_a_group_of_one_unit_is_withheld():
    """A share of 1 of a single unit was published, as it has no standard error to look at."""
    columns = {"a": [1, 0, 1] * 80, "b": [1, 0, 0] * 80, "psu": list(range(240))}
    columns["g"] = ["z", *(["x", "y"] * 120)[1:]]
    estimates = mpi.measure(mpi.Survey(columns, psu="psu"), SPEC, by="g")
    flagged = estimates.flag("eclac-2023", suppress=True).select("H").to_pandas()
    small = flagged[flagged["group"] == "z"]
    assert small["flag"].tolist() == ["unreliable"]
    assert small["estimate"].isna().all()


def test_what_is_not_defined_owes_no_share_to_missing_answers():
    nobody = {**FRAME, "a": [0] * 8, "b": [0] * 8}
    tables = [mpi.tabulate(mpi.Survey(nobody, psu="psu"), SPEC) for _ in range(2)]
    found = mpi.combine_imputations(tables, measures=["A"]).to_pandas()
    assert found["due_to_missing"].isna().all()
