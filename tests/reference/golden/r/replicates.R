# Replicate designs: figures, and the factors and scales with which R got them.

replicate_figures <- function() {
  f <- figures(c("1/3", "1/2"))
  f[f$measure %in% c("H", "M0", "A", "M1", "mean_score") |
      (!is.na(f$indicator) & f$indicator %in% c("water", "nutrition") & f$measure %in% c("hd", "hdk", "pctb")), ]
}

# Factors of the sampled units, one row a unit, as they multiply its weight.
factor_rows <- function(design, units) {
  w <- weights(design, type = "replication")
  first <- !duplicated(design$variables[, units])
  out <- cbind(design$variables[first, units, drop = FALSE], w[first, , drop = FALSE])
  names(out)[-seq_along(units)] <- paste0("r", seq_len(ncol(w)))
  out
}

# Differences under replication, from the replicates of both figures
replicate_contrasts <- function(tag, design) {
  m <- svymean(~p1_3 + p1_2 + s1_3, subset(design, complete))
  d <- svycontrast(m, list("H;1/3;;national; minus H;1/2;;national;" = quote(p1_3 - p1_2),
                           "H;1/3;;national; minus M0;1/3;;national;" = quote(p1_3 - s1_3)))
  data.frame(tag = tag, pair = names(coef(d)), estimate = as.vector(coef(d)), se = as.vector(SE(d)))
}

replicated <- function(method, base, type, by, units, file = NULL, ..., totals = "1/3", seed = NULL) {
  figures <- list(); contrasts <- list()
  for (mse in c(TRUE, FALSE)) {
    if (!is.null(seed)) set.seed(seed)
    design <- as.svrepdesign(base, type = type, mse = mse, compress = FALSE, ...)
    tag <- paste0(method, if (mse) "/mse" else "/mean")
    figures[[tag]] <- levels_of(tag, design, by, replicate_figures(), totals, full = FALSE)
    contrasts[[tag]] <- replicate_contrasts(tag, design)
    if (mse && !is.null(file)) write(factor_rows(design, units), file)
  }
  r <- unique(design$rscales)
  scales <- data.frame(method = method, file = if (is.null(file)) NA else file, scale = design$scale,
                       rscales = if (length(r) == 1) sprintf("%.17g", r)
                                 else paste(sprintf("%.17g", design$rscales), collapse = " "))
  list(figures = do.call(rbind, figures), contrasts = do.call(rbind, contrasts), scales = scales)
}
