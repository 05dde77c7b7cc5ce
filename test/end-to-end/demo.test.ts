import { repository, start, untilNobodyIsLeft } from '../support/programs.ts';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Link {
  step: string;
  id: string;
  facts: Record<string, unknown>;
}

describe('npm run demo @slow', function () {
  this.timeout(900_000);
  const folder = mkdtempSync(join(tmpdir(), 'perennial-demo-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('plays the story from extraction to a better champion, each link with an id, and leaves no process', async () => {
    const demo = start('npm', ['run', '--silent', 'demo', '--', '--json', '--home', join(folder, 'home')], {
      cwd: repository,
    });
    const code = await demo.ended;
    assert.equal(code, 0, demo.stderr());

    const told = JSON.parse(demo.stdout()) as { ok: boolean; timeline: Link[]; steps: { seconds: number }[] };
    assert.equal(told.ok, true);
    assert.deepEqual(
      told.timeline.map((link) => link.step),
      [
        'declaration applied, extract, validate, snapshot',
        'candidate, candidate, gate, register, promote',
        'predictions logged, verdict, drift injected, verdict, retraining asked, cycle opened',
        'candidate, candidate, gate, register, promote',
        'new champion, report',
      ].flatMap((chapter) => chapter.split(', ')),
    );
    assert.ok(told.timeline.every((link) => link.id.length > 0));
    const better = told.timeline.find((link) => link.step === 'new champion')!.facts[
      'average precision after the drift'
    ] as {
      before: number;
      after: number;
    };
    assert.ok(better.after > better.before, `${better.before} became ${better.after}`);
    await untilNobodyIsLeft(folder);
  });
});
