import { defineConfig } from 'vitest/config';

// Tests that need a server, Temporal's or another; all others run without starting one.
const SERVER_TESTS = ['test/{integration,crash,replay,package,state,store/postgres,server/{postgres,python}}/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    // Each integration test runs workers and keeps the one server busy: more at once only wait for each other.
    maxWorkers: 2,
    // Deadlines against a hang, not measurements.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: SERVER_TESTS } },
      {
        extends: true,
        test: {
          name: 'servers',
          include: SERVER_TESTS,
          globalSetup: ['test/helpers/global-setup.ts'],
          // Two cores that run servers, workers and tests at once are late now and then. The report names what needed its second try.
          retry: process.env['CI'] === 'true' ? 1 : 0,
        },
      },
    ],
  },
});
