import type { Pipeline } from '../declaration/pipeline.ts';
import { costOf, type ClassCosts } from '../metrics/answer.ts';
import { countsByClass, widened } from '../metrics/confusion.ts';
import type { Tally } from './tally.ts';

export type Costs = { falsePositive: number; falseNegative: number };

/** What decisions cost, and what they save against the cheapest way to decide all rows alike, in the unit of the declared costs. */
export interface Value {
  cost: number;
  saved: number;
}

/** The declared costs of two classes; null where none are. */
export function costsOf({ gates: { threshold } }: Pick<Pipeline, 'gates'>): Costs | null {
  return threshold && 'costs' in threshold ? threshold.costs : null;
}

interface Wrong {
  falsePositives: number;
  falseNegatives: number;
  positives: number;
  rows: number;
}

/** Of so many days, a day. */
export function valueOf({ falsePositives, falseNegatives, positives, rows }: Wrong, costs: Costs, days: number): Value {
  const cost = falsePositives * costs.falsePositive + falseNegatives * costs.falseNegative;
  const alike = Math.min(positives * costs.falseNegative, (rows - positives) * costs.falsePositive);
  return { cost: cost / days, saved: (alike - cost) / days };
}

/** Of classes, by a table of confusion: what the answers cost, and the cheapest way to answer all rows alike, a day. */
export function valueOfClasses(confusion: readonly number[], costs: ClassCosts, days: number): Value {
  const table = widened(confusion, costs.length);
  const cost = costOf(table, costs);
  const rows = countsByClass(table);
  const alike = costs.map((_, answer) => rows.reduce((sum, of, is) => sum + of.rows * costs[is]![answer]!, 0));
  return { cost: cost / days, saved: (Math.min(...alike) - cost) / days };
}

/** null where no threshold decided. */
export const wrongOf = ({ decided }: Pick<Tally, 'decided'>): Wrong | null =>
  decided
    ? {
        falsePositives: decided[1],
        falseNegatives: decided[2],
        positives: decided[2] + decided[3],
        rows: decided.reduce((sum, count) => sum + count, 0),
      }
    : null;
