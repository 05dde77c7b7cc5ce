import { shortTime } from '../../time/time.ts';
import type { ColumnAlarm } from '../alarm/alarm.ts';
import { columnsBehind, type ColumnDrift, type Verdict } from '../verdict.ts';
import { INFORMS, percent, type Checked, type FindingKindOf, type Said } from './finding.ts';

/** Nulls of so many more rows are a fault of the source before they are news about the world. */
const MORE_NULLS = 0.2;
/** The same of values that the declaration does not allow. */
const MORE_OUTSIDE = 0.05;

/** A share of nulls is beyond that of the reference by chance up to so many standard errors. */
const ERRORS_BY_CHANCE = 2;

/** `rows`: how many were compared, and of when; absent: no share is beyond another by chance. */
export type Filled = Pick<Verdict, 'columns' | 'alarm'> & Partial<Pick<Verdict, 'rows' | 'window'>>;

/** Columns that stopped being filled as declared: by their distances, or by an alarm about their nulls, or got stuck or another unit. */
export const brokenColumns = (verdict: Filled): ColumnDrift[] =>
  verdict.columns.filter(
    (column) =>
      isEmptier(column, verdict) || isOutside(column) || isStuck(column, verdict) || isRescaled(column, verdict),
  );

const moreNulls = ({ nullShare }: ColumnDrift): boolean => nullShare.current - nullShare.reference >= MORE_NULLS;

/** What an alarm holds about the nulls of a column, perhaps for days after they ended: it looks at up to a week together. */
const alarmOfNulls = ({ column }: ColumnDrift, { alarm }: Filled): ColumnAlarm | undefined =>
  alarm?.raised.find((raised) => raised.column === column && raised.of === 'nulls' && raised.direction === 'higher');

/**
 * Whether the window lacks no more values than the reference. A reference that lacks many itself tells nothing, and
 * neither do hours before the alarm's, among which a fault that has just begun is hardly seen.
 */
function isFilled(column: ColumnDrift, { since }: ColumnAlarm, { rows, window }: Filled): boolean {
  const { current, reference } = column.nullShare;
  if (current === 0) return true;
  if (reference - current >= MORE_NULLS || (window && since > window.from)) return false;
  if (!rows || current <= reference) return current <= reference;
  const share = (current * rows.current + reference * rows.reference) / (rows.current + rows.reference);
  const error = Math.sqrt(share * (1 - share) * (1 / rows.current + 1 / rows.reference));
  return current - reference <= ERRORS_BY_CHANCE * error;
}

function isEmptier(column: ColumnDrift, verdict: Filled): boolean {
  if (column.drifted && moreNulls(column)) return true;
  const raised = alarmOfNulls(column, verdict);
  return raised !== undefined && !isFilled(column, raised, verdict);
}

/** Columns that are filled again, while the alarm still holds the hours in which they were not; it is about nothing else. */
export const filledAgain = (verdict: Filled): ColumnDrift[] => {
  const broken = brokenColumns(verdict);
  return verdict.columns.filter(
    (column) =>
      !broken.includes(column) &&
      alarmOfNulls(column, verdict) !== undefined &&
      verdict.alarm!.raised.every((raised) => raised.column !== column.column || raised.of === 'nulls'),
  );
};

const isOutside = ({ outside }: ColumnDrift): boolean =>
  outside !== undefined && outside.current - outside.reference >= MORE_OUTSIDE;

/** Where the alarm knows that a column has one value for days (a price, a rate), it is not stuck. */
export const isStuck = ({ column, stuck, votes }: ColumnDrift, verdict: Filled): boolean =>
  stuck !== undefined && votes && columnsBehind(verdict).includes(column);

/** A column whose values vary that much is as usual to the alarm. One that is stuck is no more than that. */
export const isRescaled = (column: ColumnDrift, verdict: Filled): boolean =>
  column.rescaled !== undefined &&
  column.votes &&
  !isStuck(column, verdict) &&
  columnsBehind(verdict).includes(column.column);

/** Whether so many rows are faulty that a person should look at once. */
export const isBadlyBroken = (column: ColumnDrift, verdict: Filled): boolean =>
  moreNulls(column) || isOutside(column) || isStuck(column, verdict) || isRescaled(column, verdict);

/** Whether a check says that columns are no longer filled as declared. */
export const hasBroken = (verdict: Filled & Pick<Verdict, 'abstained'>): boolean =>
  verdict.abstained === null && brokenColumns(verdict).length > 0;

/** Whether the newest rows, or hours that the alarm still holds, were not filled as declared: then a fall is what they cause. */
export const isFallOfBroken = (verdict: Filled & Pick<Verdict, 'abstained'>): boolean =>
  hasBroken(verdict) || filledAgain(verdict).length > 0;

/** brokenInWords(verdict) // => ['age is missing in 51 % of the rows, in the reference in 1 %'] */
export const brokenInWords = (verdict: Filled): string[] =>
  verdict.columns.flatMap((column) => [
    ...(isEmptier(column, verdict)
      ? [`${column.column} is missing in ${shares(column.nullShare)}${sinceWhen(alarmOfNulls(column, verdict))}`]
      : []),
    ...(isOutside(column)
      ? [`${column.column} has values that are not as declared in ${shares(column.outside!)}`]
      : []),
    ...(isStuck(column, verdict)
      ? [
          `${column.column} is stuck: ${percent(column.stuck!.current)} of its values are the same one, in the reference at most ${percent(column.stuck!.reference)} were`,
        ]
      : []),
    ...(isRescaled(column, verdict)
      ? [
          `${column.column} is on another scale: its values are on average ${timesInWords(column.rescaled!)} as large as in the reference, as when a unit changes`,
        ]
      : []),
  ]);

/** timesInWords(1004.2) // => '1,000 times', timesInWords(0.001) // => '1/1,000' */
function timesInWords(times: number): string {
  const about = Number((times < 1 ? 1 / times : times).toPrecision(2)).toLocaleString('en-US');
  return times < 1 ? `1/${about}` : `${about} times`;
}

const shares = ({ current, reference }: { current: number; reference: number }): string =>
  `${percent(current)} of the rows, in the reference in ${percent(reference)}`;

const sinceWhen = (raised: ColumnAlarm | undefined): string =>
  raised ? `, more often than usual since about ${shortTime(raised.since)}` : '';

export const quality = {
  title: 'Data quality',
  find(verdict: Checked): Said | null {
    if (!hasBroken(verdict)) return verdict.abstained === null ? wasBroken(verdict) : null;
    return {
      says: `${brokenInWords(verdict).join('; ')}.`,
      follows: 'It alerts. A model is not trained for it, since none can learn from such values: fix the source.',
    };
  },
} satisfies FindingKindOf;

/** The alarm is still raised, so the level needs a reason. */
function wasBroken(verdict: Filled): Said | null {
  const again = filledAgain(verdict);
  if (again.length === 0) return null;
  const says = again.map((column) => {
    const { nullShare } = column;
    const since = shortTime(alarmOfNulls(column, verdict)!.since);
    return `${column.column} was missing more often than usual since about ${since}, and is filled again: it is missing in ${shares(nullShare)}`;
  });
  return { says: `${says.join('; ')}.`, follows: `${INFORMS} The alarm ends once the hours before are past.` };
}
