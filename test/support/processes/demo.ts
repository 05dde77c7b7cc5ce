import { repository, start, untilNobodyIsLeft } from './programs.ts';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Link {
  step: string;
  id: string;
  facts: Record<string, unknown>;
}

/** Plays the demo as a person does: it must tell each link with an id, and leave no process. */
export async function playDemo(...options: string[]): Promise<Link[]> {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-demo-'));
  try {
    const home = join(folder, 'home');
    const demo = start('npm', ['run', '--silent', 'demo', '--', '--json', '--home', home, ...options], {
      cwd: repository,
    });
    assert.equal(await demo.ended, 0, demo.stderr());
    await untilNobodyIsLeft(folder);
    const told = JSON.parse(demo.stdout()) as { ok: boolean; timeline: Link[] };
    assert.equal(told.ok, true);
    assert.ok(told.timeline.every((link) => link.id.length > 0));
    return told.timeline;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const afterDrift = (timeline: Link[], metric: string): { before: number; after: number } =>
  timeline.find((link) => link.step === 'new champion')!.facts[`${metric} after the drift`] as {
    before: number;
    after: number;
  };
