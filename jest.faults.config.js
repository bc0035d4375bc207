import { shared } from './jest.config.js';

/** The slow suites, which kill processes and break things; one at a time. */
export default {
  ...shared,
  testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
  testTimeout: 300_000,
  maxWorkers: 1,
};
