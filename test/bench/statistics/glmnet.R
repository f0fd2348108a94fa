# cv.glmnet on the pooled rows. Arguments: folder with x.bin (row-major), y.bin, fold.bin; rows; columns; alpha; penalties; ratio of the path;
# then `reach` TOLERANCE, or `cv` THRESH. Prints one line of JSON; writes coefficients of the cross-validated path to coef.bin.
suppressMessages(library(glmnet))
args <- commandArgs(trailingOnly = TRUE)
folder <- args[1]
n <- as.integer(args[2])
p <- as.integer(args[3])
settings <- list(family = "binomial", alpha = as.numeric(args[4]), nlambda = as.integer(args[5]), lambda.min.ratio = as.numeric(args[6]))
doubles <- function(name, count) readBin(file.path(folder, name), "double", count)
x <- matrix(doubles("x.bin", n * p), nrow = n, byrow = TRUE)
y <- doubles("y.bin", n)
fold <- as.integer(doubles("fold.bin", n))

# Largest violation of the optimality conditions of a path, per SD.
violation <- function(fit) {
  center <- colMeans(x)
  sd <- sqrt(colMeans(sweep(x, 2, center)^2))
  z <- sweep(sweep(x, 2, center), 2, sd, "/")
  b <- as.matrix(fit$beta) * sd
  slope <- crossprod(z, y - 1 / (1 + exp(-predict(fit, x)))) / n
  lambda <- matrix(fit$lambda, p, length(fit$lambda), byrow = TRUE)
  rest <- slope - (1 - settings$alpha) * lambda * b
  limit <- settings$alpha * lambda
  max(ifelse(b != 0, abs(rest - limit * sign(b)), pmax(0, abs(rest) - limit)))
}

path <- function(thresh) do.call(glmnet, c(list(x = x, y = y, thresh = thresh, maxit = 1e7), settings))
digits <- function(v) paste0("[", paste(sprintf("%.17g", v), collapse = ","), "]")
peak <- function() {
  line <- grep("^VmHWM", tryCatch(readLines("/proc/self/status"), error = function(e) ""), value = TRUE)
  if (length(line) == 0) 0 else as.numeric(gsub("[^0-9]", "", line)) / 1024
}

if (args[7] == "reach") {
  tolerance <- as.numeric(args[8])
  default <- violation(path(1e-7))
  # Half decades, downwards, to the first that is exact enough.
  for (exponent in seq(-9, -18, by = -0.5)) {
    thresh <- 10^exponent
    found <- violation(path(thresh))
    if (found <= tolerance) break
  }
  cat(sprintf('{"thresh":%.17g,"violation":%.17g,"atDefault":%.17g}\n', thresh, found, default))
} else {
  thresh <- as.numeric(args[8])
  time <- system.time(cv <- do.call(cv.glmnet, c(list(x = x, y = y, foldid = fold, thresh = thresh, maxit = 1e7), settings)))
  writeBin(as.vector(rbind(as.numeric(cv$glmnet.fit$a0), as.matrix(cv$glmnet.fit$beta))), file.path(folder, "coef.bin"))
  cat(sprintf(
    '{"version":"%s","r":"%s","seconds":%.6f,"cpuSeconds":%.6f,"peakMib":%.3f,"lambdaMin":%.17g,"lambda1se":%.17g,"lambda":%s,"cvm":%s}\n',
    as.character(packageVersion("glmnet")), as.character(getRversion()), time[["elapsed"]], time[["user.self"]] + time[["sys.self"]], peak(),
    cv$lambda.min, cv$lambda.1se, digits(cv$lambda), digits(cv$cvm)
  ))
}
