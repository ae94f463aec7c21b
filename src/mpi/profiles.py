"""Profiles: the profile tables of a survey with their specification."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mpi import output
from mpi.addition import added, joined, sampling_problems, unlike
from mpi.arguments import check_kinds
from mpi.choices import Choices
from mpi.core.distances import Distance, distances_of
from mpi.disclosure import Asked, check_asked, published
from mpi.display import visible
from mpi.engines.base import By, Grouping, Sampled
from mpi.errors import EstimationError, Problem, SpecificationError
from mpi.estimates import Estimates
from mpi.estimation import estimate
from mpi.findings import Finding, Findings
from mpi.options import DegreesOfFreedom, DesignEffect, IntensityInterval, Interval, LonelyPSU
from mpi.profile_files import check_name, damaged, read_tables, write_tables
from mpi.profile_rows import profile_rows
from mpi.publication import Planned
from mpi.published import PublishedProfiles, chosen_groupings, read_published
from mpi.request import make_request
from mpi.results import Result
from mpi.spec.files import load_toml
from mpi.spec.model import MissingPolicy, Specification
from mpi.spec.validation import validated
from mpi.survey.design import Replicates, Stage, SurveyDesign

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Profiles:
    """How much weight each deprivation profile carries in each PSU of each group.

    Made by `mpi.tabulate`. Two of them add up to those of both samples together; all figures are
    computed from them without the microdata.

    Attributes
    ----------
    specification : Specification
    groupings : tuple of Grouping
        Profile tables, that of the whole population first.
    sampled : Sampled or None
        Every sampled unit; None where standard errors are not wanted.
    design : SurveyDesign
    findings : Findings
    date : str or None
        Reference date of the survey.
    value_labels : mapping of variable to mapping of value to label
    distances : tuple of Distance
        Distances whose sums stand beside those of the gaps.
    """

    specification: Specification
    groupings: tuple[Grouping, ...]
    sampled: Sampled | None
    design: SurveyDesign
    findings: Findings
    date: str | None = None
    value_labels: Mapping[str, Mapping[object, str]] | None = None
    distances: tuple[Distance, ...] = ()

    @property
    def by(self) -> tuple[By, ...]:
        """Variables of each decomposition."""
        return tuple(grouping.by for grouping in self.groupings if grouping.by)

    @property
    def n(self) -> int:
        """Counted persons (or units of the analysis) in the sample."""
        return int(self.groupings[0].table.n.sum())

    def estimate(  # noqa: PLR0913 -- each is one choice of the analyst
        self,
        k: object = None,
        *,
        measures: Sequence[str] | None = None,
        missing: MissingPolicy | None = None,
        count: str = "persons",
        se: bool = True,
        lonely_psu: LonelyPSU | None = None,
        domain_lonely: bool = False,
        df: DegreesOfFreedom = "stata",
        interval: Interval = "logit",
        intensity_interval: IntensityInterval = "attainable",
        level: float = 0.95,
        deff: DesignEffect = "replace",
        replicates: Replicates | None = None,
    ) -> Estimates:
        """Measures for every group.

        Parameters
        ----------
        k : number or sequence of numbers, optional
            Cutoffs in (0, 1], such as ``["1/5", "1/3"]``; that of the specification if left out.
        measures : sequence of str, optional
            Codes to keep, such as ``["H", "M0"]``; all if left out.
        missing : {"drop", "reweight", "reweight-dimension", "nondeprived", "bounds"}, optional
            What is done with units that miss an indicator; the specification's policy if left out.
        count : {"persons", "households"}
            Whether persons or households are counted.
        se : bool
            Whether standard errors are computed.
        lonely_psu : {"fail", "certainty", "adjust", "average", "collapse"}, optional
            What a stratum with a single PSU adds to the variance; the survey's choice if left out.
        domain_lonely : bool
            Whether a stratum in which a single PSU has units of the group is treated so too.
        df : {"stata", "design", "domain"}
            Degrees of freedom: PSUs less strata of the strata with units of the group, of the whole
            sample, or of the PSUs and strata with units of the group.
        interval : {"logit", "wald", "asin", "wilson", "beta"}
            Confidence interval of proportions; contributions and totals have a symmetric one.
        intensity_interval : {"attainable", "unit"}
            Whether the interval of A stays above the smallest score of the poor, or above 0 only,
            as in ``mpitb``.
        level : float
            Coverage of the intervals.
        deff : {"replace", "without"}
            Simple random sample that design effects compare with: with replacement, or without,
            which needs weights that add up to the population.
        replicates : Replicates, optional
            Replicates that variances come from, made from the PSUs; the survey's if left out.

        Returns
        -------
        Estimates

        Raises
        ------
        EstimationError
            If a cutoff, measure or policy is not one, if no unit is left, or if households are
            to be counted in groups that are not made of whole households, or if a stratum has a
            single PSU and nothing was chosen for it.

        Examples
        --------
        >>> import mpi
        >>> frame = {"a": [1, 1, 0, 0], "b": [1, 0, 0, 1]}
        >>> spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff=1)
        >>> profiles = mpi.tabulate(frame, spec)
        >>> profiles.estimate(k=["1/2", 1]).get("M0", k="1/2").estimate
        0.5
        """
        check_kinds(Profiles.estimate, locals())
        lonely = lonely_psu if lonely_psu is not None else self.design.lonely_psu
        choices = Choices(
            lonely_psu=lonely,
            domain_lonely=domain_lonely,
            df=df,
            interval=interval,
            intensity=intensity_interval,
            level=level,
            deff=deff,
            replicates=replicates if replicates is not None else self.design.replicates,
        )
        request = make_request(
            self.specification,
            k,
            missing=missing,
            count=count,
            choices=choices if se else None,
        )
        result = estimate(
            self.specification,
            self.groupings,
            request,
            sampled=self.sampled,
            value_labels=self.value_labels or {},
            findings=self.findings,
            date=self.date,
        )
        if measures is None:
            return result
        several = isinstance(measures, (list, tuple, set, frozenset))
        return result.select(*(measures if several else [measures]))

    def publish(
        self,
        min_n: int = 10,
        *,
        k: object = None,
        scheme: str | None = None,
        planned: Planned = False,
        strict: bool = False,
        missing: MissingPolicy | None = None,
        count: str = "persons",
        se: bool = True,
        **choices: Any,  # noqa: ANN401 -- those of `estimate`
    ) -> PublishedProfiles:
        """The tables made fit to share: no sampled units, no cell below a number of units.

        Figures of the cutoffs, the policy and the unit that are given stay exact in every group
        that is not withheld. Profiles that are rare in some group of a grouping are pooled in all
        of its groups; groups are withheld that are small, or of whom few have a status that figures
        count, or whose figures a scheme withholds, with others that protect them.

        Parameters
        ----------
        min_n : int
            Persons, and households where these are known, that every cell needs.
        k : number or sequence of numbers, optional
            Cutoffs whose figures are published; that of the specification if left out.
        scheme : str, optional
            Publication scheme, as in `Estimates.flag`: groups whose H or M0 it withholds are
            withheld from the tables.
        planned : bool, str or sequence of str
            As in `Estimates.flag`.
        strict : bool
            Whether groups are withheld too of whom few are deprived, or poor and deprived, in some
            indicator; else their number is a finding.
        missing, count, se
            As in `estimate`. Standard errors are computed now and written beside the tables.
        **choices
            Other choices about standard errors, as in `estimate`.

        Returns
        -------
        PublishedProfiles

        Raises
        ------
        EstimationError
            If an argument is not one, or the whole population is too small or unreliable.

        References
        ----------
        Hundepool et al. (2012), Statistical Disclosure Control, Wiley; Cox (1980), Suppression
        methodology and statistical disclosure control, JASA 75.

        Examples
        --------
        >>> import mpi
        >>> survey = mpi.datasets.synthetic_survey(2000)
        >>> published = mpi.tabulate(survey, "colombia-dane", by="area").publish(min_n=10)
        >>> published.losses.to_pandas()[["by", "groups", "withheld_small"]].values.tolist()
        [['national', 1, 0], ['area', 2, 0]]
        """
        asked = Asked(min_n, scheme, planned, strict)
        se = se and (self.sampled is not None or _replicate_columns(self) > 0)
        check_asked(asked, se=se)
        estimates = self.estimate(k, missing=missing, count=count, se=se, **choices)
        request = make_request(self.specification, k, missing=missing, count=count)
        made = PublishedProfiles(
            specification=self.specification,
            groupings=(),
            pooled=(),
            cutoffs=request.cutoffs,
            missing=request.missing,
            count=count,
            min_n=int(min_n),
            scheme=scheme,
            findings=Findings(),
            losses=Result(estimates.to_arrow().slice(0, 0)),
            date=self.date,
            value_labels=self.value_labels or {},
        )
        return published(self, estimates, asked, made)

    def only(self, by: Sequence[By]) -> Profiles:
        """The same with some of the groupings.

        Raises
        ------
        EstimationError
            If one is not there.
        """
        places = chosen_groupings(self.groupings, by)
        return replace(self, groupings=tuple(self.groupings[i] for i in places))

    def __add__(self, other: Profiles) -> Profiles:
        if not isinstance(other, Profiles):
            return NotImplemented
        problems = _differences(self, other)
        if problems:
            raise EstimationError("adding profile tables", problems)
        units = joined(self.sampled, other.sampled)
        pairs = zip(self.groupings, other.groupings, strict=True)
        return replace(
            self,
            groupings=tuple(added(a, b, units) for a, b in pairs),
            sampled=units.sampled,
            findings=Findings([*self.findings.merged(other.findings), *_notes(self, other)]),
            value_labels={**(other.value_labels or {}), **(self.value_labels or {})},
        )

    def __radd__(self, other: object) -> Profiles:
        """Of the sum of a list, which begins with 0."""
        return self if other == 0 else NotImplemented

    def to_arrow(self) -> pa.Table:
        """The tables as rows, one for each profile of each PSU of each group.

        Returns
        -------
        pyarrow.Table
            ``by``, ``group``, one column per grouping variable, ``stratum`` and ``psu`` (texts;
            of the first stage), ``deprived_ID`` of each indicator (missing where the
            answer is), ``destitute_ID``, ``condition_ID``, ``n``, ``weight``, ``households`` and
            ``household_weight``. Cells may be of single persons: it is as confidential as the
            microdata.

        Raises
        ------
        EstimationError
            If a grouping variable has the name of one of these columns.

        Examples
        --------
        >>> import mpi
        >>> spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
        >>> table = mpi.tabulate({"a": [1, 0, 1, 1]}, spec, se=False).to_arrow()
        >>> table.select(["deprived_a", "n"]).to_pylist()
        [{'deprived_a': False, 'n': 1}, {'deprived_a': True, 'n': 3}]
        """
        labels = self.value_labels or {}
        return profile_rows(self.specification, self.groupings, self.sampled, labels)

    def to_pandas(self) -> pd.DataFrame:
        """The tables as a pandas frame, as `to_arrow` has them."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:  # noqa: ANN401
        """Rows through the Arrow interchange."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the tables to a Parquet file; it appears complete or not at all.

        Raises
        ------
        EstimationError
            If the file cannot be written.
        """
        about = {
            "specification": self.specification.to_toml(),
            "design": asdict(self.design),
            "date": self.date,
            "findings": [asdict(finding) for finding in self.findings],
            "value_labels": {n: list(ls.items()) for n, ls in (self.value_labels or {}).items()},
            "distances": [[str(d.alpha), str(d.theta)] for d in self.distances],
        }
        file = output.as_path(path)
        check_name(file)
        write_tables(file, self.groupings, self.sampled, about)

    def __repr__(self) -> str:
        national = self.groupings[0].table
        patterns = np.unique(national.deprived).size
        by = ", ".join(" x ".join(by) for by in self.by) or "nothing"
        of_psus = self.sampled is not None and self.sampled.kind == "psu"
        psus = f"{_psus(self.sampled):,} PSUs, " if self.sampled is not None and of_psus else ""
        rows = sum(grouping.table.size for grouping in self.groupings)
        head = f"Profiles of {self.n:,} persons under {self.specification.id}"
        contents = f"{patterns:,} profiles, {psus}{rows:,} rows; by {by}"
        lines = [f"{head}: {contents}", *(f"! {line}" for line in self.findings.summary())]
        return visible("\n".join(lines))


def load_profiles(path: str | os.PathLike[str]) -> Profiles | PublishedProfiles:
    """Profiles that `Profiles.save` or `PublishedProfiles.save` wrote.

    Parameters
    ----------
    path : str or path
        A ``.profiles.parquet`` file.

    Returns
    -------
    Profiles or PublishedProfiles

    Raises
    ------
    EstimationError
        If the file cannot be read or was not written by `Profiles.save`.

    Examples
    --------
    >>> import tempfile
    >>> import mpi
    >>> spec = mpi.Specification.from_columns({"d": ["a"]}, cutoff=1)
    >>> profiles = mpi.tabulate({"a": [1, 0, 1, 1]}, spec)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     profiles.save(f"{folder}/2025.profiles.parquet")
    ...     again = mpi.load_profiles(f"{folder}/2025.profiles.parquet")
    >>> again.estimate().get("H").estimate
    0.75
    """
    file = output.as_path(path)
    name = file.name
    groupings, sampled, about, others = read_tables(file)
    spec = _specification(about, name)
    if "published" in about:
        if not all(_fits(spec, None, grouping) for grouping in groupings):
            raise damaged(name)
        return read_published(file, spec, groupings, about, others)
    try:
        labels = about["value_labels"].items()
        profiles = Profiles(
            specification=spec,
            groupings=groupings,
            sampled=sampled,
            design=_design(about["design"]),
            findings=Findings(Finding(**finding) for finding in about["findings"]),
            date=about["date"],
            value_labels={variable: dict(map(tuple, pairs)) for variable, pairs in labels},
            distances=distances_of(about.get("distances", [])),
        )
    except (EstimationError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(name) from error
    texts = [t for f in profiles.findings for t in (f.code, f.where, f.detail)]
    plain = all(isinstance(text, str) for text in [*texts, profiles.date or ""])
    fits = all(_fits(spec, len(profiles.distances), grouping) for grouping in groupings)
    if not (plain and fits) or profiles.design.problems():
        raise damaged(name)
    return profiles


def _specification(about: Mapping[str, Any], name: str) -> Specification:
    """Specification that a file carries."""
    try:
        content, lines = load_toml(about["specification"], name, error=SpecificationError)
        return validated(Specification, content, source=name, error=SpecificationError, lines=lines)
    except (SpecificationError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(name) from error


def _design(saved: Mapping[str, Any]) -> SurveyDesign:
    """Design from the plain values of a file."""
    stages = tuple(Stage(**stage) for stage in saved["stages"])
    made = saved["replicates"]
    replicates = None if made is None else Replicates(**made)
    return SurveyDesign(**{**saved, "stages": stages, "replicates": replicates})


def _psus(sampled: Sampled) -> int:
    return len({label[:2] for label in sampled.labels})


def _fits(spec: Specification, distances: int | None, grouping: Grouping) -> bool:
    """Whether the profiles and gaps of a table are those of a specification; None for no gaps."""
    table = grouping.table
    bits = (table.deprived | table.missing) < (1 << len(spec.bits))
    if distances is None:
        return bool(bits.all()) and not table.gaps.shape[1]
    cardinal = sum(indicator.gap is not None for indicator in spec.indicators.values())
    return bool(bits.all()) and table.gaps.shape[1] == 2 * (cardinal + distances)


def _differences(a: Profiles, b: Profiles) -> list[Problem]:
    problems = []
    if a.specification.fingerprint != b.specification.fingerprint:
        rows = len(a.specification.diff(b.specification))
        keys = "1 key" if rows == 1 else f"{rows} keys"
        found = f"they are of different specifications, which differ in {keys}"
        remedy = "Tabulate both by the same specification; `diff` says what differs."
        problems.append(Problem("specification", found, remedy))
    if a.by != b.by:
        found = f"one is by {_variables(a)}, the other by {_variables(b)}"
        problems.append(Problem("by", found, "Tabulate both by the same variables."))
    if (a.design.weight is None) != (b.design.weight is None):
        found = "one is weighted and the other is not"
        problems.append(Problem("weight", found, "Declare weight= in both surveys, or in neither."))
    if a.distances != b.distances:
        found = "they have sums of different distances"
        problems.append(Problem("distances", found, "Tabulate both with the same ones."))
    if _replicate_columns(a) != _replicate_columns(b):
        found = "they have different numbers of replicate weights"
        problems.append(Problem("replicates", found, "Declare the same columns in both surveys."))
    problems += sampling_problems(a.sampled, b.sampled, rebuilt=a.design.rebuilds_weight)
    if not problems:
        pairs = zip(a.groupings, b.groupings, strict=True)
        problems += [p for x, y in pairs for p in unlike(x.by, x.labels, y.labels)]
    return problems


def _replicate_columns(profiles: Profiles) -> int:
    return int(profiles.groupings[0].table.replicates.shape[1])


def _variables(profiles: Profiles) -> str:
    return ", ".join(" x ".join(by) for by in profiles.by) or "nothing"


def _notes(a: Profiles, b: Profiles) -> list[Finding]:
    """What a user should know about two tables that were added."""
    pairs = (("date", a.date, b.date), ("lonely_psu", a.design.lonely_psu, b.design.lonely_psu))
    found = [
        Finding("PARTS_DIFFER", name, f"one part has {x!r}, the other {y!r}; the first is kept")
        for name, x, y in pairs
        if x != y
    ]
    if a.design.replicates != b.design.replicates:  # too long to be shown
        detail = "the parts declare different ones; those of the first are kept"
        found.append(Finding("PARTS_DIFFER", "replicates", detail))
    return found
