# Covariances, differences, ratios and joint tests of figures of several domains, by one svyratio over
# numerators and denominators that are zero outside their domain, so that its covariance holds them all.

# Figures as rows: key, by, group, column, over.
joint_figures <- function(specs) do.call(rbind, lapply(specs, function(s)
  data.frame(key = paste(s[[1]], s[[2]], s[[3]], s[[4]], s[[5]], sep = ";"), by = s[[4]], group = s[[5]],
             column = s[[6]], over = s[[7]])))

# One figure: measure, k, indicator, by, group, column, over; names as in the other files.
spec_of <- function(measure, k, by = "national", group = "", indicator = "") {
  column <- switch(measure, H = name("p", k), M0 = name("s", k), A = name("s", k), M1 = name("m1_", k),
                   M2 = name("m2_", k), mean_score = "score", hd = paste0("g_", indicator),
                   hdk = name(paste0("h_", indicator, "_"), k))
  list(measure, k, indicator, by, as.character(group), column, if (measure == "A") name("p", k) else "one")
}

joint <- function(design, specs, within = NULL) {
  inside <- complete_rows(design)
  f <- joint_figures(specs)
  v <- inside$variables
  member <- function(i) {
    z <- if (f$by[i] == "national") rep(1, nrow(v)) else as.numeric(v[[f$by[i]]] == f$group[i])
    if (is.null(within)) z else z * as.numeric(v[[within[[1]]]] == within[[2]])
  }
  tops <- sapply(seq_len(nrow(f)), function(i) member(i) * v[[f$column[i]]])
  below <- sapply(seq_len(nrow(f)), function(i) member(i) * v[[f$over[i]]])
  place <- paste(f$by, f$group, f$over)
  first <- which(!duplicated(place))
  colnames(tops) <- paste0("t", seq_len(nrow(f)))
  colnames(below) <- paste0("b", seq_len(nrow(f)))
  x <- inside
  x$variables <- cbind(v, tops, below)
  r <- svyratio(reformulate(colnames(tops)), reformulate(colnames(below)[first]), x, covmat = TRUE)
  # pairs are ordered with the numerators running fastest
  pair <- (match(place, place[first]) - 1) * nrow(f) + seq_len(nrow(f))
  V <- r$vcov[pair, pair, drop = FALSE]
  dimnames(V) <- list(f$key, f$key)
  estimate <- setNames(as.vector(r$ratio)[pair], f$key)
  structure(estimate, var = V, statistic = "figures", class = "svystat")
}

covariance_rows <- function(tag, m) {
  V <- vcov(m); keys <- names(coef(m)); at <- which(upper.tri(V, diag = TRUE), arr.ind = TRUE)
  data.frame(tag = tag, a = keys[at[, 1]], b = keys[at[, 2]], covariance = V[at])
}

# a - b and a / b for pairs of keys, by svycontrast
contrast_rows <- function(tag, m, pairs) {
  keys <- names(coef(m)); short <- paste0("f", seq_along(keys))
  x <- m; names(x) <- short; attr(x, "var") <- unname(vcov(m)); dimnames(attr(x, "var")) <- list(short, short)
  found <- list()
  for (p in pairs) {
    a <- as.name(short[match(p[1], keys)]); b <- as.name(short[match(p[2], keys)])
    for (how in c("minus", "over")) {
      e <- svycontrast(x, if (how == "minus") bquote(.(a) - .(b)) else bquote(.(a) / .(b)))
      found[[length(found) + 1]] <- data.frame(tag = tag, a = p[1], how = how, b = p[2],
                                               estimate = as.vector(coef(e)), se = as.vector(SE(e)))
    }
  }
  do.call(rbind, found)
}

# Wald test that several differences are zero, as Korn and Graubard (1990) put it: not a function of the
# package but its covariance matrix and the formula F = (df - q + 1) / (df q) W.
test_row <- function(tag, m, pairs, df) {
  keys <- names(coef(m)); q <- length(pairs)
  L <- matrix(0, q, length(keys))
  for (i in seq_len(q)) {
    L[i, match(pairs[[i]][1], keys)] <- 1
    L[i, match(pairs[[i]][2], keys)] <- -1
  }
  d <- as.vector(L %*% coef(m))
  W <- drop(t(d) %*% solve(L %*% vcov(m) %*% t(L)) %*% d)
  F <- (df - q + 1) / (df * q) * W
  data.frame(tag = tag, pairs = paste(sapply(pairs, paste, collapse = " minus "), collapse = " and "), wald = W,
             statistic = F, df1 = q, df2 = df - q + 1, p = pf(F, q, df - q + 1, lower.tail = FALSE))
}
