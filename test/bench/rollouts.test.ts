import { plainMinutes, play } from '../../bench/rollouts/play.ts';
import { usual } from '../../bench/rollouts/traffic.ts';
import assert from 'node:assert/strict';

describe('a rollout of the benchmark', () => {
  const total = plainMinutes.reduce((sum, minutes) => sum + minutes, 0);

  it('takes an equal version to all traffic, and gives the peers the same minutes', () => {
    const minutes: Float64Array[] = [];
    const outcome = play('a seed', { behaviour: usual }, (minute) => minutes.push(minute));
    assert.deepEqual([outcome.by, outcome.through, outcome.after], [null, true, 'confirmed']);
    assert.equal(minutes.length, total);
    const again: Float64Array[] = [];
    play('a seed', { behaviour: usual }, (minute) => again.push(minute));
    assert.deepEqual(again, minutes);
  });

  it('rolls a slow version back as a shadow, and gives the peers all minutes nevertheless', () => {
    let minutes = 0;
    const outcome = play('a seed', { behaviour: { ...usual, slower: 2 } }, () => minutes++);
    assert.deepEqual([outcome.by, outcome.through, outcome.answered, minutes], ['latency', false, 0, total]);
    assert.ok(outcome.seen < 1000, `${outcome.seen}`);
  });
});
