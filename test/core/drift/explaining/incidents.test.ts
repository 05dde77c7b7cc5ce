import { type Row } from '../../../../core/data/data.ts';
import { categoryBins, makeBinning, makeBins } from '../../../../core/data/profiles/binning.ts';
import { judge } from '../../../../core/drift/compare.ts';
import { columnsToScore, explain, withShares } from '../../../../core/drift/explaining/explain.ts';
import { byImportance } from '../../../../core/drift/explaining/explained.ts';
import { scoreShift } from '../../../../core/drift/explaining/score-share.ts';
import { type ColumnChunk } from '../../../../core/data/chunks.ts';
import { createRandom, type Random } from '../../../../core/base/random.ts';
import { aPipeline, countRows } from '../drifting.ts';
import assert from 'node:assert/strict';

/** Ten numbers that share a cause, and two columns of levels. */
const NUMBERS = Array.from({ length: 10 }, (_, i) => `x${i}`);
const LEVELS = ['a', 'b', 'c', 'd', 'e'];
const names = [...NUMBERS, 'shop', 'country'];
const usual = (random: Random): Row => {
  const cause = random.normal();
  const level = (): string => LEVELS[Math.floor(LEVELS.length * random.uniform() ** 2)]!;
  const numbers = NUMBERS.map((name) => [name, 20 + 4 * (0.7 * cause + 0.7 * random.normal())]);
  return { ...Object.fromEntries(numbers), shop: level(), country: level() };
};

type Break = (row: Row, column: string, random: Random) => Row[string];
/** What happens to one column. Some only to numbers, some only to levels. */
const incidents: { what: string; to: 'numbers' | 'levels' | 'any'; happens: Break }[] = [
  { what: 'another unit', to: 'numbers', happens: (row, column) => Number(row[column]) * 2.54 },
  { what: 'a mean that moved', to: 'numbers', happens: (row, column) => Number(row[column]) + 2.4 },
  { what: 'twice the spread', to: 'numbers', happens: (row, column) => 2 * Number(row[column]) - 20 },
  { what: 'a stuck sensor', to: 'numbers', happens: () => 17 },
  { what: 'the wrong sign', to: 'numbers', happens: (row, column) => -Number(row[column]) },
  {
    what: 'a burst of nulls',
    to: 'any',
    happens: (row, column, random) => (random.uniform() < 0.2 ? null : row[column]!),
  },
  { what: 'swapped levels', to: 'levels', happens: (row, column) => ({ a: 'c', c: 'a' })[String(row[column])] ?? row[column]! }, // prettier-ignore
  {
    what: 'a new level',
    to: 'levels',
    happens: (row, column, random) => (random.uniform() < 0.15 ? 'z' : row[column]!),
  },
];

const sampleRandom = createRandom('sample');
const sample = Array.from({ length: 4000 }, () => usual(sampleRandom));
const binning = makeBinning({
  ...Object.fromEntries(NUMBERS.map((name) => [name, makeBins(Float64Array.from(sample, (row) => Number(row[name])))])),
  shop: categoryBins(LEVELS.map((level) => ({ level, rows: 1 }))),
  country: categoryBins(LEVELS.map((level) => ({ level, rows: 1 }))),
});
const reference = countRows(binning, 4000, usual, 5);
const kinds = Object.fromEntries(names.map((name) => [name, { kind: name.startsWith('x') ? 'number' : 'category' } as const])); // prettier-ignore
const pipeline = aPipeline(kinds);
const chunk: ColumnChunk = {
  rows: 400,
  columns: Object.fromEntries(names.map((name) => [name, sample.slice(0, 400).map((row) => row[name]!)])),
};

/** Some model: each column matters more or less, two of them only together. */
function modelOf(random: Random) {
  const weights = NUMBERS.map(() => (0.2 + random.uniform()) * (random.uniform() < 0.5 ? -1 : 1));
  const byLevel = [0, 1].map(() => new Map(LEVELS.map((level) => [level, 2 * random.normal()])));
  return ({ rows, columns }: ColumnChunk): Float64Array =>
    Float64Array.from({ length: rows }, (_, row) => {
      const x = NUMBERS.map((name) => (Number(columns[name]![row] ?? 20) - 20) / 4);
      const sum = x.reduce((all, each, i) => all + weights[i]! * each, 0.5 * x[0]! * x[1]!);
      const levels = ['shop', 'country'].map((name, i) => byLevel[i]!.get(String(columns[name]![row])) ?? 0);
      return 1 / (1 + Math.exp(2 - sum - levels[0]! - levels[1]!));
    });
}

/** The columns by importance after an incident, while all numbers wander a little by themselves, as they do. */
function rankedAfter(happens: Break, column: string, seed: number): string[] {
  const random = createRandom(`incident ${seed}`);
  const score = modelOf(random);
  const wander = NUMBERS.map((name) => [name, 0.3 * random.normal()] as const);
  const current = countRows(
    binning,
    1500,
    (drawn) => {
      const row = usual(drawn);
      for (const [name, by] of wander) row[name] = Number(row[name]) + by;
      return { ...row, [column]: happens(row, column, drawn) };
    },
    seed,
  );
  const judged = judge({ reference, current, pipeline, binning });
  const told = explain({ columns: names, binning, reference, current, groupedBy: reference, hourly: {} });
  const shifts = columnsToScore(told, new Set(Object.keys(told))).map((name) => {
    const moved = {
      bins: binning.columns[name]!,
      reference: reference.columns[name]!,
      current: current.columns[name]!,
    };
    return [name, scoreShift(score, chunk, { column: name, ...moved })];
  });
  const explained = withShares(told, Object.fromEntries(shifts) as Record<string, number>);
  return judged.columns
    .map((each) => ({ ...each, explained: explained[each.column]! }))
    .sort(byImportance(pipeline.drift))
    .map((each) => each.column);
}

describe('after an incident in one of twelve columns', () => {
  it('the culprit is ranked first in at least four of five cases, and nearly always among the first three', () => {
    const [first, cases] = [new Map<string, number>(), 6];
    let amongThree = 0;
    for (const [i, { what, to, happens }] of incidents.entries())
      for (let turn = 0; turn < cases; turn++) {
        const seed = 100 * i + turn + 1;
        const choice = to === 'numbers' ? NUMBERS : to === 'levels' ? ['shop', 'country'] : names;
        const culprit = choice[(7 * seed) % choice.length]!;
        const ranked = rankedAfter(happens, culprit, seed);
        if (ranked[0] === culprit) first.set(what, (first.get(what) ?? 0) + 1);
        if (ranked.slice(0, 3).includes(culprit)) amongThree++;
      }
    const all = incidents.length * cases;
    const right = [...first.values()].reduce((sum, each) => sum + each, 0);
    const told = incidents.map(({ what }) => `${what} ${first.get(what) ?? 0} of ${cases}`).join(', ');
    assert.ok(right >= 0.8 * all, `first in ${right} of ${all}: ${told}`);
    assert.ok(amongThree >= 0.95 * all, `among the first three in ${amongThree} of ${all}`);
  }).timeout(20_000);
});
