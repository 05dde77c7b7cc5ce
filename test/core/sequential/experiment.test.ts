import { createRandom, type Random } from '../../../core/base/random.ts';
import { compareArms, numbersFor, type Question } from '../../../core/sequential/experiment.ts';
import type { Moments } from '../../../core/sequential/means.ts';
import assert from 'node:assert/strict';

const question: Question = { alpha: 0.05, tightestAt: 1000, better: 'higher', same: 0.02 };

describe('an experiment of arms and a control', () => {
  it('names the better and the worse arm, and by how much', () => {
    const arms = answers(1, [0.3, 0.4, 0.2, 0.3], 4000);
    const [better, worse, unsure] = compareArms(arms[0]!, arms.slice(1), question);
    assert.deepEqual([better!.verdict, worse!.verdict, unsure!.verdict], ['better', 'worse', 'unsure']);
    assert.ok(better!.difference!.low < 0.1 && better!.difference!.high > 0.1);
  });

  it('reverses the verdicts where lower is better', () => {
    const arms = answers(1, [0.3, 0.4, 0.2], 4000);
    const found = compareArms(arms[0]!, arms.slice(1), { ...question, better: 'lower' });
    assert.deepEqual(
      found.map(({ verdict }) => verdict),
      ['worse', 'better'],
    );
  });

  it('proves that arms are equivalent for practical purposes', () => {
    const arms = answers(1, [0.3, 0.3], 60_000);
    assert.equal(compareArms(arms[0]!, arms.slice(1), question)[0]!.verdict, 'same');
  });

  it('is unsure before any sample', () => {
    const arms = answers(1, [0.3, 0.3], 0);
    assert.deepEqual(compareArms(arms[0]!, arms.slice(1), question), [{ verdict: 'unsure', difference: null }]);
  });

  it('misjudges any arm in at most one of twenty experiments, looked at after every answer', () => {
    const wrong = Array.from({ length: 100 }, (_, seed) => seed).filter((seed) => {
      const random = createRandom(seed);
      const arms = [0, 1, 2, 3].map(() => ({ count: 0, sum: 0, squares: 0 }));
      for (let i = 0; i < 600; i++) {
        for (const arm of arms) add(arm, random.uniform() < 0.3 ? 1 : 0);
        if (compareArms(arms[0]!, arms.slice(1), question).some(({ verdict }) => /better|worse/.test(verdict)))
          return true;
      }
      return false;
    });
    assert.ok(wrong.length <= 5, `${wrong.length} of 100`);
  });

  it('predicts how many numbers it needs, which suffice in every second experiment', () => {
    const needed = numbersFor(0.5, 0.05);
    const proven = Array.from({ length: 200 }, (_, seed) => createRandom(seed)).filter((random) => {
      const [control, arm] = [normals(random, needed, 0), normals(random, needed, 0.5)];
      return compareArms(control, [arm], { ...question, tightestAt: needed })[0]!.verdict === 'better';
    });
    assert.ok(proven.length > 80 && proven.length < 120, `${proven.length} of 200`);
    assert.ok(numbersFor(0.1, 0.05) > 20 * needed && numbersFor(0.1, 0.05) < 30 * needed);
  });
});

/** Answers that are 1 with these probabilities. */
function answers(seed: number, shares: readonly number[], count: number): Moments[] {
  const random = createRandom(seed);
  return shares.map((share) => {
    const arm = { count: 0, sum: 0, squares: 0 };
    for (let i = 0; i < count; i++) add(arm, random.uniform() < share ? 1 : 0);
    return arm;
  });
}

function normals(random: Random, count: number, mean: number): Moments {
  const numbers = { count: 0, sum: 0, squares: 0 };
  for (let i = 0; i < count; i++) add(numbers, random.normal(mean));
  return numbers;
}

function add(to: Moments, value: number): void {
  to.count++;
  to.sum += value;
  to.squares += value * value;
}
