import { createRandom } from '../base/random.ts';
import type { ColumnChunk } from '../data/chunks.ts';
import type { ClassCosts } from '../metrics/answer.ts';
import { createComparison } from '../metrics/difference.ts';
import { metricKinds, type MetricName } from '../metrics/index.ts';
import { createScored, type Scored } from '../metrics/scored.ts';
import type { Importance } from './insight.ts';
import { scoreVariants, type Score, type Variant } from './variants.ts';

export const PERMUTATIONS = 5;
/** More columns than these are not shuffled: those that move scores least are left out. */
const MOST_COLUMNS = 30;
const ROWS_TO_CHOOSE_BY = 200;
/** Scores of shuffled rows that are in memory together; 16 MB. */
const MOST_NUMBERS = 2 ** 21;

export interface JudgedRows {
  chunk: ColumnChunk;
  labels: Float64Array;
  /** The day or entity of each row. */
  blocks: Float64Array;
}

/**
 * How much worse the metric gets when a column tells nothing: its values are shuffled among the rows, several times,
 * and all shuffles are compared with the rows as they are. Breiman, "Random forests", 2001:
 * https://doi.org/10.1023/A:1010933404324
 */
export function measureImportance(
  score: Score,
  { chunk, labels, blocks }: JudgedRows,
  columns: readonly string[],
  metric: MetricName,
  costs: ClassCosts | null = null,
): { value: number | null; importance: Importance[]; unmeasured: string[] } {
  const own = score(chunk);
  const value = chunk.rows === 0 ? null : metricKinds[metric].of(createScored(own, labels, costs));
  if (value === null) return { value, importance: [], unmeasured: [] };

  const chosen = chosenOf(score, chunk, columns);
  const [manyLabels, manyBlocks, manyOwn] = [labels, blocks, own].map(repeated);
  const importanceOf = (column: string, shuffles: readonly Float64Array[]): Importance => {
    const shuffledScores = new Float64Array(PERMUTATIONS * own.length);
    for (const [turn, scores] of shuffles.entries()) shuffledScores.set(scores, turn * own.length);
    const shuffled = { labels: manyLabels!, blocks: manyBlocks!, challenger: manyOwn!, champion: shuffledScores };
    const found = createComparison({ ...shuffled, costs: [costs, costs] })(metric);
    return found
      ? { column, loss: found.estimate, low: found.low, high: found.high }
      : {
          column,
          loss: lossOf(metric, value, createScored(shuffledScores, manyLabels!, costs)),
          low: null,
          high: null,
        };
  };
  const importance = inGroups(chosen, MOST_NUMBERS / (PERMUTATIONS * own.length)).flatMap((group) => {
    const shuffles = group.flatMap((column) =>
      Array.from({ length: PERMUTATIONS }, (_, turn) => shuffledOf(chunk, column, `importance/${column}/${turn}`)),
    );
    const { varied } = scoreVariants(score, chunk, shuffles);
    return group.map((column, at) => importanceOf(column, varied.slice(at * PERMUTATIONS, (at + 1) * PERMUTATIONS)));
  });
  return {
    value,
    importance: importance.sort((a, b) => b.loss - a.loss || (a.column < b.column ? -1 : 1)),
    unmeasured: columns.filter((column) => !chosen.includes(column)),
  };
}

const repeated = (numbers: Float64Array): Float64Array => {
  const many = new Float64Array(PERMUTATIONS * numbers.length);
  for (let turn = 0; turn < PERMUTATIONS; turn++) many.set(numbers, turn * numbers.length);
  return many;
};

function lossOf(metric: MetricName, value: number, scored: Scored): number {
  const { better, of } = metricKinds[metric];
  const shuffled = of(scored) ?? value;
  return better === 'higher' ? value - shuffled : shuffled - value;
}

/** Neighbours together, at least one in each group. */
function inGroups<T>(list: readonly T[], most: number): T[][] {
  const size = Math.max(1, Math.floor(most));
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));
}

function shuffledOf(chunk: ColumnChunk, column: string, seed: string): Variant {
  return { column, values: createRandom(seed).shuffle([...chunk.columns[column]!]) };
}

/** All columns, or those that move the scores of some rows most. */
function chosenOf(score: Score, chunk: ColumnChunk, columns: readonly string[]): readonly string[] {
  if (columns.length <= MOST_COLUMNS) return columns;
  const rows = Math.min(chunk.rows, ROWS_TO_CHOOSE_BY);
  const names = Object.entries(chunk.columns);
  const some: ColumnChunk = {
    rows,
    columns: Object.fromEntries(names.map(([name, values]) => [name, values.slice(0, rows)])),
  };
  const moved = inGroups(columns, MOST_COLUMNS).flatMap((group) => {
    const shuffles = group.map((column) => shuffledOf(some, column, `choice/${column}`));
    const { own, varied } = scoreVariants(score, some, shuffles);
    return group.map((column, at) => {
      const by = varied[at]!.reduce((sum, each, row) => sum + Math.abs(each - own[row]!), 0);
      return { column, by };
    });
  });
  const chosen = new Set(moved.sort((a, b) => b.by - a.by).slice(0, MOST_COLUMNS).map(({ column }) => column)); // prettier-ignore
  return columns.filter((column) => chosen.has(column));
}
