"""One page a bundled specification, from its file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from _ext.marking import block, cell_code, code, contents, link, paragraphs, plain, table
from _ext.words import in_words
from mpi.spec.expression import Expression
from mpi.spec.model import Dimension, Indicator, Specification
from mpi.spec.norms import born
from mpi.spec.parts import Basis, Labelled

FOLDER = "generated/specifications"
_YEAR_AND_PERCENT = re.compile(r"(?=.*\b(?:19|20)\d\d\b)(?=.*\d\.\d %)", re.DOTALL)
_SAYS_RESULT = re.compile(r"Published|published (?:number|[\d.]+)|mismatch|reproduce", re.DOTALL)
_MADE = "Each page is made from the file when this site is built; `mpi show ID --toml` prints it."
_MARKS = (
    "Status says what fixes the threshold, not the rank of the instrument. Marks such as "
    "\\[confirmed: source\\] and \\[unconfirmed H\\] (M, L: of high, medium or low confidence) "
    "are those of the file."
)
_WHOM = " to whom it applies"
_STANDING = {
    "guideline": "An official methodology; what is not confirmed is marked.",
    "reconstruction": "**[reconstruction]** Parts of the rules are ours, and no published figure "
    "is claimed. Results carry the mark.",
    "template": "**[template]** The indicators are not known: it can be shown and checked, not "
    "computed.",
    "statute": "The rules stand in a law.",
    "convention": "The rules are custom.",
}


def pages(specs: Mapping[str, Specification]) -> Iterator[tuple[str, str]]:
    """Path and text of the page of each specification, and of their list."""
    yield f"{FOLDER}/index.md", _index(specs)
    for name, spec in specs.items():
        yield f"{FOLDER}/{name}.md", page(spec)


def _index(specs: Mapping[str, Specification]) -> str:
    rows = [
        (
            f"[{plain(name)}]({name}.md)",
            plain(spec.label("en")),
            plain(spec.label("es")),
            str(len(spec.dimension)),
            str(len(spec.indicators) or ""),
            str(spec.cutoff),
            plain(spec.status or ""),
        )
        for name, spec in specs.items()
    ]
    heads = ("id", "title", "título", "dimensions", "indicators", "cutoff", "status")
    return _text(
        [
            "# Bundled specifications",
            "",
            _MADE,
            "",
            *table(heads, rows),
            *contents(specs),
        ]
    )


def page(spec: Specification) -> str:
    """The page of one specification."""
    return _text(
        [
            f"# {plain(spec.label('en'))}",
            "",
            *_spanish(spec),
            f"{_STANDING.get(spec.status or '', 'The file states no status.')}",
            "",
            *table(("key", "value"), _facts(spec)),
            *paragraphs(spec.description),
            *_lacks(spec),
            *_results(spec),
            "## Dimensions and weights",
            "",
            *_weights(spec),
            *(["## Indicators", ""] if spec.indicators else []),
            *(line for dimension in spec.dimension for line in _dimension(dimension, spec)),
            *_parts(spec),
            *_norms(spec),
            "## The law",
            "",
            *_laws(spec),
            *_sources(spec),
        ]
    )


def _text(lines: list[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


def _spanish(part: Labelled) -> list[str]:
    spanish = part.label("es")
    return [f"*{plain(spanish)}*", ""] if spanish != part.label("en") else []


def _facts(spec: Specification) -> Iterator[tuple[str, str]]:
    yield "id", code(spec.id)
    yield "status", plain(spec.status or "not stated")
    yield "who is identified", f"a {spec.unit}"
    if spec.universe is not None:
        yield "universe", f"{in_words(spec.universe.tree)}: {cell_code(str(spec.universe))}"
    yield "cutoff", f"poor with a score of {spec.cutoff} or more"
    if spec.indicators:
        yield "scores", f"whole multiples of 1/{spec.scale}"
    yield "missing answers", f"{cell_code(spec.missing)}, unless told otherwise"
    if spec.law_as_of is not None:
        yield "law as of", plain(str(spec.law_as_of))
    yield "fingerprint", code(spec.fingerprint)


def _lacks(spec: Specification) -> list[str]:
    if not spec.lacks:
        return []
    return ["What is lacking:", "", *(f"- {plain(lack)}" for lack in spec.lacks), ""]


def sentences(text: str) -> list[str]:
    """Sentences of a text; a full stop within brackets ends none."""
    found, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if (
            depth == 0
            and re.match(r'[.\])]"?\s+["A-Z0-9]', text[at : at + 4])
            and (character == "." or text[start:at].count("[") == 1 + text[start:at].count("]"))
        ):
            found.append(text[start : at + 1])
            start = at + 1
    return [part.strip() for part in [*found, text[start:]] if part.strip()]


def _results(spec: Specification) -> list[str]:
    """What the file says of published results, sentence by sentence."""
    said = [
        sentence
        for part in re.split(r"\n\s*\n", spec.description)
        for sentence in sentences(" ".join(part.split()))
        if _YEAR_AND_PERCENT.search(sentence) or _SAYS_RESULT.search(sentence)
    ]
    shown = [f"- {plain(one)}" for one in said] or ["The file states no published result."]
    return ["## Results to check against", "", *shown, ""]


def _weights(spec: Specification) -> list[str]:
    shares: dict[str, str] = {}
    for dimension in spec.dimension:
        weights = [e.weight for e in spec.elements if e.dimension == dimension.id]
        shares[dimension.id] = str(sum(weights)) if weights else "not known"
    rows = []
    for dimension in spec.dimension:
        union = " (union: deprived in any)" if dimension.rule == "union" else ""
        rows.append((f"**{_both(dimension)}**{union}", f"**{shares[dimension.id]}**"))
        for one in dimension.indicator:
            weight = spec.weights.get(one.id)
            rows.append((_both(one), "" if weight is None else str(weight)))
    return table(("dimension, indicator", "weight"), rows)


def _both(part: Labelled) -> str:
    english, spanish = part.label("en"), part.label("es")
    return plain(english) if english == spanish else f"{plain(english)} / {plain(spanish)}"


def _dimension(dimension: Dimension, spec: Specification) -> Iterator[str]:
    if not dimension.indicator:
        return
    yield from (f"### {plain(dimension.label('en'))}", "", *_spanish(dimension))
    yield from paragraphs(dimension.note)
    for indicator in dimension.indicator:
        yield from _indicator(indicator, spec)


def _indicator(indicator: Indicator, spec: Specification) -> Iterator[str]:
    weight = spec.weights.get(indicator.id)
    yield from (f"#### {plain(indicator.label('en'))}", "", *_spanish(indicator))
    yield f"{code(indicator.id)}" + ("" if weight is None else f", weight {weight}")
    yield ""
    whom = _WHOM if indicator.applies_to is not None else ""
    if indicator.applies_to is not None:
        yield from _rule("Applies to", indicator.applies_to)
    yield from _rule("Deprived if", indicator.deprived, whom)
    if indicator.destitute is not None:
        yield from _rule("Destitute, by the stricter rule, if", indicator.destitute, whom)
    if indicator.gap is not None:
        yield from _rule("Depth (gap)", indicator.gap, whom)
    if indicator.if_none_applicable is not None:
        yield from (f"Nobody applicable: {plain(indicator.if_none_applicable)}.", "")
    if indicator.rights:
        yield from (f"Rights: {plain(', '.join(indicator.rights))}.", "")
    yield from paragraphs(indicator.note)


def _rule(head: str, rule: Expression, whom: str = "") -> Iterator[str]:
    """A rule in words, then as it is written."""
    yield from (f"{head}: {in_words(rule.tree, whom)}.", "")
    yield from block(str(rule), "python")


def _parts(spec: Specification) -> Iterator[str]:
    """Conditions, categories and parameters."""
    for head, parts in (("Conditions", spec.condition), ("Categories", spec.category)):
        if parts:
            yield from (f"## {head}", "")
        for part in parts:
            yield from (f"**{_both(part)}**, {code(part.id)}", "")
            yield from _rule("When", part.when)
            yield from paragraphs(part.note)
    rows = [
        (
            cell_code(one.id),
            _both(one),
            "has to be set" if one.value is None else str(one.value),
            plain(one.note),
        )
        for one in spec.parameter
    ]
    if rows:
        yield from ("## Parameters", "", *table(("id", "title", "value", "note"), rows))


def _norms(spec: Specification) -> Iterator[str]:
    if spec.norm:
        yield from ("## Norms", "")
    for norm in spec.norm:
        yield from (f"**{_both(norm)}**, {code(norm.id)}", "")
        yield from paragraphs(norm.note)
        rows = [
            (
                f"{value.value} {plain(norm.unit)}".strip(),
                plain(born(*value.cohort(spec.parameters)) or "everybody"),
                "" if value.in_force is None else plain(str(value.in_force)),
                "" if value.until is None else plain(str(value.until)),
                "; ".join(plain(f"{b.instrument} {b.article}".strip()) for b in value.basis),
            )
            for value in norm.value
        ]
        yield from table(("value", "born", "in force", "until", "instrument"), rows)


def _laws(spec: Specification) -> list[str]:
    """The legal basis of everything that has one, and what has none."""
    rows, without = [], []
    for part, bases in _based(spec):
        names = [_both(part), *[""] * len(bases)]  # once, above its further bases
        rows += [(name, *_basis(basis)) for name, basis in zip(names, bases, strict=False)]
        without += [] if bases else [f"{_both(part)} ({code(part.id)})"]
    lines = [
        _MARKS,
        "",
        *table(("of", "instrument", "status", "note"), rows),
    ]
    if without:
        lines += ["No basis is stated of:", "", *(f"- {name}" for name in without), ""]
    return lines


def _basis(basis: Basis) -> tuple[str, ...]:
    instrument = ", ".join(filter(None, (basis.instrument, basis.article)))
    published = f" ({basis.published.isoformat()})" if basis.published else ""
    note = plain(basis.note) + (f" {link(basis.link)}" if basis.link else "")
    return plain(instrument) + published, plain(basis.status), note


def _based(spec: Specification) -> Iterator[tuple[Labelled, tuple[Basis, ...]]]:
    for dimension in spec.dimension:
        if dimension.basis:
            yield dimension, dimension.basis
        for indicator in dimension.indicator:
            # one of a dimension that has a basis as a whole stands on that
            if indicator.basis or not dimension.basis:
                yield indicator, indicator.basis
    for norm in spec.norm:
        for value in norm.value:
            yield norm, value.basis
    for parameter in spec.parameter:
        yield parameter, parameter.basis
    for condition in spec.condition:
        if condition.basis:
            yield condition, condition.basis


def _sources(spec: Specification) -> list[str]:
    if not spec.sources:
        return []
    return ["## Sources", "", *(f"- {plain(source)}" for source in spec.sources), ""]
