import { playChaos } from '../support/processes/chaos.ts';
import assert from 'node:assert/strict';

describe('npm run chaos -- --outages @slow', function () {
  this.timeout(900_000);

  it('loses and doubles nothing while Postgres, the store and Temporal are away from a training and a batch', async () => {
    const { facts, told } = await playChaos('--outages', '0.1');
    assert.equal(facts.rounds.length, 6);
    assert.deepEqual(facts.faults, { 'postgres away': 2, 'store away': 2, 'temporal away': 2 }, told);
  });
});
