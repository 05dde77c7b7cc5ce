import { repository, start, untilNobodyIsLeft } from '../support/programs.ts';
import { type ChaosFacts } from '../../trials/chaos/report.ts';
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('npm run chaos @slow', function () {
  this.timeout(900_000);
  const folder = join(tmpdir(), `perennial-chaos-${process.pid}`);
  before(() => void mkdirSync(folder, { recursive: true })); // not where none of these tests is run
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function play(...options: string[]): Promise<{ facts: ChaosFacts; told: string }> {
    const args = [...options, '--seed', '1', '--json', '--home', join(folder, 'home')];
    const chaos = start('npm', ['run', '--silent', 'chaos', '--', ...args], { cwd: repository });
    const code = await chaos.ended;
    assert.equal(code, 0, chaos.stderr());
    const facts = JSON.parse(chaos.stdout()) as ChaosFacts;
    assert.deepEqual(facts.broken, []);
    return { facts, told: chaos.stderr() };
  }

  it('loses and doubles nothing in a round in which everything is struck, and leaves no process', async () => {
    const { facts, told } = await play('--rounds', '1');
    assert.equal(facts.rounds.length, 1);
    const struck = Object.values(facts.faults).reduce((sum, times) => sum + times, 0);
    assert.ok(struck >= 3, `only ${struck} faults were done: ${told}`);
    await untilNobodyIsLeft(folder);
  });

  it('loses and doubles nothing while Postgres, the store and Temporal are away from a training and a batch', async () => {
    const { facts, told } = await play('--outages', '0.1');
    assert.equal(facts.rounds.length, 6);
    assert.deepEqual(facts.faults, { 'postgres away': 2, 'store away': 2, 'temporal away': 2 }, told);
    await untilNobodyIsLeft(folder);
  });
});
