import type { EstimatedPerformance, Performance, Verdict } from '../drift/verdict.ts';
import { classCostsOf } from '../declaration/class-costs.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import type { Evaluation } from '../training/training.ts';
import type { Instant } from '../time/time.ts';
import { costsOf, valueOf, valueOfClasses, type Value } from './value.ts';

/** How a version does where it serves, by the last check. */
export interface Live {
  asOf: Instant;
  /** Absent: no label of its predictions has come. */
  performance?: Performance;
  /** Absent for versions that are not the champion. */
  estimated?: EstimatedPerformance;
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
const A_DAY = 'a day';
const ROWS = 1_000;

/** valueInWords({ cost: 120, saved: 180 }) // => 'wrong decisions cost 120 a day, deciding all rows alike 300' */
export const valueInWords = ({ cost, saved }: Value, per = A_DAY): string =>
  `wrong decisions cost ${short(cost)} ${per}, deciding all rows alike ${short(cost + saved)}`;

/** What the champion's wrong decisions cost; null where no costs are declared, or nothing is known. */
export function costsInWords({
  version,
  performance,
  estimated,
}: Pick<Verdict, 'version' | 'performance' | 'estimated'>): string | null {
  const known = performance.find((each) => each.version === version)?.value;
  const likely = estimated?.value;
  const told = [
    ...(likely ? [`In this window, as estimated before its labels come, ${valueInWords(likely)}.`] : []),
    ...(known ? [`By the newest labels, ${valueInWords(known)}.`] : []),
  ];
  return told.length === 0 ? null : told.join(' ');
}

/** By the declared costs: what a version's decisions cost on its holdout, by the labels that have come, and without them. */
export function costLines(
  evaluation: Evaluation,
  declaration: Pick<Pipeline, 'gates' | 'label'>,
  live?: Live,
): [string, string][] {
  const [costs, counts] = [costsOf(declaration), evaluation.decided?.counts];
  const [ofClasses, { confusion, rows }] = [classCostsOf(declaration), evaluation.challenger];
  const { performance, estimated } = live ?? {};
  const lines: ([string, string] | null)[] = [
    costs && counts ? ['Cost on the holdout', onHoldout(counts, costs)] : null,
    ofClasses && confusion ? ['Cost on the holdout', per1000(valueOfClasses(confusion, ofClasses, rows / ROWS))] : null,
    performance?.value ? ['Cost by labels', valueInWords(performance.value)] : null,
    estimated?.value ? ['Cost, estimated', `${valueInWords(estimated.value)}; assumes no concept drift`] : null,
  ];
  return lines.filter((line) => line !== null);
}

function onHoldout(
  counts: NonNullable<Evaluation['decided']>['counts'],
  costs: NonNullable<ReturnType<typeof costsOf>>,
): string {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts;
  const positives = truePositives + falseNegatives;
  const rows = positives + falsePositives + trueNegatives;
  return per1000(valueOf({ falsePositives, falseNegatives, positives, rows }, costs, rows / ROWS));
}

/** Splits by a hash have no days. */
const per1000 = (value: Value): string => valueInWords(value, 'per 1,000 rows');
