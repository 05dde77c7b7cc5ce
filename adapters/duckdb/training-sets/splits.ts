import { ENTITY, TIME } from '../../../core/data/data.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import type { AssembleOptions } from '../../../core/data/analytics.ts';
import { instant, milliseconds } from '../../../core/time/time.ts';
import type { Splits } from '../../../core/training/training.ts';
import { rowOf, rowsOf } from '../ask.ts';
import { moment } from '../sql.ts';
import { maturity, matureRows } from './labelled.ts';
import type { PartRows } from '../rows.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

/** By default an embargo is whole where it takes no more of the labelled rows: three of them leave three quarters to learn from. */
const LARGEST_WHOLE = 1 / 12;
/** What is left of a larger one. */
const LARGEST_EMBARGO = 0.05;

/** Where each labelled row belongs. */
export interface SplitPlan {
  splits: Required<Omit<Splits, 'by'>> & Pick<Splits, 'by'>;
  labelled: number;
  /** In SQL over rows `r` and their labels: the number of the row's split, null for none. */
  place: string;
  /** In SQL: the entity of a row. */
  entity: string;
}

/**
 * Where the four splits begin to hold their shares of the labelled rows, and where the first three end: an embargo before
 * the next. Needs `facts`. They begin on whole milliseconds, and rows of one millisecond stay together.
 */
export async function findSplits(
  connection: DuckDBConnection,
  rows: PartRows,
  options: AssembleOptions,
): Promise<SplitPlan> {
  const mature = maturity(options);
  // Ordered, so a row's rank is its rowid.
  await connection.run(
    `create temp table times as select epoch_ms(r.${TIME}) as t from ${matureRows(rows, options).from} order by t`,
  );
  const rowsBefore = async (time: number): Promise<number> =>
    (await rowOf<{ rows: number }>(connection, `select count(*)::double as rows from times where t < ${time}`)).rows;
  const timeOf = async (rank: number): Promise<number | undefined> =>
    (await rowsOf<{ t: number }>(connection, `select t::double as t from times where rowid = ${Math.round(rank)}`))[0]
      ?.t;

  const oldest = await timeOf(0);
  if (oldest === undefined) throw await nothingMature(connection, rows, options);
  // The first time whose rows are in no split; later than `mature` only if a row has exactly that time.
  const end = (await rowsBefore(mature)) < (await rowsBefore(mature + 1)) ? mature + 1 : mature;

  const { train, selection, calibration, embargo } = options.shares;
  const learning = train + selection + calibration;
  const labelled = await rowsBefore(end);
  const byShare = (await timeOf(labelled * learning)) ?? end;
  const seen = options.holdoutNotBefore === null ? -Infinity : Date.parse(options.holdoutNotBefore);
  const holdout = Math.min(Math.max(byShare, seen), end);
  const endBefore = async (next: number): Promise<number> => {
    if (embargo !== undefined) return next - milliseconds(embargo);
    const [whole, rows] = [next - milliseconds(options.maturesAfter), await rowsBefore(next)];
    if (rows - (await rowsBefore(whole)) <= LARGEST_WHOLE * labelled) return whole;
    return Math.max(whole, (await timeOf(Math.max(0, rows - LARGEST_EMBARGO * labelled))) ?? next);
  };
  const startOf = async (itsEnd: number, shareBefore: number): Promise<number> =>
    Math.min((await timeOf((await rowsBefore(itsEnd)) * shareBefore)) ?? end, itsEnd);

  const calibrationTo = await endBefore(holdout);
  const calibrationFrom = await startOf(calibrationTo, (train + selection) / learning);
  const selectionTo = await endBefore(calibrationFrom);
  const selectionFrom = await startOf(selectionTo, train / (train + selection));
  const trainTo = await endBefore(selectionFrom);
  const starts: [at: number, split: number | null][] = [
    [trainTo, 1],
    [selectionFrom, null],
    [selectionTo, 2],
    [calibrationFrom, null],
    [calibrationTo, 3],
    [holdout, null],
  ];
  return {
    labelled,
    place: `case ${starts.map(([before, split]) => `when r.${TIME} < ${moment(before)} then ${split}`).join(' ')} else 4 end`,
    entity: `r.${ENTITY}`,
    splits: {
      from: instant(oldest),
      selection: instant(selectionFrom),
      calibration: instant(calibrationFrom),
      holdout: instant(holdout),
      to: instant(end),
      ends: { train: instant(trainTo), selection: instant(selectionTo), calibration: instant(calibrationTo) },
    },
  };
}

export const noRows = ({ asOf }: AssembleOptions): UserError =>
  new UserError(
    'WINDOW_EMPTY',
    `There is no row to learn from as of ${asOf}. Run the data loop, and check that the source has rows within ` +
      'source.history.',
  );

export async function nothingMature(
  connection: DuckDBConnection,
  { from }: PartRows,
  options: AssembleOptions,
): Promise<UserError> {
  const { rows, oldest, newest } = await rowOf<{ rows: number; oldest: number; newest: number }>(
    connection,
    `select count(*)::double as rows, epoch_ms(min(${TIME}))::double as oldest, epoch_ms(max(${TIME}))::double as newest
     from ${from}`,
  );
  if (rows === 0) return noRows(options);
  if (options.window !== undefined && newest <= maturity(options) - milliseconds(options.window))
    return new UserError(
      'WINDOW_EMPTY',
      `No row lies within retraining.window (${options.window}) before ${instant(maturity(options))}, when labels end: the newest ` +
        `of ${rows} rows is of ${instant(newest)}. Declare a longer window, or run the data loop.`,
    );
  if (oldest <= maturity(options))
    return new UserError(
      'WINDOW_EMPTY',
      `None of the mature rows has a label as of ${options.asOf}: the oldest of ${rows} rows is of ${instant(oldest)}, ` +
        'and no label fact has the key of a mature one. Check that label facts arrive and that their keys are the ' +
        "rows' keys.",
    );
  return new UserError(
    'WINDOW_EMPTY',
    `None of ${rows} rows has a mature label as of ${options.asOf}: the oldest row is of ${instant(oldest)}, the newest ` +
      `of ${instant(newest)}, and labels mature after ${options.maturesAfter}. The first one matures at ` +
      `${instant(oldest + milliseconds(options.maturesAfter))}: train then, or declare a longer source.history or a ` +
      'shorter label.maturesAfter.',
  );
}
