import { canonicalJson, hashJson } from '@cohortium/kernel';
import { learningErrors } from '../errors.js';
import type { CombatReference, LockedModel, Preparation } from '../locked-model.js';
import { OnnxGraph } from './graph.js';

/**
 * The locked model as an ONNX file: doubles throughout, plain operators of opset 17, IR 8. Equal models give equal bytes.
 *
 * Inputs: `features` [N, p] in raw units, columns as in metadata `features`, NaN for a missing cell; with ComBat also `gamma_star`
 * and `delta_star` [p], the effects of the hospital (0 and 1 for none), and `covariates` [N, c] if the reference has covariates.
 * Outputs: `logit` and `probability` [N, M], models in the order of metadata `models`.
 *
 * Steps, with the names of the tensors: impute medians (`imputed`), `standardized` = (imputed - center) / scale, ComBat
 * (`harmonized`), `prepared` = (harmonized - finalCenter) / finalScale clipped to -+clip, `logit` = prepared x coefficients +
 * intercepts, `probability` = 1 / (1 + e^-logit). The last is written out because ONNX Runtime's Sigmoid loses the digits of
 * small probabilities; e^-logit overflows to infinity, whose reciprocal is the right 0. Products are Gemm, not MatMul, because
 * ONNX Runtime's optimizer fuses a scale before a MatMul into a factor of single precision.
 *
 * @throws `LEARNING.BAD_MODEL` where vectors differ in length, are not finite, or a scale is not positive
 */
export function onnxModel(model: LockedModel): Uint8Array {
  assertModel(model);
  const { preparation, models } = model;
  const p = preparation.features.length;
  const graph = new OnnxGraph();
  const harmonized = harmonize(graph, preparation, standardize(graph, preparation));
  const prepared = finish(graph, preparation, harmonized);

  const weights = Float64Array.from({ length: p * models.length }, (_, k) => {
    const coefficients = models[k % models.length]?.coefficients ?? [];
    return coefficients[Math.floor(k / models.length)] as number;
  });
  const intercepts = graph.constant(
    'intercepts',
    models.map((m) => m.intercept),
    [models.length],
  );
  const logit = graph.node('Gemm', [prepared, graph.constant('coefficients', weights, [p, models.length]), intercepts], 'logit');
  const exponential = graph.node('Exp', [graph.node('Neg', [logit], 'negative_logit')], 'odds_against');
  const denominator = graph.node('Add', [exponential, graph.constant('one', [1], [])], 'one_plus_odds_against');
  graph.node('Reciprocal', [denominator], 'probability');
  graph.output('logit', ['N', models.length], 'Linear predictor, one column per model');
  graph.output('probability', ['N', models.length], 'Probability of the endpoint, one column per model');
  return graph.encode('cohortium_locked_model', describe(model), metadata(model));
}

function standardize(graph: OnnxGraph, { features, medians, center, scale }: Preparation): string {
  const p = features.length;
  const raw = graph.input('features', ['N', p], 'Raw feature values, NaN where missing; columns in the order of metadata `features`');
  const missing = graph.node('IsNaN', [raw], 'missing');
  const imputed = graph.node('Where', [missing, graph.constant('medians', medians, [p]), raw], 'imputed');
  const centered = graph.node('Sub', [imputed, graph.constant('center', center, [p])], 'centered');
  return graph.node('Div', [centered, graph.constant('scale', scale, [p])], 'standardized');
}

/**
 * ComBat of one hospital: y* = (y - e - s gamma) / sqrt(delta) + e with e = grandMean + covariates x beta and s = sqrt(varPooled);
 * the same as standardizing by s, shifting, scaling and going back, but defined where s is 0.
 * Source: Johnson, Li & Rabinovic 2007, doi 10.1093/biostatistics/kxj037, section 3.3.
 */
function harmonize(graph: OnnxGraph, { features, harmonization }: Preparation, standardized: string): string {
  if (harmonization.method === 'none') return standardized;
  const p = features.length;
  const expected = expectedValues(graph, harmonization, p);
  const gamma = graph.input('gamma_star', [p], 'Shift of the hospital by feature, in pooled SD; 0 for none');
  const delta = graph.input('delta_star', [p], 'Variance ratio of the hospital by feature; 1 for none');
  const pooledSd = graph.constant('pooled_sd', harmonization.varPooled.map(Math.sqrt), [p]);
  const residual = graph.node('Sub', [standardized, expected], 'residual');
  const shifted = graph.node('Sub', [residual, graph.node('Mul', [pooledSd, gamma], 'shift')], 'shifted');
  const scaled = graph.node('Div', [shifted, graph.node('Sqrt', [delta], 'spread')], 'scaled');
  const harmonized = graph.node('Add', [scaled, expected], 'harmonized');
  if (harmonization.passedThrough.length === 0) return harmonized;
  const passed = new Set(harmonization.passedThrough);
  const flags = graph.flags(
    'passed_through',
    features.map((feature) => passed.has(feature)),
  );
  return graph.node('Where', [flags, standardized, harmonized], 'harmonized_or_passed_through');
}

function expectedValues(graph: OnnxGraph, { covariates, beta, grandMean }: CombatReference, p: number): string {
  const mean = graph.constant('grand_mean', grandMean, [p]);
  if (covariates.length === 0) return mean;
  const input = graph.input('covariates', ['N', covariates.length], 'Columns in the order of metadata `covariates`');
  return graph.node('Gemm', [input, graph.constant('beta', beta.flat(), [covariates.length, p]), mean], 'expected');
}

function finish(graph: OnnxGraph, { features, finalCenter, finalScale, clip }: Preparation, harmonized: string): string {
  const p = features.length;
  const centered = graph.node('Sub', [harmonized, graph.constant('final_center', finalCenter, [p])], 'final_centered');
  const prepared = graph.node('Div', [centered, graph.constant('final_scale', finalScale, [p])], 'prepared');
  if (clip === null) return prepared;
  return graph.node('Clip', [prepared, graph.constant('clip_low', [-clip], []), graph.constant('clip_high', [clip], [])], 'clipped');
}

function describe({ study, endpoint, synthetic }: LockedModel): string {
  const warning = synthetic ? 'SYNTHETIC DATA: this model was made from made data and must not be used on patients. ' : '';
  return `${warning}Probability of ${endpoint}, study ${study}. Inputs, outputs and steps are described in libs/learning/README.md.`;
}

/** Lists are canonical JSON, numbers their shortest decimal form. */
function metadata(model: LockedModel): Record<string, string> {
  const { preparation } = model;
  const { harmonization } = preparation;
  return {
    study: model.study,
    protocolHash: model.protocolHash,
    lockedModelHash: hashJson(model),
    endpoint: model.endpoint,
    synthetic: String(model.synthetic),
    models: canonicalJson(model.models.map((m) => m.id)),
    primaryModel: model.primaryModel,
    threshold: canonicalJson(model.threshold),
    features: canonicalJson(preparation.features),
    harmonization: harmonization.method,
    covariates: canonicalJson(harmonization.method === 'none' ? [] : harmonization.covariates),
    passedThrough: canonicalJson(harmonization.method === 'none' ? [] : harmonization.passedThrough),
    outputs: canonicalJson(['logit', 'probability']),
  };
}

function assertModel({ preparation, models, primaryModel }: LockedModel): void {
  const refuse = (reason: string) => learningErrors.error('LEARNING.BAD_MODEL', { reason });
  const { features, medians, center, scale, finalCenter, finalScale, harmonization, clip } = preparation;
  const vectors: Record<string, readonly number[]> = { medians, center, scale, finalCenter, finalScale };
  const spreads: Record<string, readonly number[]> = { scale, finalScale };
  if (harmonization.method === 'combat') {
    const { beta, covariates, grandMean, varPooled, passedThrough } = harmonization;
    if (beta.length !== covariates.length) throw refuse(`${beta.length} covariate effects for ${covariates.length} covariates`);
    if (varPooled.some((v) => v < 0)) throw refuse('varPooled has a negative value');
    if (passedThrough.some((name) => !features.includes(name))) throw refuse('passedThrough names a feature that is not kept');
    Object.assign(vectors, { grandMean, varPooled }, Object.fromEntries(beta.map((row, c) => [`beta ${c + 1}`, row])));
  }
  for (const { id, coefficients } of models) vectors[`coefficients of ${id}`] = coefficients;
  if (features.length === 0) throw refuse('no features');
  for (const [name, vector] of Object.entries(vectors)) {
    if (vector.length !== features.length) throw refuse(`${name} has ${vector.length} values for ${features.length} features`);
    if (!vector.every(Number.isFinite)) throw refuse(`${name} has a value that is not finite`);
  }
  for (const [name, vector] of Object.entries(spreads))
    if (vector.some((s) => s <= 0)) throw refuse(`${name} has a value that is not positive`);
  if (!models.every((m) => Number.isFinite(m.intercept))) throw refuse('an intercept is not finite');
  if (clip !== null && !(clip > 0)) throw refuse('clip is not positive');
  if (!models.some((m) => m.id === primaryModel)) throw refuse('the primary model is not among the models');
}
