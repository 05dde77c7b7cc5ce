import { createRandom } from '../../../../core/base/random.ts';
import { categoryBins, makeBins } from '../../../../core/data/profiles/binning.ts';
import type { Value } from '../../../../core/data/data.ts';
import { averagePrecision } from '../../../../core/metrics/average-precision.ts';
import { createScored } from '../../../../core/metrics/scored.ts';
import { createDeclaredSlicer } from '../../../../core/training/slices/declared-slices.ts';
import type { Conditions } from '../../../../core/declaration/slices.ts';
import { judgeSlices, lostSlices, worstSlice } from '../../../../core/training/slices/slices.ts';
import { createSlicer, strideOf, type SlicedColumn } from '../../../../core/training/slices/slicing.ts';
import assert from 'node:assert/strict';

const ROWS = 6_000;
const question = { kind: 'binary', metric: 'averagePrecision', minRows: 50 } as const;
const plain = { column: 'country', sensitive: false, rows: ROWS, stride: 1 };

const chunkOf = (columns: Record<string, Value[]>) => ({ rows: Object.values(columns)[0]!.length, columns });

/** Rows of 60 entities in five countries, by a model that is blind in one of them, and a champion that is not. */
function holdout(seed: string, { blindIn, columns = 1 }: { blindIn?: string; columns?: number } = {}) {
  const random = createRandom(seed);
  const levels = ['DE', 'FR', 'NL', 'PL', 'IT'];
  const countries = Array.from({ length: ROWS }, () => random.pick(levels));
  const labels = Float64Array.from(countries, () => (random.uniform() < 0.2 ? 1 : 0));
  const good = (row: number): number => 0.4 * labels[row]! + 0.6 * random.uniform();
  const champion = labels.map((_, row) => good(row));
  const challenger = labels.map((_, row) => (countries[row] === blindIn ? random.uniform() : good(row)));
  const bins = categoryBins(levels.map((level) => ({ level, rows: 1 })));
  const sliced = Array.from({ length: columns }, (_, i): SlicedColumn => {
    const slicer = createSlicer({ ...plain, column: `column-${i}`, bins });
    slicer.add(chunkOf({ [`column-${i}`]: i === 0 ? countries : countries.map(() => random.pick(levels)) }));
    return slicer.all();
  });
  return { countries, sliced, rows: { labels, champion, challenger, blocks: labels.map((_, row) => row % 60) } };
}

describe('slices of a holdout', () => {
  it('find where a model is blind, and that the champion was not', () => {
    const { rows, sliced } = holdout('blind', { blindIn: 'NL', columns: 12 });
    const slices = judgeSlices(rows, sliced, 1, question);
    assert.equal(slices.looked, 60);
    const worst = worstSlice(slices)!;
    assert.deepEqual([worst.column, worst.name], ['column-0', 'NL']);
    assert.ok(worst.toAll.estimate < -0.1, `${worst.toAll.estimate}`);
    // Each slice of the other columns has its share of those rows, too.
    const [lost] = lostSlices(slices, 0.01);
    assert.deepEqual([lost!.column, lost!.name], ['column-0', 'NL']);
  });

  it('have the metric of their rows, within its interval', () => {
    const { rows, sliced, countries } = holdout('blind', { blindIn: 'NL' });
    const { list } = judgeSlices(rows, sliced, 1, question);
    for (const { name, value, low, high, rows: count } of list) {
      const of = (numbers: Float64Array): Float64Array => numbers.filter((_, row) => countries[row] === name);
      assert.equal(value, averagePrecision.of(createScored(of(rows.challenger), of(rows.labels))));
      assert.equal(count, of(rows.labels).length);
      assert.ok(low < value && value < high);
    }
    assert.equal(list.length, 5);
  });

  it('seldom accuse a model that is as good everywhere, however many are looked at', () => {
    let accused = 0;
    for (let i = 0; i < 12; i++) {
      const { rows, sliced } = holdout(`even ${i}`, { columns: 10 });
      const slices = judgeSlices(rows, sliced, 1, question);
      if (worstSlice(slices) || lostSlices(slices, 0).length > 0) accused++;
    }
    // One in ten is expected at most; without the correction nearly all would be accused.
    assert.ok(accused <= 4, `${accused} of 12`);
  });

  it('are left out and counted where they are too small to tell', () => {
    const { rows } = holdout('small');
    const slicer = createSlicer({
      ...plain,
      bins: categoryBins([
        { level: 'rare', rows: 1 },
        { level: 'usual', rows: 2 },
      ]),
    });
    slicer.add(chunkOf({ country: Array.from({ length: ROWS }, (_, row) => (row < 40 ? 'rare' : 'usual')) }));
    const { list, looked, small } = judgeSlices(rows, [slicer.all()], 1, question);
    assert.deepEqual([list.map(({ name }) => name), looked, small], [['usual'], 1, 1]);
  });

  it('are as uncertain as a holdout of the few blocks that they lie in', () => {
    // Entities differ by chance, and three to five of 60 are a slice.
    const trials = 300;
    let covered = 0;
    const blocks = Float64Array.from({ length: 1_200 }, (_, row) => row % 60);
    const labels = blocks.map(() => 0);
    for (let trial = 0; trial < trials; trial++) {
      const random = createRandom(`few blocks ${trial}`);
      const few = 3 + (trial % 3);
      const luck = Array.from({ length: 60 }, () => random.normal(1, 0.2));
      const challenger = blocks.map((block) => luck[block]! + random.normal(0, 0.05));
      const slices = Uint8Array.from(blocks, (block) => (block < few ? 0 : 1));
      const { list } = judgeSlices(
        { labels, blocks, challenger, champion: null },
        [{ column: 'shop', names: ['few', 'rest'], slices }],
        1,
        { kind: 'number', metric: 'mae', minRows: 50 },
      );
      const { low, high } = list.find(({ name }) => name === 'few')!;
      if (low < 1 && 1 < high) covered++;
    }
    assert.ok(covered >= 0.92 * trials, `${covered} of ${trials} intervals hold the truth`);
  });

  it('keep those that are lost to the champion, however many others are more telling', () => {
    const count = 50;
    const random = createRandom('many');
    const [labels, blocks] = [new Float64Array(ROWS), Float64Array.from({ length: ROWS }, (_, row) => row % 60)];
    const noise = () => random.normal(0, 0.05);
    // Half of the slices are far worse than the rest, for both; one of the others is lost to the champion.
    const own = Float64Array.from({ length: ROWS }, (_, row) => Math.floor(row / (ROWS / count)));
    const base = own.map((slice) => (slice % 2 === 0 ? 4 : 1));
    const champion = base.map((error) => error + noise());
    const challenger = base.map((error, row) => error + (own[row] === 1 ? 0.5 : 0) + noise());
    const names = Array.from({ length: count }, (_, slice) => `shop ${slice}`);
    const column = { column: 'shop', names, slices: Uint8Array.from(own) };
    const many = Array.from({ length: 2 }, (_, i) => ({ ...column, column: `shop-${i}` }));
    const judged = judgeSlices({ labels, blocks, challenger, champion }, many, 1, {
      kind: 'number',
      metric: 'mae',
      minRows: 50,
    });
    assert.deepEqual([judged.looked, judged.list.length], [100, 40]);
    assert.deepEqual(
      lostSlices(judged, 0.01).map(({ column, name }) => [column, name]),
      [
        ['shop-0', 'shop 1'],
        ['shop-1', 'shop 1'],
      ],
    );
  });

  it('are compared by RMSE where the metric is R², which is low wherever labels are alike', () => {
    const random = createRandom('alike');
    const blocks = Float64Array.from({ length: ROWS }, (_, row) => row % 60);
    const alike = Uint8Array.from({ length: ROWS }, (_, row) => Math.floor(row / 60) % 2);
    const labels = Float64Array.from(alike, (slice) => random.normal(0, slice === 0 ? 0.1 : 2));
    const challenger = labels.map((label) => label + random.normal(0, 0.1));
    const column = { column: 'kind', names: ['alike', 'unlike'], slices: alike };
    const ofR2 = { kind: 'number', metric: 'r2', minRows: 50 } as const;
    const judged = judgeSlices({ labels, blocks, challenger, champion: null }, [column], 1, ofR2);
    assert.equal(judged.by, 'rmse');
    assert.equal(worstSlice(judged), null);
  });

  it('are found from one row in three, where rows are very many', () => {
    const { rows, countries } = holdout('blind', { blindIn: 'NL' });
    const slicer = createSlicer({
      ...plain,
      stride: 3,
      bins: categoryBins(['DE', 'FR', 'NL', 'PL', 'IT'].map((level) => ({ level, rows: 1 }))),
    });
    for (let from = 0; from < ROWS; from += 1_000)
      slicer.add(chunkOf({ country: countries.slice(from, from + 1_000) }));
    const slices = judgeSlices(rows, [slicer.all()], 3, question);
    assert.equal(worstSlice(slices)!.name, 'NL');
    assert.equal(
      slices.list.reduce((sum, slice) => sum + slice.rows, 0),
      ROWS / 3,
    );
    assert.deepEqual([strideOf(1_000_000, 10), strideOf(1_000_000, 25)], [1, 3]);
  });
});

describe('declared slices', () => {
  const slicerOf = (name: string, conditions: Conditions) =>
    createDeclaredSlicer({ name, conditions, rows: ROWS, stride: 1 });
  const placesOf = (conditions: Conditions, columns: Record<string, Value[]>): number[] => {
    const slicer = slicerOf('some', conditions);
    slicer.add(chunkOf(columns));
    return [...slicer.all().slices].flatMap((slice, row) => (slice === 0 ? [row] : []));
  };

  it('hold the rows that meet all conditions: nights, levels, ranges and what is missing', () => {
    const hour = [21, 22, 0, 5, 6, 12];
    const channel = ['card', 'card', 'transfer', null, 'transfer', 'transfer'];
    assert.deepEqual(placesOf({ hour: { from: 22, to: 6 } }, { hour }), [1, 2, 3]);
    assert.deepEqual(placesOf({ hour: { from: 6, to: 21 } }, { hour }), [4, 5]);
    assert.deepEqual(placesOf({ hour: { from: 22, to: 6 }, channel: ['transfer'] }, { hour, channel }), [2]);
    assert.deepEqual(placesOf({ channel: ['card', null] }, { channel }), [0, 1, 3]);
    assert.deepEqual(placesOf({ amount: { from: 10 } }, { amount: [9.9, 10, null, NaN, 1e6] }), [1, 4]);
    assert.deepEqual(placesOf({ amount: null, online: true }, { amount: [1, null, NaN], online: [true, true, false] }), [1]); // prettier-ignore
  });

  it('are judged among the others, and shown however little they tell', () => {
    const { rows, sliced, countries } = holdout('declared', { columns: 12 });
    const usual = slicerOf('usual', { country: ['DE', 'FR'] });
    usual.add(chunkOf({ country: countries }));
    const slices = judgeSlices(rows, [usual.all(), ...sliced], 1, question);
    assert.equal(slices.looked, 61);
    const shown = slices.list.find(({ declared }) => declared);
    assert.deepEqual([shown?.name, shown?.column], ['usual', 'country']);
  });

  it('are named with how few rows they have when that is too few to say', () => {
    const { rows, countries } = holdout('declared');
    const [few, none] = [slicerOf('first', { row: { to: 12 } }), slicerOf('nobody', { country: 'ES' })];
    few.add(chunkOf({ row: countries.map((_, row) => row) }));
    none.add(chunkOf({ country: countries }));
    const { tooSmall, looked, list } = judgeSlices(rows, [few.all(), none.all()], 1, question);
    const positives = rows.labels.slice(0, 12).reduce((sum, label) => sum + label, 0);
    assert.deepEqual(tooSmall, [
      { column: 'row', name: 'first', rows: 12, positives },
      { column: 'country', name: 'nobody', rows: 0, positives: 0 },
    ]);
    assert.deepEqual([looked, list], [0, []]);
    const oneDay = { ...rows, blocks: rows.blocks.map(() => 1) };
    assert.equal(judgeSlices(oneDay, [few.all()], 1, question).tooSmall!.length, 1);
  });
});

describe('the slices of a column', () => {
  const slicesOf = (values: Value[], options: Partial<Parameters<typeof createSlicer>[0]> = {}) => {
    const bins = makeBins(Float64Array.from(values.filter((value) => typeof value === 'number')));
    const slicer = createSlicer({ ...plain, bins, rows: values.length, ...options });
    slicer.add(chunkOf({ country: values }));
    const { names, slices } = slicer.all();
    return { names, of: [...slices].map((slice) => names[slice]) };
  };
  const values: Value[] = [...Array.from({ length: 100 }, (_, i) => i), null];

  it('are quarters of numbers, and what is missing', () => {
    const { names, of } = slicesOf(values);
    assert.deepEqual(names.length, 5);
    assert.match(names[0]!, /^below \d+$/);
    assert.match(names[3]!, /^\d+ and more$/);
    assert.deepEqual([of[0], of[99], of[100]], [names[0], names[3], 'missing']);
    const sizes = names.slice(0, 4).map((name) => of.filter((each) => each === name).length);
    for (const size of sizes) assert.ok(Math.abs(size - 25) <= 2, sizes.join(' '));
  });

  it('are named by the values that many rows share, which have quarters of their own', () => {
    const repeat = (value: number, times: number): Value[] => Array<Value>(times).fill(value);
    const rising = (from: number, times: number): Value[] => Array.from({ length: times }, (_, i) => from + i);
    const zeros = slicesOf([...repeat(0, 400), ...rising(1, 100)]);
    assert.deepEqual(zeros.names, ['up to 0', 'above 0', 'missing']);
    assert.deepEqual([zeros.of[0], zeros.of[400]], ['up to 0', 'above 0']);
    const fives = slicesOf([...rising(-130, 130), ...repeat(5, 130), ...rising(6, 130)]);
    assert.deepEqual(fives.names, ['below -32', '-32 up to 5', 'above 5 to 41', '41 and more', 'missing']);
    assert.deepEqual([fives.of[130], fives.of[260]], ['-32 up to 5', 'above 5 to 41']);
    const few = slicesOf([...repeat(0, 100), ...repeat(1, 100), ...repeat(2, 100), ...repeat(3, 100)]);
    assert.deepEqual(few.names, ['up to 0', 'above 0 up to 1', 'above 1 up to 2', 'above 2', 'missing']);
  });

  it('have no value of a sensitive column in their names', () => {
    assert.deepEqual(slicesOf(values, { sensitive: true }).names, [
      'group 1 of 4',
      'group 2 of 4',
      'group 3 of 4',
      'group 4 of 4',
      'missing',
    ]);
    const bins = categoryBins([
      { level: 'ill', rows: 1 },
      { level: 'well', rows: 2 },
    ]);
    const { names, of } = slicesOf(['well', 'ill', 'well'], { sensitive: true, bins });
    assert.deepEqual(
      [names, of],
      [
        ['level 1 of 2', 'level 2 of 2', 'missing'],
        ['level 1 of 2', 'level 2 of 2', 'level 1 of 2'],
      ],
    );
  });
});
