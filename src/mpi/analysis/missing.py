"""What missing answers do: who is left out, whether they differ, and what each policy gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import special

from mpi.analysis.setting import Setting, check_profiles, choices_of
from mpi.arguments import check_kinds
from mpi.contrasts import adjusted_p
from mpi.core.counting import Policy, Scores, poor
from mpi.core.functions import Family, differences
from mpi.core.measures import BASE, Measured, Statistic
from mpi.core.pack import unpack
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.options import DegreesOfFreedom, LonelyPSU
from mpi.profiles import Profiles
from mpi.results import Result, Several
from mpi.sources import Part
from mpi.survey.design import Replicates
from mpi.tables import group_texts, place_of

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

POLICIES: tuple[Policy, ...] = (
    "drop",
    "reweight",
    "reweight-dimension",
    "nondeprived",
    "deprived",
)
ALWAYS, PARTLY = "always observed", "where observed"
# rule of thumb, 10 to 15 %; recalled from the literature, not compared with a text
_MANY = 0.10
_DIFFERENCE = "_difference"
_COMPARED = [(policy, "drop") for policy in POLICIES[1:]] + [("deprived", "nondeprived")]

# beside grouping variables, in its tables
_COLUMNS = (
    *("n_kept", "unweighted", "weighted", "observed", "kept", "dropped", "n_dropped"),
    *("difference", "t", "p_value", "p_adjusted"),
)


@dataclass(frozen=True, slots=True, repr=False)
class MissingAnswers(Several):
    """What missing answers do to the results.

    Attributes
    ----------
    estimates : Estimates
        ``retained``: share of the population with a score under ``drop``; ``missing``: share that
        misses an indicator; ``hd_kept`` and ``hd_dropped``: deprived in an indicator among those
        who are kept and those who are left out but answered it, and ``hd_difference``; ``H``, ``A``
        and ``M0`` under each policy (`category`), and ``H_difference`` and so on, such as
        ``"reweight - drop"``.
    retained : Result
        One row per group: units and share kept, unweighted and weighted.
    tests : Result
        Whether those left out differ: the differences with their t statistics; `p_adjusted` by
        Holm's method over the indicators of a group. `observed` says whether everybody answered the
        indicator, so that nobody is left out of its comparison. There is no test where a share is 0
        or 1, which has no variance to be judged by.
    """

    estimates: Estimates
    retained: Result
    tests: Result

    def _shown(self) -> Sequence[Result]:
        return (self.retained, self.tests, self.estimates.select("H", "A", "M0"))

    def _named(self) -> Sequence[str]:
        return ("retained", "tests", "estimates")


def missing_answers(
    profiles: Profiles,
    k: object = None,
    *,
    count: str = "persons",
    se: bool = True,
    lonely_psu: LonelyPSU | None = None,
    df: DegreesOfFreedom = "stata",
    level: float = 0.95,
    replicates: Replicates | None = None,
) -> MissingAnswers:
    """Who is left out for missing answers, whether they differ, and what each policy gives.

    Parameters
    ----------
    profiles : Profiles
    k : number or sequence of numbers, optional
        Cutoffs; that of the specification if left out.
    count, se, lonely_psu, df, level, replicates
        As in `Profiles.estimate`.

    Returns
    -------
    MissingAnswers

    Raises
    ------
    EstimationError
        If a choice is none.

    Notes
    -----
    Units that are left out are a domain: every sampled PSU counts in the variance. ``nondeprived``
    and ``deprived`` are the ends of an interval that holds H and M0 of every completion of the
    answers; A is not monotone, and theirs are no bounds of it. ``reweight`` lies between them where
    nobody misses all answers, and ``drop`` may lie outside, because it is about other people.

    References
    ----------
    Alkire and Santos (2014), World Development 59, for case-wise deletion and the comparison of
    those left out; Rubin (1987), Multiple Imputation for Nonresponse in Surveys.

    Examples
    --------
    >>> import mpi
    >>> frame = {"a": [1, 1, 0, 0], "b": [1, None, 0, 0]}
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    >>> found = missing_answers(mpi.tabulate(frame, spec), se=False).estimates
    >>> found.get("retained").estimate
    0.75
    >>> [round(found.get("M0", category=policy).estimate, 3) for policy in ("drop", "reweight")]
    [0.333, 0.5]
    """
    check_kinds(missing_answers, locals())
    check_profiles(profiles, "missing_answers", *_COLUMNS)
    choices = choices_of(
        profiles, se=se, lonely_psu=lonely_psu, df=df, level=level, replicates=replicates
    )
    # everybody has a score under this policy, so that all units are counted
    setting = Setting(profiles, k, missing="nondeprived", count=count, choices=choices)
    return _Auditor(setting).result()


class _Auditor:
    """Figures on missing answers under one setting."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._scores = {policy: setting.scored(policy) for policy in POLICIES}
        width = len(setting.spec.indicators)
        missing = setting.distinct.missing.astype(np.uint64)
        self._missing: Truths = unpack(missing, width)[:, :width]
        self._places: dict[tuple[str, str], list[int]] = {}

    def result(self) -> MissingAnswers:
        """All tables."""
        measured = self._measured()
        families = [self._bias(measured), *self._policies(measured)]
        parts = self._setting.parts(measured)
        estimates, _ = self._setting.estimates(
            measured, families, subject="Missing answers", findings=self._findings(parts), own=False
        )
        retained = self._retained(estimates, parts)
        tests = self._tests(estimates)
        return MissingAnswers(
            estimates, Result(retained, estimates.findings), Result(tests, estimates.findings)
        )

    @property
    def _kept(self) -> Truths:
        return self._scores["drop"].kept

    def _observed(self) -> list[str]:
        """Of each indicator whether everybody in the sample answered it."""
        position = self._setting.distinct.position[0]
        anyone: Truths = np.any(self._missing[position], axis=0)
        return [PARTLY if gone else ALWAYS for gone in anyone]

    def _measured(self) -> Measured:
        out = Measured()
        everybody = np.ones(self._kept.size, dtype=bool)
        out.column(everybody)
        out.add(Statistic("retained", out.column(self._kept), BASE, BASE))
        named = self._setting.names.indicators
        for j, (dimension, indicator) in enumerate(named):
            about = Statistic("missing", out.column(self._missing[:, j]), BASE, BASE)
            out.add(replace(about, dimension=dimension, indicator=indicator))
        self._headcounts(out)
        for policy, scores in self._scores.items():
            self._of_policy(out, policy, scores)
        return out

    def _headcounts(self, out: Measured) -> None:
        """Deprived in each indicator among those kept, and those left out who answered it."""
        deprived = self._scores["nondeprived"].indicators
        observed = self._observed()
        for j, (dimension, indicator) in enumerate(self._setting.names.indicators):
            for measure, those in (("hd_kept", self._kept), ("hd_dropped", ~self._kept)):
                base = out.column(those & ~self._missing[:, j])
                top = out.column(those & ~self._missing[:, j] & deprived[:, j])
                about = Statistic(measure, top, base, base, dimension=dimension)
                self._places.setdefault((measure, ""), []).append(len(out.statistics))
                out.add(replace(about, indicator=indicator, category=observed[j]))

    def _of_policy(self, out: Measured, policy: str, scores: Scores) -> None:
        base = out.column(scores.kept)
        for k in self._setting.cutoffs:
            is_poor = poor(scores, k)
            h, censored = out.column(is_poor), out.column(is_poor * scores.value)
            for measure, top, bottom in (
                ("H", h, base),
                ("A", censored, h),
                ("M0", censored, base),
            ):
                self._places.setdefault((measure, policy), []).append(len(out.statistics))
                out.add(Statistic(measure, top, bottom, base, category=policy, k=k))

    def _bias(self, measured: Measured) -> Family:
        """Those kept less those left out, indicator by indicator."""
        kept, dropped = (self._places[name, ""] for name in ("hd_kept", "hd_dropped"))
        about = [replace(measured.statistics[c], measure="hd" + _DIFFERENCE) for c in kept]
        return differences(tuple(about), np.column_stack([kept, dropped]))

    def _policies(self, measured: Measured) -> list[Family]:
        """Differences between policies, one family a measure."""
        families = []
        for measure in ("H", "A", "M0"):
            about, pairs = [], []
            for one, other in _COMPARED:
                for a, b in zip(
                    self._places[measure, one], self._places[measure, other], strict=True
                ):
                    own = replace(measured.statistics[a], measure=measure + _DIFFERENCE)
                    about.append(replace(own, category=f"{one} - {other}"))
                    pairs.append((a, b))
            families.append(differences(tuple(about), np.array(pairs)))
        return families

    def _findings(self, parts: Sequence[Sequence[Part]]) -> list[Finding]:
        """Groups of which many are left out, and unconfirmed rules."""
        setting, found = self._setting, list(self._setting.profiles.findings)
        labelled = setting.profiles.value_labels or {}
        for grouping, own in zip(setting.profiles.groupings, parts, strict=True):
            texts = group_texts(grouping, labelled)
            counts = own[0].linear.own.n
            for g, share in enumerate(own[0].linear.estimates[:, 0]):
                if share < 1 - _MANY:
                    detail = (
                        "more than 10 % of the population has no score under 'drop' (a rule of "
                        "thumb, not compared with a text)"
                    )
                    kept, every = int(counts[g, 1]), int(counts[g, BASE])
                    where = place_of(grouping, texts[g])
                    found.append(
                        Finding("MANY_DROPPED", where, detail, every - kept, every, 1 - share)
                    )
        return found

    def _retained(self, estimates: Estimates, parts: Sequence[Sequence[Part]]) -> pa.Table:
        table = estimates.to_arrow()
        table = table.filter(pc.equal(table["measure"], "retained"))
        counts = np.concatenate([own[0].linear.own.n[:, :2] for own in parts])
        names = table.column_names
        columns = {name: table[name] for name in names[: names.index("measure")]}
        columns["n"], columns["n_kept"] = pa.array(counts[:, 0]), pa.array(counts[:, 1])
        share = np.divide(
            counts[:, 1], counts[:, 0], out=np.full(len(counts), np.nan), where=counts[:, 0] > 0
        )
        columns["unweighted"] = _floats(share)
        columns["weighted"] = table["estimate"]
        columns |= {name: table[name] for name in ("se", "ci_low", "ci_high")}
        return pa.table(columns)

    def _tests(self, estimates: Estimates) -> pa.Table:
        """T tests of the differences between those kept and those left out."""
        table = estimates.to_arrow()
        chosen = {
            name: table.filter(pc.equal(table["measure"], name))
            for name in ("hd_kept", "hd_dropped", "hd" + _DIFFERENCE)
        }
        own = chosen["hd" + _DIFFERENCE]
        names = own.column_names
        columns = {name: own[name] for name in names[: names.index("measure")]}
        columns |= {name: own[name] for name in ("dimension", "indicator")}
        columns["observed"] = own["category"]
        columns["kept"], columns["dropped"] = (
            chosen[name]["estimate"] for name in ("hd_kept", "hd_dropped")
        )
        columns["n_dropped"] = chosen["hd_dropped"]["n"]
        columns["difference"], columns["se"], columns["df"] = (
            own[name] for name in ("estimate", "se", "df")
        )
        difference, se, df = (
            own[name].cast(pa.float64()).to_numpy() for name in ("estimate", "se", "df")
        )
        kept, dropped = (columns[name].to_numpy() for name in ("kept", "dropped"))
        # a share of 0 or 1 has no estimated variance: a single unit left out would be significant
        varies = (se > 0) & (kept * (1 - kept) > 0) & (dropped * (1 - dropped) > 0)
        t = np.divide(difference, se, out=np.full(se.shape, np.nan), where=varies)
        p = 2 * special.stdtr(np.where(df > 0, df, np.nan), -np.abs(t))
        width = len(self._setting.names.indicators)
        adjusted = [adjusted_p(block, "holm") for block in p.reshape(-1, width)]
        columns["t"], columns["p_value"] = _floats(t), _floats(p)
        columns["p_adjusted"] = _floats(np.concatenate(adjusted))
        return pa.table(columns)


def _floats(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
