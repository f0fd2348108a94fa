import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Who may import whom: one row per project, no wildcard. The map is drawn in docs/ARCHITECTURE.md. */
const depConstraints = [
  { sourceTag: 'lib:kernel', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'lib:numerics', onlyDependOnLibsWithTags: ['lib:kernel'] },
  { sourceTag: 'lib:imaging', onlyDependOnLibsWithTags: ['lib:kernel', 'lib:numerics'] },
  { sourceTag: 'lib:intake', onlyDependOnLibsWithTags: ['lib:kernel', 'lib:imaging'] },
  { sourceTag: 'lib:radiomics', onlyDependOnLibsWithTags: ['lib:kernel', 'lib:numerics', 'lib:imaging'] },
  { sourceTag: 'lib:protocol', onlyDependOnLibsWithTags: ['lib:kernel'] },
  { sourceTag: 'lib:ledger', onlyDependOnLibsWithTags: ['lib:kernel'] },
  { sourceTag: 'lib:federation', onlyDependOnLibsWithTags: ['lib:kernel', 'lib:numerics', 'lib:protocol'] },
  { sourceTag: 'lib:harmonization', onlyDependOnLibsWithTags: ['lib:kernel', 'lib:numerics', 'lib:federation'] },
  { sourceTag: 'lib:statistics', onlyDependOnLibsWithTags: ['lib:kernel', 'lib:numerics', 'lib:federation'] },
  {
    sourceTag: 'lib:learning',
    onlyDependOnLibsWithTags: ['lib:kernel', 'lib:numerics', 'lib:federation', 'lib:statistics', 'lib:harmonization'],
  },
  {
    sourceTag: 'lib:validation',
    onlyDependOnLibsWithTags: ['lib:kernel', 'lib:numerics', 'lib:federation', 'lib:statistics', 'lib:harmonization', 'lib:learning'],
  },
  {
    sourceTag: 'lib:analysis',
    onlyDependOnLibsWithTags: [
      'lib:kernel',
      'lib:numerics',
      'lib:protocol',
      'lib:federation',
      'lib:statistics',
      'lib:harmonization',
      'lib:learning',
      'lib:validation',
    ],
  },
  { sourceTag: 'lib:synth', onlyDependOnLibsWithTags: ['lib:kernel', 'lib:numerics', 'lib:imaging'] },
  { sourceTag: 'lib:contracts', onlyDependOnLibsWithTags: ['lib:kernel', 'lib:protocol', 'lib:federation'] },
  { sourceTag: 'lib:privacy', onlyDependOnLibsWithTags: ['lib:kernel', 'lib:numerics', 'lib:protocol', 'lib:federation', 'lib:contracts'] },
  {
    sourceTag: 'lib:reporting',
    onlyDependOnLibsWithTags: [
      'lib:analysis',
      'lib:kernel',
      'lib:numerics',
      'lib:protocol',
      'lib:statistics',
      'lib:learning',
      'lib:validation',
    ],
  },
  { sourceTag: 'lib:transport', onlyDependOnLibsWithTags: ['lib:kernel', 'lib:contracts'] },
  {
    sourceTag: 'lib:persistence',
    onlyDependOnLibsWithTags: ['lib:kernel', 'lib:contracts', 'lib:federation', 'lib:privacy', 'lib:protocol', 'lib:ledger'],
  },
  {
    sourceTag: 'lib:testkit',
    onlyDependOnLibsWithTags: [
      'lib:kernel',
      'lib:numerics',
      'lib:ledger',
      'lib:protocol',
      'lib:federation',
      'lib:harmonization',
      'lib:statistics',
      'lib:learning',
      'lib:validation',
      'lib:analysis',
      'lib:synth',
      'lib:contracts',
      'lib:privacy',
      'lib:reporting',
      'lib:transport',
      'lib:persistence',
    ],
  },
  {
    sourceTag: 'app:coordinator',
    onlyDependOnLibsWithTags: [
      'lib:kernel',
      'lib:numerics',
      'lib:ledger',
      'lib:protocol',
      'lib:federation',
      'lib:harmonization',
      'lib:statistics',
      'lib:learning',
      'lib:validation',
      'lib:analysis',
      'lib:contracts',
      'lib:privacy',
      'lib:reporting',
      'lib:transport',
      'lib:persistence',
    ],
  },
  {
    sourceTag: 'app:site-node',
    onlyDependOnLibsWithTags: [
      'lib:imaging',
      'lib:radiomics',
      'lib:intake',
      'lib:kernel',
      'lib:numerics',
      'lib:ledger',
      'lib:protocol',
      'lib:federation',
      'lib:harmonization',
      'lib:statistics',
      'lib:learning',
      'lib:validation',
      'lib:analysis',
      'lib:contracts',
      'lib:privacy',
      'lib:reporting',
      'lib:transport',
      'lib:persistence',
    ],
  },
  {
    sourceTag: 'app:cli',
    onlyDependOnLibsWithTags: [
      'lib:imaging',
      'lib:radiomics',
      'lib:intake',
      'lib:kernel',
      'lib:numerics',
      'lib:ledger',
      'lib:protocol',
      'lib:federation',
      'lib:harmonization',
      'lib:statistics',
      'lib:learning',
      'lib:validation',
      'lib:analysis',
      'lib:synth',
      'lib:contracts',
      'lib:privacy',
      'lib:reporting',
      'lib:transport',
      'lib:persistence',
    ],
  },
];

/** Libraries of pure functions: no I/O, clock, environment or global randomness; these arrive as arguments. */
const pureLibs = [
  'kernel',
  'numerics',
  'protocol',
  'ledger',
  'federation',
  'harmonization',
  'statistics',
  'validation',
  'analysis',
  'synth',
  'imaging',
  'radiomics',
  'contracts',
  'privacy',
  'reporting',
];
const pureFiles = pureLibs.map((name) => `libs/${name}/src/**/*.ts`);

/** Transcendental functions differ between machines; the science path uses the pure-JavaScript ones of libs/numerics. */
const transcendental = [
  'exp',
  'expm1',
  'log',
  'log1p',
  'log2',
  'log10',
  'pow',
  'sin',
  'cos',
  'tan',
  'atan',
  'atan2',
  'asin',
  'acos',
  'sinh',
  'cosh',
  'tanh',
  'cbrt',
  'hypot',
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.cache/**', 'out/**', 'coverage/**'] },
  ...tseslint.configs.recommended.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { enforceBuildableLibDependency: false, allow: [], depConstraints }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false, fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // Nest reads constructor parameter types at run time, so its files keep value imports.
    files: ['apps/coordinator/src/**/*.ts', 'apps/site-node/src/**/*.ts', 'libs/persistence/src/**/*.ts', 'libs/transport/src/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    // Tests may use the testkit, which in turn may use any library; otherwise they keep to the boundaries of their project.
    files: ['**/*.spec.ts'],
    rules: {
      '@nx/enforce-module-boundaries': ['error', { enforceBuildableLibDependency: false, allow: ['@cohortium/testkit'], depConstraints }],
    },
  },
  {
    files: pureFiles,
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@nestjs/*', 'typeorm', 'pg', '@nats-io/*', 'react', 'rxjs'],
              message: 'pure libraries know no framework and no SDK',
            },
            {
              group: ['node:fs', 'node:fs/*', 'node:net', 'node:http', 'node:child_process', 'node:os', 'node:worker_threads'],
              message: 'pure libraries do no I/O',
            },
          ],
        },
      ],
      'no-restricted-globals': ['error', 'process', 'Date', 'fetch', 'console', 'setTimeout', 'setInterval', 'performance'],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'randomness arrives as an argument (Random)' },
        ...transcendental.map((property) => ({ object: 'Math', property, message: 'use libs/numerics: equal bits on every machine' })),
      ],
    },
  },
  {
    files: ['libs/learning/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...transcendental.map((property) => ({ object: 'Math', property, message: 'use libs/numerics: equal bits on every machine' })),
      ],
    },
  },
);
