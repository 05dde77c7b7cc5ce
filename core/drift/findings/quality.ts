import { columnsBehind, type ColumnDrift, type Verdict } from '../verdict.ts';
import { percent, type Checked, type FindingKindOf, type Said } from './finding.ts';

/** Nulls of so many more rows are a fault of the source before they are news about the world. */
const MORE_NULLS = 0.2;
/** The same of values that the declaration does not allow. */
const MORE_OUTSIDE = 0.05;

type Moved = Pick<Verdict, 'columns' | 'alarm'>;

/** Columns that stopped being filled as declared: by their distances, or by an alarm about their nulls, or got stuck. */
export const brokenColumns = (verdict: Moved): ColumnDrift[] =>
  verdict.columns.filter((column) => isEmptier(column, verdict.alarm) || isOutside(column) || isStuck(column, verdict));

const moreNulls = ({ nullShare }: ColumnDrift): boolean => nullShare.current - nullShare.reference >= MORE_NULLS;

const isEmptier = (column: ColumnDrift, alarm: Verdict['alarm']): boolean =>
  (column.drifted && moreNulls(column)) ||
  (alarm?.raised ?? []).some(
    (raised) => raised.column === column.column && raised.of === 'nulls' && raised.direction === 'higher',
  );

const isOutside = ({ outside }: ColumnDrift): boolean =>
  outside !== undefined && outside.current - outside.reference >= MORE_OUTSIDE;

/** Where the alarm knows that a column has one value for days (a price, a rate), it is not stuck. */
export const isStuck = ({ column, stuck, votes }: ColumnDrift, verdict: Moved): boolean =>
  stuck !== undefined && votes && columnsBehind(verdict).includes(column);

/** Whether so many rows are faulty that a person should look at once. */
export const isBadlyBroken = (column: ColumnDrift, verdict: Moved): boolean =>
  moreNulls(column) || isOutside(column) || isStuck(column, verdict);

/** Whether a check says that columns are no longer filled as declared. */
export const hasBroken = (verdict: Moved & Pick<Verdict, 'abstained'>): boolean =>
  verdict.abstained === null && brokenColumns(verdict).length > 0;

/** brokenInWords(verdict) // => ['age is missing in 51 % of the rows, in the reference in 1 %'] */
export const brokenInWords = (verdict: Moved): string[] =>
  verdict.columns.flatMap((column) => [
    ...(isEmptier(column, verdict.alarm) ? [`${column.column} is missing in ${shares(column.nullShare)}`] : []),
    ...(isOutside(column)
      ? [`${column.column} has values that are not as declared in ${shares(column.outside!)}`]
      : []),
    ...(isStuck(column, verdict)
      ? [
          `${column.column} is stuck: ${percent(column.stuck!.current)} of its values are the same one, in the reference at most ${percent(column.stuck!.reference)} were`,
        ]
      : []),
  ]);

const shares = ({ current, reference }: { current: number; reference: number }): string =>
  `${percent(current)} of the rows, in the reference in ${percent(reference)}`;

export const quality = {
  title: 'Data quality',
  find(verdict: Checked): Said | null {
    if (!hasBroken(verdict)) return null;
    return {
      says: `${brokenInWords(verdict).join('; ')}.`,
      follows: 'It alerts. A model is not trained for it, since none can learn from such values: fix the source.',
    };
  },
} satisfies FindingKindOf;
