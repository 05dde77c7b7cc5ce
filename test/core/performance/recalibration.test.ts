import { createRandom } from '../../../core/base/random.ts';
import { logitOf, onOneDay, recalibrate, sigmoid } from '../../../core/performance/recalibration.ts';
import { addRow, emptyTally, type Tally } from '../../../core/performance/tally.ts';
import { unrestOf } from '../../../core/performance/unrest.ts';
import assert from 'node:assert/strict';

interface World {
  seed: number;
  /** The log odds of the truth, by those of the score. */
  truth: (logit: number) => number;
  unrest?: number;
  days?: number;
}

/** Days of 600 rows with scores, and labels that follow the truth. */
function holdoutOf({ seed, truth, unrest = 0, days = 10 }: World): { tally: Tally }[] {
  const random = createRandom(seed);
  return Array.from({ length: days }, () => {
    const tally = emptyTally();
    const ofDay = random.normal(0, unrest);
    for (let i = 0; i < 600; i++) {
      const logit = random.normal(-0.5, 1.5);
      const label = Number(random.uniform() < sigmoid(truth(logit) + ofDay));
      addRow(tally, 'binary', { score: sigmoid(logit), label });
    }
    return { tally };
  });
}

const LOGITS = Array.from({ length: 21 }, (_, i) => -3.5 + 0.3 * i);

/** The mean distance from the truth's chances, over twenty holdouts. */
function errorOf(truth: World['truth'], chancesOf: (holdout: { tally: Tally }[]) => (logit: number) => number): number {
  let sum = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const chanceAt = chancesOf(holdoutOf({ seed, truth }));
    for (const logit of LOGITS) sum += Math.abs(chanceAt(logit) - sigmoid(truth(logit)));
  }
  return sum / 20 / LOGITS.length;
}

const ours =
  (knots?: number) =>
  (holdout: { tally: Tally }[]): ((logit: number) => number) => {
    const { chancesAt } = recalibrate(holdout, knots);
    return (logit) => chancesAt([logit])[0]!;
  };

/** What came of scores of about this size: within half a unit of log odds. */
function ratesOf(holdout: { tally: Tally }[]): (logit: number) => number {
  const bins = holdout.flatMap(({ tally }) => Object.values(tally.bins ?? {}));
  return (at) => {
    const near = bins.filter(([no, yes, scores]) => Math.abs(logitOf(scores / (no + yes)) - at) < 0.25);
    const [no, yes] = [0, 1].map((label) => near.reduce((sum, bin) => sum + bin[label as 0 | 1], 0)) as [
      number,
      number,
    ];
    return yes / Math.max(1, no + yes);
  };
}

describe('what scores are worth on labelled rows', () => {
  const worlds: Record<string, World['truth']> = {
    'that are right': (logit) => logit,
    'that are too sure': (logit) => logit / 1.6,
    'that are too sure of positives alone': (logit) => (logit < 0 ? logit : logit / 2.5),
  };
  for (const [name, truth] of Object.entries(worlds))
    it(`is nearer to the truth than the rates of bins, of scores ${name}`, () => {
      const [by, byRates] = [errorOf(truth, ours()), errorOf(truth, ratesOf)];
      assert.ok(by < 0.7 * byRates, `${by} and ${byRates}`);
    });

  it('is hardly learnt where scores are right', () => {
    const [by, byLine] = [errorOf((logit) => logit, ours()), errorOf((logit) => logit / 1.1, ours(0))];
    assert.ok(by < 0.0014 && by < byLine, `${by} and ${byLine}`);
  });

  it('is a slope, not bends that come to about one, where scores are a little too sure', () => {
    const by = errorOf((logit) => logit / 1.1, ours());
    assert.ok(by < 0.0083, `${by}`);
  });

  it('bends where a level and a slope do not tell it', () => {
    const truth = (logit: number): number => (logit < 0 ? logit : logit / 2.5);
    const [bent, straight] = [errorOf(truth, ours()), errorOf(truth, ours(0))];
    assert.ok(bent < 0.6 * straight, `${bent} and ${straight}`);
  });

  it('is the scores themselves where nothing is known', () => {
    const chances = recalibrate([{ tally: emptyTally() }]).chancesAt(LOGITS);
    for (const [i, chance] of chances.entries()) assert.ok(Math.abs(chance - sigmoid(LOGITS[i]!)) < 1e-9);
  });

  it('expects rare positives of many days as of the holdout, whose days differ as they do', () => {
    const rare = Array.from({ length: 33 }, (_, i) => -9 + 0.25 * i);
    const rowsAt = (logit: number): number => Math.round(1_000 * Math.exp(-(((logit + 6) / 1.4) ** 2) / 2));
    const [ofDays, all] = [{ 1: 0, 28: 0, drawn: 0 }, { came: 0 }];
    const expected = (chances: readonly number[]): number =>
      30 * chances.reduce((sum, chance, i) => sum + chance * rowsAt(rare[i]!), 0);
    for (let seed = 1; seed <= 12; seed++) {
      const random = createRandom(seed);
      const holdout = Array.from({ length: 30 }, () => {
        const level = random.normal(0, 0.6);
        const bins: NonNullable<Tally['bins']> = {};
        for (const [bin, logit] of rare.entries()) {
          const [rows, chance] = [rowsAt(logit), sigmoid(logit + level)];
          const yes = rows * chance; // without the chance of labels, days tell their levels
          bins[bin] = [rows - yes, yes, rows * sigmoid(logit)];
          all.came += yes;
        }
        return { tally: { bins } };
      });
      const { chancesAt, drawer } = recalibrate(holdout);
      ofDays[1] += expected(chancesAt(rare, 1));
      ofDays[28] += expected(chancesAt(rare, 28));
      const draw = drawer(rare, 28, random);
      for (let i = 0; i < 50; i++) ofDays.drawn += expected(draw()) / 50;
    }
    const [one, many, drawn] = [ofDays[1], ofDays[28], ofDays.drawn].map((each) => each / all.came) as [number, number, number]; // prettier-ignore
    assert.ok(one < many && many > 0.85 && many < 1.05 && drawn > 0.85 && drawn < 1.05, `${one}, ${many}, ${drawn}`);
  });

  it('is undone for one day by what days make flatter, of rare positives as of others', () => {
    const overDays = (usual: number, unrest: number): number => {
      let [sum, weights] = [0, 0];
      for (let z = -6; z <= 6; z += 0.05) {
        const weight = Math.exp((-z * z) / 2);
        sum += weight * sigmoid(usual + unrest * z);
        weights += weight;
      }
      return logitOf(sum / weights);
    };
    for (const unrest of [0.2, 0.6, 1])
      for (const usual of [-7, -4, -2, -0.5, 0.5, 3]) {
        const all = overDays(usual, unrest);
        const off = onOneDay(all, unrest) - (usual - all);
        assert.ok(Math.abs(off) < 0.05 * Math.abs(usual - all), `${usual} by ${unrest}: ${off}`);
      }
  });

  it('leaves the chances of a new day open as far as days differ', () => {
    let held = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const random = createRandom(1_000 + seed);
      const holdout = holdoutOf({ seed, truth: (logit) => logit, unrest: 0.4, days: 8 });
      const draw = recalibrate(holdout).drawer([0], 1, random);
      const drawn = Array.from({ length: 200 }, () => draw()[0]!).sort((a, b) => a - b);
      const day = sigmoid(random.normal(0, 0.4));
      if (drawn[10]! <= day && day <= drawn[189]!) held++;
    }
    assert.ok(held >= 84 && held <= 98, `${held} of 100`);
  });
});

describe('how much days differ', () => {
  const daysWith = (unrest: number, days: number, seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: days }, () => {
      const variance = 150;
      return { residual: variance * random.normal(0, Math.hypot(unrest, 1 / Math.sqrt(variance))), variance };
    });
  };

  it('is found by what their residuals are more than chance makes of them', () => {
    for (const unrest of [0.2, 0.5]) {
      const found = unrestOf(daysWith(unrest, 200, 3)).usual;
      assert.ok(Math.abs(found - unrest) < 0.15 * unrest, `${found} of ${unrest}`);
    }
    assert.ok(unrestOf(daysWith(0, 200, 4)).usual < 0.04);
  });

  it('is less sure of fewer days, and nothing of two', () => {
    const spreadOf = (days: number): number => {
      const [unrest, random] = [unrestOf(daysWith(0.3, days, 5)), createRandom(6)];
      const drawn = Array.from({ length: 500 }, () => unrest.draw(random)).sort((a, b) => a - b);
      return drawn[475]! - drawn[25]!;
    };
    assert.ok(spreadOf(5) > 2 * spreadOf(50));
    assert.equal(unrestOf(daysWith(0.3, 2, 7)).usual, 0);
  });
});
