import { estimateDays, type EstimatePorts } from '../../../activities/monitoring/estimating/estimated-days.ts';
import { type EstimateOfDay } from '../../../core/performance/performance-days.ts';
import { type ModelVersion } from '../../../core/training/training.ts';
import { aModelVersion, aPipeline } from '../../reports/fixtures.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';

const day = (of: number): string => `2026-03-0${of}T00:00:00.000Z`;

describe('which days are estimated, and of which rows', () => {
  const pipeline = aPipeline({ name: 'fraud' });
  const version = { ...aModelVersion(), pipeline: 'fraud', version: 3 } as ModelVersion;
  const unseen = { ...version, splits: { ...version.splits, to: day(1) } };

  /** What is said of days that are not known, by a check on the 8th that finds batches of whole days and so many requests of each day. */
  async function estimated({
    told = [],
    batches = [],
    requests = {},
  }: {
    told?: EstimateOfDay[];
    batches?: number[];
    requests?: Record<number, number>;
  }) {
    // prettier-ignore
    const said: [string, boolean][] = [];
    const read: string[] = [];
    const ports = {
      performance: {
        estimates: async () => told,
        recordEstimate: async (_: string, of: EstimateOfDay) => void said.push([of.day, of.batched]),
      },
      binnings: { list: async () => [] },
      log: {
        batched: async () => batches.map((of) => ({ snapshot: `s${of}`, window: { from: day(of), to: day(of + 1) } })),
        rowsByHour: async () =>
          Array.from({ length: 168 }, (_, hour) => (requests[Math.floor(hour / 24) + 1] ?? 0) / 24),
      },
      snapshots: { get: async (id: string) => void read.push(id) },
    } as unknown as EstimatePorts;
    await new MockActivityEnvironment().run(() => estimateDays(ports, pipeline, unseen, '2026-03-08T05:00:00.000Z'));
    return said;
  }
  const known = (of: number, batched = false, rest: object = {}): EstimateOfDay => ({ day: day(of), version: 3, metrics: {}, batched, ...rest }); // prettier-ignore
  const all = (except: number[] = []): EstimateOfDay[] => [1, 2, 3, 4, 5, 6, 7].filter((of) => !except.includes(of)).map((of) => known(of)); // prettier-ignore

  it('is each of the last seven once, of its requests', async () => {
    assert.deepEqual(await estimated({ told: all([3]) }), [[day(3), false]]);
    assert.equal((await estimated({ told: [{ ...known(3), version: 2 }] })).length, 7, "another version's say nothing");
  });

  it('is again one of which a batch has all rows since, where hardly a request came', async () => {
    assert.deepEqual(await estimated({ told: all(), batches: [4, 5] }), [[day(4), true], [day(5), true]]); // prettier-ignore
    assert.deepEqual(await estimated({ told: all(), batches: [4, 5], requests: { 4: 2_400 } }), [[day(5), true]]);
  });

  it('is none twice that was estimated of batches', async () => {
    assert.deepEqual(await estimated({ told: [...all([4]), known(4, true)], batches: [4] }), []);
  });
});
