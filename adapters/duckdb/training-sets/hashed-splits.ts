import { ENTITY, KEY, TIME } from '../../../core/data/data.ts';
import type { AssembleOptions } from '../../../core/data/analytics.ts';
import type { ByHash } from '../../../core/training/splits/splitting.ts';
import { instant } from '../../../core/time/time.ts';
import { rowOf, rowsOf } from '../ask.ts';
import { maturity, matureRows } from './labelled.ts';
import { column, type PartRows } from '../rows.ts';
import { double, moment } from '../sql.ts';
import { nothingMature, type SplitPlan } from './splits.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Never change it, nor the hash: rows that were held out would be learnt from. */
const SALT = 'perennial/split/';
/** Labels that are numbers are stratified by so many groups of as many rows. */
const STRATA = 10;

/**
 * Splits by a salted hash of each row's group or key. What is held out never changes, whatever rows come. By label, the
 * other three are cut so that each has its share of the rows, and by label of each class.
 */
export async function hashedSplits(
  connection: DuckDBConnection,
  rows: PartRows,
  options: AssembleOptions,
  by: ByHash,
): Promise<SplitPlan> {
  const { from, label } = matureRows(rows, options);
  const { entity, unit } = unitOf(by);
  const mature = maturity(options);
  const found = await rowOf<{ labelled: number; oldest: number | null; newest: number }>(
    connection,
    `select count(*)::double as labelled, epoch_ms(min(r.${TIME}))::double as oldest,
       epoch_ms(max(r.${TIME}))::double as newest from ${from}`,
  );
  if (found.oldest === null) throw await nothingMature(connection, rows, options);
  const { train, selection, calibration } = options.shares;
  const shares = [train, train + selection].map((share) => share / (train + selection + calibration));

  const isHeld = `${unit} >= ${double(by.holdoutFrom)}`;
  const byShare = shares.map((share) => by.holdoutFrom * share);
  const strata =
    by.kind === 'group' ? ['true'] : await strataOf(connection, `${from} where not (${isHeld})`, label, options);
  const cuts = `select ${shares.map((share, i) => `quantile_disc(${unit}, ${double(share)}) as cut${i}`).join(', ')}`;
  const learnt = (stratum: string): string => `from ${from} where not (${isHeld}) and ${stratum}`;
  let place = placeOf(unit, byShare);
  for (const stratum of strata) {
    const { cut0, cut1 } = await rowOf<Record<'cut0' | 'cut1', number | null>>(
      connection,
      `${cuts} ${learnt(stratum)}`,
    );
    if (cut0 !== null && cut1 !== null)
      place = `case when ${stratum} then ${placeOf(unit, [cut0, cut1])} else ${place} end`;
  }
  const notBefore = by.notBefore === null ? 'true' : `r.${TIME} >= ${moment(by.notBefore)}`;
  const first = instant(found.oldest);
  const to = instant(found.newest === mature ? mature + 1 : mature);
  return {
    labelled: found.labelled,
    entity,
    place: `case when not (${isHeld}) then ${place} when ${notBefore} then 4 end`,
    splits: {
      from: first,
      selection: first,
      calibration: first,
      holdout: by.notBefore !== null && by.notBefore > first ? by.notBefore : first,
      to,
      ends: { train: to, selection: to, calibration: to },
      by,
    },
  };
}

/** A row without a group is one of its own. */
export function unitOf({ of, unit }: ByHash): { entity: string; unit: string } {
  const named = { key: 'null', entity: `r.${ENTITY}`, column: wholeAsOne(`r.${column(unit)}::varchar`) }[of];
  const hashed = `coalesce(${named}, r.${KEY})`;
  return {
    entity: of === 'key' ? `r.${ENTITY}` : hashed,
    unit: `(md5_number_lower('${SALT}' || ${hashed})::double / 18446744073709551616e0)`,
  };
}

/**
 * A group is the same one, 17, where its column was a number before or became one: 17.0. Large numbers are written with
 * all digits, not as 1e+16.
 */
const wholeAsOne = (value: string): string => {
  const digits = `case when regexp_full_match(${value}, '-?[0-9.]+e[+][0-9]+')
    then coalesce(try_cast(try_cast(${value} as double) as hugeint)::varchar, ${value}) else ${value} end`;
  return `regexp_replace(${digits}, '^(-?[0-9]+)[.]0+$', '\\1')`;
};

const placeOf = (unit: string, [first, second]: number[]): string =>
  `case when ${unit} <= ${double(first!)} then 1 when ${unit} <= ${double(second!)} then 2 else 3 end`;

/** Conditions that part rows by their label. */
async function strataOf(
  connection: DuckDBConnection,
  from: string,
  label: string,
  { kind }: AssembleOptions,
): Promise<string[]> {
  if (kind !== 'number') {
    const classes = await rowsOf<{ label: number }>(
      connection,
      `select distinct ${label} as label from ${from} order by label`,
    );
    return classes.map((each) => `${label} = ${double(each.label)}`);
  }
  const shares = Array.from({ length: STRATA - 1 }, (_, i) => double((i + 1) / STRATA)).join(', ');
  const { bounds } = await rowOf<{ bounds: { items: number[] } | number[] | null }>(
    connection,
    `select quantile_disc(${label}, [${shares}]) as bounds from ${from}`,
  );
  const edges = bounds === null ? [] : [...new Set('items' in bounds ? bounds.items : bounds)];
  return [...edges, null].map((edge, i) => {
    const above = i === 0 ? 'true' : `${label} > ${double(edges[i - 1]!)}`;
    return `(${above}${edge === null ? '' : ` and ${label} <= ${double(edge)}`})`;
  });
}
