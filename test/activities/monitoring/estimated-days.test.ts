import { estimateDays, type EstimatePorts } from '../../../activities/monitoring/estimating/estimated-days.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { type Binning, makeBinning } from '../../../core/data/profiles/binning.ts';
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
    binning,
    noted = [],
    snapshot = async () => undefined,
    fetch,
  }: {
    told?: EstimateOfDay[];
    batches?: number[];
    requests?: Record<number, number>;
    binning?: Binning;
    /** What is recorded. */
    noted?: EstimateOfDay[];
    snapshot?: () => Promise<unknown>;
    fetch?: () => Promise<string>;
  }) {
    // prettier-ignore
    const said: [string, boolean][] = [];
    const ports = {
      performance: {
        estimates: async () => told,
        recordEstimate: async (_: string, of: EstimateOfDay) => void (noted.push(of), said.push([of.day, of.batched])),
      },
      binnings: { list: async () => (binning ? [binning] : []) },
      pipelines: { declaration: async () => pipeline },
      cache: { fetch },
      log: {
        batched: async () => batches.map((of) => ({ snapshot: `s${of}`, window: { from: day(of), to: day(of + 1) } })),
        rowsByHour: async () =>
          Array.from({ length: 168 }, (_, hour) => (requests[Math.floor(hour / 24) + 1] ?? 0) / 24),
      },
      snapshots: { get: snapshot },
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

  it('is none again whose rows are gone, which is noted once, but one whose store does not answer', async () => {
    const noted: EstimateOfDay[] = [];
    const gone = async (code: 'SNAPSHOT_MISSING' | 'OBJECT_MISSING' | 'OBJECT_STORE_UNREACHABLE') => {
      noted.length = 0;
      await estimated({
        told: all([4]),
        batches: [4],
        binning: makeBinning({}),
        noted,
        snapshot: async () => {
          if (code === 'SNAPSHOT_MISSING') throw new UserError(code, 'fraud has no snapshot s4.');
          return { parts: [{ kind: 'rows', from: day(4), to: day(5), rows: 9 }] };
        },
        fetch: () => Promise.reject(new UserError(code, 'nothing there')),
      });
      return noted;
    };
    const empty = { day: day(4), version: 3, batched: true, metrics: {} };
    for (const code of ['SNAPSHOT_MISSING', 'OBJECT_MISSING'] as const)
      assert.deepEqual(await gone(code), [{ ...empty, withheld: `its rows cannot be read (${code})` }]);
    assert.deepEqual(await gone('OBJECT_STORE_UNREACHABLE'), []);
  });

  it('is none twice that was estimated of batches', async () => {
    assert.deepEqual(await estimated({ told: [...all([4]), known(4, true)], batches: [4] }), []);
  });
});
