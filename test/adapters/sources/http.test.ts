import { type Manners } from '../../../adapters/sources/http/ask.ts';
import { createExtractor } from '../../../adapters/sources/extractor.ts';
import { createSecrets } from '../../../adapters/machine/secrets.ts';
import { type Reading } from '../../../core/sources/extractor.ts';
import { folderPerTest } from '../../support/folders.ts';
import { type Answer, paged, say, type ScriptedApi, scriptedApi } from '../../support/outside/http-api.ts';
import { queryParquet } from '../../support/data/parquet.ts';
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

const place = {
  kind: 'http' as const,
  connection: { env: 'WEATHER_API_URL' },
  path: '/readings',
  token: { env: 'WEATHER_API_TOKEN' },
  rows: 'data',
  next: 'next',
  pageSize: 3,
};
const reading: Reading = {
  from: place,
  key: 'id',
  time: 'at',
  entity: 'station',
  columns: {
    dust: { kind: 'number', nulls: 0 },
    kind: { kind: 'category', nulls: 0 },
    open: { kind: 'boolean', nulls: 0 },
    hour: { kind: 'hour' },
  },
};
const facts: Reading = { ...reading, entity: null, columns: { late: { kind: 'number', nulls: 0 } } };
const january = { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' };
const TOKEN = 's3cret-token';
const row = (id: number | string, at: string | number, rest: object = {}) => ({
  id,
  at,
  station: 's1',
  dust: 1,
  kind: 'traffic',
  open: true,
  ...rest,
});
const some = (count: number) =>
  Array.from({ length: count }, (_, i) => row(i, Date.parse('2026-01-05T00:00Z') + i * 60_000));

describe('the HTTP extractor', () => {
  const folder = folderPerTest();
  const open: ScriptedApi[] = [];
  const serve = async (answer: Answer): Promise<ScriptedApi> => {
    open.push(await scriptedApi(answer));
    return open.at(-1)!;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((api) => api.close()));
  });

  const extractor = (url: string, manners: Partial<Manners> = {}, token = TOKEN) =>
    createExtractor({
      secrets: createSecrets({ WEATHER_API_URL: url, WEATHER_API_TOKEN: token }),
      manners: { pauseMs: 1, ...manners },
    });
  const file = () => join(folder(), 'part.parquet');
  const extract = async (answer: Answer, what = reading, manners: Partial<Manners> = {}) => {
    const api = await serve(answer);
    const progress = { signal: new AbortController().signal, onProgress: () => undefined };
    return { api, ...(await extractor(api.url, manners).extract(what, january, file(), progress)) };
  };
  const check = async (answer: Answer, what = reading, manners: Partial<Manners> = {}) =>
    extractor((await serve(answer)).url, manners).check(what);
  const values = async (column: string) =>
    (await queryParquet(file(), 'select * from $files')).map((each) => each[column]);
  const refused = (work: Promise<unknown>, code: string, message: RegExp) =>
    assert.rejects(work, (error: Error & { code: string }) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, new RegExp(TOKEN));
      return true;
    });

  it('says nothing of rows that are left out, which an API never tells, and does not ask', async () => {
    const { leftOut } = extractor('http://127.0.0.1:1');
    const { signal } = new AbortController();
    assert.deepEqual(await leftOut(reading, january.from, signal), { withoutTime: 0, older: 0 });
  });

  describe('extracts', () => {
    it('the rows of a partition page by page, in order of time and key, with the hour derived', async () => {
      const rows = [
        row('b', '2026-01-02T23:30:00+02:00', { dust: 12.5, open: false }),
        row('a', '2026-01-02T21:30:00Z', { station: 7 }),
        row('c', Date.parse('2026-01-01T05:00Z'), { kind: 'a "quoted", one\nof two lines' }),
        row('d', '2026-01-31T23:59:59.999Z', { dust: null, kind: undefined, open: undefined, station: null }),
      ];
      const { api, rows: count } = await extract(paged(rows));
      assert.equal(count, 4);
      assert.deepEqual(await queryParquet(file(), 'select * from $files'), [
        {
          _key: 'c',
          _time: '2026-01-01 05:00:00',
          _entity: 's1',
          dust: 1,
          kind: 'a "quoted", one\nof two lines',
          open: true,
          hour: 5,
        },
        { _key: 'a', _time: '2026-01-02 21:30:00', _entity: '7', dust: 1, kind: 'traffic', open: true, hour: 21 },
        { _key: 'b', _time: '2026-01-02 21:30:00', _entity: 's1', dust: 12.5, kind: 'traffic', open: false, hour: 21 },
        { _key: 'd', _time: '2026-01-31 23:59:59.999', _entity: null, dust: null, kind: null, open: null, hour: 23 },
      ]);
      assert.deepEqual(api.asked, [
        { ...january, limit: '3' },
        { ...january, limit: '3', cursor: '3' },
      ]);
    });

    it('with the token and everything else in the address', async () => {
      let [path, authorization] = ['', ''];
      const answer: Answer = (_query, response, request) => {
        [path, authorization] = [request.url!, request.headers.authorization!];
        say(response, 200, { data: [], next: null });
      };
      const api = await serve(answer);
      const progress = { signal: new AbortController().signal, onProgress: () => undefined };
      await extractor(`${api.url}/v1/?region=eu`).extract(reading, january, file(), progress);
      assert.match(path, /^\/v1\/readings\?region=eu&from=2026/);
      assert.equal(authorization, `Bearer ${TOKEN}`);
    });

    it('with the name and password in its address, even with a literal percent sign', async () => {
      const open = { ...reading, from: { ...place, token: undefined } } as unknown as Reading;
      const seen: string[] = [];
      const api = await serve((_query, response, request) => {
        seen.push(Buffer.from(request.headers.authorization!.slice('Basic '.length), 'base64').toString());
        say(response, 200, { data: [], next: null });
      });
      const progress = { signal: new AbortController().signal, onProgress: () => undefined };
      for (const password of ['p%40ss', '100%'])
        await extractor(api.url.replace('://', `://ada:${password}@`)).extract(open, january, file(), progress);
      assert.deepEqual(seen, ['ada:p@ss', 'ada:100%']);
    });

    it('fields with other names, and an empty partition as a file without rows', async () => {
      const what = { ...reading, from: { ...place, rows: 'items', next: 'meta.next' } };
      const pages: Answer = ({ cursor }, response) =>
        say(response, 200, { items: cursor ? [] : some(1), meta: { next: cursor ? '' : 'x' } });
      assert.equal((await extract(pages, what)).rows, 1);
      assert.equal((await extract((_query, response) => say(response, 200, { data: [] }))).rows, 0);
    });

    it('a row that is repeated on a later page once, and no rows from before or after the partition', async () => {
      const rows = some(8);
      const shifting: Answer = ({ cursor }, response) => {
        const start = Number(cursor ?? 0);
        const strangers = [row('early', '2025-12-31T23:59:59.999Z'), row('late', '2026-02-01T00:00:00Z')];
        // Each page begins with the last row of the one before.
        const data = rows.slice(Math.max(0, start - 1), start + 3);
        say(response, 200, { data: [...data, ...strangers], next: start + 3 < rows.length ? start + 3 : null });
      };
      assert.equal((await extract(shifting)).rows, 8);
      assert.deepEqual(await values('_key'), ['0', '1', '2', '3', '4', '5', '6', '7']);
    });

    it('label facts as the numbers 0 and 1', async () => {
      const written = [true, false, 1, 0, 'true', 'False', ' t', '0', null];
      const rows = written.map((late, i) => ({ id: i, at: '2026-01-05T00:00Z', late }));
      await extract(paged(rows), facts);
      assert.deepEqual(await values('late'), [1, 0, 1, 0, 1, 0, 1, 0, null]);
    });
  });

  describe('is patient', () => {
    /** Fails in its own way the first two times that each page is asked for. */
    const failing = (fail: Answer): Answer => {
      const tried = new Map<string, number>();
      return (query, response, request) => {
        const page = query['cursor'] ?? '';
        tried.set(page, (tried.get(page) ?? 0) + 1);
        return tried.get(page)! <= 2 ? fail(query, response, request) : paged(some(7))(query, response, request);
      };
    };
    const troubles: Record<string, Answer> = {
      'is unavailable': (_query, response) => say(response, 503, 'soon', { 'retry-after': '0' }),
      'has had too many requests': (_query, response) => say(response, 429, '{}'),
      'cuts a body off': (_query, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '5000' });
        response.write('{ "data": [', () => response.destroy());
      },
      'resets connections': (_query, _response, request) => void request.socket.resetAndDestroy(),
      'does not answer in time': () => undefined,
    };
    for (const [trouble, fail] of Object.entries(troubles))
      it(`with an API that ${trouble}, a few times per page`, async () => {
        // One that answers may be late too, on a busy machine.
        const manners = trouble === 'does not answer in time' ? { tries: 20, timeoutMs: 100 } : { tries: 3 };
        assert.equal((await extract(failing(fail), reading, manners)).rows, 7);
        assert.deepEqual(await values('_key'), ['0', '1', '2', '3', '4', '5', '6']);
      });

    it('with a slow API, and heartbeats meanwhile', async () => {
      const progressed: unknown[] = [];
      const api = await serve((query, response, request) => {
        setTimeout(() => void paged(some(4))(query, response, request), 600);
      });
      const progress = {
        signal: new AbortController().signal,
        onProgress: (detail: unknown) => void progressed.push(detail),
      };
      assert.equal((await extractor(api.url).extract(reading, january, file(), progress)).rows, 4);
      assert.ok(progressed.length > 0);
    });

    it('for a limited time, and leaves the next attempt to its activity', async () => {
      const down: Answer = (_query, response) => say(response, 503, 'down');
      await refused(
        extract(down, reading, { tries: 3 }),
        'SOURCE_UNREACHABLE',
        /\/readings of 127\.0\.0\.1:\d+: it answers 503.*, after 3 tries.*WEATHER_API_URL/,
      );
      assert.equal(open[0]!.asked.length, 3);
      assert.deepEqual(await readdir(folder()), []);
    });

    it('but does not wait for hours on request', () =>
      refused(
        extract((_query, response) => say(response, 429, '{}', { 'retry-after': '7200' })),
        'SOURCE_UNREACHABLE',
        /it answers 429/,
      ));

    it('but not with what a person has to fix', async () => {
      await refused(
        extract((_query, response) => say(response, 400, { error: 'limit is at most 2' })),
        'SOURCE_ANSWER_INVALID',
        /answers 400 Bad Request, with application\/json\. Perennial sent from, to/,
      );
      assert.equal(open[0]!.asked.length, 1);
    });
  });

  describe('refuses', () => {
    const next = (cursor: unknown, data: unknown[] = some(1)): Answer => {
      return (_query, response) => say(response, 200, { data, next: cursor });
    };
    let page = 0;
    const cases: { what: string; answer: Answer; code?: string; message: RegExp }[] = [
      {
        what: 'pages that lead back',
        answer: ({ cursor }, response) =>
          say(response, 200, { data: some(cursor === 'a' ? 1 : 2), next: cursor === 'a' ? 'b' : 'a' }),
        message: /returns to a cursor that it sent before/,
      },
      {
        what: 'one page under ever new cursors',
        answer: (_query, response) => say(response, 200, { data: some(2), next: page++ }),
        message: /sends the same page again/,
      },
      {
        what: 'empty pages without end',
        answer: (_query, response) => say(response, 200, { data: [], next: page++ }),
        message: /100 pages without a row/,
      },
      { what: 'a cursor that is none', answer: next({ page: 2 }), message: /answers with an object in "next"/ },
      { what: 'a row that is none', answer: next(null, [[1, 2]]), message: /a row that is not an object: a list of 2/ },
      {
        what: 'a value of another kind, by the place of its row',
        answer: next(null, [row(1, '2026-01-05T00:00Z'), row(2, '2026-01-05T00:00Z', { dust: 'much' })]),
        code: 'SOURCE_VALUE_INVALID',
        message:
          /Field dust of row 2 of a page of .*holds text of 4 letters, but a column declared as number takes a number/,
      },
      {
        what: 'a row without a key',
        answer: next(null, [row(null as never, '2026-01-05T00:00Z')]),
        code: 'SOURCE_VALUE_INVALID',
        message: /Field id of row 1 of .* holds null, but the key takes/,
      },
      {
        what: 'a number as key that was rounded on its way',
        answer: next(null, [row(2 ** 53 + 2, '2026-01-05T00:00Z')]),
        code: 'SOURCE_VALUE_INVALID',
        message: /the key takes text, or a whole number of at most 2\^53/,
      },
      {
        what: 'a time whose zone would have to be guessed',
        answer: next(null, [row(1, '2026-01-05 00:00:00')]),
        code: 'SOURCE_VALUE_INVALID',
        message: /holds text of 19 letters, but the time takes .*with its zone/,
      },
      {
        what: 'a label that is no number',
        answer: next(null, [{ id: 1, at: '2026-01-05T00:00Z', late: 'perhaps' }]),
        code: 'SOURCE_VALUE_INVALID',
        message: /Field late of row 1 .*text of 7 letters/,
      },
    ];
    for (const { what, answer, code, message } of cases)
      it(what, async () => {
        await refused(
          extract(answer, what.includes('label') ? facts : reading),
          code ?? 'SOURCE_ANSWER_INVALID',
          message,
        );
        assert.deepEqual(await readdir(folder()), []);
      });
  });

  describe('keeps to the declared origin', () => {
    const SECRET = 'canary-of-the-metadata-service';
    const asked: string[] = [];
    /** Like the metadata service of a cloud: it answers everybody. */
    const metadata: Answer = (_query, response, request) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      say(response, 200, { SecretAccessKey: SECRET, data: [], next: null });
    };
    beforeEach(() => void (asked.length = 0));

    for (const status of [301, 302, 303, 307, 308])
      it(`and follows no redirect ${status} to another one, which never gets the token`, async () => {
        const other = await serve(metadata);
        const location = `${other.url}/latest?key=${TOKEN}`;
        for (const work of [extract, check])
          await refused(
            work((_query, response) => say(response, status, `see ${SECRET}`, { location })),
            'SOURCE_ANSWER_INVALID',
            /answers 30\d [A-Z].* and redirects to another origin, http:\/\/127\.0\.0\.1:\d+\. /,
          );
        assert.deepEqual(asked, []);
      });

    it('and follows a few redirects within it', async () => {
      const moving: Answer = (query, response, request) =>
        request.url!.startsWith('/readings')
          ? say(response, 308, '', { location: `/v2${request.url}` })
          : paged(some(4))(query, response, request);
      assert.equal((await extract(moving)).rows, 4);
      await refused(
        extract((_query, response, request) => say(response, 302, '', { location: `${request.url}x` })),
        'SOURCE_ANSWER_INVALID',
        /redirected more than 5 times/,
      );
    });

    it('and never follows a link instead of a cursor to another server', async () => {
      const other = await serve(metadata);
      const linking: Answer = ({ cursor }, response) =>
        say(response, 200, { data: some(cursor ? 1 : 2), next: cursor ? null : `${other.url}/next` });
      assert.equal((await extract(linking)).rows, 2);
      assert.deepEqual(asked, []);
    });

    it('and repeats nothing from an answer', async () => {
      for (const status of [200, 400, 401, 403, 404, 418, 451])
        for (const body of [`<p>${SECRET}</p>`, SECRET, JSON.stringify([SECRET])]) {
          const answer: Answer = (_query, response) => {
            response
              .writeHead(status, SECRET, { 'content-type': `text/html; ${SECRET}`, 'x-secret': SECRET })
              .end(body);
          };
          await assert.rejects(check(answer), (error: Error) => {
            assert.doesNotMatch(`${error.message}${String(error.cause)}`, new RegExp(SECRET));
            return true;
          });
        }
    });

    it('and reads little of an answer that refuses', async () => {
      let sent = 0;
      const endless: Answer = async (_query, response) => {
        response.writeHead(400, { 'content-type': 'application/json' });
        while (!response.destroyed && sent < 100_000_000) {
          sent += 65_536;
          response.write('x'.repeat(65_536));
          await nextTurn();
        }
      };
      await refused(check(endless), 'SOURCE_ANSWER_INVALID', /answers 400 Bad Request/);
      assert.ok(sent < 20_000_000, `${sent} bytes were sent`);
    });

    it('and calls no link-local address unless that is allowed', async () => {
      for (const url of ['http://169.254.169.254/v1', 'http://0xa9fea9fe/v1', 'http://[::ffff:a9fe:a9fe]'])
        await refused(
          extractor(url).check(reading),
          'ADDRESS_REFUSED',
          /link-local.*PERENNIAL_SOURCES_LINK_LOCAL=true/,
        );
    });
  });

  describe('checks', () => {
    const recent = (rest: object = {}) => paged([row(1, Date.now() - 3_600_000, rest)]);

    it('with one small page, and accepts rows that fit, or none', async () => {
      await check(recent());
      assert.equal(open[0]!.asked.length, 1);
      assert.ok(Number(open[0]!.asked[0]!['limit']) <= 100);
      await check(paged([]));
    });

    it('that optional fields appear in some row', () =>
      check(paged([row(1, Date.now(), { dust: undefined }), row(2, Date.now(), { open: undefined })])));

    for (const { what, answer, code, message } of [
      {
        what: 'the token',
        answer: ((_query, response) => say(response, 401, { error: `${TOKEN} is not known` })) as Answer,
        code: 'SOURCE_FORBIDDEN',
        message: /answers 401.*WEATHER_API_TOKEN/,
      },
      {
        what: 'the path',
        answer: ((_query, response) => say(response, 404, 'no such thing')) as Answer,
        code: 'SOURCE_PATH_MISSING',
        message: /There is no \/readings of 127.*404.*WEATHER_API_URL/,
      },
      {
        what: 'the answer to be JSON',
        answer: ((_query, response) => say(response, 200, `<html>${TOKEN}`, { 'content-type': 'text/html' })) as Answer,
        code: 'SOURCE_ANSWER_INVALID',
        message: /answers with text\/html that is not JSON\./,
      },
      {
        what: 'the field of the rows',
        answer: ((_query, response) => say(response, 200, { items: [], total: 0 })) as Answer,
        code: 'SOURCE_ANSWER_INVALID',
        message: /an object with the fields items, total, .*source\.rows/,
      },
      {
        what: 'the fields of a row, and lists those that are there',
        answer: recent({ dust: undefined, station: undefined }),
        code: 'SOURCE_COLUMN_MISSING',
        message: /have no field station, dust; their fields are: id, at, kind, open\./,
      },
      {
        what: 'their types',
        answer: recent({ open: 'yes' }),
        code: 'SOURCE_COLUMN_TYPE',
        message: /Field open .* holds text of 3 letters, but a column declared as boolean takes true or false/,
      },
      {
        what: 'that from and to are kept to, and times are in milliseconds',
        answer: paged([row(1, Math.floor(Date.now() / 1000))]),
        code: 'SOURCE_ANSWER_INVALID',
        message: /for rows with at from .* and got one from the year 1970/,
      },
    ])
      it(what, () => refused(check(answer), code, message));

    it('that a valid address answers, and shows no part of an invalid one', async () => {
      const { url, close } = await scriptedApi(() => undefined);
      await close();
      await refused(
        extractor(`${url.replace('//', `//ann:${TOKEN}@`)}/v1`, { tries: 2 }).check(reading),
        'SOURCE_UNREACHABLE',
        /\/readings of 127\.0\.0\.1:\d+: connect ECONNREFUSED.*after 2 tries/,
      );
      await refused(extractor(`ann:${TOKEN}@weather`).check(reading), 'SOURCE_UNREACHABLE', /WEATHER_API_URL/);
      const token = `${TOKEN} \u2028x`;
      await refused(
        extractor('http://127.0.0.1:1', {}, token).check(reading),
        'SOURCE_FORBIDDEN',
        /WEATHER_API_TOKEN cannot be sent/,
      );
    });
  });

  for (const { when, answer } of [
    { when: 'an answer is awaited', answer: () => undefined },
    { when: 'a body comes', answer: ((_query, response) => void response.writeHead(200).write('{')) as Answer },
    { when: 'it pauses', answer: ((_query, response) => say(response, 503, '', { 'retry-after': '3600' })) as Answer },
  ])
    it(`leaves nothing behind, neither here nor on the server, when it is interrupted while ${when}`, async () => {
      const api = await serve(answer);
      const patient = { timeoutMs: 86_400_000, longestPauseMs: 86_400_000 }; // nothing but the interruption ends it
      const stop = new AbortController();
      const onProgress = () => stop.abort(new Error('cancelled by its workflow'));
      await assert.rejects(
        extractor(api.url, patient).extract(reading, january, file(), { signal: stop.signal, onProgress }),
        /cancelled by its workflow/,
      );
      assert.deepEqual(await readdir(folder()), []);
      while (api.waiting() > 0) await nextTurn();
    });
});
