import { afterDrift, playDemo } from '../support/processes/demo.ts';
import assert from 'node:assert/strict';

describe('npm run demo -- --pipeline air-quality @slow', function () {
  this.timeout(900_000);

  it('plays the same story for a pipeline that estimates a number, from an API, with batches of predictions', async () => {
    const timeline = await playDemo('--per-day', '960', '--pipeline', 'air-quality');
    const batch = timeline.find((link) => link.step === 'batch predictions')!;
    assert.equal(batch.facts['rows'], 960);
    const better = afterDrift(timeline, 'root mean squared error');
    assert.ok(better.after < better.before, `${better.before} became ${better.after}`);
  });
});
