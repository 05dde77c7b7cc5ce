import { createRandom } from '../../../core/base/random.ts';
import { makeBinning, makeBins, SCORE, type Binning } from '../../../core/data/profiles/binning.ts';
import { countRow, emptyProfile, type Profile } from '../../../core/data/profiles/profile.ts';
import { metricsOf } from '../../../core/metrics/metrics.ts';
import { createErrorModel } from '../../../core/performance/error-model.ts';
import {
  estimateSlice,
  slicesBy,
  type EstimatedSlices,
  type SliceRows,
} from '../../../core/performance/estimated-slices.ts';
import { slicesBeside } from '../../../core/performance/slices-beside.ts';
import { type SlicedDay } from '../../../core/performance/performance-days.ts';
import { addRow, emptyTally } from '../../../core/performance/tally.ts';
import { DAY, instant } from '../../../core/time/time.ts';
import assert from 'node:assert/strict';

interface Scored {
  slice: string;
  x: number;
  score: number;
  label: number;
}

const NAMES = ['shop', 'app'];
const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** Scores promise too much in the app; `spread` is how far the inputs of the shop lie apart. */
function binaryRows(count: number, seed: number, spread = 1.5): Scored[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const slice = NAMES[i % 2]!;
    const x = random.normal(-0.5, slice === 'shop' ? spread : 1.5);
    return { slice, x, score: sigmoid(x), label: Number(random.uniform() < sigmoid(slice === 'app' ? x - 1 : x)) };
  });
}

/** Errors grow with a column, and are three times as large in the app, which no column tells. */
function numberRows(count: number, seed: number, inputs = 0): Scored[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const slice = NAMES[i % 2]!;
    const [x, score] = [random.normal(inputs, 1), random.normal(50, 10)];
    const error = (slice === 'app' ? 3 : 1) * (1 + Math.max(0, x));
    return { slice, x, score, label: score + random.normal(0, error) };
  });
}

const of = (name: string, rows: readonly Scored[]): Scored[] => rows.filter(({ slice }) => slice === name);

function profileOf(binning: Binning, rows: readonly Scored[]): Profile {
  const profile = emptyProfile(binning);
  for (const { x, score } of rows) countRow(profile, binning, { x, [SCORE]: score });
  return profile;
}

function holdoutOf(kind: 'binary' | 'number', rows: readonly Scored[], days = 10): SlicedDay[] {
  return Array.from({ length: days }, (_, day) => {
    const slices = Object.fromEntries(NAMES.map((name) => [name, emptyTally()]));
    const tally = emptyTally();
    for (const [i, row] of rows.entries())
      if (i % days === day) for (const into of [tally, slices[row.slice]!]) addRow(into, kind, row);
    return { day: instant(day * DAY), tally, slices };
  });
}

type Estimating = Parameters<typeof estimateSlice>;
const estimateEach = (pipeline: Estimating[0] & { gates: { metric: Parameters<typeof slicesBy>[0] } }, holdout: Estimating[1], reference: Estimating[2], slices: readonly SliceRows[]) => slicesBy(pipeline.gates.metric, slices.map((slice) => estimateSlice(pipeline, holdout, reference, slice))); // prettier-ignore

describe('performance estimated by declared slice', () => {
  const gates = { metric: 'rocAuc', minRows: 100, minPositives: 20 } as const;
  const pipeline = { gates, label: { kind: 'binary' as const } };
  const known = binaryRows(12_000, 1);
  const binning = makeBinning({ x: makeBins(Float64Array.from(known, ({ x }) => x)) });
  const bins = binning.columns[SCORE]!;
  const edges = bins.kind === 'number' ? bins.edges : [];
  const reference = { profile: profileOf(binning, known), columns: ['x'] };
  const served = (name: string, rows: readonly Scored[]): SliceRows => ({ name, current: profileOf(binning, of(name, rows)), edges, days: 1 }); // prettier-ignore
  const estimate = (rows: readonly Scored[], holdout = holdoutOf('binary', known)) =>
    estimateEach(pipeline, holdout, reference, NAMES.map((name) => served(name, rows))).slices; // prettier-ignore
  const cameOf = (kind: 'binary' | 'number', rows: readonly Scored[]) =>
    metricsOf(kind, rows.map(({ score }) => score), rows.map(({ label }) => label)); // prettier-ignore

  it('finds the one slice that falls, by as much as its labels say later', () => {
    const before = cameOf('binary', of('shop', known)).rocAuc!;
    let held = 0;
    for (let seed = 10; seed < 15; seed++) {
      const rows = binaryRows(3_000, seed, 0.4);
      const [shop, app] = estimate(rows);
      for (const { name, estimate: likely } of [shop!, app!]) {
        assert.ok(typeof likely !== 'string', JSON.stringify(likely));
        const came = cameOf('binary', of(name, rows)).rocAuc!;
        if (likely.low <= came && came <= likely.high) held++;
        if (name === 'shop') assert.ok(likely.high < before - 0.1, JSON.stringify(likely));
        else assert.ok(likely.high > cameOf('binary', of('app', known)).rocAuc! - 0.02, JSON.stringify(likely));
      }
    }
    assert.ok(held >= 8, `${held} of 10`);
  });

  it("goes by the slice's own rows of the holdout, where scores may be worth more or less than elsewhere", () => {
    const rows = binaryRows(3_000, 30);
    const byLoss = { ...pipeline, gates: { ...gates, metric: 'logLoss' as const } };
    const { metric, slices } = estimateEach(byLoss, holdoutOf('binary', known), reference, [served('app', rows)]);
    const { low, high } = slices[0]!.estimate as { low: number; high: number };
    const came = cameOf('binary', of('app', rows)).logLoss!;
    assert.ok(metric === 'logLoss' && low <= came && came <= high, `${low} to ${high}, and it came to ${came}`);
  });

  it('says nothing of a slice with few rows, on either side, or with values that the holdout does not have', () => {
    const words = (rows: readonly Scored[], holdout?: SlicedDay[]) => estimate(rows, holdout).map(({ estimate: of }) => of); // prettier-ignore
    assert.deepEqual(words(binaryRows(100, 3)), NAMES.map(() => 'fewer than 100 rows (gates.minRows)')); // prettier-ignore
    const since = estimateSlice(pipeline, holdoutOf('binary', known), reference, { ...served('shop', binaryRows(100, 3)), lacks: ['region'] }); // prettier-ignore
    assert.equal(since.withheld, 'fewer than 100 rows (gates.minRows), as earlier days were read without region');
    const few = holdoutOf('binary', known.slice(0, 60));
    assert.match(JSON.stringify(words(binaryRows(3_000, 3), few)[0]), /too few labelled holdout rows/);
    const unlike = binaryRows(3_000, 3).map((row) => (row.slice === 'app' ? { ...row, x: NaN } : row));
    assert.match(JSON.stringify(words(unlike)[1]), /100 % of x are missing, and none of the holdout is/);
    assert.equal(typeof words(unlike)[0], 'object');
  });

  it('knows of numbers how much larger errors are in a slice, and how they grow with its inputs', () => {
    const [before, now] = [numberRows(8_000, 5), numberRows(6_000, 6, 0.7)];
    const bins = makeBins(Float64Array.from(before, ({ score }) => score));
    const binning = makeBinning({ x: makeBins(Float64Array.from(before, ({ x }) => x)), [SCORE]: bins });
    const reference = { profile: profileOf(binning, before), columns: ['x'] };
    const model = createErrorModel(binning, reference.profile);
    for (const { x, score, label } of before) model.add({ x }, score, label);
    const errors = model.fit();
    const rows = NAMES.map((name) => ({
      name,
      current: profileOf(binning, of(name, now)),
      before: profileOf(binning, of(name, before)),
      errors,
      edges: [],
      days: 1,
    }));
    const declared = { gates: { ...gates, metric: 'mae' as const }, label: { kind: 'number' as const } };
    for (const { name, estimate: likely } of estimateEach(declared, holdoutOf('number', before), reference, rows)
      .slices) {
      const came = cameOf('number', of(name, now)).mae!;
      assert.ok(typeof likely !== 'string' && likely.low <= came && came <= likely.high, `${name}: ${came}, ${JSON.stringify(likely)}`); // prettier-ignore
    }
  });

  it('stands beside what labels of the same version say', () => {
    const metrics = { rows: 80, positives: 9, rocAuc: 0.7 };
    const [from, to] = ['2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z'];
    const estimatedSlices: EstimatedSlices = { from, to, sliced: 'id', metric: 'rocAuc', slices: estimate(binaryRows(3_000, 3)) }; // prettier-ignore
    const performance = [2, 3].map((version) => ({ version, metrics, slices: [{ name: 'app', metrics: { ...metrics, rows: version } }] })); // prettier-ignore
    const found = slicesBeside({ version: 3, performance, estimatedSlices });
    assert.deepEqual(found!.slices.map(({ name, labelled }) => [name, labelled?.rows]), [['shop', undefined], ['app', 3]]); // prettier-ignore
    assert.equal(slicesBeside({ version: 3, performance }), null, 'verdicts of earlier releases have none');
  });
});
