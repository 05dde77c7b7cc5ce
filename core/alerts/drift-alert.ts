import type { Occurrence } from './alerts.ts';
import { alarmInWords } from '../drift/alarm/words.ts';
import { countingNames, distanceKinds, thresholdsOf } from '../drift/distances/index.ts';
import { levelWithoutBroken, movedColumns } from '../drift/findings/inputs.ts';
import { brokenColumns } from '../drift/findings/quality.ts';
import { rowsInWords } from '../drift/reference/choose.ts';
import { costsInWords } from '../performance/value-words.ts';
import type { ColumnDrift, Verdict } from '../drift/verdict.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import { shortTime } from '../time/time.ts';
import { about, list, named } from './occurrence.ts';

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** The alert for columns that moved; null when none did, but for those that are no longer filled. */
export function driftAlert(verdict: Verdict, drift: Pipeline['drift']): Occurrence | null {
  const { id, pipeline, asOf, since, window, rows } = verdict;
  const moved = movedColumns(verdict);
  const level = levelWithoutBroken(verdict, drift);
  if (level === 'stable' || moved.length === 0) return null;
  const next =
    level === 'severe'
      ? 'Perennial will train a new model by itself, once labels from after the drift have matured and the budget allows it.' +
        (brokenColumns(verdict).length > 0 ? ' It trains none for columns that are no longer filled.' : '')
      : 'Perennial does nothing about it yet; it will train a new model if the drift becomes severe.';
  const where =
    verdict.alarm || brokenColumns(verdict).length > 0 ? named(moved) : `${percent(verdict.share)} of the columns`;
  const unusual = verdict.alarm
    ? `\nWhat is unusual: ${alarmInWords(verdict.alarm)}.`
    : verdict.unsure === undefined
      ? ''
      : `\nThis is a warning by the share of drifted columns; the alarm cannot judge yet: ${verdict.unsure}.`;
  const costs = costsInWords(verdict);
  const began = since === null ? '' : `Since ${shortTime(since)}. `;
  return about('drift', pipeline, {
    occasion: `verdict/${id}`,
    severity: level === 'severe' ? 'critical' : 'warning',
    summary: `${pipeline}: ${level === 'severe' ? 'severe drift' : 'drift'} in ${where}`,
    detail:
      `${began}Over ${rows.current} rows from ${shortTime(window.from)} to ${shortTime(window.to)} these moved away from ` +
      `${rowsInWords(verdict)}:\n${list(moved.map(howFar(verdict, drift)))}${culpritOf(verdict)}${costs === null ? '' : `\n${costs}`}${unusual}\n\n` +
      `${next}\nIf the change is real, wait for the new model; if the data is wrong, fix its source, then: ` +
      `perennial run ${pipeline} data\nThe report with all numbers: perennial report ${pipeline}`,
    at: asOf,
  });
}

/** howFar(verdict, drift)('amount') // => 'amount: PSI 0.41 (limit 0.2), KS 0.32 (limit 0.15)' */
const howFar =
  ({ columns }: Verdict, drift: Pipeline['drift']) =>
  (name: string): string => {
    const column = columns.find((one) => one.column === name);
    const thresholds = thresholdsOf(drift, name);
    const told = countingNames(thresholds).flatMap((distance) => {
      const value = column?.distances[distance]?.value;
      return value == null
        ? []
        : [`${distanceKinds[distance].title} ${value.toPrecision(2)} (limit ${thresholds[distance]})`];
    });
    return told.length === 0 ? name : `${name}: ${told.join(', ')}`;
  };

/** Where to look first. */
function culpritOf({ columns }: Verdict): string {
  const shareOf = ({ explained }: ColumnDrift): number => explained?.score?.share ?? 0;
  const most = columns.reduce<ColumnDrift | null>((a, b) => (shareOf(b) > (a ? shareOf(a) : 0) ? b : a), null);
  if (!most?.explained) return '';
  const { since } = most.explained;
  const when =
    since === null
      ? ''
      : since.at === null
        ? `, before ${shortTime(since.to)} already`
        : `, since ${shortTime(since.at)}`;
  return `\n${most.column} matters most: alone it makes ${percent(shareOf(most))} of the change in score${when}.`;
}
