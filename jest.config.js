/** Sources and ESM-only packages become CommonJS, which is what Jest runs best. */
const transform = {
  '^.+\\.[cm]?[jt]sx?$': '<rootDir>/test/support/esm-to-cjs.cjs',
};

/** @type {import('jest').Config} */
const shared = {
  transform,
  transformIgnorePatterns: [],
  extensionsToTreatAsEsm: [],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  moduleFileExtensions: ['ts', 'tsx', 'js', 'mjs', 'cjs', 'json', 'node'],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['node', 'require', 'default'] },
};

export { shared };

/** @type {import('jest').Config} */
export default {
  ...shared,
  testMatch: ['<rootDir>/test/{unit,contract,e2e,browser}/**/*.test.ts'],
  // What only a hang reaches, however slow and busy the machine.
  testTimeout: 300_000,
  maxWorkers: 2,
  collectCoverageFrom: ['src/**/*.ts', 'fixtures/**/*.ts', '!src/main.ts', '!src/cli/main.ts'],
  coverageProvider: 'babel',
  coverageDirectory: 'coverage',
  coverageReporters: ['lcovonly', 'html', 'text-summary'],
};
