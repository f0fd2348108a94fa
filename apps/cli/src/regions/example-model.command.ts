import { exampleSegmentationModel } from '@cohortium/learning';
import type { Terminal } from '../terminal.js';
import { regionWords } from './messages.js';
import { modelSpecKey } from './onnx-model.js';
import { replaceFile } from '../outputs/files.js';

/** Two standard deviations above the mean of the image. */
const example = { threshold: 2, steepness: 10 };

/** `cohortium region example-model`: a model that can be worked out by hand, as a pattern for real ones. */
export async function writeExampleModel(terminal: Terminal, { out }: { readonly out: string }): Promise<number> {
  const spec = { normalization: 'zScore', threshold: 0.5, largestOnly: true };
  const path = replaceFile(out, exampleSegmentationModel({ ...example, metadata: { [modelSpecKey]: JSON.stringify(spec) } }));
  terminal.data(regionWords(terminal.language)('wrote', { path }));
  terminal.jsonObject({ schemaVersion: 1, out: path, ...example, spec });
  return 0;
}
