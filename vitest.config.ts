import { defineConfig } from 'vitest/config';

// Tests import libraries by their `source` entry, so no build is needed before they run.
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['**/src/**/*.spec.ts', 'test/**/*.spec.ts', 'tools/**/*.spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'out/**', '.cache/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
