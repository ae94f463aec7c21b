"""Which deprivations people have together: all combinations, and how many others go with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpi.analysis.setting import Setting, check_profiles, choices_of
from mpi.arguments import check_kinds
from mpi.core.counting import poor
from mpi.core.measures import BASE, Measured, Statistic
from mpi.errors import EstimationError, Problem, nearest
from mpi.estimates import Estimates
from mpi.findings import Finding
from mpi.options import DegreesOfFreedom, LonelyPSU
from mpi.profiles import Profiles
from mpi.results import Result, Several
from mpi.spec.model import MissingPolicy
from mpi.survey.design import Replicates

Of: TypeAlias = Literal["indicators", "dimensions"]

# ids have no brackets
NONE, OTHER = "(none)", "(others)"
_JOINT = " & "
# combinations that nobody has are listed too while there are no more than this
_ALL_LISTED = 32
# "with three more" and above are one class
_MOST_OTHERS = 3

Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, repr=False)
class Overlap(Several):
    """Deprivations that people have together.

    Attributes
    ----------
    estimates : Estimates
        ``intersection``: share of the population deprived in exactly the indicators (or dimensions)
        that `category` names, in nothing else; ``with_others``: share deprived in one and in
        exactly 0, 1, 2, 3 or more others (`category` ``"0"`` to ``"3+"``); ``share_with_others``:
        the same as a share of those deprived in it. `k` is empty where all people count, and the
        cutoff where only the deprivations of the poor do.
    combinations : Result
        The combinations with one yes-or-no column for each indicator (or dimension), largest first:
        the data of an UpSet plot.
    """

    estimates: Estimates
    combinations: Result

    def _shown(self) -> Sequence[Result]:
        return (self.combinations, self.estimates.select("with_others"))

    def _named(self) -> Sequence[str]:
        return ("combinations", "estimates")


def overlap(  # noqa: PLR0913 -- each is one choice of the analyst
    profiles: Profiles,
    of: Of = "indicators",
    *,
    k: object = None,
    most: int | None = None,
    missing: MissingPolicy | None = None,
    count: str = "persons",
    se: bool = True,
    lonely_psu: LonelyPSU | None = None,
    df: DegreesOfFreedom = "stata",
    level: float = 0.95,
    replicates: Replicates | None = None,
) -> Overlap:
    """Which deprivations people have together, among all and among the poor.

    Parameters
    ----------
    profiles : Profiles
    of : {"indicators", "dimensions"}
        What overlaps; a dimension is a deprivation in any of its indicators.
    k : number or sequence of numbers, optional
        Cutoffs at which only the poor count; that of the specification if left out.
    most : int, optional
        Combinations that are listed, the largest of the population; the rest are added up as
        ``(others)``. All if left out.
    missing : {"drop", "reweight", "reweight-dimension", "nondeprived"}, optional
        Policy for missing answers. Where units that miss an answer are kept, it counts as no.
    count, se, lonely_psu, df, level, replicates
        As in `Profiles.estimate`.

    Returns
    -------
    Overlap

    Raises
    ------
    EstimationError
        If a choice is none.

    Notes
    -----
    Combinations exclude each other, so that their shares add up: to 1 among all people, and to H
    among the poor. Those that nobody in the sample has are listed where there are 32 or fewer.

    References
    ----------
    De Neubourg, Chai, de Milliano, Plavgo and Wei (2012), UNICEF Innocenti Working Paper 2012-10
    (MODA), for deprivation in one dimension alone and with others; Lex, Gehlenborg, Strobelt,
    Vuillemot and Pfister (2014), IEEE Transactions on Visualization and Computer Graphics 20, for
    the plot of intersections.

    Examples
    --------
    >>> import mpi
    >>> frame = {"a": [1, 1, 1, 0, 0], "b": [1, 1, 0, 1, 0]}
    >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    >>> found = overlap(mpi.tabulate(frame, spec), se=False).estimates
    >>> [
    ...     found.get("intersection", category=name, k="1/2").estimate
    ...     for name in ("a", "b", "a & b")
    ... ]
    [0.2, 0.2, 0.4]
    """
    check_kinds(overlap, locals())
    _check(of, most)
    check_profiles(profiles, "overlap", "combination")
    choices = choices_of(
        profiles, se=se, lonely_psu=lonely_psu, df=df, level=level, replicates=replicates
    )
    setting = Setting(profiles, k, missing=missing, count=count, choices=choices)
    return _Overlapper(setting, of, most).result()


def _check(of: object, most: object) -> None:
    problems = []
    if of not in get_args(Of):
        expected = f"Choose one of {', '.join(get_args(Of))}."
        hint = nearest(str(of), get_args(Of))
        problems.append(Problem("of", f"there is no overlap of {of!r}", expected, hint))
    whole = isinstance(most, int) and not isinstance(most, bool)
    if most is not None and not (whole and most >= 1):  # type: ignore[operator]
        problems.append(Problem("most", f"is {most!r}", "A number of combinations, 1 or more."))
    if problems:
        raise EstimationError("overlap", problems)


class _Overlapper:
    """Combinations and their figures under one setting."""

    def __init__(self, setting: Setting, of: Of, most: int | None) -> None:
        self._setting, self._of = setting, of
        self._named, self._deprived = setting.units(of)
        self._width = len(self._named)
        bits = np.int64(1) << np.arange(self._width, dtype=np.int64)
        self._code = self._deprived @ bits
        self._listed, self._left = self._combinations(most)

    def result(self) -> Overlap:
        """All tables."""
        findings = []
        if self._left:
            detail = f"combinations beyond the largest {len(self._listed):,} are added up"
            count, of = self._left, self._left + len(self._listed)
            findings.append(Finding("COMBINATIONS_ADDED", OTHER, detail, count, of))
        estimates, _ = self._setting.estimates(
            self._measured(), subject=f"Overlap of {self._of}", findings=findings
        )
        return Overlap(estimates, Result(self._table(estimates), estimates.findings))

    def _combinations(self, most: int | None) -> tuple[list[int], int]:
        """Codes of the combinations that are listed, largest first, and how many are not."""
        setting, grouping = self._setting, self._setting.profiles.groupings[0]
        table, position = grouping.table, setting.distinct.position[0]
        weight = table.household_weight if setting.request.households else table.weight
        kept = setting.scores.kept[position]
        found, place = np.unique(self._code[position][kept], return_inverse=True)
        total: NDArray[np.float64] = np.zeros(found.size)
        np.add.at(total, place.reshape(-1), weight[kept])
        if 1 << self._width <= _ALL_LISTED:
            every = np.zeros(1 << self._width)
            every[found] = total
            found, total = np.arange(every.size), every
        order = [int(found[i]) for i in np.lexsort((found, -total))]
        listed = order if most is None else order[:most]
        return listed, len(order) - len(listed)

    def _name(self, code: int) -> str:
        names = [i if i is not None else d for d, i in self._named]
        members = [name for bit, name in enumerate(names) if code >> bit & 1]
        return _JOINT.join(members) or NONE

    def _measured(self) -> Measured:
        scores = self._setting.scores
        out = Measured()
        out.column(scores.kept)
        cutoffs: list[Fraction | None] = [None, *self._setting.cutoffs]
        for k in cutoffs:
            among = scores.kept if k is None else poor(scores, k)
            self._intersections(out, among, k)
            self._with_others(out, among, k)
        return out

    def _intersections(self, out: Measured, among: Truths, k: Fraction | None) -> None:
        rest = among.copy()
        for code in self._listed:
            members = among & (self._code == code)
            rest &= ~members
            top = out.column(members)
            out.add(Statistic("intersection", top, BASE, BASE, category=self._name(code), k=k))
        if self._left:
            top = out.column(rest)
            out.add(Statistic("intersection", top, BASE, BASE, category=OTHER, k=k))

    def _with_others(self, out: Measured, among: Truths, k: Fraction | None) -> None:
        number = self._deprived.sum(axis=1)
        classes = min(_MOST_OTHERS, self._width - 1)
        for j, (dimension, indicator) in enumerate(self._named):
            mine = among & self._deprived[:, j]
            all_of_them = out.column(mine)
            for others in range(classes + 1):
                last = others == _MOST_OTHERS and self._width > _MOST_OTHERS
                those = mine & (number - 1 >= others if last else number - 1 == others)
                about = Statistic("with_others", out.column(those), BASE, BASE, k=k)
                name = f"{others}+" if last else str(others)
                about = replace(about, dimension=dimension, indicator=indicator, category=name)
                out.add(about)
                out.add(replace(about, measure="share_with_others", bottom=all_of_them))

    def _table(self, estimates: Estimates) -> pa.Table:
        """Combinations with a column for each that overlaps, in the order of the estimates."""
        table = estimates.to_arrow()
        table = table.filter(pc.equal(table["measure"], "intersection"))
        codes = {self._name(code): code for code in self._listed}
        rows = [codes.get(name) for name in table["category"].to_pylist()]
        columns = {n: table[n] for n in table.column_names[: table.column_names.index("measure")]}
        columns["k"], columns["combination"] = table["k"], table["category"]
        size = [None if code is None else code.bit_count() for code in rows]
        columns["size"] = pa.array(size, pa.int64())
        for name in ("estimate", "se", "ci_low", "ci_high", "n"):
            columns[name] = table[name]
        columns |= self._members(rows, taken=columns)
        return pa.table(columns)

    def _members(
        self, rows: Sequence[int | None], taken: dict[str, pa.ChunkedArray]
    ) -> dict[str, pa.Array]:
        found = {}
        for bit, (dimension, indicator) in enumerate(self._named):
            name = indicator if indicator is not None else dimension
            title = f"{name}_deprived" if name in taken else name
            inside = [None if code is None else bool(code >> bit & 1) for code in rows]
            found[title] = pa.array(inside, pa.bool_())
        return found
