"""Words and sentences of reports, in English and Spanish."""

from __future__ import annotations

from collections.abc import Mapping

from mpi.report.words import known, word

# key: English, Spanish
WORDS: Mapping[str, tuple[str, str]] = {
    "skip": ("Skip to the results", "Ir a los resultados"),
    "contents": ("Contents", "Contenido"),
    "top": ("Back to contents", "Volver al contenido"),
    "headline": ("Main results", "Resultados principales"),
    "maps": ("Maps", "Mapas"),
    "groups": ("By {}", "Según {}"),
    "indicators": ("Deprivations", "Privaciones"),
    "contributions": ("Composition of poverty", "Composición de la pobreza"),
    "cutoffs": ("Other cutoffs", "Otros cortes"),
    "categories": ("Categories", "Categorías"),
    "changes": ("Changes: {}", "Cambios: {}"),
    "method": ("Method", "Método"),
    "law": ("Specification and legal basis", "Especificación y base legal"),
    "findings": ("What to know about these results", "Lo que conviene saber de estos resultados"),
    "provenance": ("Provenance", "Procedencia"),
    "figure": ("Figure {}.", "Figura {}."),
    "table": ("Table {}.", "Cuadro {}."),
    "described": ("Figure {} in words", "La figura {} en palabras"),
    "more": ("Indicators by {}: more tables", "Indicadores según {}: más cuadros"),
    "further": ("By {}, other cutoffs", "Según {}, otros cortes"),
    "page": ("Report on multidimensional poverty", "Informe de pobreza multidimensional"),
    "survey of": ("Survey of {}", "Encuesta de {}"),
    "sample": ("{} {} in the sample", "{} {} en la muestra"),
    "H card": ("Poor (H)", "Pobres (H)"),
    "A card": ("Intensity (A)", "Intensidad (A)"),
    "M0 card": ("Adjusted headcount (M0)", "Incidencia ajustada (M0)"),
    "H text": ("share of the population that is poor", "parte de la población que es pobre"),
    "A text": (
        "mean share of weighted deprivations among the poor",
        "parte media de las privaciones ponderadas entre los pobres",
    ),
    "M0 text": ("H times A, from 0 to 1", "H por A, de 0 a 1"),
    "limits": ("{} confidence interval: {} to {}", "intervalo de confianza de {}: {} a {}"),
    "not published": ("not published", "no publicado"),
    "not defined": ("not defined", "no definido"),
    "flagged": ("flagged: {}", "con la señal: {}"),
    "at": ("cutoff k = {}", "corte k = {}"),
    "contributions by": ("What M0 is made of, by {}", "De qué se compone M0, según {}"),
    "change of H": (
        "Change of the share of the poor (H), by {}",
        "Cambio de los pobres (H), según {}",
    ),
    "many groups": (
        "{} groups are too many for a figure; the table has them all.",
        "{} grupos son demasiados para una figura; el cuadro los tiene todos.",
    ),
    "bounds": (
        "Missing answers are bounded, so every figure is a range: the tables have its ends.",
        (
            "Las respuestas faltantes se acotan, de modo que cada cifra es un rango: los cuadros "
            "tienen sus extremos."
        ),
    ),
    "map": ("Map: {}", "Mapa: {}"),
    "curve": ("Poverty at every cutoff: {}", "Pobreza en cada corte: {}"),
    "findings of cutoffs": ("At other cutoffs", "En otros cortes"),
    "no findings": ("There are none.", "No hay ninguno."),
    "findings language": ("", "Los textos de los hallazgos están en inglés."),
    "counted": ("Count", "Número"),
    "of": ("Of", "De"),
    "code": ("Code", "Código"),
    "where": ("Where", "Dónde"),
    "detail": ("Detail", "Detalle"),
    "share": ("Share of population (%)", "Proporción de la población (%)"),
    "all cutoffs title": (
        "Multidimensional poverty of the whole population at each cutoff",
        "Pobreza multidimensional del total de la población en cada corte",
    ),
    "all cutoffs text": (
        (
            "H and M0 change only at the scores that somebody can have. The figures are computed "
            "at {} cutoffs; lines connect them."
        ),
        (
            "H y M0 cambian solo en los puntajes que alguien puede tener. Las cifras se calculan "
            "en {} cortes; las líneas los unen."
        ),
    ),
    "not official": (
        "Not official: the specification is a {}.",
        "No oficial: la especificación es una {}.",
    ),
    "changes text": (
        (
            "Stars mark changes that differ from zero. The p-values of H, A and M0 are adjusted by "
            "Holm's method for the number of changes of the measure, those of indicators are not."
        ),
        (
            "Los asteriscos señalan los cambios distintos de cero. Los valores p de H, A y M0 se "
            "ajustan por el método de Holm según el número de cambios de la medida; los de los "
            "indicadores, no."
        ),
    ),
}

METHOD: Mapping[str, tuple[str, str]] = {
    "who": ("Who is poor", "Quién es pobre"),
    "who text": (
        (
            "Each {unit} is compared with {indicators} indicators in {dimensions} dimensions. Its "
            "score is the sum of the weights of the indicators in which it is deprived. It is poor"
            " if the score is {k} or more. Weights, scores and cutoffs are exact fractions; a "
            "score that equals the cutoff is poor."
        ),
        (
            "Cada {unit} se compara con {indicators} indicadores en {dimensions} dimensiones. Su "
            "puntaje es la suma de las ponderaciones de los indicadores en que tiene privación. Es"
            " pobre si el puntaje es {k} o más. Ponderaciones, puntajes y cortes son fracciones "
            "exactas; un puntaje igual al corte es pobre."
        ),
    ),
    "union text": (
        (
            "Dimensions that count as a whole ({}): whoever is deprived in any of their indicators"
            " is deprived in the dimension."
        ),
        (
            "Dimensiones que cuentan como un todo ({}): quien tiene privación en alguno de sus "
            "indicadores la tiene en la dimensión."
        ),
    ),
    "counted": ("Who is counted", "A quién se cuenta"),
    "counted persons": (
        "Results count persons, each with its sampling weight.",
        "Los resultados cuentan personas, cada una con su factor de expansión.",
    ),
    "counted households": (
        "Results count households, each with its sampling weight.",
        "Los resultados cuentan hogares, cada uno con su factor de expansión.",
    ),
    "H": ("H, incidence", "H, incidencia"),
    "H text": (
        "Weighted number of the poor over that of everybody who is counted.",
        "Número ponderado de pobres sobre el de todos los que se cuentan.",
    ),
    "A": ("A, intensity", "A, intensidad"),
    "A text": (
        "Weighted mean of the scores of the poor.",
        "Media ponderada de los puntajes de los pobres.",
    ),
    "M0": ("M0, adjusted headcount", "M0, incidencia ajustada"),
    "M0 text": (
        "H times A: the weighted sum of the scores of the poor over the number of everybody.",
        "H por A: la suma ponderada de los puntajes de los pobres sobre el número de todos.",
    ),
    "hd": ("hd, uncensored headcount", "hd, tasa sin censura"),
    "hd text": (
        "Share of everybody who is deprived in an indicator, poor or not.",
        "Parte de todos que tiene privación en un indicador, sea pobre o no.",
    ),
    "hdk": ("hdk, censored headcount", "hdk, tasa censurada"),
    "hdk text": (
        "Share of everybody who is poor and deprived in an indicator.",
        "Parte de todos que es pobre y tiene privación en un indicador.",
    ),
    "contributions": ("Contributions", "Contribuciones"),
    "contributions text": (
        (
            "Weight of an indicator times its censored headcount: its part of M0. As a share, this"
            " part over M0. The parts of all indicators add up to M0."
        ),
        (
            "Ponderación de un indicador por su tasa censurada: su parte de M0. Como proporción, "
            "esa parte sobre M0. Las partes de todos los indicadores suman M0."
        ),
    ),
    "missing": ("Missing answers", "Respuestas faltantes"),
    "missing drop": (
        (
            "Whoever lacks the answer to an indicator is left out of the figures, and stays in the"
            " sample for their errors."
        ),
        (
            "Quien carece de la respuesta a un indicador queda fuera de las cifras, y sigue en la "
            "muestra para sus errores."
        ),
    ),
    "missing reweight": (
        "The weight of an indicator without an answer is shared by all others.",
        "La ponderación de un indicador sin respuesta se reparte entre todos los demás.",
    ),
    "missing reweight-dimension": (
        "The weight of an indicator without an answer is shared by the others of its dimension.",
        "La ponderación de un indicador sin respuesta se reparte entre los demás de su dimensión.",
    ),
    "missing nondeprived": (
        "Whoever lacks the answer to an indicator counts as not deprived in it.",
        "Quien carece de la respuesta a un indicador cuenta como sin privación en él.",
    ),
    "missing bounds": (
        "Figures are given twice: with every missing answer as not deprived, and as deprived.",
        "Las cifras se dan dos veces: con toda respuesta faltante como sin privación, y con ella.",
    ),
    "variance": ("Standard errors", "Errores estándar"),
    "no variance": ("Sampling errors were not computed.", "No se calcularon errores de muestreo."),
    "by replicates": (
        (
            "From replicate weights ({}): every figure is computed with each of them, and the "
            "squared deviations are added."
        ),
        (
            "De ponderaciones replicadas ({}): cada cifra se calcula con cada una de ellas, y se "
            "suman las desviaciones al cuadrado."
        ),
    ),
    "by linearisation": (
        (
            "Every figure is a ratio of two totals. It is linearised, its values are summed by "
            "{units}, and the variance is that between these sums within strata."
        ),
        (
            "Cada cifra es una razón de dos totales. Se linealiza, sus valores se suman por "
            "{units}, y la varianza es la que hay entre esas sumas dentro de los estratos."
        ),
    ),
    "units psu": ("primary sampling unit", "unidad primaria de muestreo"),
    "units household": ("household", "hogar"),
    "units row": ("person", "persona"),
    "domains": (
        "A group is a domain: units without members of the group stay in the sample.",
        "Un grupo es un dominio: las unidades sin miembros del grupo siguen en la muestra.",
    ),
    "sampled": (
        "{} units in {} strata were drawn.",
        "Se seleccionaron {} unidades en {} estratos.",
    ),
    "finite": (
        "The shares of units that were drawn enter (finite populations).",
        "Entran las fracciones de unidades seleccionadas (poblaciones finitas).",
    ),
    "lonely fail": ("", ""),
    "lonely certainty": (
        "A stratum with a single unit adds nothing to the variance.",
        "Un estrato con una sola unidad no suma nada a la varianza.",
    ),
    "lonely adjust": (
        "A stratum with a single unit adds its squared distance from the mean of all units.",
        "Un estrato con una sola unidad suma su distancia al cuadrado de la media de todas.",
    ),
    "lonely average": (
        "A stratum with a single unit adds the mean of what the others add.",
        "Un estrato con una sola unidad suma la media de lo que suman los demás.",
    ),
    "lonely collapse": (
        "A stratum with a single unit is joined with another.",
        "Un estrato con una sola unidad se une a otro.",
    ),
    "intervals": ("Intervals", "Intervalos"),
    "intervals text": ("Confidence intervals cover {}.", "Los intervalos de confianza cubren {}."),
    "logit": (
        (
            "Those of proportions are symmetric on the logit scale, so that they stay between 0 "
            "and 1; contributions have symmetric ones."
        ),
        (
            "Los de proporciones son simétricos en la escala logit, de modo que quedan entre 0 y "
            "1; los de contribuciones son simétricos."
        ),
    ),
    "rule": ("Rule for publication", "Regla de publicación"),
    "rule text": ("Figures are flagged by {}: {}", "Las cifras llevan la señal de {}: {}"),
    "withheld": (
        (
            "Figures that this rule withholds are not on this page, and neither are the others of "
            "the same group and cutoff where its H is one of them."
        ),
        (
            "Las cifras que esta regla retiene no están en esta página; tampoco las otras del "
            "mismo grupo y corte si su H es una de ellas."
        ),
    ),
    "law": ("Law", "Derecho aplicado"),
    "law text": ("Norms are those in force on {}.", "Las normas son las vigentes el {}."),
    "law cohort": (
        "Each person is held to the norm of its own years of birth.",
        "A cada persona se le exige la norma de sus años de nacimiento.",
    ),
    "law current": (
        "Everybody is held to the standard in force, whatever the year of birth.",
        "A todos se les exige el estándar vigente, cualquiera que sea el año de nacimiento.",
    ),
    "sources": ("Literature", "Bibliografía"),
}

PROVENANCE: Mapping[str, tuple[str, str]] = {
    "specification": ("Specification", "Especificación"),
    "fingerprint": ("Fingerprint of the specification", "Huella de la especificación"),
    "status": ("Status", "Estatus"),
    "lacks": ("Not in the specification", "Lo que falta en la especificación"),
    "description": ("Description", "Descripción"),
    "sources": ("Sources of the specification", "Fuentes de la especificación"),
    "survey": ("Date of the survey", "Fecha de la encuesta"),
    "counted": ("In the sample", "En la muestra"),
    "file": ("File of the result", "Archivo del resultado"),
    "sha": ("SHA-256 of the file", "SHA-256 del archivo"),
    "sha table": ("SHA-256 of the profile table", "SHA-256 de la tabla de perfiles"),
    "sha rows": ("SHA-256 of the estimates", "SHA-256 de las estimaciones"),
    "geometry": ("Areas of the maps", "Áreas de los mapas"),
    "program": ("Program", "Programa"),
    "packages": ("Packages", "Paquetes"),
    "made": ("Made on", "Fecha de elaboración"),
    "data": ("Source of the data", "Fuente de los datos"),
}
_PLACE = {"en": 0, "es": 1}


def say(key: str, language: str, *values: object) -> str:
    """A word or sentence of a page in a language, with values in its places."""
    return WORDS[key][_PLACE[language]].format(*values)


def method(key: str, language: str, *values: object, **named: object) -> str:
    """A word or sentence on the method, with values in its places."""
    return METHOD[key][_PLACE[language]].format(*values, **named)


def provenance(key: str, language: str) -> str:
    """A word on where results come from."""
    return PROVENANCE[key][_PLACE[language]]


def shared(key: str, language: str) -> str:
    """A word that tables have too, or the key itself."""
    return known(key, language)


def counted(unit: str, language: str) -> str:
    """What is counted, in the plural."""
    return word(unit, language)
