import { alone, compare, median, percentile } from '../../bench/bench.ts';
import { start } from '../support/processes/programs.ts';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

const name = { case: 'a case', peerName: 'a peer', unit: 'a unit' };

describe('a benchmark', () => {
  it('says by how many times we are ahead when more is better', () => {
    assert.equal(compare(name, [300], [100], 'more').ratio, 3);
    assert.equal(compare(name, [50], [100], 'more').ratio, 0.5);
  });

  it('says by how many times we are ahead when less is better', () => {
    assert.equal(compare(name, [100], [300], 'less').ratio, 3);
    assert.equal(compare(name, [100], [50], 'less').ratio, 0.5);
  });

  it('compares medians, so that one bad round decides nothing', () => {
    assert.deepEqual(compare(name, [1, 900, 2], [4, 4, 0], 'less'), { ...name, ours: 2, peer: 4, ratio: 2 });
    assert.equal(median([4, 1, 3, 2]), 2.5);
  });

  it('has rows of its own where no peer did the work, with the same fields', () => {
    const row = alone({ case: 'a case', unit: 's' }, [3, 1, 2]);
    assert.deepEqual(row, { case: 'a case', unit: 's', ours: 2, peer: null, peerName: null, ratio: null });
    assert.deepEqual(Object.keys(row).sort(), Object.keys(compare(name, [1], [1], 'more')).sort());
  });

  it('takes the value that a given share of all values do not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    assert.deepEqual([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile([7], 0.99)], [50, 99, 7]);
  });

  it('leaves no folder when it is interrupted', async () => {
    const script = `import { makeFolder } from './bench/bench.ts'; console.error(makeFolder() + '.'); setInterval(() => {}, 1_000);`;
    const program = start(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    await program.says(/perennial-bench-\w+\./);
    const folder = program.stderr().trim().slice(0, -1);
    assert.ok(existsSync(folder));
    program.child.kill('SIGTERM');
    assert.equal(await program.ended, 143);
    assert.equal(existsSync(folder), false);
  });

  for (const wrong of ['no-such', 'main', 'bench', 'python', '../core/ids'])
    it(`refuses "${wrong}" with an explanation and prints no figures`, async () => {
      const program = start(process.execPath, ['--import', 'tsx', 'bench/main.ts', wrong, '--json']);
      assert.equal(await program.ended, 1);
      assert.equal(program.stdout(), '');
      assert.ok(program.stderr().includes(wrong), program.stderr());
      assert.doesNotMatch(program.stderr(), /^ {4}at /m, 'a stack is no sentence');
    });
});
