import { versionName } from '../base/ids.ts';
import { SCORE } from '../data/profiles/binning.ts';
import type { Instant } from '../time/time.ts';
import { isBlind } from './alarm/findable.ts';
import { alarmedColumns, columnTitle, firstOf, howUnusual } from './alarm/words.ts';
import type { Since } from './explaining/change-point.ts';
import { sinceInWords } from './explaining/since-words.ts';
import { warnedColumns, type ColumnDrift, type Verdict } from './verdict.ts';

/**
 * How a column stands in a check. Where the alarm decides: `unusual` if it is raised for the column, else `far` if
 * distances passed their thresholds, which alone is no drift; `unknown` if the alarm is blind for it, so that nothing tells
 * whether far is usual, and `warned` if it is so much farther than before that it warns. Where the share of such columns
 * decides they have `drifted`.
 */
export type Standing = 'unusual' | 'warned' | 'drifted' | 'far' | 'unknown' | 'within';

export function standingOf(
  { column, drifted }: Pick<ColumnDrift, 'column' | 'drifted'>,
  { alarm }: Pick<Verdict, 'alarm'>,
): Standing {
  if (!alarm) return drifted ? 'drifted' : 'within';
  if (alarmedColumns(alarm).includes(column)) return 'unusual';
  if (warnedColumns({ alarm }).includes(column)) return 'warned';
  if (!drifted) return 'within';
  return blindColumns(alarm).includes(column) ? 'unknown' : 'far';
}

/** The columns that the alarm finds no large change of; none in verdicts of earlier releases. */
export const blindColumns = (alarm: Verdict['alarm']): string[] =>
  (alarm?.finds ?? []).flatMap((one) => (isBlind([one]) ? [one.column] : []));

/** Those of them that are past their thresholds: whether that is usual the alarm cannot tell. None where a check abstained. */
export const unknownColumns = (
  verdict: Pick<Verdict, 'alarm' | 'columns'> & Partial<Pick<Verdict, 'abstained'>>,
): string[] =>
  (verdict.abstained ?? null) === null
    ? verdict.columns.flatMap((column) => (standingOf(column, verdict) === 'unknown' ? [column.column] : []))
    : [];

/** Of columns that it is blind for. */
export const CANNOT_TELL = 'the alarm cannot tell whether that is usual';

/** Whether it is behind a verdict that is not stable, and so worth a colour. */
export const isBehind = (standing: Standing): boolean =>
  standing === 'unusual' || standing === 'warned' || standing === 'drifted';

/** farFrom(verdict) // => 'far from the holdout' */
export const farFrom = (verdict: Pick<Verdict, 'reference'>): string => `far from the ${sideOf(verdict)}`;
const sideOf = ({ reference }: Pick<Verdict, 'reference'>): string =>
  !reference || reference.kind === 'holdout' ? 'holdout' : 'reference';

/** fartherThanBefore(verdict) // => 'at least twice as far from the holdout as in any check of this champion before' */
export const fartherThanBefore = (verdict: Pick<Verdict, 'reference'>): string =>
  `at least twice as far from the ${sideOf(verdict)} as in any check of this champion before`;

/**
 * What is said of columns that the alarm is blind for: cannotTell(verdict, { unknown: ['a', 'b'] }) // => 'a, b lie far from
 * the holdout, and the alarm cannot tell whether that is usual'; '' of none
 */
export function cannotTell(
  verdict: Pick<Verdict, 'reference'>,
  { warned = [], unknown = [] }: { warned?: readonly string[]; unknown?: readonly string[] },
  listed = (names: readonly string[]): string => names.join(', '),
): string {
  const lie = (names: readonly string[], where: string): string[] =>
    names.length === 0 ? [] : [`${listed(names)} ${names.length === 1 ? 'lies' : 'lie'} ${where}`];
  const far = [...lie(warned, fartherThanBefore(verdict)), ...lie(unknown, farFrom(verdict))];
  return far.length === 0 ? '' : `${far.join('; ')}, and ${CANNOT_TELL}`;
}

/**
 * What `since` of a verdict is: the first check of its champion that was not stable, so later than an alert that opened
 * while another served. Far from a tagged snapshot rows are whichever version serves.
 */
export const firstUnstable = ({ version, reference }: Pick<Verdict, 'version' | 'reference'>): string =>
  `the first check ${reference?.kind === 'snapshot' ? '' : `of ${versionName(version)} `}that was not`;

/** A column that the alarm is raised for, the score among them. */
export interface Unusual {
  column: string;
  /** 'has been higher than usual' */
  how: string;
  /** When its rows changed; null where that cannot be told. */
  since: Since | null;
  /** The first of the hours that the alarm looks at together: what changed did so at about that time. */
  about: Instant;
  raisedAt: Instant;
  /**
   * The alarm holds hours from before the window, whose own rows do not show it: it is over, or continues and is too small to
   * see in them. Never of columns that are named together: each of those is too small to see.
   */
  unseen: boolean;
}

/** What is unusual, each column once, the earliest first. */
export function unusualColumns({
  alarm,
  columns,
  window,
}: Pick<Verdict, 'alarm' | 'columns'> & Partial<Pick<Verdict, 'window'>>): Unusual[] {
  const raised = alarm?.raised ?? [];
  return firstOf(raised).map((first) => {
    const { explained, drifted } = columns.find(({ column }) => column === first.column) ?? { drifted: false };
    const its = raised.filter(({ column }) => column === first.column);
    const times = its.map(({ raisedAt }) => raisedAt);
    const before = window !== undefined && times.every((at) => at <= window.from);
    return {
      column: first.column,
      how: howUnusual(first),
      since: explained?.since ?? null,
      about: first.since,
      raisedAt: times.reduce((a, b) => (a < b ? a : b)),
      unseen: before && explained?.found === false && !drifted && !its.some(({ together }) => together),
    };
  });
}

/** unusualInWords(unusual) // => 'amount has been higher than usual since 2026-12-05T02:00Z (00:00 to 06:00)' */
export const unusualInWords = (unusual: Unusual, timeOf?: (time: Instant) => string): string =>
  `${columnTitle(unusual.column)} ${sinceOfUnusual(unusual, timeOf)}`;

/** The same without the column. */
export function sinceOfUnusual({ how, since, about, unseen }: Unusual, timeOf?: (time: Instant) => string): string {
  const alone = unseen ? ", while this window's rows alone do not show it (over, or too small to see in them)" : '';
  return `${how} ${since ? sinceInWords(since, timeOf) : sinceInWords({ at: about, from: about, to: about }, timeOf).replace('since', 'since about')}${alone}`;
}

/**
 * What a check found, in a line: headline(verdict) // => '8 of 9 columns unusual', 'Nothing unusual; 3 of 11 columns lie far
 * from the holdout', and whether the alarm cannot tell if that is usual, 'Nothing found unusual; 2 of 11 columns cannot be
 * judged' where it is blind for some that lie near, '3 of 11 columns drifted' where their share decides
 */
export function headline(verdict: Pick<Verdict, 'alarm' | 'columns' | 'reference'>): string {
  const voting = verdict.columns.filter(({ votes }) => votes);
  const count = (standing: Standing): number =>
    voting.filter((column) => standingOf(column, verdict) === standing).length;
  const all = `${voting.length} ${voting.length === 1 ? 'column' : 'columns'}`;
  const of = (some: number): string => `${some} of ${all}`;
  const [unusual, warned, drifted, unknown] = [count('unusual'), count('warned'), count('drifted'), count('unknown')];
  if (verdict.alarm) {
    const score = alarmedColumns(verdict.alarm).includes(SCORE);
    const farther = `${of(warned)} ${warned === 1 ? 'lies' : 'lie'} farther from the ${sideOf(verdict)} than before, and ${CANNOT_TELL}`;
    const told = [
      ...(unusual > 0 ? [`${of(unusual)} unusual${score ? ', and the score' : ''}`] : []),
      ...(score && unusual === 0 ? [`The score is unusual${warned > 0 ? '' : ', no column is'}`] : []),
      ...(warned > 0 ? [farther] : []),
    ];
    if (told.length > 0) return told.join('; ');
    const far = count('far') + unknown;
    const blind = blindColumns(verdict.alarm);
    const nearby = voting.filter((one) => blind.includes(one.column) && standingOf(one, verdict) === 'within').length;
    const lie = `${of(far)} ${far === 1 ? 'lies' : 'lie'} ${farFrom(verdict)}`;
    const usual = unknown === 0 ? '' : `, and ${CANNOT_TELL}${unknown < far ? ` for ${unknown} of them` : ''}`;
    return [
      `Nothing ${unknown + nearby === 0 ? '' : 'found '}unusual`,
      ...(far === 0 ? [] : [`${lie}${usual}`]),
      ...(nearby === 0
        ? []
        : [
            `${unknown === 0 ? of(nearby) : `${nearby} other ${nearby === 1 ? 'column' : 'columns'}`} cannot be judged`,
          ]),
    ].join('; ');
  }
  if (voting.length === 0) return 'No column votes on drift';
  return drifted === 0 ? `None of ${all} drifted` : `${of(drifted)} drifted`;
}
