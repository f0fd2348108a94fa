// What every benchmark is started with.
import { parseArgs } from 'node:util';

/**
 * Options that all benchmarks have and those of one. Where they are wrong, its usage is told and the process ends.
 * @template {Record<string, { type: 'boolean', default: boolean } | { type: 'string' }>} Options
 */
export function readCommandLine(
  /** @type {readonly string[]} */ names,
  /** @type {(key: string, params: Record<string, string>) => string} */ say,
  /** @type {Options} */ options,
) {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        markdown: { type: 'boolean', default: false },
        median: { type: 'boolean', default: false },
        json: { type: 'string' },
        only: { type: 'string' },
        ...options,
      },
    });
    const { quick = false, markdown = false, median = false, json, only } = /** @type {Record<string, any>} */ (values);
    const asked = /** @type {string[]} */ (only?.split(',') ?? names);
    if (asked.some((name) => !names.includes(name)) || median !== positionals.length > 0) return endWithUsage(names, say);
    const own = /** @type {Record<keyof Options, string | boolean | undefined>} */ (values);
    return { quick, markdown, median, json: /** @type {string | undefined} */ (json), asked, files: positionals, own };
  } catch {
    return endWithUsage(names, say);
  }
}

/** Tells how a benchmark is started, and ends. @returns {never} */
export function endWithUsage(
  /** @type {readonly string[]} */ names,
  /** @type {(key: string, params: Record<string, string>) => string} */ say,
) {
  process.stderr.write(`${say('usage', { cases: names.join(', ') })}\n`);
  process.exit(2);
}
