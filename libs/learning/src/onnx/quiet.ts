import { isMainThread } from 'node:worker_threads';
import { learningErrors } from '../errors.js';

/** The switch that ONNX Runtime reads, once, when it starts. */
const variable = 'ORT_DISABLE_TELEMETRY';

/**
 * Keeps ONNX Runtime from reporting. Its official builds for Linux and macOS tell their maker of every session and model over the
 * network, and keep a device identifier in the home folder, unless this variable stands in the environment of the process before
 * the runtime starts (release 1.29 and later, https://github.com/microsoft/onnxruntime/pull/27379). A site talks to nobody but its
 * broker and its database, so nothing is scored without it.
 *
 * A thread has a copy of the environment, which the runtime does not see: whoever starts a thread that scores calls this before.
 * @throws `LEARNING.ONNX_TELEMETRY` in a thread that was started without it
 */
export function silenceOnnxRuntime(): void {
  if (isMainThread) process.env[variable] = '1';
  else if (process.env[variable] !== '1') throw learningErrors.error('LEARNING.ONNX_TELEMETRY', { variable });
}
