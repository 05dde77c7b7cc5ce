import { createRandom } from '../../../core/base/random.ts';
import { binOf, cutsOf } from '../../../core/trees/cuts.ts';
import { createGrower, type GrowRules } from '../../../core/trees/grow.ts';
import { createPlainEngine } from '../../../core/trees/plain-engine.ts';
import { emptyTable, setBin, type TreeColumn } from '../../../core/trees/table.ts';
import { addTree } from '../../../core/trees/tree.ts';
import assert from 'node:assert/strict';

const rules: GrowRules = {
  leaves: 31,
  depth: 100,
  minRows: 1,
  minHessian: 0,
  l2: 0,
  symmetric: false,
  columnsPerSplit: 1,
  rate: 1,
};

interface Given {
  /** NaN is a null. */
  numbers?: Float32Array[];
  /** Places of levels, -1 for a null. */
  levels?: number[][];
  /** Of the first column. */
  direction?: 'up' | 'down' | null;
  labels: number[];
}

/** Grows one tree that estimates labels by their squared error, and returns what it says of each row. */
function grow({ numbers = [], levels = [], direction = null, labels }: Given, changes: Partial<GrowRules> = {}) {
  const rows = labels.length;
  const columns: TreeColumn[] = [
    ...numbers.map((values, place): TreeColumn => {
      return { kind: 'value', cuts: cutsOf(values), direction: place === 0 ? direction : null };
    }),
    ...levels.map((places): TreeColumn => ({ kind: 'level', levels: Math.max(...places) + 1 })),
  ];
  const table = emptyTable(columns.length, rows);
  for (const [place, column] of columns.entries())
    for (let row = 0; row < rows; row++) {
      const level = levels[place - numbers.length]?.[row];
      setBin(table, place, row, column.kind === 'value' ? binOf(column.cuts, numbers[place]![row]!) : level! + 1);
    }
  const own = { ...rules, ...changes };
  const engine = createPlainEngine({ columns, rows, classes: 1, rules: own });
  const { tree, ranges } = createGrower(
    columns,
    engine,
    own,
  )({
    table,
    gradients: Float32Array.from(labels, (label) => -label),
    hessians: new Float32Array(rows).fill(1),
    rows: Uint32Array.from({ length: rows }, (_, row) => row),
    columns: new Uint8Array(columns.length).fill(1),
    random: createRandom(1),
  });
  const said = new Float64Array(rows);
  addTree(tree, table, said);
  return { tree, ranges, said: [...said] };
}

const random = createRandom(7);
const uniform = (rows: number): Float32Array => Float32Array.from({ length: rows }, () => random.uniform());
const near = (said: number, label: number, by = 1e-6): void => assert.ok(Math.abs(said - label) <= by, `${said}`);

describe('a tree', () => {
  it('finds steps in a column, and says the mean of the rows between two', () => {
    const x = uniform(600).map((value) => Math.round(value * 50));
    const labels = [...x].map((value) => (value < 15 ? 1 : value < 35 ? 5 : 2));
    const { tree, said } = grow({ numbers: [uniform(600), x], labels }, { leaves: 3 });
    assert.equal(tree.leaves.length, 3);
    for (const [row, label] of labels.entries()) near(said[row]!, label);
  });

  it('splits first what gains most, and no more leaves than it may have', () => {
    const [x, y] = [uniform(500), uniform(500)];
    const labels = [...x].map((value, row) => (value < 0.5 ? 0 : 10) + (y[row]! < 0.5 ? 0 : 1));
    for (const leaves of [1, 2, 3, 4])
      assert.equal(grow({ numbers: [y, x], labels }, { leaves }).tree.leaves.length, leaves);
    const { tree } = grow({ numbers: [y, x], labels }, { leaves: 2 });
    assert.equal(tree.columns[0], 1);
  });

  it('is no deeper than it may be, and has no leaf of fewer rows than it must', () => {
    const x = uniform(500);
    const labels = [...x].map((value) => Math.sin(20 * value));
    assert.equal(grow({ numbers: [x], labels }, { depth: 2 }).tree.leaves.length, 4);
    const { ranges } = grow({ numbers: [x], labels }, { minRows: 40 });
    for (let leaf = 0; leaf < ranges.length; leaf += 2) assert.ok(ranges[leaf + 1]! - ranges[leaf]! >= 40);
  });

  it('sends nulls to the side where they gain, also away from all values', () => {
    const x = uniform(600).map((value, row) => (row % 3 === 0 ? NaN : value));
    const low = grow({ numbers: [x], labels: [...x].map((value) => (value > 0.5 ? 9 : 1)) }, { leaves: 2 });
    const high = grow({ numbers: [x], labels: [...x].map((value) => (value < 0.5 ? 1 : 9)) }, { leaves: 2 });
    const apart = grow({ numbers: [x], labels: [...x].map((value) => (Number.isNaN(value) ? 4 : 1)) }, { leaves: 2 });
    near(low.said[0]!, 1, 0.2);
    near(high.said[0]!, 9, 0.2);
    near(apart.said[0]!, 4);
    near(apart.said[1]!, 1);
  });

  it('groups levels by what they say, many of them and few, nulls like a level', () => {
    for (const levels of [3, 40]) {
      const places = Array.from({ length: 8000 }, () => random.integer(levels + 1) - 1);
      const labels = places.map((place) => ((place * 7) % 3 === 0 ? 6 : 2));
      const { said } = grow({ levels: [places], labels });
      for (const [row, label] of labels.entries()) near(said[row]!, label, 0.2);
    }
  });

  it('says the mean of each leaf, also with more columns than histograms have room for', () => {
    const numbers = Array.from({ length: 600 }, () => uniform(600));
    const labels = [...numbers[0]!].map((value, row) => Math.sin(9 * value) * numbers[599]![row]!);
    const { tree, said } = grow({ numbers, labels }, { leaves: 80, minRows: 3 });
    assert.equal(tree.leaves.length, 80);
    for (const value of tree.leaves) {
      const inside = labels.filter((_label, row) => said[row] === value);
      near(value, inside.reduce((sum, label) => sum + label, 0) / inside.length);
    }
  });

  for (const [direction, sign] of [
    ['up', 1],
    ['down', -1],
  ] as const)
    it(`never says ${sign > 0 ? 'less' : 'more'} for a larger value of a column that goes ${direction}`, () => {
      const [x, y] = [uniform(3000), uniform(3000).map((value) => Math.floor(4 * value))];
      const labels = [...x].map((value, row) => sign * (value + 0.8 * Math.sin(12 * value)) + Math.sin(3 * y[row]!));
      /** The largest step in the wrong direction between rows that differ in x alone. */
      const wrong = (bound: 'up' | 'down' | null): number => {
        const { said } = grow({ numbers: [x, y], labels, direction: bound });
        let worst = 0;
        for (let a = 0; a < 3000; a += 7)
          for (let b = 0; b < 3000; b++)
            if (x[a]! < x[b]! && y[a] === y[b]) worst = Math.max(worst, sign * (said[a]! - said[b]!));
        return worst;
      };
      assert.ok(wrong(null) > 0.3);
      assert.equal(wrong(direction), 0);
    });
});

describe('a symmetric tree', () => {
  const symmetric = (given: Given, depth: number, changes: Partial<GrowRules> = {}) =>
    grow(given, { symmetric: true, depth, leaves: 2 ** depth, l2: 1e-6, ...changes });

  it('splits all leaves of a level alike, by what gains most over all of them', () => {
    const [x, y, z] = [uniform(2000), uniform(2000), uniform(2000)];
    // Within x < 0.5 alone z tells more than y, but over both halves y does.
    const labels = [...x].map((value, row) => (value < 0.5 ? (z[row]! < 0.5 ? 0 : 3) : 20) + (y[row]! < 0.5 ? 0 : 2.5));
    const { tree } = symmetric({ numbers: [x, y, z], labels }, 2);
    assert.deepEqual([...tree.columns], [0, 1, 1]);
    assert.deepEqual(tree.sets.subarray(8, 16), tree.sets.subarray(16, 24));
  });

  it('says the mean of each leaf, and has no leaf without rows', () => {
    const numbers = Array.from({ length: 5 }, () => uniform(600));
    const labels = [...numbers[0]!].map((value, row) => Math.sin(9 * value) * numbers[4]![row]!);
    const { tree, ranges, said } = symmetric({ numbers, labels }, 7);
    assert.ok(tree.leaves.length > 8 && tree.covers!.every((rows) => rows > 0));
    for (const [leaf, value] of tree.leaves.entries()) {
      const inside = labels.filter((_label, row) => said[row] === value);
      assert.equal(inside.length, ranges[2 * leaf + 1]! - ranges[2 * leaf]!);
      near(value, inside.reduce((sum, label) => sum + label, 0) / inside.length, 1e-5);
    }
  });

  it('is less deep where there is room for few histograms', () => {
    const numbers = Array.from({ length: 3000 }, () => uniform(300));
    const labels = [...numbers[0]!].map((value, row) => value + numbers[1]![row]!);
    const { tree } = symmetric({ numbers, labels }, 8);
    assert.ok(tree.leaves.length > 4 && tree.leaves.length < 64, `${tree.leaves.length}`);
  });

  it('sends nulls to the side where they gain, also away from all values', () => {
    const x = uniform(600).map((value, row) => (row % 3 === 0 ? NaN : value));
    const high = symmetric({ numbers: [x], labels: [...x].map((value) => (value < 0.5 ? 1 : 9)) }, 1);
    const apart = symmetric({ numbers: [x], labels: [...x].map((value) => (Number.isNaN(value) ? 4 : 1)) }, 1);
    near(high.said[0]!, 9, 0.2);
    near(apart.said[0]!, 4, 1e-3);
    near(apart.said[1]!, 1, 1e-3);
  });

  it('groups levels by what they say, many of them and few', () => {
    for (const levels of [3, 40]) {
      const places = Array.from({ length: 8000 }, () => random.integer(levels + 1) - 1);
      const labels = places.map((place) => ((place * 7) % 3 === 0 ? 6 : 2));
      const { said } = symmetric({ levels: [places], labels }, 4);
      for (const [row, label] of labels.entries()) near(said[row]!, label, 0.2);
    }
  });

  it('never says less for a larger value of a column that goes up', () => {
    const [x, y] = [uniform(2000), uniform(2000).map((value) => Math.floor(4 * value))];
    const labels = [...x].map((value, row) => value + 0.8 * Math.sin(12 * value) + Math.sin(3 * y[row]!));
    const { said } = symmetric({ numbers: [x, y], labels, direction: 'up' }, 6);
    for (let a = 0; a < 2000; a += 7)
      for (let b = 0; b < 2000; b++) if (x[a]! < x[b]! && y[a] === y[b]) assert.ok(said[a]! <= said[b]!);
    assert.ok(new Set(said).size > 8);
  });
});
