# What is measured: columns of the rows whose means and ratios are the figures.

weights18 <- c(nutrition = 3, mortality = 3, schooling = 3, attendance = 3, water = 2, floor = 2, fuel = 2)
indicators <- names(weights18)
dimensions <- list(health = indicators[1:2], education = indicators[3:4], living = indicators[5:7])
dimension_of <- setNames(rep(names(dimensions), lengths(dimensions)), indicators)
# numerator and denominator of each cutoff, so that identification is done in integers
cutoffs <- list("1/9" = c(1, 9), "1/5" = c(1, 5), "1/3" = c(1, 3), "1/2" = c(1, 2),
                "2/3" = c(2, 3), "1" = c(1, 1))
label <- function(k) gsub("/", "_", k)
name <- function(what, k) paste0(what, label(k))

# Indicators, score in eighteenths and, for each cutoff, poor, censored score and censored indicators.
# Rows that miss an indicator get zeros: they are always outside the domain that is estimated.
prepare <- function(d, ks = names(cutoffs)) {
  d$years <- d$schooling
  d$schooling <- as.numeric(d$years < 6)
  d$complete <- complete.cases(d[, indicators])
  g <- as.matrix(d[, indicators])
  g[!d$complete, ] <- 0
  gap <- ifelse(d$complete & d$years < 6, (6 - d$years) / 6, 0)
  score <- as.vector(g %*% weights18)
  rest <- score - 3 * g[, "schooling"]
  any <- sapply(dimensions, function(js) as.numeric(rowSums(g[, js]) > 0))
  d$one <- 1
  d$score <- score / 18
  for (q in names(dimensions)) d[[paste0("any_", q)]] <- any[, q]
  for (j in indicators) d[[paste0("g_", j)]] <- g[, j]
  d$dims <- rowSums(any)
  for (q in 0:3) d[[paste0("dims_", q)]] <- as.numeric(d$dims == q)
  # categories go with the cutoff of the specification, 1/3, which is 6 eighteenths; 1/9 is 2
  d$severe <- as.numeric(score >= 9)
  d$vulnerable <- as.numeric(score >= 2 & score < 6)
  for (k in ks) {
    p <- as.numeric(score * cutoffs[[k]][2] >= 18 * cutoffs[[k]][1])
    d[[name("p", k)]] <- p
    d[[name("s", k)]] <- p * score / 18
    d[[name("m1_", k)]] <- p * (rest + 3 * gap) / 18
    d[[name("m2_", k)]] <- p * (rest + 3 * gap^2) / 18
    for (j in indicators) d[[name(paste0("h_", j, "_"), k)]] <- p * g[, j]
    for (q in names(dimensions)) {
      d[[name(paste0("u_", q, "_"), k)]] <- p * any[, q]
      d[[name(paste0("c_", q, "_"), k)]] <-
        p * as.vector(g[, dimensions[[q]]] %*% weights18[dimensions[[q]]]) / 18
    }
  }
  d
}

row <- function(measure, k = NA, dimension = NA, indicator = NA, category = NA, column = NA,
                over = "one", factor = 1)
  data.frame(measure, k, dimension, indicator, category, column, over, factor)

# Figures of a domain: column / over * factor; over is "one" for means.
figures <- function(ks) {
  f <- list(row("mean_score", column = "score"), row("mean_dimensions", column = "dims"))
  for (j in indicators) f[[length(f) + 1]] <- row("hd", NA, dimension_of[[j]], j, column = paste0("g_", j))
  for (q in names(dimensions)) f[[length(f) + 1]] <- row("hd", NA, q, column = paste0("any_", q))
  for (q in 0:3) f[[length(f) + 1]] <- row("dimension_count", category = q, column = paste0("dims_", q))
  for (q in c("severe", "vulnerable")) f[[length(f) + 1]] <- row("category", category = q, column = q)
  for (k in ks) {
    s <- name("s", k); p <- name("p", k)
    f <- c(f, list(row("H", k, column = p), row("M0", k, column = s), row("M1", k, column = name("m1_", k)),
                   row("M2", k, column = name("m2_", k)), row("A", k, column = s, over = p)))
    for (j in indicators) {
      h <- name(paste0("h_", j, "_"), k); w <- weights18[[j]] / 18
      f <- c(f, list(row("hdk", k, dimension_of[[j]], j, column = h),
                     row("actb", k, dimension_of[[j]], j, column = h, factor = w),
                     row("pctb", k, dimension_of[[j]], j, column = h, over = s, factor = w)))
    }
    for (q in names(dimensions)) {
      contribution <- name(paste0("c_", q, "_"), k)
      f <- c(f, list(row("hdk", k, q, column = name(paste0("u_", q, "_"), k)),
                     row("actb", k, q, column = contribution),
                     row("pctb", k, q, column = contribution, over = s)))
    }
  }
  do.call(rbind, f)
}

columns_of <- function(f) unique(c(f$column, setdiff(f$over, "one")))

# 17 digits carry a double through text unchanged
write <- function(d, file) {
  for (n in names(d)) if (is.double(d[[n]])) d[[n]] <- ifelse(is.na(d[[n]]), NA, sprintf("%.17g", d[[n]]))
  write.csv(d, file.path("expected", file), row.names = FALSE, na = "", quote = FALSE)
}
