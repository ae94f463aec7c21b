"""Words and numbers of figures in English and Spanish."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "es"]

_WORDS: dict[str, tuple[str, str]] = {
    "H": ("Poor (H)", "Pobres (H)"),
    "A": ("Intensity (A)", "Intensidad (A)"),
    "M0": ("Adjusted headcount (M0)", "Incidencia ajustada (M0)"),
    "M1": ("Adjusted gap (M1)", "Brecha ajustada (M1)"),
    "M2": ("Adjusted squared gap (M2)", "Brecha cuadrada ajustada (M2)"),
    "hd": ("Deprived, poor or not (hd)", "Con privación, pobres o no (hd)"),
    "hdk": ("Poor and deprived (hdk)", "Pobres con privación (hdk)"),
    "actb": ("Contribution to M0 (actb)", "Contribución a M0 (actb)"),
    "pctb": ("Share of M0 (pctb)", "Parte de M0 (pctb)"),
    "popsh": ("Share of the population", "Parte de la población"),
    "national": ("Whole population", "Población total"),
    "not published": ("not published", "no publicado"),
    "not defined": ("not defined", "no definido"),
    "no estimate": ("no estimate", "sin estimación"),
    "doubtful": ("open: flagged as {flags}", "vacío: con la señal {flags}"),
    "dotted": ("dotted: flagged as {flags}", "punteado: con la señal {flags}"),
    "survey": ("Survey: {date}", "Encuesta: {date}"),
    "n": ("n = {n} {unit}", "n = {n} {unit}"),
    "persons": ("persons", "personas"),
    "households": ("households", "hogares"),
    "cutoff": ("cutoff k = {k}", "corte k = {k}"),
    "source": ("Source: {source}", "Fuente: {source}"),
    "interval": ("{level} confidence intervals", "intervalos de confianza de {level}"),
    "intervals": ("confidence intervals", "intervalos de confianza"),
    "reconstruction": ("reconstruction", "reconstrucción"),
    "template": ("template", "plantilla"),
    "by group": ("Multidimensional poverty by {by}", "Pobreza multidimensional por {by}"),
    "overall": ("Multidimensional poverty", "Pobreza multidimensional"),
    "highest": ("Highest: {group}, {value}.", "Más alto: {group}, {value}."),
    "lowest": ("Lowest: {group}, {value}.", "Más bajo: {group}, {value}."),
    "groups": ("{n} groups.", "{n} grupos."),
    "to": ("{low} to {high}", "{low} a {high}"),
    "dots": (
        "Dots with confidence intervals of {what} by {by}, sorted by the first.",
        "Puntos con intervalos de confianza de {what} por {by}, ordenados por el primero.",
    ),
    "contributions": ("What M0 is made of", "De qué se compone M0"),
    "stacked": (
        "Stacked bars: {what} of {parts}.",
        "Barras apiladas: {what} de {parts}.",
    ),
    "dimensions": ("dimensions", "dimensiones"),
    "indicators": ("indicators", "indicadores"),
    "headcounts": ("Deprivations of all and of the poor", "Privaciones de todos y de los pobres"),
    "headcounts text": (
        "For each indicator: the share deprived in it; the share deprived in it and poor.",
        "Para cada indicador: la parte con la privación; la parte con la privación y pobre.",
    ),
    "curves": ("Poverty at every cutoff", "Pobreza en cada corte"),
    "curves text": (
        "Lines of {what} over the cutoff k, with bands, for {groups}.",
        "Líneas de {what} según el corte k, con bandas, para {groups}.",
    ),
    "k axis": ("poverty cutoff k", "corte de pobreza k"),
    "bands": (
        "bands: for the whole curve of a group at once",
        "bandas: para toda la curva de un grupo a la vez",
    ),
    "pointwise": (
        "bands: {level} at each cutoff by itself",
        "bandas: {level} en cada corte por separado",
    ),
    "changes": ("Change from {first} to {second}", "Cambio de {first} a {second}"),
    "changes text": (
        "An arrow for each group from its figure of {first} to that of {second}: {what}.",
        "Una flecha por grupo desde su cifra de {first} hasta la de {second}: {what}.",
    ),
    "fell": ("significant fall", "descenso significativo"),
    "rose": ("significant rise", "aumento significativo"),
    "unchanged": ("not significant", "no significativo"),
    "significant": (
        "* significant at {level} (p-values {adjusted})",
        "* significativo al {level} (valores p {adjusted})",
    ),
    "adjusted": ("adjusted for their number", "ajustados por su número"),
    "unadjusted": ("not adjusted for their number", "no ajustados por su número"),
    "counts": (
        "{fell} with a significant fall, {rose} with a significant rise, {rest} without.",
        "{fell} con descenso significativo, {rose} con aumento significativo, {rest} sin ello.",
    ),
    "points": ("{value} pp", "{value} pp"),
    "overlap": ("Deprivations that people have together", "Privaciones que se dan juntas"),
    "of all": ("share of the population", "parte de la población"),
    "poor only": (
        "share of the population, only the poor (k = {k})",
        "parte de la población, solo los pobres (k = {k})",
    ),
    "any": ("in total", "en total"),
    "others": ("all others", "todas las demás"),
    "nothing": ("Deprived in none of them: {value}", "Sin ninguna de ellas: {value}"),
    "overlap text": (
        "Bars: shares of the population with exactly these deprivations together.",
        "Barras: parte de la población con exactamente estas privaciones juntas.",
    ),
    "ranks": ("Ranks under other choices", "Rangos con otras decisiones"),
    "rank axis": ("rank; 1 is the poorest", "rango; 1 es el más pobre"),
    "baseline": ("as specified", "según la especificación"),
    "baseline rank": ("rank as specified", "rango según la especificación"),
    "most scenarios": (
        "5th to 95th percentile of the scenarios",
        "percentiles 5 a 95 de los escenarios",
    ),
    "all scenarios": ("all scenarios", "todos los escenarios"),
    "rank text": (
        "For each group its rank and the ranks that it has under {n} other choices ({family}).",
        "Para cada grupo su rango y los rangos que tiene con otras {n} decisiones ({family}).",
    ),
    "scenarios": ("{n} scenarios: {family}", "{n} escenarios: {family}"),
    "kendall": ("Kendall's τ {value} on average", "τ de Kendall {value} en promedio"),
    "cutoff family": ("other cutoffs", "otros cortes"),
    "weights family": ("other weights", "otros pesos"),
    "indicators family": ("one indicator less", "un indicador menos"),
    "thresholds family": ("other thresholds", "otros umbrales"),
    "missing family": ("other treatment of missing answers", "otro trato de respuestas faltantes"),
    "draws family": ("weights drawn at random", "pesos al azar"),
    "quadrants": ("Income and rights", "Ingreso y derechos"),
    "deprived": ("deprived in rights", "con carencias de derechos"),
    "not deprived": ("not deprived", "sin carencias"),
    "below": ("income below the line", "ingreso bajo la línea"),
    "above": ("income not below", "ingreso no inferior"),
    "both": ("both", "ambos"),
    "rights only": ("rights only", "solo derechos"),
    "income only": ("income only", "solo ingreso"),
    "neither": ("neither", "ninguno"),
    "quadrants text": (
        "Shares of the population in four classes by income and rights:",
        "Parte de la población en cuatro clases según ingreso y derechos:",
    ),
    "why differ": ("Why the figures differ: {measure}", "Por qué difieren las cifras: {measure}"),
    "why changed": ("Why M0 changed", "Por qué cambió M0"),
    "waterfall text": ("Bars from part to part:", "Barras de parte en parte:"),
    "total": ("change of M0", "cambio de M0"),
    "incidence": ("incidence", "incidencia"),
    "intensity": ("intensity", "intensidad"),
    "within": ("within groups", "dentro de los grupos"),
    "population_share": ("population shares", "peso de los grupos"),
    "no_group": ("in no group", "en ningún grupo"),
    "interaction": ("interaction", "interacción"),
    "cutoff switch": ("cutoff", "corte"),
    "weights switch": ("weights", "pesos"),
    "rules switch": ("rules", "reglas"),
    "indicators switch": ("indicators of {spec} only", "indicadores solo de {spec}"),
    "raises": ("raises it", "lo aumenta"),
    "lowers": ("lowers it", "lo reduce"),
    "targets": ("Targets: {plan}", "Metas: {plan}"),
    "way": (
        "way from the baseline (0 %) to the goal (100 %)",
        "camino desde la línea de base (0 %) hasta la meta (100 %)",
    ),
    "progress rule": (
        "on track from {green} of the way due by then, slow from {yellow}",
        "en camino desde {green} de lo esperado a esa fecha, lento desde {yellow}",
    ),
    "significance rule": (
        "on track at the path or better, slow if not significantly worse at {level}",
        "en camino en el nivel esperado o mejor, lento si no es significativamente peor al {level}",
    ),
    "green": ("on track", "en camino"),
    "yellow": ("slow", "lento"),
    "red": ("off track", "fuera de camino"),
    "not assessed": ("not assessed", "no evaluado"),
    "due": ("due by then", "esperado a esa fecha"),
    "projected": ("trend by the goal's year", "tendencia al año de la meta"),
    "latest": ("figure", "cifra"),
    "distance": ("interval of the distance", "intervalo de la distancia"),
    "no way": ("goal and baseline are equal", "meta y línea de base son iguales"),
    "target values": (
        "{base} ({base_year}) → {value} ({year}); goal {goal} ({goal_year})",
        "{base} ({base_year}) → {value} ({year}); meta {goal} ({goal_year})",
    ),
    "targets text": ("{n} targets:", "{n} metas:"),
    "map": ("{what}, by {by}", "{what}, por {by}"),
    "map text": ("Map of {what} by {by}, {n} areas.", "Mapa de {what} por {by}, {n} áreas."),
    "small": ("fewer than {n} in the sample", "menos de {n} en la muestra"),
    "areas without": ("Areas without an estimate: {n}", "Áreas sin estimación: {n}"),
    "groups without": ("Not on the map: {groups}", "Sin área en el mapa: {groups}"),
    "flagged": ("flagged: {flags}", "con la señal: {flags}"),
    "none published": ("Not published: {groups}.", "No publicado: {groups}."),
}

_SHARES = ("H", "A", "hd", "hdk", "hd_available", "popsh", "pctb", "category", "overlap")


def word(key: str, language: Language, **values: object) -> str:
    """A phrase in a language, with its values."""
    pair = _WORDS.get(key, (key, key))
    phrase = pair[1] if language == "es" else pair[0]
    return phrase.format(**values) if values else phrase


def known_word(key: str) -> bool:
    """Whether there is a phrase for a key."""
    return key in _WORDS


def number(value: float, language: Language, *, digits: int = 3, sign: bool = False) -> str:
    """A number with the language's decimal sign.

    Examples
    --------
    >>> number(1234.5, "es", digits=1), number(-0.25, "en", digits=2)
    ('1.234,5', '−0.25')
    """
    if not math.isfinite(value):
        return ""
    text = f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("+-")  # no sign on a rounded zero
    text = text.replace("-", "−")
    return text.translate(str.maketrans(",.", ".,")) if language == "es" else text


def percent(share: float, language: Language, *, digits: int = 1) -> str:
    """A share as a percentage.

    Examples
    --------
    >>> percent(0.125, "en"), percent(0.125, "es")
    ('12.5%', '12,5 %')
    """
    if not math.isfinite(share):
        return ""
    space = " " if language == "es" else ""
    return f"{number(100 * share, language, digits=digits)}{space}%"


def is_share(measure: str) -> bool:
    """Whether figures of a measure are written as percentages."""
    return measure in _SHARES


def figure_text(value: float, measure: str, language: Language) -> str:
    """A figure as it is written: shares in percent with one decimal, others with three decimals."""
    if is_share(measure):
        return percent(value, language)
    return number(value, language, digits=0 if abs(value) >= 10 else 3)


def measure_name(measure: str, language: Language) -> str:
    """What a measure is called."""
    return word(measure, language)
