import { countServed, estimateSlices, type SlicePorts } from '../../../activities/monitoring/estimated-slices.ts';
import { makeBinning, makeBins, SCORE } from '../../../core/data/profiles/binning.ts';
import { type PredictionLog } from '../../../core/data/predictions/prediction-log.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { DAY, type Instant } from '../../../core/time/time.ts';
import { type ModelVersion } from '../../../core/training/training.ts';
import { aModelVersion, aPipeline } from '../../reports/fixtures.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';

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
    const scored = async function* (_name, _version, { from }, one) {
      const ofDay = requests[(Date.parse(TO) - Date.parse(from)) / DAY - 1]!;
      asked.push({ from, in: one.in });
      for (let rows = 0; rows < (more * ofDay) / one.in; rows += some.length) yield some;
    } as PredictionLog['scored'];
    const served = { ...pipeline, slices };
    const { from, counts } = await run(() => countServed({ scored }, served, { version: 1 }, binning, { to: TO, requests })); // prettier-ignore
    return { asked, from, rows: counts[0]!.rows };
  }

  it('are few of a large day, whichever it is, and none of days without requests', async () => {
    const { asked, from, rows } = await readOf([0, 5_000, 3_900_000, 0, 70_000, 0, 0]);
    assert.deepEqual(asked, [
      { from: '2026-03-06T00:00:00.000Z', in: 1 },
      { from: '2026-03-05T00:00:00.000Z', in: 20 },
    ]);
    assert.deepEqual([from, rows], ['2026-03-05T00:00:00.000Z', 200_000]);
  });

  it('are no more of a day that has many more than were counted', async () => {
    assert.equal((await readOf([300_000], 50)).rows, 200_000);
  });
});

describe('estimates of slices', () => {
  const version = aModelVersion() as ModelVersion;
  const asOf = '2026-03-08T05:00:00.000Z';

  it('that fail are not tried again before the next day', async () => {
    let tried = 0;
    const ports = { binnings: { list: async () => { tried++; throw new Error('no memory'); } } } as unknown as SlicePorts; // prettier-ignore
    const told = await run(() => estimateSlices(ports, pipeline, version, { asOf, last: null }));
    assert.deepEqual([told!.to, told!.slices, tried], [TO, [], 1]);
    const last = { version: version.version, estimatedSlices: told } as Verdict;
    assert.deepEqual(await run(() => estimateSlices(ports, pipeline, version, { asOf, last })), told);
    assert.equal(tried, 1);
    await run(() => estimateSlices(ports, pipeline, version, { asOf: '2026-03-09T05:00:00.000Z', last }));
    assert.equal(tried, 2);
  });

  it('are not made where there are no requests, and read nothing of the holdout then', async () => {
    const ofData = aPipeline({ slices, drift: { of: 'data' } });
    assert.equal(await run(() => estimateSlices({} as SlicePorts, ofData, version, { asOf, last: null })), undefined);
    const log = { rowsByHour: async () => new Array<number>(168).fill(0) };
    const ports = { log, binnings: { list: async () => [{ id: 'b', columns: {} }] }, pipelines: { declaration: async () => pipeline } } as unknown as SlicePorts; // prettier-ignore
    assert.equal(await run(() => estimateSlices(ports, pipeline, version, { asOf, last: null })), undefined);
  });
});
