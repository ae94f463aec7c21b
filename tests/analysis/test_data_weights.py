"""Weights from data: on paper, against correspondence analysis of the rows, and in replicates."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import mpi
from mpi.core.dataweights import rounded
from mpi.errors import EstimationError

EXACT = 1e-12
FRAME = {"a": [1, 1, 1, 0, 0], "b": [1, 1, 0, 0, 0], "c": [0, 1, 0, 1, 0]}
NAMES = ("a", "b", "c", "d")


def of_columns(*names, cutoff="1/2", **changes):
    return mpi.Specification.from_columns({n: [n] for n in names}, cutoff=cutoff, **changes)


def made_up(rows=300, seed=5):
    """Four indicators with a common cause, weights and PSUs."""
    random = np.random.default_rng(seed)
    cause = random.normal(size=rows)
    frame = {
        name: (cause + random.normal(size=rows) > cut).astype(int)
        for name, cut in zip(NAMES, (0.2, 0.8, 1.4, -0.3), strict=True)
    }
    frame |= {"w": random.integers(1, 9, rows) / 4, "psu": np.arange(rows) // 10}
    return pd.DataFrame(frame)


def tabulated(frame, by=None):
    survey = mpi.Survey(frame, weight="w", psu="psu")
    return mpi.tabulate(survey, of_columns(*NAMES), by=by)


def test_frequencies_give_the_weights_on_paper():
    profiles = mpi.tabulate(FRAME, of_columns("a", "b", "c"))
    found = mpi.data_weights(profiles, denominator=80, se=False)
    # 1 - h is 2/5, 3/5, 3/5
    assert found.weights == {"a": Fraction(1, 4), "b": Fraction(3, 8), "c": Fraction(3, 8)}
    raw = mpi.data_weights(profiles, "log-frequency", se=False).table.to_pandas()["estimate"]
    logs = [-math.log(h) for h in (3 / 5, 2 / 5, 2 / 5)]
    np.testing.assert_allclose(raw, np.array(logs) / sum(logs), rtol=EXACT)


def test_rounded_weights_sum_to_one_exactly():
    for weights in ([1 / 3, 1 / 3, 1 / 3], [0.12345, 0.5, 0.37655], [1.0]):
        found = rounded(np.array(weights), 1000)
        assert sum(found) == 1
        assert all(abs(float(f) - w) < 1 / 1000 for f, w in zip(found, weights, strict=True))


@pytest.mark.parametrize("inertia", ["indicator", "burt", "adjusted"])
def test_mca_is_the_correspondence_analysis_of_the_indicator_matrix(inertia):
    frame = made_up()
    found = mpi.data_weights(tabulated(frame), "mca", inertia=inertia, se=False)
    deprived = frame[list(NAMES)].to_numpy(float)
    matrix = np.hstack([deprived, 1 - deprived])
    share = matrix * frame["w"].to_numpy()[:, None] / (frame["w"].sum() * len(NAMES))
    row, column = share.sum(axis=1), share.sum(axis=0)
    centred = (share - np.outer(row, column)) / np.sqrt(np.outer(row, column))
    _, singular, right = np.linalg.svd(centred, full_matrices=False)
    coordinates = right[0] / np.sqrt(column)
    steps = coordinates[: len(NAMES)] - coordinates[len(NAMES) :]
    expected = steps / steps.sum()
    np.testing.assert_allclose(found.table.to_pandas()["estimate"], expected, rtol=1e-9)
    principal, size = singular[: len(NAMES)] ** 2, len(NAMES)
    factor = size / (size - 1)
    shares = {
        "indicator": principal[0] / principal.sum(),
        "burt": principal[0] ** 2 / (principal**2).sum(),
        "adjusted": (factor * (principal[0] - 1 / size)) ** 2
        / (factor * ((principal**2).sum() - size / size**2)),
    }
    assert found.explained == pytest.approx(shares[inertia], rel=1e-9)


def test_pca_is_the_first_component_of_the_tetrachoric_correlations():
    frame = made_up()
    profiles = tabulated(frame)
    found = mpi.data_weights(profiles, "pca-tetrachoric", se=False)
    pairs = mpi.association(profiles, se=False).pairs.to_pandas()
    pairs = pairs[pairs["k"].isna()]
    matrix = np.eye(4)
    for row in pairs.to_dict("records"):
        i, j = NAMES.index(row["first"]), NAMES.index(row["second"])
        matrix[i, j] = matrix[j, i] = row["tetrachoric"]
    values, vectors = np.linalg.eigh(matrix)
    first = vectors[:, -1] / vectors[:, -1].sum()
    np.testing.assert_allclose(found.table.to_pandas()["estimate"], first, rtol=1e-9)
    assert found.explained == pytest.approx(values[-1] / 4, rel=1e-9)


def test_weights_are_estimated_again_in_every_replicate():
    frame = made_up()
    profiles = tabulated(frame)
    found = mpi.data_weights(profiles, "mca", replicates=mpi.Replicates("jk1"), k="1/2")
    rows = frame["psu"].unique()
    n = rows.size

    def again(weight):
        copy = frame.assign(w=weight)
        made = mpi.data_weights(tabulated(copy), "mca", se=False, k="1/2")
        values = made.estimates.to_pandas().set_index("measure")["estimate"]
        raw = made.table.to_pandas()["estimate"].to_numpy()
        return np.concatenate([raw, values[["H", "A", "M0"]]])

    whole = again(frame["w"])
    total = sum(
        (again(frame["w"] * np.where(frame["psu"] == psu, 0, n / (n - 1))) - whole) ** 2
        for psu in rows
    )
    se = np.sqrt((n - 1) / n * total)
    np.testing.assert_allclose(found.table.to_pandas()["se"], se[:4], rtol=1e-9)
    np.testing.assert_allclose(found.estimates.to_pandas()["se"], se[4:], rtol=1e-9)
    fixed = found.profiles.estimate("1/2", replicates=mpi.Replicates("jk1"))
    for row in found.estimates.to_pandas().to_dict("records"):
        own = fixed.get(row["measure"])
        assert row["estimate"] == pytest.approx(own.estimate, rel=EXACT)
        assert row["se_fixed"] == pytest.approx(own.se, rel=1e-10)


def test_the_specification_can_be_frozen_and_used_again():
    frame = made_up()
    found = mpi.data_weights(tabulated(frame, by="c"), "mca", se=False)
    assert found.specification.id == "from-columns-mca"
    again = mpi.tabulate(mpi.Survey(frame, weight="w", psu="psu"), found.specification)
    for measure in ("H", "M0"):
        national = found.estimates.to_pandas()
        national = national[(national["by"] == "national") & (national["measure"] == measure)]
        assert again.estimate().get(measure).estimate == national["estimate"].item()
    assert sum(found.specification.weights.values()) == 1
    assert "not comparable" not in str(again.findings)
    assert found.estimates.findings.of_code("WEIGHTS_FROM_DATA")


def test_a_union_dimension_gets_one_weight():
    spec = mpi.Specification.from_columns({"x": ["a", "b"], "y": ["c"]}, cutoff="1/2")
    content = spec.content()
    content["dimension"] = [
        {**dimension, **({"rule": "union"} if dimension["id"] == "x" else {})}
        for dimension in content["dimension"]
    ]
    union = mpi.Specification.model_validate(content)
    found = mpi.data_weights(mpi.tabulate(FRAME, union), se=False)
    # 2 of 5 are deprived in nothing of x... 4 of 5 are deprived in a or b or neither: a covers b
    assert found.weights == {"x": Fraction(2, 5), "c": Fraction(3, 5)}
    assert [e.weight for e in found.specification.elements] == [Fraction(2, 5), Fraction(3, 5)]


def test_weights_of_different_signs_are_refused():
    frame = {"a": [1, 1, 1, 0, 0, 0], "b": [1, 1, 0, 0, 0, 0], "c": [0, 0, 0, 1, 1, 1]}
    profiles = mpi.tabulate(frame, of_columns("a", "b", "c"))
    with pytest.raises(EstimationError) as caught:
        mpi.data_weights(profiles, "mca", se=False)
    assert "weights have different signs: 1 of 3 are negative" in str(caught.value)
    assert "against the others: c" in str(caught.value)


@pytest.mark.parametrize(
    ("frame", "method", "words"),
    [
        ({"a": [1, 1], "b": [1, 0]}, "mca", "nobody is deprived, or everybody"),
        ({"a": [0, 0], "b": [1, 0]}, "log-frequency", "nobody is deprived"),
        ({"a": [1, 1, 0], "b": [1, 1, 0]}, "pca-tetrachoric", "empty cell"),
        ({"a": [1, 1], "b": [1, 1]}, "frequency", "everybody is deprived"),
    ],
)
def test_weights_that_are_not_defined_say_why(frame, method, words):
    profiles = mpi.tabulate(frame, of_columns("a", "b"))
    with pytest.raises(EstimationError, match=words):
        mpi.data_weights(profiles, method, se=False)


def test_a_weight_that_rounds_to_nothing_is_refused():
    frame = {"a": [1] * 99 + [0], "b": [0] * 99 + [1]}
    profiles = mpi.tabulate(frame, of_columns("a", "b"))
    with pytest.raises(EstimationError, match="1 weights are 0 in units of 1/20"):
        mpi.data_weights(profiles, denominator=20, se=False)


def test_bad_arguments_are_named_all_at_once():
    profiles = mpi.tabulate(FRAME, of_columns("a", "b", "c"))
    with pytest.raises(EstimationError) as caught:
        mpi.data_weights(profiles, "pca", inertia="half", denominator=0.5)
    for word in ("'pca'", "'half'", "denominator: is 0.5"):
        assert word in str(caught.value)


def test_standard_errors_need_units_that_replicates_can_leave_out():
    profiles = mpi.tabulate(FRAME, of_columns("a", "b", "c"))
    with pytest.raises(EstimationError, match="replicates need sampled units"):
        mpi.data_weights(profiles)


def test_replicates_without_weights_are_counted():
    random = np.random.default_rng(2)
    frame = {name: random.integers(0, 2, 40) for name in "ab"} | {"psu": np.arange(40) // 4}
    frame["c"] = np.where(random.random(40) < 0.6, frame["a"], frame["b"])
    survey = mpi.Survey({n: v.tolist() for n, v in frame.items()}, psu="psu")
    found = mpi.data_weights(mpi.tabulate(survey, of_columns("a", "b", "c")), "mca")
    lost = found.table.findings.of_code("REPLICATES_UNDEFINED")
    assert lost
    assert lost[0].of == 200
    assert "WEIGHTS_FROM_DATA" in repr(found)
    assert "se_fixed" in found._repr_html_()
