import { repository, start, untilNobodyIsLeft } from '../support/programs.ts';
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Link {
  step: string;
  id: string;
  facts: Record<string, unknown>;
}

describe('npm run demo @slow', function () {
  this.timeout(900_000);
  const folder = join(tmpdir(), `perennial-demo-${process.pid}`);
  before(() => void mkdirSync(folder, { recursive: true })); // not where none of these tests is run
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function play(...options: string[]): Promise<Link[]> {
    const home = join(folder, options.at(-1) ?? 'home');
    const demo = start('npm', ['run', '--silent', 'demo', '--', '--json', '--home', home, ...options], {
      cwd: repository,
    });
    assert.equal(await demo.ended, 0, demo.stderr());
    const told = JSON.parse(demo.stdout()) as { ok: boolean; timeline: Link[] };
    assert.equal(told.ok, true);
    assert.ok(told.timeline.every((link) => link.id.length > 0));
    await untilNobodyIsLeft(folder);
    return told.timeline;
  }
  const afterDrift = (timeline: Link[], metric: string) =>
    timeline.find((link) => link.step === 'new champion')!.facts[`${metric} after the drift`] as {
      before: number;
      after: number;
    };

  it('plays the story from extraction to a better champion, each link with an id, and leaves no process', async () => {
    const timeline = await play();
    assert.deepEqual(
      timeline.map((link) => link.step),
      [
        'declaration applied, extract, validate, snapshot',
        'candidate, candidate, gate, register, promote',
        'predictions logged, verdict, drift injected, verdict, retraining asked, cycle opened',
        'candidate, candidate, gate, register, promote',
        'new champion, report',
      ].flatMap((chapter) => chapter.split(', ')),
    );
    const better = afterDrift(timeline, 'average precision');
    assert.ok(better.after > better.before, `${better.before} became ${better.after}`);
  });

  it('plays the same story of a pipeline that estimates a number, from an API, with batches of predictions', async () => {
    const timeline = await play('--per-day', '960', '--pipeline', 'air-quality');
    const batch = timeline.find((link) => link.step === 'batch predictions')!;
    assert.equal(batch.facts['rows'], 960);
    const better = afterDrift(timeline, 'root mean squared error');
    assert.ok(better.after < better.before, `${better.before} became ${better.after}`);
  });
});
