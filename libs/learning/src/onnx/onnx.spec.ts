import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashJson, isAppError } from '@cohortium/kernel';
import { SeededRandom } from '@cohortium/numerics';
import fc from 'fast-check';
import onnxProto from 'onnx-proto';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { CombatReference, LockedModel } from '../locked-model.js';
import { lockedModelSchema } from '../locked-model.js';
import { onnxModel } from './model.js';
import { scoreOnnx } from './score.js';
import type { OnnxInputs } from './score.js';

interface Shape {
  seed: number;
  features: number;
  models: number;
  rows: number;
  clip: number | null;
  /** null: no ComBat; else the number of covariates. */
  covariates: number | null;
}

const shapes = fc.record<Shape>({
  seed: fc.integer(),
  features: fc.integer({ min: 1, max: 12 }),
  models: fc.integer({ min: 1, max: 4 }),
  rows: fc.integer({ min: 1, max: 40 }),
  clip: fc.option(fc.constantFrom(0.5, 2, 4)),
  covariates: fc.option(fc.integer({ min: 0, max: 3 })),
});

function randomCase({ seed, features: p, models, rows, clip, covariates }: Shape): { model: LockedModel; inputs: OnnxInputs } {
  const random = new SeededRandom(seed);
  const vector = (n: number, low = -2, high = 2) => Array.from({ length: n }, () => low + (high - low) * random.uniform());
  const features = Array.from({ length: p }, (_, j) => `feature "${j}", é`);
  // Raw units from 10^-6 to 10^9, as real feature tables have them.
  const units = vector(p, -6, 9).map((power) => 10 ** power);
  const raw = (low: number, high: number) => vector(p, low, high).map((v, j) => v * (units[j] as number));
  const combat = (c: number): CombatReference => ({
    method: 'combat',
    sites: ['H1', 'H2'],
    covariates: Array.from({ length: c }, (_, k) => `covariate${k}`),
    beta: Array.from({ length: c }, () => vector(p)),
    grandMean: vector(p),
    varPooled: vector(p, 0.2, 2),
    passedThrough: features.filter(() => random.uniform() < 0.2),
    newSite: 'frozenLocalEb',
    minBatch: 5,
  });
  const harmonization = covariates === null ? { method: 'none' as const } : combat(covariates);
  const passed = new Set(harmonization.method === 'combat' ? harmonization.passedThrough : []);
  const model: LockedModel = {
    schemaVersion: 1,
    study: 'random',
    protocolHash: 'ab'.repeat(32),
    endpoint: 'her2',
    synthetic: true,
    preparation: {
      features,
      medians: raw(-1, 1),
      center: raw(-1, 1),
      scale: raw(0.3, 1.5),
      harmonization,
      finalCenter: vector(p),
      finalScale: vector(p, 0.3, 1.5),
      clip,
    },
    models: Array.from({ length: models }, (_, m) => ({
      id: `m${m}`,
      alpha: 0.5,
      lambda: 0.1,
      intercept: random.uniform() - 2,
      coefficients: vector(p, -1, 1),
    })),
    primaryModel: 'm0',
    threshold: 0.2,
  };
  const cells = Float64Array.from({ length: rows * p }, (_, k) =>
    random.uniform() < 0.15 ? NaN : 4 * (random.uniform() - 0.5) * (units[k % p] as number),
  );
  return {
    model: lockedModelSchema.parse(model),
    inputs: {
      features: cells,
      rowCount: rows,
      covariates: Float64Array.from(vector(rows * (covariates ?? 0))),
      gammaStar: Float64Array.from(features, (name) => (passed.has(name) ? 0 : random.uniform() - 0.5)),
      deltaStar: Float64Array.from(features, (name) => (passed.has(name) ? 1 : 0.3 + random.uniform())),
    },
  };
}

/** The formulas of the model, one number at a time. */
function evaluate({ preparation: prep, models }: LockedModel, inputs: OnnxInputs): { logits: number[]; probabilities: number[] } {
  const p = prep.features.length;
  const logits: number[] = [];
  for (let i = 0; i < inputs.rowCount; i++) {
    const prepared = prep.features.map((_, j) => {
      const cell = inputs.features[i * p + j] as number;
      const x = ((Number.isNaN(cell) ? (prep.medians[j] as number) : cell) - (prep.center[j] as number)) / (prep.scale[j] as number);
      let y = x;
      const combat = prep.harmonization;
      if (combat.method === 'combat') {
        const c = combat.covariates.length;
        const s = Math.sqrt(combat.varPooled[j] as number);
        const effect = combat.beta.reduce((sum, row, k) => sum + (row[j] as number) * (inputs.covariates?.[i * c + k] as number), 0);
        const z = (x - (combat.grandMean[j] as number) - effect) / s;
        y =
          ((z - (inputs.gammaStar?.[j] as number)) / Math.sqrt(inputs.deltaStar?.[j] as number)) * s +
          (combat.grandMean[j] as number) +
          effect;
      }
      const final = (y - (prep.finalCenter[j] as number)) / (prep.finalScale[j] as number);
      return prep.clip === null ? final : Math.min(prep.clip, Math.max(-prep.clip, final));
    });
    for (const { intercept, coefficients } of models)
      logits.push(coefficients.reduce((sum, b, j) => sum + b * (prepared[j] as number), intercept));
  }
  return { logits, probabilities: logits.map((eta) => 1 / (1 + Math.exp(-eta))) };
}

const fixed: Shape = { seed: 3, features: 5, models: 2, rows: 6, clip: 4, covariates: 2 };
const decode = (bytes: Uint8Array) => onnxProto.onnx.ModelProto.decode(bytes);

async function refusal(run: () => unknown): Promise<string | undefined> {
  try {
    await run();
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
  return undefined;
}

describe('onnxModel and scoreOnnx', () => {
  it('give the probabilities of the formulas to 1e-12, for any model', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { model, inputs } = randomCase(shape);
        const expected = evaluate(model, inputs).probabilities;
        const actual = await scoreOnnx(onnxModel(model), inputs);
        expect(actual.length).toBe(expected.length);
        actual.forEach((probability, k) => expect(Math.abs(probability - (expected[k] as number))).toBeLessThanOrEqual(1e-12));
      }),
      { numRuns: 60 },
    );
  });

  it('keep small probabilities to their last digits and saturate without NaN', async () => {
    const { model } = randomCase({ ...fixed, features: 1, models: 1, clip: null, covariates: null });
    const { preparation } = model;
    Object.assign(preparation, { medians: [0], center: [0], scale: [1], finalCenter: [0], finalScale: [1] });
    Object.assign(model.models[0] as object, { intercept: 0, coefficients: [1] });
    const logits = [-800, -700, -50, -30, -1, 0, 1, 30, 800];
    const scored = await scoreOnnx(onnxModel(model), { features: Float64Array.from(logits), rowCount: logits.length });
    logits.forEach((eta, i) => {
      const exact = eta < 0 ? Math.exp(eta) / (1 + Math.exp(eta)) : 1 / (1 + Math.exp(-eta));
      expect(Math.abs((scored[i] as number) - exact)).toBeLessThanOrEqual(1e-14 * exact);
    });
  });

  it('give logits and probabilities to 1e-12 also under the default session options, with every optimization', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { model, inputs } = randomCase(shape);
        const p = shape.features;
        const session = await InferenceSession.create(onnxModel(model), { logSeverityLevel: 3 });
        const tensor = (data: Float64Array | undefined, dims: number[]) => new Tensor('float64', data as Float64Array, dims);
        const { logit, probability } = await session.run({
          features: tensor(inputs.features, [shape.rows, p]),
          ...(shape.covariates !== null && { gamma_star: tensor(inputs.gammaStar, [p]), delta_star: tensor(inputs.deltaStar, [p]) }),
          ...(shape.covariates && { covariates: tensor(inputs.covariates, [shape.rows, shape.covariates]) }),
        });
        await session.release();
        expect(logit?.dims).toEqual([shape.rows, shape.models]);
        const { logits, probabilities } = evaluate(model, inputs);
        logits.forEach((eta, k) => {
          const [actual, p1] = [logit?.data[k] as number, probability?.data[k] as number];
          expect(Math.abs(actual - eta)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(eta)));
          expect(Math.abs(p1 - (probabilities[k] as number))).toBeLessThanOrEqual(1e-12);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('leave a feature that ComBat passes through as it is, whatever the site effects say', async () => {
    const { model, inputs } = randomCase({ ...fixed, covariates: 0 });
    const combat = model.preparation.harmonization as CombatReference;
    const through: LockedModel = {
      ...model,
      preparation: { ...model.preparation, harmonization: { ...combat, passedThrough: model.preparation.features } },
    };
    const none: LockedModel = { ...model, preparation: { ...model.preparation, harmonization: { method: 'none' } } };
    expect(await scoreOnnx(onnxModel(through), inputs)).toEqual(await scoreOnnx(onnxModel(none), inputs));
  });

  it('hold doubles and plain operators of opset 17, IR 8, and say what they are', () => {
    const { model } = randomCase(fixed);
    const written = decode(onnxModel(model));
    expect(Number(written.irVersion)).toBe(8);
    expect(written.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([['', 17]]);
    const allowed = new Set('Add Clip Div Exp Gemm IsNaN Mul Neg Reciprocal Sqrt Sub Where'.split(' '));
    for (const { opType, domain } of written.graph?.node ?? []) expect([opType && allowed.has(opType), domain]).toEqual([true, '']);
    const values = [...(written.graph?.input ?? []), ...(written.graph?.output ?? [])];
    expect(values.map((v) => v.name)).toEqual(['features', 'covariates', 'gamma_star', 'delta_star', 'logit', 'probability']);
    for (const { type } of values) expect(type?.tensorType?.elemType).toBe(onnxProto.onnx.TensorProto.DataType.DOUBLE);
    const metadata = Object.fromEntries(written.metadataProps.map(({ key, value }) => [key, value]));
    expect(metadata).toEqual({
      study: 'random',
      protocolHash: model.protocolHash,
      lockedModelHash: hashJson(model),
      endpoint: 'her2',
      synthetic: 'true',
      models: '["m0","m1"]',
      primaryModel: 'm0',
      threshold: '0.2',
      features: JSON.stringify(model.preparation.features),
      harmonization: 'combat',
      covariates: '["covariate0","covariate1"]',
      passedThrough: JSON.stringify((model.preparation.harmonization as CombatReference).passedThrough),
      outputs: '["logit","probability"]',
    });
    expect(written.docString).toMatch(/^SYNTHETIC DATA/);
    expect(decode(onnxModel({ ...model, synthetic: false })).docString).not.toMatch(/SYNTHETIC/);
  });

  it('have no ComBat inputs without ComBat, and no covariates without covariates', () => {
    const names = (covariates: number | null) =>
      decode(onnxModel(randomCase({ ...fixed, covariates }).model)).graph?.input?.map((i) => i.name);
    expect(names(null)).toEqual(['features']);
    expect(names(0)).toEqual(['features', 'gamma_star', 'delta_star']);
  });

  it('are written to the same bytes for equal models, to others for other models', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const bytes = onnxModel(randomCase(shape).model);
        const { model } = randomCase(shape);
        const reordered = JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(model).reverse()))) as LockedModel;
        expect(Buffer.compare(bytes, onnxModel(reordered))).toBe(0);
        expect(Buffer.compare(bytes, onnxModel({ ...model, threshold: 0.3 }))).not.toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('refuse a model whose parts do not fit', async () => {
    const { model } = randomCase(fixed);
    const prep = model.preparation;
    const combat = prep.harmonization as CombatReference;
    const [first] = model.models;
    if (!first) throw new Error('no model');
    const broken: LockedModel[] = [
      { ...model, preparation: { ...prep, medians: prep.medians.slice(1) } },
      { ...model, preparation: { ...prep, scale: prep.scale.map(() => 0) } },
      { ...model, preparation: { ...prep, center: prep.center.map(() => Infinity) } },
      { ...model, preparation: { ...prep, harmonization: { ...combat, beta: combat.beta.slice(1) } } },
      { ...model, preparation: { ...prep, harmonization: { ...combat, varPooled: combat.varPooled.map((v) => -v) } } },
      { ...model, preparation: { ...prep, harmonization: { ...combat, passedThrough: ['unknown'] } } },
      { ...model, preparation: { ...prep, clip: 0 } },
      { ...model, models: [{ ...first, coefficients: [...first.coefficients, 1] }] },
      { ...model, models: [{ ...first, intercept: NaN }] },
      { ...model, primaryModel: 'm9' },
    ];
    for (const candidate of broken) expect(await refusal(() => onnxModel(candidate))).toBe('LEARNING.BAD_MODEL');
  });

  it('refuse inputs that do not fit the file, and files that are no model', async () => {
    const { model, inputs } = randomCase(fixed);
    const bytes = onnxModel(model);
    const wrong: OnnxInputs[] = [
      { ...inputs, rowCount: 5 },
      { ...inputs, covariates: undefined },
      { ...inputs, gammaStar: new Float64Array(4) },
      { ...inputs, gammaStar: new Float64Array(5).fill(NaN) },
      { ...inputs, deltaStar: new Float64Array(5) },
    ];
    for (const candidate of wrong) expect(await refusal(() => scoreOnnx(bytes, candidate))).toBe('LEARNING.ONNX_INPUT');
    expect(await refusal(() => scoreOnnx(bytes.slice(0, 200), inputs))).toBe('LEARNING.ONNX_UNREADABLE');
    expect(await refusal(() => scoreOnnx(new Uint8Array(0), inputs))).toBe('LEARNING.ONNX_UNREADABLE');
    const nobody = { ...inputs, features: new Float64Array(0), covariates: new Float64Array(0), rowCount: 0 };
    expect(await scoreOnnx(bytes, nobody)).toEqual(new Float64Array(0));
  });
});

function pythonWithOnnx(): boolean {
  try {
    execFileSync('python3', ['-c', 'import onnx'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('skipped: the ONNX checker needs python3 with the package onnx');
    return false;
  }
}

describe.skipIf(!pythonWithOnnx())('the ONNX checker', () => {
  it('accepts the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cohortium-onnx-'));
    try {
      const file = join(folder, 'model.onnx');
      for (const covariates of [null, 0, 2]) {
        writeFileSync(file, onnxModel(randomCase({ ...fixed, covariates }).model));
        const script = 'import sys, onnx; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True); print("accepted")';
        expect(execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }).trim()).toBe('accepted');
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
