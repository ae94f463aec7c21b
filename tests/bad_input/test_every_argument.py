"""Whatever is given for an argument of a public function, the answer is a result or a sentence.

A walk over all functions: a table of calls that work, in which one argument after the other is
replaced by values that it cannot be. A new public function has to be added to the table.
"""

from __future__ import annotations

import contextlib
import inspect

import numpy as np
import pandas as pd
import pytest

import mpi

SPEC = mpi.Specification.from_columns({"x": ["a", "b"], "y": ["c", "d"]}, cutoff="1/2")
STRICT = SPEC.replace(id="strict", cutoff="3/4")


def _survey(seed, date):
    rng = np.random.default_rng(seed)
    rows = 120
    frame = {name: rng.integers(0, 2, rows).astype(float) for name in "abcd"}
    frame["a"][:6] = np.nan
    frame["region"] = rng.choice(["North", "South"], rows)
    frame["weight"], frame["psu"] = rng.uniform(1, 2, rows), np.arange(rows) // 8
    frame["stratum"], frame["id"] = np.arange(rows) // 40, np.arange(rows)
    frame["home"] = np.arange(rows) // 2
    design = {"weight": "weight", "strata": "stratum", "psu": "psu", "person_id": "id"}
    return mpi.Survey(pd.DataFrame(frame), household_id="home", date=date, **design)


ONE, TWO = _survey(1, "2018"), _survey(2, "2024")
P, Q = (mpi.tabulate(survey, SPEC, by="region") for survey in (ONE, TWO))
E, F = P.estimate(), Q.estimate()
CHANGES = mpi.change(E, F, samples="independent")
INDEPENDENT = {"samples": "independent"}
GAP = E.get("H", region="North") - E.get("H", region="South")
FRAME = pd.DataFrame({"a": [1, 0], "b": [0, 1], "c": [1, 1], "d": [0, 0]})

CALLS = {
    "association": (mpi.association, [P], {}),
    "change": (mpi.change, [E, F], INDEPENDENT),
    "check": (mpi.check, [SPEC], {}),
    "codebook": (mpi.codebook, ["colombia-ecv-2025"], {}),
    "combine_imputations": (mpi.combine_imputations, [[P, Q]], {}),
    "compare": (mpi.compare, [ONE, SPEC, STRICT], {}),
    "data_weights": (mpi.data_weights, [P], {}),
    "decompose": (mpi.decompose, [E, F], INDEPENDENT),
    "disparity": (mpi.disparity, [P], {}),
    "dominance": (mpi.dominance, [P], {}),
    "horizontal": (mpi.horizontal, [E], {}),
    "household_consistency": (mpi.household_consistency, [ONE, SPEC], {}),
    "inequality": (mpi.inequality, [P], {}),
    "lint": (mpi.lint, [SPEC], {}),
    "measure": (mpi.measure, [FRAME, SPEC], {}),
    "missing_answers": (mpi.missing_answers, [P], {}),
    "overlap": (mpi.overlap, [P], {}),
    "panel": (mpi.panel, [{"one": ONE, "two": TWO}, SPEC], {}),
    "pool": (mpi.pool, [E, F], INDEPENDENT),
    "publication_tables": (mpi.publication_tables, [E], {}),
    "publishable": (mpi.publishable, [P], {"scheme": "dhs"}),
    "robustness": (mpi.robustness, [P], {"draws": 10}),
    "score": (mpi.score, [ONE, SPEC], {}),
    "specification": (mpi.specification, ["colombia-dane"], {}),
    "tabulate": (mpi.tabulate, [ONE, SPEC], {}),
    "to_mpitb": (mpi.to_mpitb, [E], {}),
    "Profiles.estimate": (P.estimate, [], {}),
    "Estimates.get": (E.get, ["H"], {}),
    "Estimates.select": (E.select, ["H"], {}),
    "Estimates.flag": (E.flag, ["dhs"], {}),
    "Estimates.contrast": (E.contrast, [{"gap": GAP}], {}),
    "Estimates.differences": (E.differences, ["H"], {"by": "region"}),
    "Changes.adjust": (CHANGES.adjust, [], {}),
    "from_columns": (mpi.Specification.from_columns, [{"x": ["a"]}], {"cutoff": 1}),
    "synthetic_survey": (mpi.datasets.synthetic_survey, [20], {}),
    "figures.by_group": (mpi.figures.by_group, [E], {}),
    "figures.changes": (mpi.figures.changes, [CHANGES], {}),
    "figures.contributions": (mpi.figures.contributions, [E], {}),
    "figures.headcounts": (mpi.figures.headcounts, [E], {}),
}
# files that are not there are told of in tests of their own; the bar has no argument
ELSEWHERE = {"html_report", "load_profiles", "progress_bar", "run", "target_file", "targets"}
ELSEWHERE |= {"workbook"}
ODD = {
    "whole number": 3,
    "text": "no such thing",
    "half a character": chr(0xD800),
    "array": np.array([1.0, 2.0]),
    "frame": pd.DataFrame({"a": [1]}),
    "series": pd.Series([1, 2]),
    "object": object(),
    "mapping": {"x": 3},
    "list of nothing": [None],
    "huge": 1e308,
    "not a number": float("nan"),
    "nothing": None,
}


@pytest.mark.parametrize("name", CALLS)
def test_whatever_an_argument_is_the_answer_is_a_result_or_a_sentence(name):
    function, given, options = CALLS[name]
    function(*given, **options)
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    arguments = [p for p in inspect.signature(function).parameters.values() if p.kind in kinds]
    for place, argument in enumerate(arguments):
        for value in ODD.values():
            own, named = list(given), dict(options)
            if place < len(own):
                own[place] = value
            else:
                named[argument.name] = value
            with contextlib.suppress(mpi.MpiError):
                function(*own, **named)


def test_every_public_function_is_walked():
    functions = {name for name in mpi.__all__ if inspect.isfunction(getattr(mpi, name))}
    assert functions - ELSEWHERE == functions & set(CALLS)


OPTIONS = {
    "missing": (lambda: P.estimate(missing="nondeprive"), "Did you mean 'nondeprived'?"),
    "lonely_psu": (lambda: P.estimate(lonely_psu="certanty"), "Did you mean 'certainty'?"),
    "interval": (lambda: P.estimate(interval="Wilson"), "Did you mean 'wilson'?"),
    "measure": (lambda: E.get("m0"), "Did you mean 'M0'?"),
    "group": (lambda: E.get("H", region="Nort"), "Did you mean 'North'?"),
    "grouping": (lambda: E.get("H", regoin="North"), "Did you mean 'region'?"),
    "indicator": (lambda: E.get("hd", dimension="X", indicator="a"), "Did you mean 'x'?"),
    "by": (lambda: mpi.robustness(P, "regions"), "Did you mean 'region'?"),
    "share": (lambda: mpi.robustness(P, share="reweigth"), "Did you mean 'reweight'?"),
    "of": (lambda: mpi.overlap(P, of="dimension"), "Did you mean 'dimensions'?"),
    "adjust": (lambda: CHANGES.adjust("bonferoni"), "Did you mean 'bonferroni'?"),
    "figure": (lambda: mpi.figures.contributions(E, of="indicator"), "Did you mean 'indicators'?"),
    "public name": (lambda: mpi.specification("colombia-dan"), "Did you mean 'colombia-dane'?"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_the_nearest_name_is_suggested(case):
    call, hint = OPTIONS[case]
    with pytest.raises(mpi.MpiError) as caught:
        call()
    assert hint in str(caught.value)


KINDS = {
    "truth": (lambda: P.estimate(se="no"), "se: a value of type 'str' is neither True nor False"),
    "domain": (lambda: mpi.inequality(P, domain_lonely="x"), "domain_lonely: a value of type"),
    "option": (lambda: P.estimate(df=np.array(["stata", "design"])), "df: a value of type"),
    "weights": (lambda: mpi.robustness(P, weights=3), "weights: a value of type 'int' is no"),
    "beta": (
        lambda: mpi.inequality(P, beta=1e308),
        "beta: is 1e+308.\n  It is from 1e-09",
    ),
    "imputations": (
        lambda: mpi.combine_imputations(3),
        "results: a value of type 'int'",
    ),
    "lint": (lambda: mpi.lint("colombia-dane"), "mpi.check takes ids and files too"),
}


@pytest.mark.parametrize("case", KINDS)
def test_a_value_of_another_kind_is_told_with_its_argument(case):
    call, words = KINDS[case]
    with pytest.raises(mpi.MpiError) as caught:
        call()
    assert words in str(caught.value)


def test_imputed_data_sets_may_come_one_after_another():
    found = mpi.combine_imputations(one for one in (P, Q))
    assert found.imputations == 2


@pytest.mark.parametrize("study", [mpi.robustness, mpi.dominance])
def test_where_every_answer_is_missing_the_message_is_about_missing_answers(study):
    people = {"a": [None] * 4, "b": [1, 0, 1, 0], "g": ["n", "n", "s", "s"]}
    spec = mpi.Specification.from_columns({"x": ["a"], "y": ["b"]}, cutoff="1/2")
    profiles = mpi.tabulate(people, spec, by="g", se=False)
    with pytest.raises(mpi.MpiError) as caught:
        study(profiles, se=False)
    assert "0 of 2 groups have a figure by g" in str(caught.value)
    assert "choose another policy with missing=" in str(caught.value)
