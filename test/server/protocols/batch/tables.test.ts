import { type PredictionServer } from '../../../../server/app.ts';
import { parsePipeline } from '../../../../core/declaration/pipeline.ts';
import { folderPerTest } from '../../../support/folders.ts';
import { aFolder, aPipeline, aServer, aServingWorld, cleanUp, until, World } from '../../fakes.ts';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromArrays, tableFromIPC, tableToIPC, vectorFromArray, Bool, Dictionary, Float64, Int32, Table, TimestampMicrosecond, Utf8 } from 'apache-arrow'; // prettier-ignore
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';

const PARQUET = 'application/vnd.apache.parquet';
const STREAM = 'application/vnd.apache.arrow.stream';
const FILE = 'application/vnd.apache.arrow.file';
type Answer = Record<string, unknown>;

/** Rows whose amounts count from 0, with everything that a column may be. */
const rows = (count: number) =>
  `select 't-' || i as transaction_id, timestamp '2026-02-28 22:10:00' + to_seconds(i) as occurred_at, ` +
  `i::double as amount, case when i % 2 = 0 then null else 1.5 end as distance, ` +
  `case when i % 3 = 0 then 'phone' else 'web' end as device, i % 2 = 0 as is_online from range(${count}) t(i)`;

describe('a batch as a table', () => {
  const folder = folderPerTest();
  afterEach(cleanUp);

  const scene = async (world = aServingWorld()) => {
    const dataFolder = aFolder();
    const server = await aServer(world, { dataFolder });
    const left = (): string[] => {
      const uploads = join(dataFolder, 'batches');
      return existsSync(uploads) ? readdirSync(uploads) : [];
    };
    return { world, server, left };
  };

  async function send(
    server: PredictionServer,
    payload: Uint8Array | string,
    type: string,
    accept?: string,
    query = '',
  ) {
    const response = await server.app.inject({
      method: 'POST',
      url: `/predict/batch/fraud${query}`,
      headers: { 'content-type': type, ...(accept !== undefined && { accept }) },
      payload: Buffer.from(payload),
    });
    const { statusCode: status, headers, rawPayload: bytes } = response;
    return { status, type: headers['content-type'], bytes, error: status === 200 ? null : response.json().error };
  }

  /** What DuckDB says of a file or writes into one: it shares no code with the server. */
  async function ask(sql: string): Promise<Answer[]> {
    const database = await DuckDBInstance.create(':memory:');
    const connection = await database.connect();
    try {
      return (await connection.runAndReadAll(sql)).getRowObjectsJson();
    } finally {
      connection.closeSync();
      database.closeSync();
    }
  }
  async function aParquetFile(select: string, options = ''): Promise<Buffer> {
    const path = join(folder(), 'rows.parquet');
    await ask(`copy (${select}) to '${path}' (format parquet${options})`);
    return readFileSync(path);
  }
  async function readParquet(bytes: Uint8Array, select = '*'): Promise<Answer[]> {
    const path = join(folder(), 'answers.parquet');
    writeFileSync(path, bytes);
    return ask(`select ${select} from '${path}'`);
  }
  const readArrow = (bytes: Uint8Array): Answer[] => tableFromIPC(bytes).toArray().map((row) => ({ ...row.toJSON() })); // prettier-ignore

  for (const compression of ['uncompressed', 'snappy', 'zstd', 'gzip', 'brotli'])
    it(`of Parquet packed by ${compression} is answered as Parquet, row by row, and every prediction is kept`, async () => {
      const { world, server, left } = await scene();
      const bytes = await aParquetFile(rows(2_500), `, compression ${compression}, row_group_size 2048`);
      const { status, type, bytes: answer } = await send(server, bytes, PARQUET);
      assert.deepEqual([status, type], [200, PARQUET]);
      const answers = await readParquet(answer, 'row, id, score, decision, threshold, version, error');
      assert.equal(answers.length, 2_500);
      assert.deepEqual(answers.map(({ row }) => row), Array.from({ length: 2_500 }, (_, i) => i + 1)); // prettier-ignore
      const { id, score, ...first } = answers[0]!;
      assert.deepEqual(first, { row: 1, decision: true, threshold: 0.5, version: 1, error: null });
      assert.ok(Math.abs(Number(score) - 0.7310586) < 1e-6);
      await server.shipper.ship();
      const { key, time, row } = world.logged.get(String(id))!;
      assert.deepEqual([key, time], ['t-0', '2026-02-28T22:10:00.000Z']);
      assert.deepEqual(row, { amount: 0, distance: null, device: 'phone', is_online: true, hour: 22 });
      assert.equal(world.logged.size, 2_500);
      await until(() => left().length === 0, 'nothing is left of the file');
    });

  const anArrowTable = (count: number): Table => {
    const of = <T>(value: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => value(i));
    return new Table({
      transaction_id: vectorFromArray(of((i) => `t-${i}`), new Utf8()), // prettier-ignore
      occurred_at: vectorFromArray(of((i) => new Date(1_772_316_600_000 + 1_000 * i)), new TimestampMicrosecond('UTC')), // prettier-ignore
      amount: vectorFromArray(of((i) => i), new Int32()), // prettier-ignore
      distance: vectorFromArray(of((i) => (i % 2 === 0 ? null : 1.5)), new Float64()), // prettier-ignore
      device: vectorFromArray(of((i) => (i % 3 === 0 ? 'phone' : 'web')), new Dictionary(new Utf8(), new Int32())), // prettier-ignore
      is_online: vectorFromArray(of((i) => i % 2 === 0), new Bool()), // prettier-ignore
    });
  };

  for (const [what, type, ipc] of [
    ['an Arrow stream', STREAM, 'stream'],
    ['an Arrow file', FILE, 'file'],
  ] as const)
    it(`of ${what} is answered as one`, async () => {
      const { world, server, left } = await scene();
      const { status, type: answered, bytes } = await send(server, tableToIPC(anArrowTable(2_500), ipc), type);
      assert.deepEqual([status, answered], [200, type]);
      const isFile = Buffer.from(bytes.subarray(0, 6)).toString() === 'ARROW1';
      assert.equal(isFile, ipc === 'file');
      const answers = readArrow(bytes);
      assert.deepEqual(answers.map(({ row }) => row), Array.from({ length: 2_500 }, (_, i) => i + 1)); // prettier-ignore
      assert.deepEqual([answers[0]!['decision'], answers[0]!['error'], answers[0]!['version']], [true, null, 1]);
      await server.shipper.ship();
      const { key, time, row } = world.logged.get(String(answers[1]!['id']))!;
      assert.deepEqual([key, time], ['t-1', '2026-02-28T22:10:01.000Z']);
      assert.deepEqual(row, { amount: 1, distance: 1.5, device: 'web', is_online: false, hour: 22 });
      await until(() => left().length === 0, 'nothing is left of the file');
    });

  it('is answered in the format that the caller accepts, whatever it was sent in', async () => {
    const { server } = await scene();
    const parquet = await aParquetFile(rows(3));
    const csv = 'amount,device,is_online\n0,phone,true\n1,web,false\n2,web,true\n';
    const scores = [0, 1, 2].map((amount) => 1 / (1 + Math.exp(-amount - 1)));
    const close = (values: unknown[]): void => {
      assert.equal(values.length, 3);
      for (const [i, value] of values.entries()) assert.ok(Math.abs(Number(value) - scores[i]!) < 1e-6);
    };
    for (const [payload, sent] of [
      [parquet, PARQUET],
      [csv, 'text/csv'],
    ] as const) {
      // prettier-ignore
      close((await readParquet((await send(server, payload, sent, PARQUET)).bytes)).map(({ score }) => score));
      for (const type of [STREAM, FILE]) close(readArrow((await send(server, payload, sent, type)).bytes).map(({ score }) => score)); // prettier-ignore
      const lines = (
        await send(server, payload, sent, `application/json;q=0.5, application/x-ndjson`)
      ).bytes.toString();
      close(lines.trim().split('\n').map((line) => JSON.parse(line).score)); // prettier-ignore
      const answered = (await send(server, payload, sent, 'text/csv')).bytes.toString().trim().split('\n');
      close(answered.slice(1).map((line) => line.split(',')[2])); // prettier-ignore
      for (const any of ['*/*', 'text/html, */*;q=0.1']) assert.ok(String((await send(server, payload, sent, any)).type).startsWith(sent)); // prettier-ignore
    }
    const { status, error } = await send(server, parquet, PARQUET, 'image/png');
    assert.equal(status, 406);
    assert.match(error.message, /No batch is answered as "image\/png"; accept one of application\/x-ndjson, text\/csv/);
  });

  it('has the errors of wrong rows beside the answers of right ones, and requested details as JSON', async () => {
    const { server } = await scene();
    const bytes = await aParquetFile(`select * replace (case when amount = 1 then null else amount end as amount) from (${rows(3)})`); // prettier-ignore
    const { bytes: answer } = await send(server, bytes, PARQUET, undefined, '?reasons=2&features=true');
    const answers = await readParquet(answer);
    assert.match(String(answers[1]!['error']), /"amount" is null; send a finite number/);
    assert.deepEqual([answers[0]!['error'], answers[1]!['score']], [null, null]);
    assert.deepEqual(JSON.parse(String(answers[2]!['features'])).amount, 2);
    assert.ok(Array.isArray(JSON.parse(String(answers[0]!['reasons']))));
    assert.equal(typeof answers[0]!['typicalScore'], 'number');
  });

  it('has warnings where the declaration repairs rows, and ignores extra columns of any kind', async () => {
    const world = new World();
    world.add(parsePipeline({ ...aPipeline(), serving: { values: { missing: 'impute', extra: 'ignore' } } }, 'the test')); // prettier-ignore
    world.promote(1);
    const { server } = await scene(world);
    const bytes = await aParquetFile(`select * exclude (amount), [1, 2] as list from (${rows(1)})`);
    const [answer] = await readParquet((await send(server, bytes, PARQUET)).bytes);
    const warnings = JSON.parse(String(answer!['warnings'])) as { problem: string; field: string }[];
    assert.deepEqual(warnings.map(({ field, problem }) => [field, problem]), [['amount', 'missing'], ['list', 'extra']]); // prettier-ignore
  });

  it('keeps keys beyond 2^53 exact', async () => {
    const { world, server } = await scene();
    const bytes = await aParquetFile(`select * replace (9007199254740993 as transaction_id) from (${rows(1)})`);
    assert.equal((await send(server, bytes, PARQUET)).status, 200);
    await server.shipper.ship();
    assert.equal([...world.logged.values()][0]!.key, '9007199254740993');
  });

  it('is refused as a whole for wrong columns, and the answer names them', async () => {
    const { world, server, left } = await scene();
    for (const [select, field, says] of [
      [`select * exclude (amount) from (${rows(1)})`, 'amount', /The column "amount" is missing; the table has trans/],
      [
        `select *, 1 as colour from (${rows(1)})`,
        'colour',
        /The column "colour" is not a field of fraud; fields are: /,
      ],
    ] as const) {
      const { status, error } = await send(server, await aParquetFile(select), PARQUET);
      assert.deepEqual([status, error.code, error.field], [400, 'REQUEST_INVALID', field]);
      assert.match(error.message, says);
    }
    const lists = tableFromArrays({ amount: [1], device: ['web'], is_online: [true], colour: [1] });
    assert.equal((await send(server, tableToIPC(lists, 'stream'), STREAM)).error.field, 'colour');
    await server.shipper.ship();
    assert.equal(world.logged.size, 0);
    await until(() => left().length === 0, 'nothing is left of the files');
  });

  it('is refused when a cell holds more than one value', async () => {
    const { server } = await scene();
    const bytes = await aParquetFile(`select * replace ([amount] as amount) from (${rows(1)})`);
    const { status, error } = await send(server, bytes, PARQUET);
    assert.equal(status, 400);
    assert.match(error.message, /The column "amount" holds no numbers, texts, times, or true and false/);
  });

  it('is refused when it is packed in a way that the server cannot unpack', async () => {
    const { server } = await scene();
    const { status, error } = await send(server, await aParquetFile(rows(9), ', compression lz4_raw'), PARQUET);
    assert.equal(status, 400);
    assert.match(error.message, /cannot be read as a Parquet file: .*compression codec: LZ4_RAW/);
  });

  it('reports damage that is found late in its last row', async () => {
    const { server } = await scene();
    const bytes = await aParquetFile(rows(6_000), ', compression uncompressed, row_group_size 2048');
    const middle = bytes.indexOf('t-4500');
    bytes.fill(255, middle, middle + 3_000);
    const { status, bytes: answer } = await send(server, bytes, PARQUET, 'application/x-ndjson');
    const answers = answer.toString().trim().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
    assert.equal(status, 200);
    assert.ok(answers.length > 2_048 && answers.length < 6_000, `${answers.length}`);
    assert.equal(answers.at(-1).row, answers.length);
    assert.match(answers.at(-1).error, /cannot be read as a Parquet file/);
  });

  for (const [what, type, bytesOf] of [
    ['Parquet', PARQUET, () => aParquetFile(rows(500))],
    ['Arrow', STREAM, async () => Buffer.from(tableToIPC(anArrowTable(500), 'stream'))],
    ['an Arrow file', FILE, async () => Buffer.from(tableToIPC(anArrowTable(500), 'file'))],
  ] as const)
    it(`that is broken ${what} is refused or answered as far as it goes, and the server keeps answering`, async function () {
      this.timeout(300_000);
      const { server, left } = await scene();
      const whole = await bytesOf();
      const broken = [
        Buffer.from('PAR1'),
        Buffer.alloc(0),
        Buffer.from('{"amount": 1}'),
        whole.subarray(0, whole.length >> 1),
        whole.subarray(0, 60),
        ...Array.from({ length: 8 }, (_, i) => {
          const copy = Buffer.from(whole);
          const at = Math.floor(((i + 0.5) / 8) * copy.length);
          copy.fill(255, at, at + 12);
          return copy;
        }),
      ];
      for (const [i, bytes] of broken.entries()) {
        const { status, error } = await send(server, bytes, type, 'application/x-ndjson');
        assert.ok([200, 400, 413].includes(status), `${i}: ${status} ${JSON.stringify(error)}`);
        if (i < 3) assert.match(String(error.message), /^The body cannot be read as (a Parquet file|an Arrow stream or file): /); // prettier-ignore
      }
      assert.equal((await send(server, whole, type)).status, 200);
      await until(() => left().length === 0, 'nothing is left of the files');
    });

  it('is refused before it is unpacked if it would become far larger', async () => {
    const { server } = await scene();
    const many = `select 't' as transaction_id, 0::double as amount, 'web' as device, true as is_online from range(1200000)`;
    const bytes = await aParquetFile(many, ', row_group_size 1200000');
    assert.ok(bytes.length < 100_000, `${bytes.length}`);
    const { status, error } = await send(server, bytes, PARQUET);
    assert.equal(status, 413);
    assert.match(error.message, /^A row group of the file has 1200000 rows, more than \d+\. Write it with fewer rows/);
  });

  it('is refused when it has more bytes than the server takes, by its stated and by its real length', async () => {
    const { server, left } = await scene();
    const { port } = new URL(await server.app.listen({ host: '127.0.0.1', port: 0 }));
    for (const declared of [true, false]) {
      const status = await new Promise<number>((resolve, reject) => {
        const headers = { 'content-type': PARQUET, ...(declared && { 'content-length': 300 * 1024 * 1024 }) };
        const asked = request({ host: '127.0.0.1', port, method: 'POST', path: '/predict/batch/fraud', headers });
        asked.on('response', (response) => resolve(response.resume().statusCode!)).on('error', reject);
        const megabyte = Buffer.alloc(1024 * 1024);
        const more = (left: number): void => {
          if (left > 0 && !asked.destroyed) asked.write(megabyte, () => more(left - 1));
        };
        more(declared ? 1 : 260);
      });
      assert.equal(status, 413);
    }
    await until(() => left().length === 0, 'nothing is left of the files');
  });

  it('ends when its caller leaves, and leaves nothing behind', async () => {
    const { server, left } = await scene();
    const { port } = new URL(await server.app.listen({ host: '127.0.0.1', port: 0 }));
    const bytes = await aParquetFile(rows(200_000));
    for (let i = 0; i < 3; i++) {
      const headers = { 'content-type': PARQUET };
      const asked = request({ host: '127.0.0.1', port, method: 'POST', path: '/predict/batch/fraud', headers });
      asked.on('error', () => undefined).end(bytes);
      await new Promise<void>((resolve) => asked.on('response', (response) => response.once('data', () => resolve())));
      asked.destroy();
      await until(() => left().length === 0, 'nothing is left of the file');
    }
    // Not more than two at a time: those of callers who left are free again.
    const few = await aParquetFile(rows(3));
    await until(async () => (await send(server, few, PARQUET)).status === 200, 'the server takes files again');
  });

  it('has to wait while the server works on as many as it takes', async () => {
    const { server } = await scene();
    const bytes = await aParquetFile(rows(20_000));
    const answers = await Promise.all(Array.from({ length: 4 }, () => send(server, bytes, PARQUET)));
    assert.deepEqual([200, 503].map((of) => answers.filter(({ status }) => status === of).length), [2, 2]); // prettier-ignore
    const { error } = answers.find(({ status }) => status === 503)!;
    assert.equal(error.code, 'SERVER_BUSY');
    assert.match(error.message, /busy with 2 files of Parquet or Arrow/);
  });

  it('needs a supported format', async () => {
    const { server } = await scene();
    const { status, error } = await send(server, 'x', 'application/x-orc');
    assert.equal(status, 415);
    assert.match(error.message, /not taken as "application\/x-orc"; send one of application\/x-ndjson/);
  });
});
