import { TIME } from '../../../core/data/data.ts';
import { countRowsOf, estimateSlices } from '../../../activities/monitoring/estimating/estimated-slices.ts';
import {
  findSlicedRows,
  type SlicedRows,
  type SlicePorts,
  type Watched,
} from '../../../activities/monitoring/estimating/sliced-rows.ts';
import { scoredRows } from '../../../activities/monitoring/scored-rows.ts';
import { makeBinning, makeBins, SCORE } from '../../../core/data/profiles/binning.ts';
import { placeOfAnswer } from '../../../core/metrics/answer.ts';
import { type Scorer } from '../../../core/model/scorer.ts';
import { type DeclaredSlices } from '../../../core/declaration/slices.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { DAY, type Instant } from '../../../core/time/time.ts';
import { type ModelVersion } from '../../../core/training/training.ts';
import { aModelVersion, aPipeline } from '../../reports/fixtures.ts';
import { collect } from '../../support/data/collect.ts';
import { anArtifact } from '../../server/fakes.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TO = '2026-03-08T00:00:00.000Z';
const slices = { all: { amount: { from: 0 } }, none: { amount: { to: -1 } } };
const pipeline = aPipeline({ slices });
const run = <T>(work: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(work);

describe('the rows that tell of slices', () => {
  const some = Array.from({ length: 1_000 }, (_, i) => ({ row: { amount: i }, score: i / 1_000, probabilities: null }));
  const bins = makeBins(Float64Array.from(some, ({ score }) => score));
  const binning = makeBinning({ amount: bins, [SCORE]: bins });
  /** What is read of days with so many requests, the newest first; the log has all of them, or more. */
  async function readOf(requests: readonly number[], more = 1) {
    const asked: { from: Instant; in: number }[] = [];
    const read = async function* ({ from }, _columns, one) {
      const ofDay = requests[(Date.parse(TO) - Date.parse(from)) / DAY - 1]!;
      asked.push({ from, in: one.in });
      for (let rows = 0; rows < (more * ofDay) / one.in; rows += some.length) yield some;
    } as SlicedRows['read'];
    const sliced = { ...pipeline, slices };
    const { from, slices: [all] } = await run(() => countRowsOf({ to: TO, lacks: async () => [], read }, sliced, { binning, columns: [], rows: requests })); // prettier-ignore
    return { asked, from, rows: all!.profile.rows };
  }

  it('are few of a large day, whichever it is, and none of days without requests', async () => {
    const { asked, from, rows } = await readOf([0, 5_000, 3_900_000, 0, 70_000, 0, 0]);
    assert.deepEqual(asked, [
      { from: '2026-03-06T00:00:00.000Z', in: 1 },
      { from: '2026-03-05T00:00:00.000Z', in: 20 },
    ]);
    assert.deepEqual([from, rows], ['2026-03-05T00:00:00.000Z', 200_000]);
  });

  it('begin with the first day that has any', async () => {
    assert.equal((await readOf([0, 0, 5, 0, 0, 0, 0])).from, '2026-03-05T00:00:00.000Z');
  });

  it('are no more of a day that has many more than were counted', async () => {
    assert.equal((await readOf([300_000], 50)).rows, 200_000);
  });
});

describe("the source's rows with scores", () => {
  const within = { from: '2026-03-01T00:00:00.000Z', to: TO };
  const parts = [{ kind: 'rows', ...within }];
  /** What is read of three chunks of a part, one row in so many. */
  const readOf = (one: { in: number }, onChunk = () => {}, scorer: Scorer | null = null) =>
    scoredRows(
      {
        cache: { fetch: async () => 'file' },
        analytics: {
          async *readRows() {
            for (const at of [0, 2_000, 4_000]) {
              onChunk();
              const amount = Array.from({ length: 2_000 }, (_, i) => at + i);
              yield { rows: 2_000, own: { [TIME]: amount }, columns: { amount } };
            }
          },
        },
      } as unknown as SlicePorts,
      { parts } as never,
      within,
      { columns: ['amount'], scorer, one },
    );

  it('are one in so many at random places, always the same ones', async () => {
    const amounts = async () => (await collect(readOf({ in: 7 }))).flat().map(({ row }) => Number(row['amount']));
    const found = await run(amounts);
    assert.ok(Math.abs(found.length - 6_000 / 7) < 3, `${found.length}`);
    assert.equal(new Set(found.map((amount) => amount % 7)).size, 7, 'not each seventh');
    assert.deepEqual(await run(amounts), found);
  });

  it('tell which class costs made the answer, also of equally likely ones', async () => {
    const scoreChunk = ({ rows }: { rows: number }) => new Float64Array(3 * rows).fill(1 / 3);
    const scorer = { classes: { answer: () => 2 }, scoreChunk } as unknown as Scorer;
    const [one] = (await run(() => collect(readOf({ in: 1_000 }, () => {}, scorer)))).flat();
    assert.equal(placeOfAnswer(one!.score!, one!.probabilities!), 2);
  });

  it('are read no further once the check is cancelled', async () => {
    const env = new MockActivityEnvironment();
    let chunks = 0;
    const read = env.run(() => collect(readOf({ in: 1 }, () => void (++chunks === 2 && env.cancel()))));
    await assert.rejects(read);
    assert.equal(chunks, 2);
  });
});

const version = { ...aModelVersion(), pipeline: 'fraud' } as ModelVersion;
const asOf = '2026-03-08T05:00:00.000Z';

describe('which rows tell of slices', () => {
  const heldUntil = (to: Instant) => [{ snapshot: 's2', window: { from: '2026-03-06T04:00:00.000Z', to } }, { snapshot: 's1', window: { from: '2026-03-04T04:00:00.000Z', to: '2026-03-06T04:00:00.000Z' } }]; // prettier-ignore
  async function found(batches: ReturnType<typeof heldUntil>, requests: number, splitsTo = '2026-03-01T00:00:00.000Z') {
    const log = { batched: async () => batches, rowsByHour: async () => [requests, ...new Array<number>(167).fill(0)] };
    const snapshots = { get: async (id: string) => ({ parts: [{ kind: 'rows', rows: id === 's1' ? 100 : 200, from: '2026-03-05T00:00:00.000Z', to: '2026-03-07T00:00:00.000Z' }] }) }; // prettier-ignore
    const of = { ...version, splits: { ...version.splits, to: splitsTo } };
    const rows = await findSlicedRows({ log, snapshots } as never, pipeline, of, { asOf, watched: null });
    return [rows.of, rows.to, (await rows.rows()).slice(0, 3)];
  }

  it('are those of batches where hardly a request came, on days of which they hold all', async () => {
    const batches = heldUntil('2026-03-07T04:00:00.000Z');
    assert.deepEqual(await found(batches, 9), ['batches', '2026-03-07T00:00:00.000Z', [100, 50, 0]]);
    assert.deepEqual(await found(batches, 900), [undefined, TO, [0, 0, 0]]);
    assert.deepEqual((await found(batches, 9, '2026-03-05T12:00:00.000Z'))[2], [100, 0, 0], 'its training saw some');
  });

  it("are those of the source that a check watches, on days that the champion's training did not see", async () => {
    const parts = [{ kind: 'rows', rows: 700, from: '2026-03-01T00:00:00.000Z', to: '2026-03-08T00:00:00.000Z' }];
    const watched = { snapshot: { parts }, window: { from: TO, to: asOf } } as unknown as Watched;
    const of = { ...version, splits: { ...version.splits, to: '2026-03-05T12:00:00.000Z' } };
    const rows = await findSlicedRows({} as SlicePorts, pipeline, of, { asOf, watched });
    assert.deepEqual([rows.of, rows.to, await rows.rows()], ['data', TO, [100, 100, 0, 0, 0, 0, 0]]);
  });

  it('are requests while no batch holds a whole day', async () => {
    const [last, ...others] = heldUntil('2026-03-06T23:00:00.000Z');
    assert.deepEqual(await found([last!], 9), [undefined, TO, [0, 0, 0]]);
    assert.deepEqual((await found([last!, ...others], 9)).slice(0, 2), ['batches', '2026-03-06T00:00:00.000Z']);
  });
});

describe('slices that look at a column which was declared since', () => {
  const model = join(tmpdir(), `perennial-slices-${randomUUID()}.json`);
  before(() => writeFile(model, anArtifact('fraud', 1, 0)));
  after(() => rm(model));

  it('are told by the days whose rows have it, and all others by all days', async () => {
    const days = { s1: ['2026-03-01', '2026-03-06'], s2: ['2026-03-06', '2026-03-08'] } as const;
    const columns = { r1: { amount: {}, device: {} }, r2: { amount: {}, device: {}, region: {} } };
    const sides = Object.entries(days).map(([id, [from, to]]) => ({ id, window: { from: `${from}T00:00:00.000Z`, to: `${to}T00:00:00.000Z` } })); // prettier-ignore
    const ports = {
      log: {
        batched: async () => sides.map(({ id, window }) => ({ snapshot: id, window })).toReversed(),
        rowsByHour: async () => new Array<number>(168).fill(0),
      },
      snapshots: {
        get: async (id: string) => {
          const { window } = sides.find((one) => one.id === id)!;
          return { pipeline: 'fraud', revision: id.replace('s', 'r'), parts: [{ kind: 'rows', rows: 500, ...window, file: id }] }; // prettier-ignore
        },
      },
      pipelines: { declaration: async ({ revision }: { revision: 'r1' | 'r2' }) => ({ columns: columns[revision] }) },
      cache: { fetch: async ({ file = model }: { file?: string }) => file },
      analytics: {
        async *readRows(file: string, _: unknown, read: string[]) {
          for (const column of read)
            if (!Object.hasOwn(columns[file.replace('s', 'r') as 'r1'], column)) throw new Error(`${file} has no column ${column}`); // prettier-ignore
          const values: Record<string, unknown> = { amount: [1, 2, 3], device: ['web', 'web', 'phone'], region: ['a', null, 'a'] }; // prettier-ignore
          yield {
            rows: 3,
            own: { [TIME]: [0, 0, 0] },
            columns: Object.fromEntries(read.map((column) => [column, values[column]])),
          };
        },
      },
    } as unknown as SlicePorts;
    const bins = makeBins(Float64Array.of(1, 2, 3));
    const binning = makeBinning({ amount: bins, [SCORE]: bins });
    const countOf = (slices: DeclaredSlices) =>
      run(async () => {
        const sliced = { ...pipeline, slices };
        const rows = await findSlicedRows(ports, sliced, { ...version, splits: { ...version.splits, to: '2026-03-01T00:00:00.000Z' } }, { asOf, watched: null }); // prettier-ignore
        return countRowsOf(rows, sliced, { binning, columns: ['amount', 'device'], rows: await rows.rows() });
      });
    const ofRegions = { a: { region: 'a' }, unknown: { region: null } };
    const found = await countOf({ ...ofRegions, web: { device: 'web' } });
    assert.deepEqual(
      found.slices.map(({ profile, since, lacks }) => [profile.rows, since, lacks]),
      [
        [4, '2026-03-06T00:00:00.000Z', ['region']],
        [2, '2026-03-06T00:00:00.000Z', ['region']],
        [14, '2026-03-01T00:00:00.000Z', []],
      ],
    );
    assert.equal(found.from, '2026-03-01T00:00:00.000Z');
    assert.equal((await countOf(ofRegions)).from, '2026-03-06T00:00:00.000Z', 'no row before it is read');
  });
});

describe('estimates of slices', () => {
  const log = { batched: async () => [], rowsByHour: async () => new Array<number>(168).fill(0) };

  it('that fail are not tried again before the next day', async () => {
    let tried = 0;
    const ports = { log, binnings: { list: async () => { tried++; throw new Error('no memory'); } } } as unknown as SlicePorts; // prettier-ignore
    const told = await run(() => estimateSlices(ports, pipeline, version, { asOf, last: null, watched: null }));
    assert.deepEqual([told!.to, told!.slices, tried], [TO, [], 1]);
    const last = { version: version.version, estimatedSlices: told } as Verdict;
    assert.deepEqual(await run(() => estimateSlices(ports, pipeline, version, { asOf, last, watched: null })), told);
    assert.equal(tried, 1);
    await run(() =>
      estimateSlices(ports, pipeline, version, { asOf: '2026-03-09T05:00:00.000Z', last, watched: null }),
    );
    assert.equal(tried, 2);
  });

  it('cost no check when nobody can say which rows there are', async () => {
    const failing = { log: { ...log, batched: () => Promise.reject(new Error('too slow')) } } as unknown as SlicePorts;
    const told = await run(() => estimateSlices(failing, pipeline, version, { asOf, last: null, watched: null }));
    assert.deepEqual([told!.to, told!.slices], [TO, []]);
  });

  it('are made once the declaration reads a missing column again', async () => {
    const ports = { binnings: { list: async () => [] } } as unknown as SlicePorts;
    const watched = { snapshot: { parts: [] }, window: { from: TO, to: asOf } } as unknown as Watched;
    const unscored = 'v1 needs amount';
    const told = await run(() => estimateSlices(ports, pipeline, version, { asOf, last: null, watched: { ...watched, unscored } })); // prettier-ignore
    assert.equal(told!.unscored, unscored);
    const last = { version: version.version, estimatedSlices: told } as Verdict;
    assert.equal(await run(() => estimateSlices(ports, pipeline, version, { asOf, last, watched })), undefined);
  });

  it('are not made where there are no rows, and read nothing of the holdout then', async () => {
    const ports = { log, binnings: { list: async () => [{ id: 'b', columns: {} }] } } as unknown as SlicePorts; // prettier-ignore
    assert.equal(await run(() => estimateSlices(ports, pipeline, version, { asOf, last: null, watched: null })), undefined); // prettier-ignore
  });
});
