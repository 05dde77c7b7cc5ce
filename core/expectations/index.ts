import type { Expectation, SnapshotSummary } from '../data/data.ts';
import { own } from '../base/own.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import type { Instant } from '../time/time.ts';
import { duplicateKeys } from './duplicate-keys.ts';
import {
  percent,
  type Counted,
  type ExampleOrder,
  type JudgedColumn,
  type JudgedSnapshot,
  type OfEachRow,
  type OfTheWhole,
} from './expectation.ts';
import { freshness } from './freshness.ts';
import { labelShare } from './label-share.ts';
import { undeclaredLevels } from './levels.ts';
import { nulls } from './nulls.ts';
import { above, below } from './range.ts';
import { rows } from './rows.ts';

/** Every expectation, by the name under which it is stored and shown, in the order of tables. */
const ofSnapshots = {
  rows,
  'duplicate keys': duplicateKeys,
  'newest row': freshness,
  'positive labels': labelShare,
} satisfies Kinds<JudgedSnapshot>;
const ofColumns = {
  nulls,
  'values below the minimum': below,
  'values above the maximum': above,
  'undeclared levels': undeclaredLevels,
} satisfies Kinds<JudgedColumn>;

type Kinds<Judged> = Record<string, OfTheWhole<Judged> | OfEachRow<Judged>>;
const expectationKinds = { ...ofSnapshots, ...ofColumns };

/** What can be wrong with a single row, and with one of its values. */
export type RowFault = FaultOf<typeof expectationKinds>;
export type ValueFault = FaultOf<typeof ofColumns>;
type FaultOf<Of> = { [Name in keyof Of]: Of[Name] extends OfEachRow<never> ? Name : never }[keyof Of];

export const exampleOrder = (fault: RowFault): ExampleOrder => expectationKinds[fault].examples;
/** Whether the limits reveal values and not only counts; assumed of an expectation that another release stored. */
export function limitsValues({ name, unexpected }: Expectation): boolean {
  const kind = own<Kinds<never>[string]>(expectationKinds, name);
  return unexpected !== undefined && !(kind && 'limits' in kind && kind.limits === 'counts');
}

/** Judges a snapshot by its declaration's expectations: one line each, passed or not. */
export const judgeExpectations = (
  pipeline: Pipeline,
  summary: SnapshotSummary,
  labels: { rows: number; positives: number } | null,
  asOf: Instant,
): Expectation[] => [
  ...judge(ofSnapshots, null, { pipeline, summary, labels, asOf }),
  ...summary.columns.flatMap((column) => {
    const declared = own(pipeline.columns, column.column);
    return declared ? judge(ofColumns, column.column, { declared, summary: column }) : [];
  }),
];

const judge = <Judged>(kinds: Kinds<Judged>, column: string | null, judged: Judged): Expectation[] =>
  Object.entries(kinds).flatMap(([name, kind]): Expectation[] => {
    if ('judge' in kind) {
      const found = kind.judge(judged);
      return found ? [{ name, ...found }] : [];
    }
    const counted = kind.count(judged);
    return counted ? [{ column, name, ...inWords(counted) }] : [];
  });

function inWords({ unexpected, rows, allowed, mostShare = 0 }: Counted): Omit<Expectation, 'column' | 'name'> {
  const share = unexpected === 0 ? 0 : unexpected / rows;
  const observed =
    unexpected === 0
      ? 'none'
      : `${whole(unexpected)} of ${whole(rows)} ${rows === 1 ? 'row' : 'rows'} (${percent(share)})`;
  return { allowed, observed, passed: share <= mostShare, unexpected };
}

const whole = (count: number): string => count.toLocaleString('en-US');

/** Whether an expectation counts single rows, of which examples can be shown. */
export const isOfRows = (expectation: Expectation): expectation is Expectation & { name: RowFault } =>
  expectation.unexpected !== undefined;

/**
 * For histories and alerts: "amount: nulls in 31 of 1,000 rows (3.10 %), allowed at most 0.00 %". It holds no value of
 * a row.
 */
export const describeExpectation = ({ column, name, observed, allowed, unexpected }: Expectation): string =>
  `${column ?? 'snapshot'}: ${name} ${unexpected === undefined ? '' : 'in '}${observed}, allowed ${allowed}`;
