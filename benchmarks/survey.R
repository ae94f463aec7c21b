# Seconds that R `survey` takes for the means of all regions; the rows come by standard input, with
# the columns region, weight, stratum, psu, poor, score (of everybody) and the indicators d_*.
suppressMessages(library(survey))
d <- read.csv(file("stdin"))
indicators <- grep("^d_", names(d), value = TRUE)
d$censored <- d$poor * d$score
for (j in indicators) d[[paste0("c_", j)]] <- d$poor * d[[j]]
wanted <- reformulate(c("poor", "censored", indicators, paste0("c_", indicators)))
options(survey.lonely.psu = "adjust")
seconds <- system.time({
  design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = d, nest = TRUE)
  means <- svyby(wanted, ~region, design, svymean)
})["elapsed"]
cat(seconds, "\n")
