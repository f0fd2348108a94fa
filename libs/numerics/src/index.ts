export { cos, exp, expm1, ln, log1p, log2, logistic, logit, normalCdf, normalQuantile, pow, sin, softplus } from './special.js';
export { brentRoot } from './brent-root.js';
export type { Root } from './brent-root.js';
export { SeededRandom } from './random.js';
export { normalNoise } from './normal-noise.js';
export { choleskyFactor, choleskySolve } from './cholesky.js';
export { symmetricEigen } from './symmetric-eigen.js';
export type { SymmetricEigen } from './symmetric-eigen.js';
export { leadingEigen } from './leading-eigen.js';
export type { LeadingEigen } from './leading-eigen.js';
export { fft3d, fftLength, FftPlan } from './fft.js';
export { inverseRealFftPlanes, realFftPlanes } from './real-fft.js';
export type { HalfPlanes } from './real-fft.js';
export {
  betaQuantile,
  chiSquareQuantile,
  chiSquareTail,
  fQuantile,
  fTail,
  lnGamma,
  normalTail,
  normalTwoSided,
  regularizedBeta,
  tQuantile,
  tTail,
  tTwoSided,
} from './distributions.js';
export { bilinear, independentColumns, invertPositive, packTriangle, submatrix, triangleLength, unpackTriangle } from './symmetric.js';
export { NewtonSearch } from './newton.js';
export type { NewtonOptions, NewtonReply, NewtonStatus } from './newton.js';
export { cubicSpline, linearInterpolation } from './spline.js';
export { gaussHermite, normalDensity } from './gauss-hermite.js';
export type { QuadratureRule } from './gauss-hermite.js';
export { denseSpace } from './dense/space.js';
export type { DenseSpace } from './dense/space.js';
