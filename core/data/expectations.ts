import type { Expectation, SnapshotSummary } from './data.ts';
import { own } from '../base/own.ts';
import { derivationOf, limitsOf, nullsOf, type Column } from '../columns/index.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import { instant, milliseconds, type Instant } from '../time/time.ts';

/** What can be wrong with a single row. */
export type RowFault =
  'nulls' | 'values below the minimum' | 'values above the maximum' | 'undeclared levels' | 'duplicate keys';

const MOST_LISTED = 10;
const listed = (levels: readonly string[]): string =>
  levels.slice(0, MOST_LISTED).join(', ') +
  (levels.length > MOST_LISTED ? ` and ${levels.length - MOST_LISTED} more` : '');

const whole = (count: number): string => count.toLocaleString('en-US');
/** percent(0.031) // => '3.10 %'; percent(1e-6) // => '<0.01 %', for some are not none */
const percent = (share: number): string => (share > 0 && share < 0.00005 ? '<0.01 %' : `${(share * 100).toFixed(2)} %`);

/** Holds a snapshot against what its declaration expects: one line an expectation, passed or not. */
export function judgeExpectations(
  pipeline: Pipeline,
  summary: SnapshotSummary,
  labels: { rows: number; positives: number } | null,
  asOf: Instant,
): Expectation[] {
  const { minRows, freshWithin, labelShare } = pipeline.expectations;
  const judged: Expectation[] = [
    expectation(null, 'rows', `at least ${minRows}`, summary.rows, summary.rows >= minRows),
    ofRows(null, 'duplicate keys', 'none', { unexpected: summary.duplicateKeys, rows: summary.rows }),
  ];
  if (freshWithin !== undefined) {
    const oldestAllowed = instant(
      Date.parse(asOf) - milliseconds(pipeline.source.lateness) - milliseconds(freshWithin),
    );
    const fresh = summary.newest !== null && summary.newest >= oldestAllowed;
    judged.push(expectation(null, 'newest row', `at ${oldestAllowed} or later`, summary.newest ?? 'no rows', fresh));
  }
  if (labelShare && labels && labels.rows > 0) {
    const share = labels.positives / labels.rows;
    const within = share >= labelShare.min && share <= labelShare.max;
    const allowed = `${percent(labelShare.min)} to ${percent(labelShare.max)}`;
    judged.push(expectation(pipeline.label.name, 'positive labels', allowed, percent(share), within));
  }
  for (const summaryOfColumn of summary.columns) {
    const column = own(pipeline.columns, summaryOfColumn.column);
    if (column) judged.push(...judgeColumn(column, summaryOfColumn));
  }
  return judged;
}

function judgeColumn(column: Column, summary: SnapshotSummary['columns'][number]): Expectation[] {
  const { column: name, rows } = summary;
  const judged: Expectation[] = [];
  const rowsAre = (fault: RowFault, allowed: string, unexpected: number, most = 0): void =>
    void judged.push(ofRows(name, fault, allowed, { unexpected, rows }, most));
  const { min, max, levels } = limitsOf(column);
  const nulls = nullsOf(column);
  if (derivationOf(column) === null && rows > 0) rowsAre('nulls', `at most ${percent(nulls)}`, summary.nulls, nulls);
  if (summary.min !== null) {
    if (min !== undefined) rowsAre('values below the minimum', `at least ${min}`, summary.below);
    if (max !== undefined) rowsAre('values above the maximum', `at most ${max}`, summary.above);
  }
  if (levels) rowsAre('undeclared levels', `only ${listed(levels)}`, summary.undeclared);
  return judged;
}

const expectation = (
  column: string | null,
  name: string,
  allowed: string,
  observed: string | number,
  passed: boolean,
): Expectation => ({ column, name, allowed, observed: String(observed), passed });

function ofRows(
  column: string | null,
  name: RowFault,
  allowed: string,
  { unexpected, rows }: { unexpected: number; rows: number },
  mostShare = 0,
): Expectation {
  const share = unexpected === 0 ? 0 : unexpected / rows;
  const observed =
    unexpected === 0
      ? 'none'
      : `${whole(unexpected)} of ${whole(rows)} ${rows === 1 ? 'row' : 'rows'} (${percent(share)})`;
  return { ...expectation(column, name, allowed, observed, share <= mostShare), unexpected };
}

/** Whether an expectation counts single rows, of which examples can be shown. */
export const isOfRows = (expectation: Expectation): expectation is Expectation & { name: RowFault } =>
  expectation.unexpected !== undefined;

/** For histories and alerts: "amount: nulls in 31 of 1,000 rows (3.10 %), allowed at most 0.00 %". It holds no value of a row. */
export const describeExpectation = ({ column, name, observed, allowed, unexpected }: Expectation): string =>
  `${column ?? 'snapshot'}: ${name} ${unexpected === undefined ? '' : 'in '}${observed}, allowed ${allowed}`;
