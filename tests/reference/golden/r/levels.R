# Figures of the whole and of groups, with standard errors and R's two rules for degrees of freedom.

# Estimates of one domain of a design; nothing is computed from two standard errors.
domain <- function(design, f, totals = character()) {
  found <- cbind(f[, c("measure", "k", "dimension", "indicator", "category")], estimate = NA_real_, se = NA_real_)
  means <- which(f$over == "one")
  if (length(means)) {
    m <- svymean(reformulate(unique(f$column[means])), design)
    found$estimate[means] <- coef(m)[f$column[means]] * f$factor[means]
    found$se[means] <- setNames(as.vector(SE(m)), names(coef(m)))[f$column[means]] * f$factor[means]
  }
  for (over in setdiff(unique(f$over), "one")) {
    if (sum(design$variables[[over]]) == 0) next  # nobody is poor: undefined
    rows <- which(f$over == over)
    r <- svyratio(reformulate(f$column[rows]), reformulate(over), design)
    found$estimate[rows] <- as.vector(coef(r)) * f$factor[rows]
    found$se[rows] <- as.vector(SE(r)) * f$factor[rows]
  }
  for (k in totals) {
    t <- svytotal(reformulate(name("p", k)), design)
    found <- rbind(found, data.frame(measure = "N_poor", k, dimension = NA, indicator = NA, category = NA,
                                     estimate = as.vector(coef(t)), se = as.vector(SE(t))))
  }
  found
}

# Domains of a design: the whole and every value of some variables.
domains <- function(design, by) {
  found <- list(list(by = "national", group = NA, design = design))
  for (v in by) for (l in sort(unique(design$variables[[v]])))
    found[[length(found) + 1]] <- list(by = v, group = l, design = design[design$variables[[v]] %in% l, ])
  found
}

# The design is that of all rows; rows that miss an answer leave as a domain.
complete_rows <- function(design) subset(design, complete)

levels_of <- function(tag, design, by, f, totals = character(), full = TRUE) {
  inside <- complete_rows(design)
  found <- lapply(domains(inside, by), function(x)
    data.frame(tag = tag, by = x$by, group = x$group, domain(x$design, f, totals),
               df_domain = if (full) degf(x$design) else NA, n = nrow(x$design)))
  found <- do.call(rbind, found)
  found$df_design <- if (full) degf(design) else NA
  found
}

# Shares of groups: of the population, of the poor and of M0.
shares_of <- function(tag, design, by, k) {
  inside <- complete_rows(design)
  found <- list()
  for (v in by) for (l in sort(unique(inside$variables[[v]]))) {
    z <- as.numeric(inside$variables[[v]] == l)
    x <- update(inside, z = z, zp = z * inside$variables[[name("p", k)]], zs = z * inside$variables[[name("s", k)]])
    stats <- list(popsh = svymean(~z, x), contribution_H = svyratio(~zp, reformulate(name("p", k)), x),
                  contribution_M0 = svyratio(~zs, reformulate(name("s", k)), x))
    for (m in names(stats)) found[[length(found) + 1]] <-
      data.frame(tag = tag, by = v, group = l, measure = m, k = if (m == "popsh") NA else k,
                 estimate = as.vector(coef(stats[[m]])), se = as.vector(SE(stats[[m]])))
  }
  do.call(rbind, found)
}

# Headcounts over everybody for whom the indicator is known, whatever else they miss.
available_of <- function(tag, design, by) {
  found <- list()
  for (j in indicators) for (x in domains(design[!is.na(design$variables[[j]]), ], by)) {
    m <- svymean(reformulate(j), x$design)
    found[[length(found) + 1]] <-
      data.frame(tag = tag, by = x$by, group = x$group, measure = "hd_available", k = NA,
                 dimension = dimension_of[[j]], indicator = j, category = NA,
                 estimate = as.vector(coef(m)), se = as.vector(SE(m)), df_domain = degf(x$design),
                 n = nrow(x$design))
  }
  found <- do.call(rbind, found)
  found$df_design <- degf(design)
  found
}

# Intervals of proportions by R's rule for degrees of freedom, and design effects.
intervals_of <- function(tag, design, by, columns, level) {
  found <- list()
  methods <- intersect(c("logit", "xlogit", "asin", "beta", "mean", "wilson"), eval(formals(svyciprop)$method))
  for (x in domains(complete_rows(design), by)) for (y in names(columns)) for (method in methods) {
    values <- x$design$variables[[columns[[y]]]]
    if (all(values == 0) || all(values == 1)) next
    if (method == "logit" && grepl("M0", y)) next  # a regression of a share that is not 0 or 1
    r <- svyciprop(reformulate(columns[[y]]), x$design, method = method, level = level)
    ci <- attr(r, "ci")
    found[[length(found) + 1]] <- data.frame(tag = tag, by = x$by, group = x$group, figure = y, method = method,
                                             level = level, low = ci[[1]], high = ci[[2]], df = degf(x$design))
  }
  do.call(rbind, found)
}

# Design effects, one figure at a time: R would compute the variance matrix of all of them.
deff_of <- function(tag, design, by, f) {
  found <- list()
  for (x in domains(complete_rows(design), by)) for (i in seq_len(nrow(f))) {
    y <- reformulate(f$column[i]); over <- f$over[i]
    if (over != "one" && sum(x$design$variables[[over]]) == 0) next
    effect <- function(kind) {
      if (over == "one") as.vector(deff(svymean(y, x$design, deff = kind)))
      # R leaves its ratio's design effect in an attribute that no function reads
      else as.vector(attr(svyratio(y, reformulate(over), x$design, deff = kind), "deff"))
    }
    found[[length(found) + 1]] <- data.frame(
      tag = tag, by = x$by, group = x$group, f[i, c("measure", "k", "dimension", "indicator", "category")],
      deff_replace = effect("replace"), deff_without = effect(TRUE))
  }
  do.call(rbind, found)
}
