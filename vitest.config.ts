import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Tests import libraries by their `source` entry, so no build is needed before they run.
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['**/src/**/*.spec.ts', 'test/**/*.spec.ts', 'tools/**/*.spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'out/**', '.cache/**'],
    // By default one core stays idle: of two, half. Many tests wait for a broker or a database.
    maxWorkers: Math.min(8, availableParallelism()),
    // For a machine that is busy with other work; a test that passes needs a fraction of it. See libs/testkit/src/patience.ts.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
