import { livePerformance } from '../../../activities/monitoring/performance.ts';
import { addRow, emptyTally } from '../../../core/performance/tally.ts';
import { type ArmOfDay, type CountedDay } from '../../../core/performance/performance-days.ts';
import { before, DAY, instant, type Instant } from '../../../core/time/time.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import assert from 'node:assert/strict';

describe('how estimates did', () => {
  const pipeline = aPipeline({ name: 'fraud' });
  const asOf = instant(Date.parse('2026-03-20T00:00:00.000Z'));
  const range = { value: 0.9, low: 0.8, high: 1 };
  const arm = (version: number): ArmOfDay => {
    const tally = emptyTally();
    addRow(tally, 'binary', { score: 0.9, label: 1 });
    addRow(tally, 'binary', { score: 0.1, label: 0 });
    return { version, answered: 2, tally, estimated: { averagePrecision: range, rocAuc: range } };
  };
  /** The versions of each of the last days, the newest first; no more predictions before. */
  const foretold = async (...versions: number[][]) => {
    const known = before(asOf, pipeline.source.lateness);
    const list = async (_: string, within: { from: Instant; to: Instant }): Promise<CountedDay[]> => {
      const days: CountedDay[] = [];
      for (let day = Date.parse(within.from); day < Date.parse(within.to); day += DAY)
        days.push({ day: instant(day), known, closed: true, arms: [] });
      return days.toReversed().map((day, ago) => ({ ...day, arms: (versions[ago] ?? []).map(arm) })).toReversed(); // prettier-ignore
    };
    const ports = {
      snapshots: { latest: async () => ({ asOf }) },
      performance: { list, record: async () => undefined, estimates: async () => [] },
      log: { newestBatches: async () => new Map() },
    };
    return (await livePerformance(ports as never, pipeline, { asOf, champion: 3 })).foretold;
  };

  it("are told of the champion's days, and of other versions' where it has none", async () => {
    assert.deepEqual([(await foretold([3, 2], [3]))?.days, (await foretold([3, 2], [3]))?.ofOthers], [2, undefined]);
    assert.equal((await foretold([2], [2]))?.ofOthers, true);
    assert.equal((await foretold([3], [2]))?.ofOthers, true);
  });
});
