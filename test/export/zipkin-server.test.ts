import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exportTrace } from '../../src/export/export-trace.js';
import type { ZipkinSpan } from '../../src/export/zipkin-v2.js';
import type { Span } from '../../src/span/span.js';
import { CLOSED_TRACE, GREET } from '../testing/sample-trace.js';

const SPANS: readonly Span[] = [
  ...CLOSED_TRACE,
  {
    ...GREET,
    spanId: 'abcdef0123456789',
    parentId: GREET.spanId,
    kind: 'CLIENT',
    name: 'odd ü\ud800',
    attributes: { list: ['a', 'b'], none: [], share: 0.5, '': 'no name', yes: true },
    events: [{ name: 'exception', time: GREET.startTime + 1, attributes: { 'exception.type': 'E' } }],
    links: [{ traceId: GREET.traceId, spanId: GREET.spanId }],
  },
];
const BODY = [...exportTrace(SPANS, 'zipkin')].join('');

/** Zipkin's own server on a free port, in memory; it ends with the test. */
async function startZipkin(jar: string): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  const java = process.env['JAVA'] ?? 'java';
  const child = spawn(java, ['-Xmx256m', '-jar', jar], { env: { ...process.env, QUERY_PORT: String(port) }, stdio: 'ignore' });
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  const isUp = async (): Promise<boolean> => (await fetch(`${url}/health`).catch(() => undefined))?.ok === true;
  await expect.poll(isUp, { timeout: 80_000, interval: 250 }).toBe(true);
  return url;
}

describe('Zipkin', () => {
  it('gets one JSON list of its spans', () => {
    expect((JSON.parse(BODY) as ZipkinSpan[]).map((span) => span.id)).toEqual(SPANS.map((span) => span.spanId));
  });

  // Only where ZIPKIN_SERVER_JAR names its jar, since that is 83 MB and takes 20 s to start. It is had, with Java 17 to run it, by
  // mvn org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=io.zipkin:zipkin-server:3.4.3:jar:exec -DoutputDirectory=.
  for (const jar of [process.env['ZIPKIN_SERVER_JAR']].filter((path) => path !== undefined)) {
    it('itself takes the export, and gives the same spans back', async () => {
      const url = await startZipkin(jar);
      const taken = await fetch(`${url}/api/v2/spans`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: BODY,
      });
      expect(taken.status).toBe(202);
      const read = async (): Promise<ZipkinSpan[]> =>
        (await (await fetch(`${url}/api/v2/trace/${GREET.traceId}`)).json()) as ZipkinSpan[];
      await expect.poll(async () => (await read()).length, { timeout: 20_000 }).toBe(SPANS.length);
      const given = new Map((JSON.parse(BODY) as ZipkinSpan[]).map((span) => [span.id, span]));
      for (const span of await read()) {
        const { name, duration, timestamp, kind, parentId, tags, annotations } = given.get(span.id) as ZipkinSpan;
        // Zipkin writes names in lower case, and leaves out lists and maps that are empty.
        expect(span).toMatchObject({ name: name.toLowerCase(), duration, timestamp, tags });
        expect(span.kind).toBe(kind);
        expect(span.parentId).toBe(parentId);
        expect(span.annotations ?? []).toEqual(annotations);
      }
    });
  }
});
