import { afterDrift, playDemo } from '../support/processes/demo.ts';
import assert from 'node:assert/strict';

describe('npm run demo @slow', function () {
  this.timeout(900_000);

  it('plays the story from extraction to a better champion, each link with an id, and leaves no process', async () => {
    const timeline = await playDemo('--per-day', '5000');
    // The fourth candidate is the baseline, which every training tries.
    assert.deepEqual(
      timeline.map((link) => link.step),
      [
        'declaration applied, extract, validate, snapshot',
        'candidate, candidate, candidate, candidate, gate, register, promote',
        'predictions logged, verdict, drift injected, verdict, retraining asked, cycle opened',
        'candidate, candidate, candidate, candidate, gate, register, canary, canary, canary, promote',
        'new champion, report',
      ].flatMap((chapter) => chapter.split(', ')),
    );
    const better = afterDrift(timeline, 'average precision');
    assert.ok(better.after > better.before, `${better.before} became ${better.after}`);
  });
});
