"""How the figures were computed, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np

from mpi.profiles import Profiles
from mpi.publication import SCHEMES
from mpi.report.flags import scheme_of
from mpi.report.html.words import method, shared
from mpi.report.setting import Setting
from mpi.report.words import citation, thresholds
from mpi.spec.model import Specification

if TYPE_CHECKING:
    from mpi.report.html.sections import Content

_MEASURES = ("H", "A", "M0", "hd", "hdk")
_LITERATURE = (
    "Alkire and Foster (2011), Journal of Public Economics 95",
    (
        "Alkire, Foster, Seth, Santos, Roche and Ballon (2015), Multidimensional Poverty "
        "Measurement and Analysis, Oxford University Press"
    ),
    "Wolter (2007), Introduction to Variance Estimation, Springer",
)


def method_terms(content: Content) -> Iterator[tuple[str, str]]:
    """Words of the method with what they mean."""
    setting, estimates = content.setting, content.figures.estimates
    language, origin = setting.language, estimates.origin
    spec = setting.specification
    if spec is not None:
        yield method("who", language), _who(spec, content.wave.k or str(spec.cutoff), setting)
    if origin is not None:
        yield method("counted", language), method(f"counted {origin.unit}", language)
    yield from _measures(content.figures.measures, language)
    if origin is not None:
        yield method("missing", language), method(f"missing {origin.missing}", language)
    yield from _errors(content)
    rule = scheme_of(estimates.findings)
    if rule is not None:
        hidden = any(f.code == "SUPPRESSED" for f in estimates.findings)
        yield method("rule", language), _rule(rule, setting, hidden=hidden)
    if spec is not None and spec.norm and spec.law_as_of is not None:
        standard = method(f"law {spec.standard}", language)
        yield method("law", language), f"{method('law text', language, spec.law_as_of)} {standard}"
    yield literature(language), "; ".join(_LITERATURE) + "."


def literature(language: str) -> str:
    """The word over the literature, whose titles are English."""
    return method("sources", language)


def _measures(there: Collection[object], language: str) -> Iterator[tuple[str, str]]:
    """What each measure on the page is."""
    shares = "contributions" if {"actb", "pctb"} & set(there) else ""
    for name in filter(None, (*(m for m in _MEASURES if m in there), shares)):
        yield method(name, language), method(f"{name} text", language)


def _errors(content: Content) -> Iterator[tuple[str, str]]:
    """Where standard errors and intervals come from."""
    setting, profiles = content.setting, content.wave.profiles
    language, origin = setting.language, content.figures.estimates.origin
    if not content.figures.with_errors:
        yield method("variance", language), method("no variance", language)
        return
    if profiles is not None:
        yield method("variance", language), _variance(profiles, content)
    if origin is not None and origin.level is not None:
        yield method("intervals", language), _intervals(origin.level, profiles, setting)


def _who(spec: Specification, k: str, setting: Setting) -> str:
    language = setting.language
    text = method(
        "who text",
        language,
        unit=shared(spec.unit, language),
        indicators=len(spec.indicators),
        dimensions=len(spec.dimension),
        k=k,
    )
    unions = [d.label(language) for d in spec.dimension if d.rule == "union"]
    return f"{text} {method('union text', language, ', '.join(unions))}" if unions else text


def _variance(profiles: Profiles, content: Content) -> str:
    language = content.setting.language
    design, sampled = profiles.design, profiles.sampled
    assert sampled is not None  # noqa: S101 -- there are errors
    if design.replicates is not None:
        return method("by replicates", language, design.replicates.method)
    units = method(f"units {sampled.kind}", language)
    sentences = [method("by linearisation", language, units=units)]
    sentences.append(method("domains", language))
    strata = len({label[0] for label in sampled.labels})
    drawn = sampled.drawn
    first = len({label[:2] for label in sampled.labels}) if drawn is None else int(drawn.sum())
    counts = [_count(n, content.setting) for n in (first, strata)]
    sentences.append(method("sampled", language, *counts))
    if not bool(np.isnan(sampled.fpc).all()):
        sentences.append(method("finite", language))
    lonely = content.wave.lonely_psu or design.lonely_psu
    if any(f.code == "LONELY_PSU" for f in content.findings):
        sentences.append(method(f"lonely {lonely}", language))
    return " ".join(filter(None, sentences))


def _intervals(level: float, profiles: Profiles | None, setting: Setting) -> str:
    percent = f"{100 * level:g}".replace(".", setting.decimal)
    percent += "\u00a0%" if setting.language == "es" else "%"
    text = method("intervals text", setting.language, percent)
    # estimates that were given may have other intervals
    return text if profiles is None else f"{text} {method('logit', setting.language)}"


def _rule(name: str, setting: Setting, *, hidden: bool) -> str:
    scheme, language = SCHEMES[name], setting.language
    limits = thresholds(name, language, scheme.thresholds)
    named = f"{name} ({citation(name, language, scheme.source)})"
    text = method("rule text", language, named, limits)
    return f"{text} {method('withheld', language)}" if hidden else text


def _count(number: int, setting: Setting) -> str:
    text = f"{number:,}"
    return text.replace(",", ".") if setting.decimal == "," else text
