"""Commands that compute: estimate, compare, targets, run."""

from __future__ import annotations

import argparse
import os
import sys

from mpi.commands import options as given
from mpi.display import visible

# options of `mpi estimate` that say something about microdata, with what they are if left out
_OF_MICRODATA: dict[str, object] = {
    **dict.fromkeys(("households", "dwellings", "codebook", "household_id", "person_id")),
    **dict.fromkeys(("dwelling_id", "weight", "strata", "psu", "fpc", "where", "date")),
    "law_as_of": None,
    "profiles": None,
    "size": "household_size",
    "absent": "fail",
    "parameters": [],
    "engine": None,
    "master": None,
}
# options that are decided when profile tables are published
_DECIDED: dict[str, object] = {
    **dict.fromkeys(("df", "interval", "level", "replicates", "number", "seed", "missing", "flag")),
    "count": "persons",
    "lonely_psu": "fail",
    "se": True,
    "suppress": False,
}


def estimate(options: argparse.Namespace) -> None:
    """Estimate the measures of a specification."""
    from mpi import output  # noqa: PLC0415
    from mpi.api import tabulate  # noqa: PLC0415
    from mpi.choices import Choices  # noqa: PLC0415
    from mpi.progress import progress_bar  # noqa: PLC0415
    from mpi.request import make_request  # noqa: PLC0415
    from mpi.summary import summary  # noqa: PLC0415

    if options.data is None and options.spec.endswith(".parquet"):
        _estimate_profiles(options)
        return
    if options.profiles is not None:
        output.check_place(options.profiles)
    given.check_out(options)
    spec = given.specification(options)
    given.check_flags(options)
    choices = given.choices(options)
    make_request(
        spec,
        options.k,
        missing=options.missing,
        count=options.count,
        choices=Choices(lonely_psu=options.lonely_psu, **choices),
    )
    given.check_data(options)
    with progress_bar() as progress:
        profiles = tabulate(
            given.survey(options),
            spec,
            by=given.by(options.by),
            absent=options.absent,
            se=options.se,
            engine=options.engine,
            engine_options=given.engine_options(options),
            progress=progress,
        )
        estimates = profiles.estimate(
            options.k, missing=options.missing, count=options.count, se=options.se, **choices
        )
    if options.flag is not None:
        estimates = estimates.flag(options.flag, suppress=options.suppress)
    if options.profiles is not None:
        profiles.save(options.profiles)
    given.tell(options, estimates, summary(estimates) if options.out is None else "")


def _estimate_profiles(options: argparse.Namespace) -> None:
    """Estimate from a file of profile tables, without microdata."""
    from mpi.profiles import Profiles, load_profiles  # noqa: PLC0415
    from mpi.summary import summary  # noqa: PLC0415

    given.check_out(options)
    found = "is about microdata, and a file of profile tables is given"
    given.refuse_given(options, _OF_MICRODATA, found, "Leave it out, or give SPEC and DATA.")
    profiles = load_profiles(options.spec)
    if options.by:
        profiles = profiles.only(given.by(options.by))
    if isinstance(profiles, Profiles):
        given.check_flags(options)
        choices = given.choices(options)
        if options.lonely_psu != "fail":  # else what was chosen when they were tabulated
            choices["lonely_psu"] = options.lonely_psu
        se = options.se and profiles.sampled is not None
        estimates = profiles.estimate(
            options.k, missing=options.missing, count=options.count, se=se, **choices
        )
        if options.flag is not None:
            estimates = estimates.flag(options.flag, suppress=options.suppress)
    else:
        found = "was decided when the tables were published"
        given.refuse_given(options, _DECIDED, found, "Leave it out.")
        estimates = profiles.estimate(options.k)
    given.tell(options, estimates, summary(estimates) if options.out is None else "")


def compare(options: argparse.Namespace) -> None:
    """Compare two specifications on the same people."""
    from mpi.analysis.compare import compare as compared  # noqa: PLC0415
    from mpi.progress import progress_bar  # noqa: PLC0415
    from mpi.spec.files import specification  # noqa: PLC0415

    given.check_out(options)
    choices = given.choices(options)
    first, second = given.specification(options), specification(options.other)
    matches = given.matches(options.matches)
    given.check_data(options)
    with progress_bar() as progress:
        progress("reading and comparing", 0, 1)
        found = compared(
            given.survey(options),
            first,
            second,
            by=given.by(options.by),
            matches=matches,
            missing=options.missing,
            absent=options.absent,
            count=options.count,
            se=options.se,
            **choices,
        )
        progress("reading and comparing", 1, 1)
    given.tell(options, found.estimates, f"{found!r}" if options.out is None else "")


def targets(options: argparse.Namespace) -> None:
    """Compare figures with targets."""
    from mpi.analysis.targets import targets as assessed  # noqa: PLC0415

    given.check_out(options)
    found = assessed(options.series, options.targets, year=options.year, percent=options.percent)
    given.tell(options, found, f"{found!r}" if options.out is None else "", what="targets")


def run(options: argparse.Namespace) -> int:
    """Carry out a plan; 1 if a wave failed."""
    from mpi.batch.runs import run as carried_out  # noqa: PLC0415
    from mpi.display import text_table  # noqa: PLC0415
    from mpi.progress import progress_bar  # noqa: PLC0415

    try:
        with progress_bar() as progress:
            found = carried_out(
                options.plan,
                dry_run=options.dry_run,
                jobs=options.jobs,
                memory=options.memory,
                progress=progress,
            )
    except KeyboardInterrupt:
        told = (
            "interrupted; waves that were finished are kept, and the next run goes on with the rest"
        )
        print(f"mpi: {told}", file=sys.stderr)
        return 130
    rows = found.to_arrow().select(["wave", "specification", "outcome", "why"]).to_pylist()
    shown = [
        [row["wave"], row["specification"], row["outcome"], row["why"] or ""]
        for row in rows
        if row["outcome"] != "failed"
    ]
    if shown:
        print(text_table(("wave", "specification", "outcome", "why"), shown))
    print(visible(f"{found.counts()}; results in {os.path.relpath(found.folder)}"))
    others = type(found.findings)(f for f in found.findings if f.code != "WAVE_FAILED")
    for line in others if options.findings else others.summary():
        print(f"! {line}")
    sys.stdout.flush()
    for sentence in found.failures:
        print(visible(f"mpi: {sentence}"), file=sys.stderr)
    return 1 if found.failures else 0
