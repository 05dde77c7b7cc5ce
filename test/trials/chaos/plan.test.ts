import { faultInWords, OUTAGES, planOutage, planRound, victims } from '../../../trials/chaos/plan.ts';
import assert from 'node:assert/strict';

const everyFault = (seed: number, rounds: number, faults: number) =>
  Array.from({ length: rounds }, (_, i) => planRound(seed, i + 1, faults)).flat();

describe('the plan of a round of chaos', () => {
  it('is the same whenever it is asked for with its seed and round, and another for each', () => {
    assert.deepEqual(planRound(7, 3, 6), planRound(7, 3, 6));
    assert.notDeepEqual(planRound(7, 3, 6), planRound(7, 4, 6));
    assert.notDeepEqual(planRound(7, 3, 6), planRound(8, 3, 6));
  });

  it('strikes everyone in a few rounds, in each way that there is', () => {
    const faults = everyFault(1, 4, 6);
    assert.deepEqual([...new Set(faults.map(({ victim }) => victim))].sort(), [...victims].sort());
    assert.deepEqual([...new Set(faults.map(({ blow }) => blow))].sort(), ['child', 'kill', 'restart', 'stop']);
  });

  it('lets a worker stand still for longer than its training may be silent', () => {
    const faults = everyFault(1, 4, 6);
    assert.ok(faults.some(({ victim, blow, holdMs }) => victim === 'worker' && blow === 'stop' && holdMs > 20_000));
  });

  it('takes Postgres, the object store and Temporal each away from a training and from a batch, one a round', () => {
    const rounds = Array.from({ length: OUTAGES }, (_, i) => planOutage(i + 1, 600_000));
    assert.deepEqual(rounds.map((faults) => faults.map((fault) => faultInWords(fault)).join()).sort(), [
      'postgres away when a batch is scored (+0 ms), down for 600000 ms',
      'postgres away when a trainer runs (+0 ms), down for 600000 ms',
      'store away when a batch is scored (+0 ms), down for 600000 ms',
      'store away when a trainer runs (+0 ms), down for 600000 ms',
      'temporal away when a batch is scored (+0 ms), down for 600000 ms',
      'temporal away when a trainer runs (+0 ms), down for 600000 ms',
    ]);
    assert.deepEqual(planOutage(OUTAGES + 1, 600_000), planOutage(1, 600_000));
  });

  it('says in words what will happen', () => {
    const moment = 'a trainer runs';
    const fault = { victim: 'worker', blow: 'stop', which: 0, moment, afterMs: 120, holdMs: 800 } as const;
    assert.equal(faultInWords(fault), 'SIGSTOP worker when a trainer runs (+120 ms), for 800 ms');
  });
});
