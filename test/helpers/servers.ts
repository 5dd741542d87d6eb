import { describe, inject } from 'vitest';

/** Where a server is, by `K`, or the line that says how to provide it. */
export type ServerOffer<K extends string> = { readonly [Key in K]?: string } & { readonly missing?: string };

type ServerName = 'temporalServer' | 'timeSkippingServer' | 'redisServer' | 'postgresServer' | 'pythonClients';

/**
 * `describe` for tests that need these servers: skipped where one is missing, which is for a developer's machine alone. Where
 * `CI` is set nothing is skipped, and the tests fail with the line that says how to provide the server.
 */
export function describeWith(...names: ServerName[]): ReturnType<typeof describe.skipIf> {
  const missing = names.map((name) => inject(name)?.missing).filter((line) => line !== undefined);
  for (const line of missing) console.warn(line);
  return describe.skipIf(missing.length > 0 && !process.env['CI']);
}

/**
 * `field` of the server `name`.
 *
 * @throws Error with the line that says how to provide the server, or which folder a test that needs one belongs to.
 */
export function requireServer(name: ServerName, field: 'address' | 'path'): string {
  const offer: ServerOffer<'address' | 'path'> | undefined = inject(name);
  if (offer === undefined) {
    throw new Error(
      `no servers here: a test that needs one belongs under one of the folders that vitest.config.ts lists as SERVER_TESTS`,
    );
  }
  const value = offer[field];
  if (value === undefined) throw new Error(offer.missing ?? `${name} has no ${field}`);
  return value;
}
