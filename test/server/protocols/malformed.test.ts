import { createRandom } from '../../../core/base/random.ts';
import { aRow, aServer, aServingWorld, cleanUp, predict } from '../fakes.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { pino } from 'pino';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const SEED = 20_260_301;
const REQUESTS = 96_000;
/** Each on a connection of its own, since the server closes it. */
const GARBAGE = 4_000;
const CONNECTIONS = 8;
/** Written at once to a connection; those behind one that ends it are sent again. */
const PIPELINED = 8;
/** What a process may hold after all of them that it did not before: caches and compiled code, but no request. */
const MOST_GROWTH = 8 * 1024 * 1024;

describe('a server that is sent 100,000 malformed requests', () => {
  afterEach(cleanUp);

  it('answers none with a server error, and uses no more memory than before @slow', async function () {
    this.timeout(600_000);
    const errors: string[] = [];
    const logger = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
    const server = await aServer(aServingWorld(), { logger });
    const { port } = new URL(await server.app.listen({ host: '127.0.0.1', port: 0 }));
    const malformed = createMalformed(SEED);
    const statuses = new Map<number, number>();
    const count = (status: number): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1);

    async function send(requests: number): Promise<void> {
      let left = requests;
      const client = async (): Promise<void> => {
        while (left > 0) {
          const sent = Array.from({ length: Math.min(PIPELINED, left) }, malformed.request);
          left -= sent.length;
          for (const status of await answers(Number(port), sent)) count(status);
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, client));
    }
    async function sendGarbage(pieces: number): Promise<void> {
      let left = pieces;
      const client = async (): Promise<void> => {
        while (left-- > 0) for (const status of await lastAnswers(Number(port), malformed.garbage())) count(status);
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, client));
    }

    await send(4_000);
    await sendGarbage(200);
    const before = heapUsed();
    await send(REQUESTS - 4_000);
    await sendGarbage(GARBAGE - 200);
    const growth = heapUsed() - before;

    const told = JSON.stringify([...statuses].sort(([a], [b]) => a - b));
    assert.deepEqual([...statuses.keys()].filter((status) => status >= 500), [], `${told} ${errors[0]}`); // prettier-ignore
    assert.deepEqual(errors, []);
    for (const status of [200, 400, 404, 405, 415, 431]) assert.ok(statuses.has(status), `${status} is among ${told}`);
    assert.ok(growth < MOST_GROWTH, `it holds ${growth} bytes more`);
    assert.equal((await predict(server)).status, 200);
    const { body } = await server.app.inject('/metrics');
    assert.ok(body.length < 64 * 1024, 'no caller invents a series of metrics');
  });
});

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

const STATUS = /HTTP\/1\.1 (\d{3}) /g;

/** The statuses of requests, over as many connections as it takes: a body that is not JSON ends one. */
async function answers(port: number, requests: Buffer[]): Promise<number[]> {
  const statuses: number[] = [];
  while (statuses.length < requests.length) {
    const left = requests.slice(statuses.length);
    const answered = await answersOfOne(port, left);
    assert.ok(answered.length > 0, `no answer to ${left[0]!.toString('latin1')}`);
    statuses.push(...answered);
  }
  return statuses;
}

function answersOfOne(port: number, requests: Buffer[]): Promise<number[]> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    let text = '';
    const found = (): number[] => [...text.matchAll(STATUS)].map(([, status]) => Number(status));
    socket.on('data', (part) => {
      text += part.toString('latin1');
      if (found().length === requests.length) socket.destroy();
    });
    socket.on('close', () => resolve(found()));
    socket.write(Buffer.concat(requests));
  });
}

/** The statuses that come before the server closes the connection. */
async function lastAnswers(port: number, garbage: Buffer): Promise<number[]> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  let text = '';
  socket.on('data', (part) => (text += part.toString('latin1')));
  socket.end(garbage);
  await once(socket, 'close');
  return [...text.matchAll(STATUS)].map(([, status]) => Number(status));
}

/** Malformed requests, the same ones for the same seed. */
function createMalformed(seed: number) {
  const { integer: below, pick: one } = createRandom(seed);
  const bytes = (length: number): string => Array.from({ length }, () => String.fromCharCode(below(256))).join('');

  const texts = ['', '\u0000', '\ud800', 'x'.repeat(600), '__proto__', '../../etc/passwd', "'; drop table labels; --", '<script>', '%00', '\r\nx: y']; // prettier-ignore
  const literals = ['null', 'true', 'NaN', '-Infinity', '1e999', '-1e999', '1e-999', '9007199254740993', '-0', '0x10', '01', '{}', '[]', '[[]]', '"\\ud800"', '"\\u0000"', '1'.repeat(400)]; // prettier-ignore
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'rows', 'amount', 'card_id', 'transaction_id', 'occurred_at', 'device', 'inputs', 'parameters', '']; // prettier-ignore
  const paths = ['/predict/fraud', '/predict/fraud', '/predict/fraud', '/predict/fraud/', '/predict/', '/predict/none', '/predict/__proto__', '/predict/%00', '/predict/%ff', '/predict/%', '/predict/fraud?a[__proto__]=1&a=%ff', '/predict/..%2f..%2f', '//', '/v2/models/fraud/infer', '/v2/models/fraud/versions/x/infer', '/v2/models/__proto__', '/labels/fraud', '/labels/constructor', '/health', '/metrics', '/openapi.json', '/api/v1/health', '/docs/static/%2e%2e/x', '/actions/promote', '/', '*', `/${'a'.repeat(2_000)}`]; // prettier-ignore
  const headers = ['content-type: application/json; charset=utf-16', 'content-type: text/plain', 'content-type: application/x-www-form-urlencoded', 'content-type: ;;', 'content-type:', 'content-encoding: gzip', 'accept: ;q=2', 'authorization: Bearer', 'authorization: \xff', 'cookie: perennial_session=1.%00; a', 'origin: null', 'x-forwarded-for: ::', 'range: bytes=9-1', 'upgrade: websocket', 'if-none-match: "', 'inference-header-content-length: -1', 'inference-header-content-length: 99999']; // prettier-ignore

  const valid = (): string => JSON.stringify(one([aRow(), { rows: [aRow(), aRow()] }, { inputs: [{ name: 'amount', shape: [1], datatype: 'FP64', data: [1] }] }])); // prettier-ignore
  const nested = (depth: number): string => {
    const [start, end] = one([['[', ']'], ['{"a":', '}'], ['{"rows":[', ']}']] as const); // prettier-ignore
    return start.repeat(depth) + one(['1', '']) + end.repeat(depth - below(2));
  };
  const bodies: (() => string)[] = [
    valid,
    () => valid().slice(0, below(80)),
    () => valid().replace(/[\d.]+|true|"phone"/g, () => (below(2) === 0 ? one(literals) : '1')),
    () => valid().replace('{', `{${JSON.stringify(one(names))}:${one([...literals, ...texts.map((text) => JSON.stringify(text))])},`), // prettier-ignore
    () => JSON.stringify({ ...aRow(), [one(names)]: one(texts) }),
    () => {
      const body = valid();
      const at = below(body.length);
      return body.slice(0, at) + bytes(1 + below(4)) + body.slice(at + below(4));
    },
    () => bytes(below(60)),
    () => one(literals),
    () => nested(1 + below(below(20) === 0 ? 20_000 : 30)),
    () =>
      `{"rows":${one(['[]', '{}', '1', 'null', `[${'{},'.repeat(below(100) === 0 ? 1_500 : 3)}{}]`, '[null]', '[[1]]'])}}`,
  ];

  function request(): Buffer {
    const method = one(['POST', 'POST', 'POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);
    const body = Buffer.from(one(bodies)(), one(['latin1', 'utf8'] as const));
    const sent = ['host: localhost', below(5) === 0 ? one(headers) : 'content-type: application/json'];
    const chunked = below(10) === 0 && body.length > 0;
    sent.push(chunked ? 'transfer-encoding: chunked' : `content-length: ${body.length}`);
    const head = Buffer.from(`${method} ${one(paths)} HTTP/1.1\r\n${sent.join('\r\n')}\r\n\r\n`, 'latin1');
    const ends = [Buffer.from(`${body.length.toString(16)}\r\n`), Buffer.from('\r\n0\r\n\r\n')] as const;
    return Buffer.concat(chunked ? [head, ends[0], body, ends[1]] : [head, body]);
  }

  const post = 'POST /predict/fraud HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
  const pieces: (() => string)[] = [
    () => bytes(1 + below(200)),
    () => `${one(['GET', 'GE T', '', 'CONNECT', 'PRI'])} ${one(['/', '', 'http://[', '*', bytes(9)])} HTTP/${one(['1.1', '2.0', '9', ''])}\r\n\r\n`, // prettier-ignore
    () => `${post}content-length: ${one(['-1', 'x', '1e3', '5, 6', '99999999999999999999', ''])}\r\n\r\n{}`,
    () => `${post}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
    () => `${post}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}`,
    () => `${post}transfer-encoding: chunked\r\n\r\n${one(['zz', '-1', 'fffffffffffffffff', '5', '0'])}\r\n{}\r\n`,
    () => `${post}content-length: 500\r\n\r\n{`,
    () => `${post}${bytes(20)}\r\n\r\n`,
    () => `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    () => `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(3_000)}\r\n`,
    () => 'GET / HTTP/1.1\r\nhost: evil.example\r\n\r\n',
    () => `GET / HTTP/1.1\r\n${one(['', 'host: a\r\nhost: b\r\n', 'host: \x00\r\n', 'host: [\r\n'])}\r\n`,
    () => `${post}expect: ${one(['100-continue', 'x'])}\r\ncontent-length: 2\r\n\r\n{}`,
  ];
  return { request, garbage: () => Buffer.from(one(pieces)(), 'latin1') };
}
