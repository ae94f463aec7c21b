"""Words of tables and workbooks, in English and Spanish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from mpi.errors import EstimationError, Problem, nearest

Language: TypeAlias = Literal["en", "es"]

# key: English, Spanish
_WORDS: Mapping[str, tuple[str, str]] = {
    "national": ("Whole population", "Total de la población"),
    "group": ("Group", "Grupo"),
    "by": ("By {}", "Según {}"),
    "measure": ("Measure", "Medida"),
    "dimension": ("Dimension", "Dimensión"),
    "indicator": ("Indicator", "Indicador"),
    "category": ("Category", "Categoría"),
    "cutoff": ("Cutoff k", "Corte k"),
    "weight": ("Weight", "Ponderación"),
    "H": ("H, incidence (%)", "H, incidencia (%)"),
    "A": ("A, intensity (%)", "A, intensidad (%)"),
    "M0": ("M0, adjusted headcount", "M0, incidencia ajustada"),
    "hd": ("Uncensored headcount (%)", "Tasa sin censura (%)"),
    "hdk": ("Censored headcount (%)", "Tasa censurada (%)"),
    "actb": ("Contribution to M0, absolute", "Contribución a M0, absoluta"),
    "pctb": ("Contribution to M0 (%)", "Contribución a M0 (%)"),
    "popsh": ("Share of population (%)", "Participación en la población (%)"),
    "category share": ("Share of population (%)", "Porcentaje de la población (%)"),
    "estimate": ("Estimate", "Estimación"),
    "se": ("SE", "EE"),
    "ci_low": ("CI low", "LI"),
    "ci_high": ("CI high", "LS"),
    "cv": ("CV (%)", "CV (%)"),
    "n": ("n", "n"),
    "n_psu": ("PSUs", "UPM"),
    "sample": ("Sample", "Muestra"),
    "headline title": (
        "Incidence, intensity and adjusted headcount of multidimensional poverty",
        "Incidencia, intensidad e incidencia ajustada de la pobreza multidimensional",
    ),
    "groups title": ("Multidimensional poverty by {}", "Pobreza multidimensional según {}"),
    "indicators title": (
        "Deprivation in each indicator: uncensored and censored headcounts",
        "Privación en cada indicador: tasas sin censura y censuradas",
    ),
    "hd by title": (
        "Uncensored headcounts of each indicator by {} (%)",
        "Tasas sin censura de cada indicador según {} (%)",
    ),
    "hdk by title": (
        "Censored headcounts of each indicator by {} (%)",
        "Tasas censuradas de cada indicador según {} (%)",
    ),
    "contributions title": (
        "Contribution of each dimension and indicator to M0",
        "Contribución de cada dimensión e indicador a M0",
    ),
    "pctb by title": (
        "Contribution of each indicator to M0 by {} (%)",
        "Contribución de cada indicador a M0 según {} (%)",
    ),
    "categories title": (
        "Categories of the specification",
        "Categorías de la especificación",
    ),
    "categories by title": (
        "Categories of the specification by {} (%)",
        "Categorías de la especificación según {} (%)",
    ),
    "changes title": ("Change of {}, {}", "Cambio de {}, {}"),
    "indicator changes title": (
        "Change of the headcounts of each indicator, {}",
        "Cambio de las tasas de cada indicador, {}",
    ),
    "all M0": ("All indicators: M0", "Todos los indicadores: M0"),
    "absolute": ("Absolute change", "Cambio absoluto"),
    "relative": ("Relative change (%)", "Cambio relativo (%)"),
    "annual": ("a year", "por año"),
    "whole period": ("whole period", "todo el período"),
    "figure": ("Figure", "Cifra"),
    "p_value": ("p", "p"),
    "p_adjusted": ("p, adjusted", "p, ajustado"),
    "change in points": (
        "Changes of H, A and headcounts are in percentage points, those of M0 in its own unit.",
        "Los cambios de H, A y de las tasas están en puntos porcentuales; los de M0, en su unidad.",
    ),
    "errors of changes": (
        (
            "SE: standard error; CI: confidence interval, at the level of the estimates; relative "
            "changes a year are compound."
        ),
        (
            "EE: error estándar; LI, LS: límites del intervalo de confianza, al nivel de las "
            "estimaciones; los cambios relativos por año son compuestos."
        ),
    ),
    "stars": (
        "*** p < 0.01, ** p < 0.05, * p < 0.10, two-sided; {}.",
        "*** p < 0.01, ** p < 0.05, * p < 0.10, de dos colas; {}.",
    ),
    "stars of p": ("p as computed for each row", "p de cada fila"),
    "stars of adjusted": (
        "p adjusted for the number of rows of the result",
        "p ajustado por el número de filas del resultado",
    ),
    "from to": ("{} to {}", "{} a {}"),
    "specification title": ("Specification: {}", "Especificación: {}"),
    "basis title": ("Legal basis of every threshold", "Base legal de cada umbral"),
    "norms title": (
        "Norms: values by date and birth cohort",
        "Normas: valores por fecha y cohorte de nacimiento",
    ),
    "profiles": ("profiles", "perfiles"),
    "applies to": ("Applies to", "Se aplica a"),
    "deprived if": ("Deprived if", "Privado si"),
    "id": ("Id", "Id"),
    "of": ("Of", "De"),
    "instrument": ("Instrument", "Instrumento"),
    "article": ("Article", "Artículo"),
    "status": ("Status", "Estatus"),
    "published": ("Published", "Publicación"),
    "link": ("Link", "Enlace"),
    "note": ("Note", "Nota"),
    "mark": ("Mark", "Marca"),
    "confirmed": ("confirmed", "confirmado"),
    "unconfirmed": ("unconfirmed", "sin confirmar"),
    "partly unconfirmed": ("partly unconfirmed", "en parte sin confirmar"),
    "value": ("Value", "Valor"),
    "unit": ("Unit", "Unidad"),
    "born": ("Born", "Nacidos"),
    "born to": ("born to {}", "nacidos hasta {}"),
    "born from": ("born from {}", "nacidos desde {}"),
    "born in": ("born {}", "nacidos en {}"),
    "born between": ("born {} to {}", "nacidos de {} a {}"),
    "in force": ("In force from", "Vigente desde"),
    "until": ("Until", "Hasta"),
    "statute": ("statute", "ley"),
    "guideline": ("guideline", "lineamiento oficial"),
    "convention": ("convention", "convención"),
    "reconstruction": ("reconstruction", "reconstrucción"),
    "template": ("template", "plantilla"),
    "norm": ("norm", "norma"),
    "parameter": ("parameter", "parámetro"),
    "condition": ("condition", "condición"),
    "no basis": ("no basis is given", "no se indica la base"),
    "persons": ("persons", "personas"),
    "households": ("households", "hogares"),
    "household": ("household", "hogar"),
    "person": ("person", "persona"),
    "units": (
        (
            "Shares, their standard errors and limits are in percent; M0 and absolute "
            "contributions lie between 0 and 1."
        ),
        (
            "Las proporciones, sus errores estándar y sus límites están en por ciento; M0 y las "
            "contribuciones absolutas están entre 0 y 1."
        ),
    ),
    "uncertainty": (
        (
            "SE: standard error; CI: confidence interval ({} %); CV: coefficient of variation; "
            "n: {} in the sample; PSU: primary sampling unit."
        ),
        (
            "EE: error estándar; LI, LS: límites del intervalo de confianza ({} %); CV: "
            "coeficiente de variación; n: {} en la muestra; UPM: unidad primaria de muestreo."
        ),
    ),
    "undefined": (
        "–: not defined or not computed (intensity where nobody is poor, for one).",
        "–: no definido o no calculado (por ejemplo, la intensidad donde nadie es pobre).",
    ),
    "withheld": (
        "{}: withheld by the rule for publication '{}' ({}).",
        "{}: omitido por la regla de publicación «{}» ({}).",
    ),
    "without mark": ("Without a mark: {}.", "Sin marca: {}."),
    "parentheses": ("In parentheses: few cases.", "Entre paréntesis: pocos casos."),
    "rule": ("Rule for publication: {}", "Regla de publicación: {}"),
    "scheme unconfirmed": (
        "its thresholds were not compared with the text of their source",
        "sus umbrales no se han cotejado con el texto de la fuente",
    ),
    "policy drop": ("units left out", "se excluyen las unidades"),
    "policy reweight": ("weight shared by the others", "ponderación repartida entre los demás"),
    "policy reweight-dimension": (
        "weight shared within the dimension",
        "ponderación repartida dentro de la dimensión",
    ),
    "policy nondeprived": ("taken as not deprived", "se toman como no privadas"),
    "policy bounds": ("bounds", "cotas"),
    "bound lower": ("lower bound", "cota inferior"),
    "bound upper": ("upper bound", "cota superior"),
    "counted": ("counted: {}", "se cuentan: {}"),
    "missing": ("missing answers: {}", "respuestas faltantes: {}"),
    "survey of": ("survey of {}", "encuesta de {}"),
    "source": ("Source: {}", "Fuente: {}"),
    "computed": (
        "computed with alkire-foster {}; specification {}",
        "cálculos con alkire-foster {}; especificación {}",
    ),
    "contents": ("Contents", "Contenido"),
    "tables": ("Tables", "Cuadros"),
    "table": ("Table", "Cuadro"),
    "sheet": ("Sheet", "Hoja"),
    "title": ("Title", "Título"),
    "back": ("Back to contents", "Volver al contenido"),
    "notes": ("Notes", "Notas"),
    "findings": ("Findings", "Hallazgos"),
    "findings title": (
        "What to know about these results",
        "Lo que conviene saber de estos resultados",
    ),
    "code": ("Code", "Código"),
    "where": ("Where", "Dónde"),
    "detail": ("Detail", "Detalle"),
    "count": ("Count", "Número"),
    "of how many": ("Of", "De"),
    "share": ("Share of population", "Proporción de la población"),
    "metadata": ("Metadata", "Metadatos"),
    "data": ("Data", "Datos"),
    "data title": (
        "All figures, one row each, with full precision (shares from 0 to 1)",
        "Todas las cifras, una por fila, con precisión completa (proporciones de 0 a 1)",
    ),
    "specification": ("Specification", "Especificación"),
    "basis": ("Legal basis", "Base legal"),
    "norms": ("Norms", "Normas"),
    "fingerprint": ("Fingerprint", "Huella"),
    "program": ("Program", "Programa"),
    "date": ("Date of the survey", "Fecha de la encuesta"),
    "what is counted": ("What is counted", "Qué se cuenta"),
    "missing answers": ("Missing answers", "Respuestas faltantes"),
    "confidence": ("Level of confidence", "Nivel de confianza"),
    "not official": (
        "Not official: the specification is a {}.",
        "No oficial: la especificación es una {}.",
    ),
    "bases": ("Legal bases, and how sure they are", "Bases legales y su certeza"),
    "summary of": ("{}: {}", "{}: {}"),
    "sources": ("Sources", "Fuentes"),
    "headline": ("Headline", "Principales"),
    "groups": ("By {}", "Según {}"),
    "indicators": ("Indicators", "Indicadores"),
    "contributions": ("Contributions", "Contribuciones"),
    "hd short": ("Uncensored", "Sin censura"),
    "hdk short": ("Censored", "Censuradas"),
    "pctb short": ("Contributions", "Contribuciones"),
    "categories": ("Categories", "Categorías"),
    "changes": ("Changes", "Cambios"),
    "and": (" and ", " y "),
    "x": (" by ", " y "),
    "quoted": ("'{}'", "«{}»"),
    # flags of the schemes; their codes stay as they are in files
    "reliable": ("reliable", "fiable"),
    "weakly reliable": ("weakly reliable", "poco fiable"),
    "unreliable": ("unreliable", "no fiable"),
    "not assessed": ("not assessed", "no evaluado"),
    "suppress": ("suppressed", "suprimido"),
    "suppressed": ("suppressed", "suprimido"),
    "review": ("to be reviewed", "por revisar"),
    "publish": ("published", "publicable"),
    "in parentheses": ("few cases", "pocos casos"),
    "high": ("high precision", "precisión alta"),
    "moderate": ("moderate precision", "precisión moderada"),
    "low": ("low precision", "precisión baja"),
    "very good": ("very good", "muy buena"),
    "good": ("good", "buena"),
    "fair": ("fair", "aceptable"),
    "with caution": ("use with caution", "usar con precaución"),
}
# thresholds of the rules for publication; English ones stand in `mpi.publication.SCHEMES`
_THRESHOLDS: Mapping[str, str] = {
    "ine-chile-2020": "n < 60 o gl < 9: no fiable. Proporciones: EE hasta p^(2/3)/9 (de 1 - p por "
    "encima de 1/2) fiable; si no, poco fiable. Otras: CV hasta 15 % fiable, hasta 30 % poco "
    "fiable.",
    "ine-chile-economic-2024": "n < 30 (salvo que esté planificado) o gl < 9: no fiable. "
    "Proporciones como en ine-chile-2020. Otras: CV hasta 20 % fiable, hasta 30 % poco fiable.",
    "eclac-2020": "n < 100, n/deff < 140, casos < 50 o CV logarítmico de una proporción superior "
    "a 17.5 %: suprimir. gl < 9 o CV desde 20 %: revisar (para lo que no es proporción, lectura "
    "nuestra).",
    "eclac-2023": "deff < 1 (salvo que esté planificado y n desde 100), n/deff < 60, es decir "
    "n < 60, o gl < 9 (salvo que esté planificado): no fiable. Proporciones: CV logarítmico hasta "
    "17.5 % con 50 casos fiable, con 30 poco fiable; por encima, solo proporciones desde 1/2 con "
    "30 casos, poco fiable. Otras: CV hasta 20 % con 50 casos fiable, hasta 30 % con 30 poco "
    "fiable.",
    "inegi": "CV inferior a 15 % precisión alta, a 30 % moderada; si no, baja.",
    "dane": "CV hasta 7 % muy buena, hasta 15 % buena, hasta 20 % aceptable; por encima, usar con "
    "precaución.",
    "dhs": "n < 25 suprimido, n < 50 entre paréntesis.",
}
# their sources, which stand in English there too
_CITATIONS: Mapping[str, str] = {
    "ine-chile-2020": "INE Chile (2020), estándar de calidad de encuestas de hogares, como en su "
    "programa `calidad`, abril de 2025",
    "ine-chile-economic-2024": "INE Chile (2024), como en su programa `calidad`, abril de 2025",
    "eclac-2020": "CEPAL (2020), criterios de calidad de encuestas de hogares, como en el programa "
    "`calidad` del INE de Chile",
    "eclac-2023": "CEPAL (2023), como en el programa `calidad` del INE de Chile, abril de 2025",
    "inegi": "INEGI, sin confirmar",
    "dane": "DANE, sin confirmar",
    "dhs": "Programa DHS, sin confirmar",
}
_PLACE = {"en": 0, "es": 1}


def word(key: str, language: str, *values: object) -> str:
    """A word or sentence in a language, with values in its places.

    Examples
    --------
    >>> word("groups title", "es", "región")
    'Pobreza multidimensional según región'
    """
    text = _WORDS[key][_PLACE[language]]
    return text.format(*values) if values else text


def known(key: str, language: str) -> str:
    """The word, or the key itself where there is none."""
    return word(key, language) if key in _WORDS else key


def thresholds(scheme: str, language: str, english: str) -> str:
    """Thresholds of a rule for publication in a language."""
    return _THRESHOLDS.get(scheme, english) if language == "es" else english


def citation(scheme: str, language: str, english: str) -> str:
    """Source of a rule for publication in a language."""
    return _CITATIONS.get(scheme, english) if language == "es" else english


def marked(name: str, language: str) -> str:
    """The id of a specification with its mark in a language.

    Examples
    --------
    >>> marked("toy [reconstruction]", "es"), marked("toy", "es")
    ('toy [reconstrucción]', 'toy')
    """
    base, bracket, status = name.removesuffix("]").rpartition(" [")
    return f"{base} [{known(status, language)}]" if bracket and name.endswith("]") else name


def check_language(language: object) -> None:
    """Refuse a language whose words are not there.

    Raises
    ------
    EstimationError
        If it is neither English nor Spanish.
    """
    languages = get_args(Language)
    if language not in languages:
        hint = nearest(str(language), languages)
        expected = "Choose 'en' or 'es'."
        found = f"there is no {language!r}"
        raise EstimationError("language", [Problem("", found, expected, hint)])
