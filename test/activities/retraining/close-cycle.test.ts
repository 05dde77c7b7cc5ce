import { createCycleEnd } from '../../../activities/retraining/close-cycle.ts';
import { createClock } from '../../../adapters/machine/clock.ts';
import { type Occurrence } from '../../../core/alerts/alerts.ts';
import { type Cycle } from '../../../core/training/retraining/retraining.ts';
import { after } from '../../../core/time/time.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import assert from 'node:assert/strict';

describe('the end of a cycle', () => {
  const pipeline = aPipeline({ name: 'fraud' });
  /** Hourly trainings that were refused, of which these were asked for by drift; the newest first. */
  const cycles = (ofDrift: readonly number[], count: number): Cycle[] =>
    Array.from({ length: count }, (_, i): Cycle => {
      const asOf = after('2026-03-01T00:00:00.000Z', `${i} hours`);
      const outcome = { result: 'refused', version: null, reason: 'no better', endedAt: asOf } as const;
      const reason = ofDrift.includes(i) ? 'drift' : 'schedule';
      return { id: `c${i}`, pipeline: 'fraud', reason, asOf, driftSince: null, requests: [], reopened: 0, outcome };
    }).reverse();

  async function raisedBy(all: Cycle[]): Promise<string[]> {
    const raised: string[] = [];
    const [newest] = all as [Cycle];
    await createCycleEnd({
      pipelines: { applied: async () => ({ name: 'fraud', revision: 'r' }), declaration: async () => pipeline },
      ledger: {
        cycle: async () => newest,
        cycles: async (_: string, limit: number) => all.slice(0, limit),
        closeCycle: () => Promise.resolve(),
      },
      verdicts: { list: async () => [] },
      loop: { trainingEnded: () => Promise.resolve() },
      approvals: { waiting: async () => [] },
      alerts: {
        raise: async ({ kind }: Occurrence) => (raised.push(kind), null as never),
        resolve: async () => null,
      },
      sharedClock: { read: async () => createClock() },
    } as never)({ cycle: newest.id, outcome: newest.outcome! });
    return raised;
  }

  it('tells that three trainings did not help, however many of the schedule lie between them', async () => {
    assert.ok((await raisedBy(cycles([0, 60, 119], 120))).includes('training-no-help'));
  });

  it('tells so at the third only', async () => {
    for (const ofDrift of [
      [0, 119],
      [0, 60, 100, 119],
    ])
      assert.ok(!(await raisedBy(cycles(ofDrift, 120))).includes('training-no-help'), ofDrift.join());
  });
});
