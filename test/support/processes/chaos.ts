import { repository, start, untilNobodyIsLeft } from './programs.ts';
import { type ChaosFacts } from '../../../trials/chaos/report.ts';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Plays chaos as a person does, which must break nothing and leave no process. */
export async function playChaos(...options: string[]): Promise<{ facts: ChaosFacts; told: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-chaos-'));
  try {
    const args = [...options, '--seed', '1', '--json', '--home', join(folder, 'home')];
    const chaos = start('npm', ['run', '--silent', 'chaos', '--', ...args], { cwd: repository });
    assert.equal(await chaos.ended, 0, chaos.stderr());
    await untilNobodyIsLeft(folder);
    const facts = JSON.parse(chaos.stdout()) as ChaosFacts;
    assert.deepEqual(facts.broken, []);
    return { facts, told: chaos.stderr() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
