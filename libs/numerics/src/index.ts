export { exp, expm1, ln, log1p, logistic, logit, normalCdf, normalQuantile, pow, softplus } from './special.js';
export { SeededRandom } from './random.js';
export { choleskyFactor, choleskySolve } from './cholesky.js';
