import type { Expectation, SnapshotSummary } from './data.ts';
import { own } from './own.ts';
import type { Column, Pipeline } from './pipeline.ts';
import { instant, milliseconds, type Instant } from './time.ts';

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

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
    expectation(null, 'duplicate keys', 'none', summary.duplicateKeys, summary.duplicateKeys === 0),
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
  const { column: name, rows, nulls } = summary;
  const judged: Expectation[] = [];
  if (column.kind !== 'hour' && rows > 0) {
    const share = nulls / rows;
    judged.push(expectation(name, 'nulls', `at most ${percent(column.nulls)}`, percent(share), share <= column.nulls));
  }
  if (column.kind === 'number' && summary.min !== null && summary.max !== null) {
    if (column.min !== undefined)
      judged.push(expectation(name, 'smallest', `at least ${column.min}`, summary.min, summary.min >= column.min));
    if (column.max !== undefined)
      judged.push(expectation(name, 'largest', `at most ${column.max}`, summary.max, summary.max <= column.max));
  }
  if (column.kind === 'category' && column.levels) {
    const strangers = summary.levels.map((found) => found.level).filter((level) => !column.levels?.includes(level));
    const observed = strangers.length > 0 ? `also ${strangers.slice(0, 5).join(', ')}` : 'as declared';
    judged.push(expectation(name, 'levels', `only ${column.levels.join(', ')}`, observed, strangers.length === 0));
  }
  return judged;
}

const expectation = (
  column: string | null,
  name: string,
  allowed: string,
  observed: string | number,
  passed: boolean,
): Expectation => ({ column, name, allowed, observed: String(observed), passed });

/** What is seen of these is a value of some row: it stands in the quality report only. */
const valued: Record<string, string> = {
  smallest: 'smallest value is below its bound',
  largest: 'largest value is above its bound',
  levels: 'levels that are not declared',
};

/** A failed expectation for histories and alerts, without a value of a row: "amount: nulls 3.10 %, allowed at most 0.00 %". */
export const describeExpectation = ({ column, name, observed, allowed }: Expectation): string =>
  `${column ?? 'snapshot'}: ${valued[name] ?? `${name} ${observed}`}, allowed ${allowed}`;

/** As it is stored: what was seen stands in the quality report where it is a value of a row. */
export const withoutValue = (expectation: Expectation): Expectation =>
  expectation.name in valued ? { ...expectation, observed: 'see the quality report' } : expectation;
