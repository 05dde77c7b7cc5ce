import { createRandom } from '../../../core/base/random.ts';
import { makeBinning, makeBins, SCORE, scoreBins, type Binning } from '../../../core/data/profiles/binning.ts';
import { addProfiles, countRow, emptyProfile, moments, type Profile } from '../../../core/data/profiles/profile.ts';
import { countsByClass, precisionOf, recallOf, type ClassCounts } from '../../../core/metrics/confusion.ts';
import { decidedAt, decidedNames } from '../../../core/metrics/decided/index.ts';
import { metricsOf } from '../../../core/metrics/metrics.ts';
import { createErrorModel, errorsOfRows } from '../../../core/performance/error-model.ts';
import {
  estimatedMetric,
  estimatePerformance,
  type Estimated,
  type Served,
} from '../../../core/performance/estimate.ts';
import { type TallyOfDay } from '../../../core/performance/performance-days.ts';
import { addRow, emptyTally } from '../../../core/performance/tally.ts';
import { whyWithheld } from '../../../core/performance/unseen.ts';
import { valueOf } from '../../../core/performance/value.ts';
import { DAY, instant } from '../../../core/time/time.ts';
import assert from 'node:assert/strict';

interface Scored {
  score: number;
  label: number;
  x: number;
  probabilities?: number[];
}

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** An overconfident model: what its logits say is 1.5 times the truth. */
function binaryRows(count: number, seed: number, inputs: number): Scored[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const truth = random.normal(inputs, 1.2);
    return { score: sigmoid(1.5 * truth), label: Number(random.uniform() < sigmoid(truth)), x: truth };
  });
}

/** Estimates whose errors grow with a column that they do not show. */
function numberRows(count: number, seed: number, inputs: number): Scored[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const x = random.normal(inputs, 1);
    const score = random.normal(50, 10);
    return { score, label: score + random.normal(0, 1 + Math.max(0, x)), x };
  });
}

/** An overconfident model of three classes, the last of them rare. */
function classRows(count: number, seed: number, inputs: number): (Scored & { probabilities: number[] })[] {
  const random = createRandom(seed);
  const softmax = (logits: readonly number[]): number[] => {
    const odds = logits.map(Math.exp);
    return odds.map((each) => each / odds.reduce((sum, other) => sum + other));
  };
  return Array.from({ length: count }, () => {
    const x = random.normal(inputs, 1);
    const logits = [1 - x, x, 0.8 * x - 1];
    const chance = random.uniform();
    const [first, second] = softmax(logits);
    const probabilities = softmax(logits.map((logit) => 1.5 * logit));
    const label = chance < first! ? 0 : chance < first! + second! ? 1 : 2;
    return { score: Math.max(...probabilities), label, x, probabilities };
  });
}

const byDay = (kind: 'binary' | 'class' | 'number', rows: readonly Scored[], days = 10): TallyOfDay[] =>
  Array.from({ length: days }, (_, day) => {
    const tally = emptyTally();
    for (const [i, row] of rows.entries()) if (i % days === day) addRow(tally, kind, row);
    return { day: instant(day * DAY), tally };
  });

function profileOf(binning: Binning, rows: readonly Scored[]): Profile {
  const profile = emptyProfile(binning);
  for (const { x, score, probabilities } of rows) countRow(profile, binning, { x, [SCORE]: score }, probabilities);
  return profile;
}

describe('performance estimated without labels', () => {
  const binning = makeBinning({ [SCORE]: scoreBins() });
  const bins = binning.columns[SCORE]!;
  const served = (rows: readonly Scored[], threshold: number | null = null): Served => ({
    profile: profileOf(binning, rows).columns[SCORE]!,
    edges: bins.kind === 'number' ? bins.edges : [],
    days: 1,
    threshold,
  });
  const holdout = byDay('binary', binaryRows(6_000, 1, -1));
  const estimate = (rows: readonly Scored[], threshold: number | null = null): Estimated =>
    estimatePerformance('binary', holdout, served(rows, threshold))!;

  it('comes to what the labels say later, though inputs moved and scores are overconfident', () => {
    let [held, all] = [0, 0];
    for (let seed = 10; seed < 30; seed++) {
      const rows = binaryRows(800, seed, -0.3);
      const { metrics } = estimate(rows);
      const came = metricsOf('binary', rows.map(({ score }) => score), rows.map(({ label }) => label)); // prettier-ignore
      for (const name of ['rocAuc', 'averagePrecision', 'logLoss', 'brier'] as const) {
        all++;
        const { low, high, value } = metrics[name]!;
        assert.ok(low <= value && value <= high);
        if (low <= came[name]! && came[name]! <= high) held++;
      }
    }
    assert.ok(held / all >= 0.85, `${held} of ${all}`);
  });

  it('tells how many decisions will be wrong, and what they cost', () => {
    const rows = binaryRows(4_000, 40, -0.3);
    const { falsePositives, falseNegatives } = estimate(rows, 0.5).wrong!;
    const count = (label: number): number =>
      rows.filter((row) => row.label === label && Number(row.score >= 0.5) !== label).length;
    assert.ok(falsePositives.low <= count(0) && count(0) <= falsePositives.high, JSON.stringify(falsePositives));
    assert.ok(falseNegatives.low <= count(1) && count(1) <= falseNegatives.high, JSON.stringify(falseNegatives));
    const wrong = { falsePositives: 20, falseNegatives: 3, positives: 10, rows: 200 };
    assert.deepEqual(valueOf(wrong, { falsePositive: 1, falseNegative: 50 }, 2), { cost: 85, saved: 10 });
  });

  it('tells how well a threshold decides', () => {
    let [held, all] = [0, 0];
    for (let seed = 50; seed < 70; seed++) {
      const rows = binaryRows(800, seed, -0.3);
      const [scores, labels] = [rows.map(({ score }) => score), rows.map(({ label }) => label)];
      const holdout = byDay('binary', binaryRows(2_000, seed + 100, -1));
      const { decided } = estimatePerformance('binary', holdout, served(rows, 0.6))!;
      const came = decidedAt(0.6, { scores, labels, blocks: labels }).measures;
      assert.deepEqual(Object.keys(decided!), decidedNames);
      for (const name of decidedNames) {
        all++;
        const { low, high, value } = decided![name]!;
        assert.ok(low <= value && value <= high);
        if (low <= came[name]!.value && came[name]!.value <= high) held++;
      }
    }
    assert.ok(held / all >= 0.85, `${held} of ${all}`);
    assert.equal(estimate(binaryRows(800, 1, 0)).decided, undefined, 'nothing is decided without a threshold');
  });

  it('comes to what the labels say later, though the model is too sure of positives alone', () => {
    const rowsOf = (count: number, seed: number, inputs: number): Scored[] => {
      const random = createRandom(seed);
      return Array.from({ length: count }, () => {
        const truth = random.normal(inputs, 1.4);
        const score = sigmoid(truth < 0 ? truth : 2.5 * truth);
        return { score, label: Number(random.uniform() < sigmoid(truth)), x: truth };
      });
    };
    const found = { rocAuc: 0, averagePrecision: 0, logLoss: 0 };
    for (let seed = 100; seed < 120; seed++) {
      const rows = rowsOf(800, seed, 0.2);
      const { metrics } = estimatePerformance(
        'binary',
        byDay('binary', rowsOf(4_000, seed + 100, -0.5)),
        served(rows),
      )!;
      const came = metricsOf('binary', rows.map(({ score }) => score), rows.map(({ label }) => label)); // prettier-ignore
      for (const name of ['rocAuc', 'averagePrecision', 'logLoss'] as const)
        if (metrics[name]!.low <= came[name]! && came[name]! <= metrics[name]!.high) found[name]++;
    }
    for (const [name, held] of Object.entries(found)) assert.ok(held >= 16, `${name}: ${held} of 20`);
  });

  it('takes scores for alike where they are, and ranks those of one bin where they differ', () => {
    const [low, high] = [0.52, 0.56];
    const estimateOf = (scores: readonly number[]) => {
      const rows = scores.map((score): Scored => ({ score, label: 0, x: 0 }));
      return estimate(rows, 0.54).metrics.rocAuc!.value;
    };
    const same = estimateOf(new Array<number>(1_000).fill(0.53));
    assert.ok(Math.abs(same - 0.5) < 1e-5, `${same}`);
    assert.ok(estimateOf(Array.from({ length: 1_000 }, (_, i) => low + ((high - low) * i) / 1_000)) > 0.502);
  });

  it('tells macro F1 and log loss of classes by what their probabilities promise, which the holdout corrects', () => {
    const holdout = byDay('class', classRows(6_000, 1, 0));
    const bins = makeBinning({ [SCORE]: makeBins(Float64Array.from({ length: 60 }, (_, i) => 0.35 + i / 100)) });
    const estimateOf = (current: Profile): Estimated =>
      estimatePerformance('class', holdout, {
        profile: current.columns[SCORE]!,
        edges: [],
        days: 1,
        threshold: null,
        promised: current.promised,
      })!;
    const found = { logLoss: 0, macroF1: 0, macroPrecision: 0, macroRecall: 0 };
    for (let seed = 10; seed < 30; seed++) {
      const rows = classRows(800, seed, 0.7);
      const [some, others] = [profileOf(bins, rows.slice(0, 300)), profileOf(bins, rows.slice(300))];
      const { metrics, decided } = estimateOf(addProfiles(some, others));
      const { confusion, ...came } = metricsOf('class', rows.flatMap(({ probabilities }) => probabilities), rows.map(({ label }) => label)); // prettier-ignore
      const classes = countsByClass(confusion!);
      const mean = (of: (counts: ClassCounts) => number | null): number => {
        const known = classes.flatMap((counts) => of(counts) ?? []);
        return known.reduce((sum, each) => sum + each) / known.length;
      };
      const all = { ...came, macroPrecision: mean(precisionOf), macroRecall: mean(recallOf) };
      for (const name of ['logLoss', 'macroF1', 'macroPrecision', 'macroRecall'] as const) {
        const { low, high } = { ...metrics, ...decided }[name]!;
        if (low <= all[name]! && all[name]! <= high) found[name]++;
      }
    }
    for (const [name, held] of Object.entries(found)) assert.ok(held >= 16, `${name}: ${held} of 20`);
    const { promised: _, ...before } = profileOf(bins, classRows(800, 10, 0));
    assert.deepEqual(Object.keys(estimateOf(before).metrics), ['accuracy'], 'counts of earlier releases tell less');
  });

  it('has a wider range where fewer days tell how far days differ', () => {
    const widthOf = (days: number): number => {
      const rows = 8_000 / days;
      const tally = { ...emptyTally(), rows, bias: [0, rows / 5] as [number, number] };
      const holdout = Array.from({ length: days }, (_, day): TallyOfDay => ({ day: instant(day * DAY), tally }));
      const profile = { counts: [1_000], sums: [800], squares: [700], nulls: 0 };
      const { metrics } = estimatePerformance('class', holdout, { profile, edges: [], days: 1, threshold: null })!;
      return metrics.accuracy!.high - metrics.accuracy!.low;
    };
    const [few, some, many] = [4, 14, 80].map(widthOf);
    assert.ok(few! > 1.2 * many! && some! > 1.05 * many! && some! < 1.15 * many!, `${few} ${some} ${many}`);
  });

  it('is the same each time it is asked', () => {
    const rows = binaryRows(500, 50, 0);
    assert.deepEqual(estimate(rows), estimate(rows));
  });

  it('follows the errors of numbers where a column moves that the estimates do not show', () => {
    const before = numberRows(6_000, 2, 0);
    const own = makeBinning({
      x: makeBins(Float64Array.from(before, ({ x }) => x)),
      [SCORE]: makeBins(Float64Array.from(before, ({ score }) => score)),
    });
    const model = createErrorModel(own, profileOf(own, before));
    for (const { x, score, label } of before) model.add({ x }, score, label);
    const errors = model.fit()!;
    const rows = numberRows(2_000, 3, 1.2);
    const current = profileOf(own, rows);
    const likely = estimatePerformance('number', byDay('number', before), {
      profile: current.columns[SCORE]!,
      edges: [],
      days: 1,
      threshold: null,
      current,
      errors,
    })!;
    const came = metricsOf('number', rows.map(({ score }) => score), rows.map(({ label }) => label)); // prettier-ignore
    for (const name of ['mae', 'rmse'] as const) {
      const { low, high } = likely.metrics[name]!;
      assert.ok(low <= came[name]! && came[name]! <= high, `${name}: ${came[name]} in ${low} to ${high}`);
    }
    const { unsure } = errorsOfRows(errors, current, current.columns[SCORE]!);
    const alike = { ...errors, columns: errors.columns.map((column) => ({ ...column, groups: column.groups.map((group) => ({ ...group, adds: 0 })) })) }; // prettier-ignore
    assert.ok(unsure > 1.3 * errorsOfRows(alike, current, current.columns[SCORE]!).unsure, 'larger errors vary more');
    const same = errorsOfRows(errors, profileOf(own, before), profileOf(own, before).columns[SCORE]!);
    assert.ok(Math.abs(same.mae - errors.mean) < 1e-9, 'of the holdout itself it is the mean');
  });

  it('follows how errors grow no further than it is known: a few numbers of another unit leave it what it was', () => {
    for (const times of [1, -1]) {
      const random = createRandom(21);
      const make = (rows: number, unit: () => number): Scored[] =>
        Array.from({ length: rows }, () => {
          const x = 100 * random.uniform();
          const score = random.normal(50, 10);
          return { score, label: score + random.normal(0, 2 + (times * x) / 100), x: x * unit() };
        });
      const before = make(5_000, () => 1);
      const own = makeBinning({ x: makeBins(Float64Array.from(before, ({ x }) => x)), [SCORE]: makeBins(Float64Array.from(before, ({ score }) => score)) }); // prettier-ignore
      const model = createErrorModel(own, profileOf(own, before));
      for (const { x, score, label } of before) model.add({ x }, score, label);
      const now = profileOf(
        own,
        make(2_000, () => (random.uniform() < 0.05 ? 1_000 : 1)),
      );
      const errors = model.fit()!;
      const { mae } = errorsOfRows(errors, now, now.columns[SCORE]!);
      assert.ok(mae > 0.8 * errors.mean && mae < 1.2 * errors.mean, `${mae}, and ${errors.mean} on the holdout`);
    }
  });

  it('is told by another metric where that of the gate cannot be known without labels', () => {
    const likely = { value: 1, low: 0.9, high: 1.1 };
    assert.equal(estimatedMetric([{}, { mae: likely, rmse: likely }], 'r2'), 'rmse');
    assert.equal(estimatedMetric([{ mae: likely, rmse: likely }], 'mae'), 'mae');
    assert.equal(estimatedMetric([{ accuracy: likely }], 'macroF1'), 'accuracy');
    assert.equal(estimatedMetric([{}], 'rmse'), undefined);
  });

  it('is withheld where too many scores, or values of a column, are none of the holdout', () => {
    const why = (rows: readonly Scored[]): string | null => {
      const own = makeBinning({ x: { kind: 'number', edges: [-6, 6] }, [SCORE]: scoreBins() });
      const [before, now] = [profileOf(own, binaryRows(3_000, 1, -1)), profileOf(own, rows)];
      return whyWithheld(before, now, { columns: ['x'], score: now.columns[SCORE]! });
    };
    const rows = binaryRows(300, 60, -0.5);
    assert.equal(why(rows), null);
    assert.match(why(rows.map((row) => ({ ...row, x: 9 })))!, /^100 % of x are values that the holdout does not have$/);
    assert.match(why(rows.map((row) => ({ ...row, score: 0.9999 })))!, /^100 % of the scores lie where/);
    assert.equal(why(rows.map((row) => ({ ...row, x: NaN }))), '100 % of x are missing, and none of the holdout is');
    const some = rows.map((row, i) => ({ ...row, x: [NaN, 9, row.x][i % 3]! }));
    assert.equal(why(some), '33 % of x are values that the holdout does not have, and 33 % are missing, and none of the holdout is'); // prettier-ignore
  });

  it('is withheld for a holdout that is too small, which is said, and not of values that are new for sure', () => {
    const random = createRandom(5);
    const values = (rows: number): number[] => Array.from({ length: rows }, () => random.normal());
    const own = makeBinning({ x: makeBins(Float64Array.from(values(3_000))), [SCORE]: scoreBins() });
    const of = (xs: readonly number[], score = 0.5): Profile => profileOf(own, xs.map((x) => ({ x, score, label: 0 }))); // prettier-ignore
    const tiny = of(values(46));
    const why = (now: Profile) => whyWithheld(tiny, now, { columns: ['x'], score: now.columns[SCORE]! });
    assert.match(why(of(values(25)))!, /^the holdout of 46 rows is too small: [3-6]\d % of x are values that it does not have$/); // prettier-ignore
    assert.equal(why(of(values(25).map(() => 50))), '100 % of x are values that the holdout does not have');
    assert.equal(why(of(values(25), 0.9)), '100 % of the scores lie where the holdout has none');
  });

  describe('is withheld where numbers lie beyond all of the holdout, though outer bins hold whatever is further out', () => {
    const random = createRandom(9);
    const worlds: Record<string, () => number> = {
      'between 0 and 100': () => 100 * random.uniform(),
      normal: () => random.normal(),
      'with a long tail': () => Math.exp(2 * random.normal()),
      'far from zero': () => 1e6 + random.normal(),
    };
    for (const [name, make] of Object.entries(worlds))
      it(name, () => {
        const before = Array.from({ length: 3_000 }, make);
        const own = makeBinning({ x: makeBins(Float64Array.from(before)), [SCORE]: scoreBins() });
        const of = (values: readonly number[]): Profile => profileOf(own, values.map((x) => ({ x, score: 0.5, label: 0 }))); // prettier-ignore
        const why = (change: (x: number) => number): string | null => {
          const now = of(Array.from({ length: 500 }, () => change(make())));
          return whyWithheld(of(before), now, { columns: ['x'], score: now.columns[SCORE]! });
        };
        const [mean, deviation] = [before.reduce((sum, x) => sum + x) / before.length, Math.sqrt(moments(of(before).columns['x']!)!.variance)]; // prettier-ignore
        assert.equal(why((x) => x), null); // prettier-ignore
        assert.equal(
          why((x) => x + 0.5 * deviation),
          null,
          'moved by half a deviation',
        );
        for (const change of [
          (x: number) => x + 30 * deviation,
          (x: number) => x - 30 * deviation,
          () => mean + 1e4 * deviation,
          (x: number) => mean + 1_000 * (x - mean),
        ])
          assert.match(why(change) ?? 'estimated', /^\d+ % of x are values that the holdout does not have$/);
      });
  });
});
