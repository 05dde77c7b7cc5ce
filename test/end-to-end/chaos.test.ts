import { playChaos } from '../support/processes/chaos.ts';
import assert from 'node:assert/strict';

describe('npm run chaos @slow', function () {
  this.timeout(900_000);

  it('loses and doubles nothing in a round in which everything is struck, and leaves no process', async () => {
    const { facts, told } = await playChaos('--rounds', '1');
    assert.equal(facts.rounds.length, 1);
    const struck = Object.values(facts.faults).reduce((sum, times) => sum + times, 0);
    assert.ok(struck >= 3, `only ${struck} faults were done: ${told}`);
  });
});
