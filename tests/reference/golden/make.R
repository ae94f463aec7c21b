# Expected figures of the golden set: `Rscript make.R` in this folder, after make_inputs.py.
# Writes expected/*.csv and versions.txt. Needs R with the package survey, nothing else.
suppressMessages(library(survey))
for (part in c("measures", "levels", "joint", "replicates")) source(file.path("r", paste0(part, ".R")))
by <- c("area", "region", "rare", "wave")
options(survey.lonely.psu = "fail", survey.adjust.domain.lonely = FALSE)
read <- function(file) prepare(read.csv(file.path("inputs", file)))

everyone <- read("survey.csv")
plain <- subset(everyone, stratum < 11)
clusters <- function(d) svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = d, nest = TRUE)
design <- clusters(plain)

# 1. levels: incomplete rows as a domain, or removed beforehand
removed <- clusters(subset(plain, complete))
write(rbind(levels_of("domain", design, by, figures(names(cutoffs)), names(cutoffs)),
            available_of("domain", design, by),
            levels_of("removed", removed, by, figures(c("1/3", "1/2")), c("1/3", "1/2"))), "levels.csv")
shares <- rbind(shares_of("domain", design, by, "1/3"), shares_of("domain", design, by, "1/2"))

# 2. strata with a single PSU
everything <- clusters(everyone)
lonely <- list()
core <- figures("1/3")
core <- core[core$measure %in% c("H", "M0", "A", "M1", "mean_score") |
               (core$measure %in% c("hd", "hdk", "pctb") & !is.na(core$indicator)), ]
for (option in c("remove", "certainty", "adjust", "average")) for (flag in c(FALSE, TRUE)) {
  options(survey.lonely.psu = option, survey.adjust.domain.lonely = flag)
  tag <- paste("lonely", option, flag, sep = "/")
  # totals under adjust depend on the version of survey: this one takes distances from zero
  totals <- if (option == "adjust") character() else "1/3"
  lonely[[tag]] <- suppressWarnings(levels_of(tag, everything, by, core, totals))
  if (!flag) shares <- rbind(shares, suppressWarnings(shares_of(tag, everything, by, "1/3")))
}
write(do.call(rbind, lonely), "lonely.csv")
write(unique(shares), "shares.csv")
options(survey.lonely.psu = "fail", survey.adjust.domain.lonely = FALSE)

# 3. intervals and design effects
columns <- c("H;1/3;" = "p1_3", "H;1/2;" = "p1_2", "M0;1/3;" = "s1_3", "hd;;water" = "g_water",
             "hd;;nutrition" = "g_nutrition")
write(rbind(intervals_of("domain", design, by, columns, 0.95), intervals_of("domain", design, by, columns, 0.9)),
      "intervals.csv")
f <- figures(c("1/3", "1/2"))
write(deff_of("domain", design, by, f[!f$measure %in% c("actb", "pctb") | f$dimension %in% "health", ]), "deff.csv")

# 4. covariances, contrasts, tests
key <- function(s) paste(s[1:5], collapse = ";")
whole <- c(list(spec_of("mean_score", "")), lapply(indicators, function(j) spec_of("hd", "", indicator = j)))
for (k in c("1/3", "1/2")) whole <- c(whole, lapply(c("H", "M0", "A", "M1", "M2"), spec_of, k = k))
whole <- c(whole, lapply(indicators, function(j) spec_of("hdk", "1/3", indicator = j)))
groups <- function(v) unlist(lapply(sort(unique(plain[[v]])), function(l) list(
  spec_of("H", "1/3", v, l), spec_of("M0", "1/3", v, l), spec_of("A", "1/3", v, l),
  spec_of("hd", "", v, l, "water"), spec_of("H", "1/2", v, l))), recursive = FALSE)
pairs_of <- function(by, a, b) lapply(list(c("H", "1/3", ""), c("M0", "1/3", ""), c("A", "1/3", ""),
                                           c("hd", "", "water"), c("H", "1/2", "")),
                                      function(s) c(paste(c(s, by, a), collapse = ";"),
                                                    paste(c(s, by, b), collapse = ";")))
n <- function(m, k, i = "") paste(m, k, i, "national", "", sep = ";")
within <- list(c(n("H", "1/3"), n("H", "1/2")), c(n("M0", "1/3"), n("M0", "1/2")), c(n("A", "1/2"), n("A", "1/3")),
               c(n("M0", "1/3"), n("hd", "", "water")), c(n("M0", "1/3"), n("H", "1/3")),
               c(n("M1", "1/3"), n("M0", "1/3")), c(n("M2", "1/3"), n("M1", "1/3")),
               c(n("hd", "", "fuel"), n("hdk", "1/3", "fuel")), c(n("hdk", "1/3", "nutrition"), n("hdk", "1/3", "water")))
between <- list(area = pairs_of("area", 2, 1), rare = pairs_of("rare", 1, 0), wave = pairs_of("wave", 2, 1),
                region = c(pairs_of("region", 2, 1), pairs_of("region", 4, 3), pairs_of("region", 1, 4)))
regions <- function(i, ...) lapply(list(...), function(p) pairs_of("region", p[1], p[2])[[i]])
tests <- list(area = list(between$area[1], between$area[c(1, 3)]), rare = list(between$rare[c(2, 4)]),
              wave = list(between$wave[c(1, 3, 4)]),
              region = list(regions(1, c(1, 2), c(2, 3), c(3, 4)), regions(2, c(1, 4), c(2, 4), c(3, 4))))
contrasts <- joint_tests <- covariances <- list()
add <- function(tag, m, pairs, tests = list(), df = NA, covariance = NULL) {
  contrasts[[length(contrasts) + 1]] <<- contrast_rows(tag, m, pairs)
  for (t in tests) joint_tests[[length(joint_tests) + 1]] <<- test_row(tag, m, t, df)
  if (!is.null(covariance)) covariances[[length(covariances) + 1]] <<- covariance_rows(covariance, m)
}
add("domain", joint(design, whole), within, list(within[c(1, 4, 9)]), degf(design), covariance = "national")
for (v in by) add("domain", joint(design, groups(v)), between[[v]], tests[[v]], degf(design), covariance = v)
# figures of two groupings at once
crossed <- list(spec_of("H", "1/3", "area", 2), spec_of("H", "1/3", "wave", 2), spec_of("M0", "1/3", "region", 1),
                spec_of("H", "1/3"), spec_of("hd", "", "rare", 1, "water"))
mixed <- lapply(list(c(1, 2), c(1, 4), c(3, 4), c(5, 2)), function(p) c(key(crossed[[p[1]]]), key(crossed[[p[2]]])))
add("domain", joint(design, crossed), mixed, list(mixed[1:3]), degf(design), covariance = "mixed")
# with a single PSU in a stratum; average is left out, since it depends on which strata are counted
for (option in c("certainty", "adjust")) {
  options(survey.lonely.psu = option)
  for (v in by) add(paste0("lonely/", option), joint(everything, groups(v)), between[[v]], tests[[v]], degf(everything))
}
options(survey.lonely.psu = "fail")
# changes: waves that share PSUs, in one region, and as if the samples were independent
add("region 3", joint(design, groups("wave"), within = list("region", 3)), between$wave)
apart <- clusters(transform(plain, stratum = 100 * wave + stratum))
add("independent", joint(apart, groups("wave")), between$wave)
write(do.call(rbind, contrasts), "contrasts.csv")
write(do.call(rbind, joint_tests), "tests.csv")
write(do.call(rbind, covariances), "covariances.csv")

# 5. finite populations and stages
rows <- read("rows.csv"); one <- read("one_stage.csv"); two <- read("two_stage.csv")
strata <- read("two_stage_strata.csv"); single <- read("two_stage_single.csv")
stages <- function(d) svydesign(ids = ~psu + ssu, strata = ~stratum, fpc = ~fpc1 + fpc2, data = d, nest = TRUE)
designs <- list(
  rows_fpc = svydesign(ids = ~1, strata = ~stratum, weights = ~weight, fpc = ~fpc, data = rows),
  rows_fpc_no_weight = svydesign(ids = ~1, strata = ~stratum, fpc = ~fpc, data = rows),
  rows_replacement = svydesign(ids = ~1, strata = ~stratum, weights = ~weight, data = rows),
  rows_no_strata = svydesign(ids = ~1, weights = ~weight, data = rows),
  one_stage_fpc = svydesign(ids = ~psu, weights = ~weight, fpc = ~fpc, data = one),
  one_stage_replacement = svydesign(ids = ~psu, weights = ~weight, data = one),
  two_stage = svydesign(ids = ~psu + ssu, fpc = ~fpc1 + fpc2, data = two, nest = TRUE),
  two_stage_strata = stages(strata))
weigh <- function(d) transform(d, weight = weights(stages(d)))
designs$two_stage_strata_first_fpc <- svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, fpc = ~fpc1,
                                                data = weigh(strata), nest = TRUE)
designs$two_stage_strata_replacement <- clusters(weigh(strata))
f <- figures(c("1/3", "1/2"))
fpc <- lapply(names(designs), function(n) levels_of(n, designs[[n]], "area", f, c("1/3", "1/2")))
# adjust and average differ between versions of survey where the single unit is at a later stage
options(survey.lonely.psu = "certainty")
fpc <- c(fpc, list(levels_of("two_stage_single/certainty", stages(single), "area", core, "1/3")))
options(survey.lonely.psu = "fail")
write(do.call(rbind, fpc), "designs.csv")

# 6. replicates: the subset with two PSUs in each stratum for BRR and Fay
pair <- clusters(subset(plain, pair == 1)); units <- c("stratum", "psu")
# R leaves strata that are fully drawn at the first stage out of the replicates of a total, but not out
# of the total, unless it is told not to
options(survey.drop.replicates = FALSE)
r <- list(
  replicated("jkn", design, "JKn", c("area", "region"), units, "factors_jkn.csv"),
  replicated("jk1", designs$one_stage_replacement, "JK1", "area", "psu"),
  replicated("jk1/fpc", designs$one_stage_fpc, "JK1", "area", "psu"),
  replicated("jkn/rows_fpc", designs$rows_fpc, "JKn", "area", "stratum"),
  replicated("brr", pair, "BRR", c("area", "region"), units, "factors_brr.csv"),
  replicated("fay50", pair, "Fay", c("area", "region"), units, "factors_fay50.csv", fay.rho = 0.5),
  replicated("fay30", pair, "Fay", c("area", "region"), units, "factors_fay30.csv", fay.rho = 0.3),
  replicated("rao-wu", design, "subbootstrap", c("area", "region"), units, "factors_rao_wu.csv", replicates = 40, seed = 1),
  replicated("canty-davison", design, "bootstrap", c("area", "region"), units, "factors_canty_davison.csv",
             replicates = 40, seed = 2),
  suppressWarnings(replicated("preston", design, "mrbbootstrap", c("area", "region"), units, "factors_preston.csv",
                              replicates = 40, seed = 3)),
  replicated("preston/two_stage_strata", designs$two_stage_strata, "mrbbootstrap", "area",
             c("stratum", "psu", "ssu"), "factors_preston_two_stage.csv", replicates = 40, seed = 4))
options(survey.lonely.psu = "remove")
r <- c(r, list(replicated("jkn/lonely_remove", everything, "JKn", c("area", "region"), units)))
for (part in c("figures", "contrasts", "scales"))
  write(do.call(rbind, lapply(r, `[[`, part)), paste0("replicate_", part, ".csv"))

writeLines(c(R.version.string, paste("survey", packageVersion("survey")), paste("Matrix", packageVersion("Matrix")),
             paste("platform", R.version$platform), paste("BLAS", extSoftVersion()[["BLAS"]]),
             paste("LAPACK", La_version())), "versions.txt")
