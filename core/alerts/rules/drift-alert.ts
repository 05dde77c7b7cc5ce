import type { Occurrence } from '../alerts.ts';
import { rateInWords } from '../../drift/alarm/rate.ts';
import { columnTitle } from '../../drift/alarm/words.ts';
import { sinceInWords } from '../../drift/explaining/since-words.ts';
import {
  CANNOT_TELL,
  cannotTell,
  fartherThanBefore,
  firstUnstable,
  sinceOfUnusual,
  unusualColumns,
} from '../../drift/standing.ts';
import { countingNames, distanceKinds, thresholdsOf } from '../../drift/distances/index.ts';
import { levelWithoutBroken, movedColumns, onlyWarns } from '../../drift/findings/inputs.ts';
import { brokenColumns } from '../../drift/findings/quality.ts';
import { rowsInWords } from '../../drift/reference/choose.ts';
import { costsInWords } from '../../performance/value-words.ts';
import { suspects, warnedColumns, type ColumnDrift, type Level, type Verdict } from '../../drift/verdict.ts';
import type { Pipeline } from '../../declaration/pipeline.ts';
import { shortTime } from '../../time/time.ts';
import { about, counted, list, named } from '../occurrence.ts';

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** The alert for columns that moved; null when none did, but for those that are no longer filled. */
export function driftAlert(verdict: Verdict, drift: Pipeline['drift']): Occurrence | null {
  const { id, pipeline, asOf, since, window, rows } = verdict;
  const moved = movedColumns(verdict);
  const level = levelWithoutBroken(verdict, drift);
  if (level === 'stable' || moved.length === 0) return null;
  const where =
    verdict.alarm || brokenColumns(verdict).length > 0
      ? named(moved.map(columnTitle))
      : `${percent(verdict.share)} of the columns`;
  const what = verdict.alarm
    ? onlyWarns(verdict)
      ? `lie ${fartherThanBefore(verdict)}, and ${CANNOT_TELL}`
      : `are unusual for this pipeline, which by chance happens at most ${rateInWords(verdict.alarm.rate)}`
    : `moved away from ${rowsInWords(verdict)}`;
  const unsure =
    verdict.unsure === undefined
      ? ''
      : `\nThis is a warning by the share of drifted columns; the alarm cannot judge yet: ${verdict.unsure}.`;
  const far = verdict.alarm ? `\nDistances are from ${rowsInWords(verdict)}.` : '';
  const costs = costsInWords(verdict);
  const began = since === null ? '' : `Not stable since ${shortTime(since)}, ${firstUnstable(verdict)}. `;
  return about('drift', pipeline, {
    occasion: `verdict/${id}`,
    severity: level === 'severe' ? 'critical' : 'warning',
    summary: `${pipeline}: ${level === 'severe' ? 'severe drift' : 'drift'} in ${where}`,
    detail:
      `${began}Over ${counted(rows.current)} from ${shortTime(window.from)} to ${shortTime(window.to)} these ${what}:\n` +
      `${list(moved.map(lineOf(verdict, drift)))}${culpritOf(verdict)}${far}${costs === null ? '' : `\n${costs}`}${unsure}\n\n` +
      `${nextOf(verdict, level)}\nIf the data is wrong, fix its source, then: perennial run ${pipeline} data\nThe report with all numbers: perennial report ${pipeline}`,
    at: asOf,
  });
}

/** What Perennial does about it, as the check knew. */
function nextOf(verdict: Verdict, level: Level): string {
  const { pipeline, reference, leadsTo, unsure } = verdict;
  const broken = brokenColumns(verdict).length > 0 ? ' None is trained for columns that are no longer filled.' : '';
  const drift = leadsTo?.drift;
  if (drift === 'asks' || drift === 'asked')
    return (
      'Perennial trains a new model by itself, once labels from after the drift have matured and the budget allows it, if it lasts until then. ' +
      `If the change is real, wait for it.${broken}`
    );
  if (drift === 'trains')
    return `A training after the drift is under way: perennial explain ${pipeline}. If the change is real, wait for its model.`;
  if (drift === 'trained')
    return (
      'Perennial trains no other model for it: one that was trained after the drift became the champion.' +
      (reference?.kind === 'snapshot'
        ? ' Rows stay far from a tagged snapshot whatever is trained. If they are usual now, give the tag to a newer ' +
          `snapshot: perennial snapshots tag ${pipeline} SNAPSHOT ${reference.tag}`
        : '')
    );
  if (level === 'severe')
    return `Perennial trains a new model by itself, unless one was trained after the drift.${broken}`;
  return unsure === undefined && !onlyWarns(verdict)
    ? 'Perennial trains no model for it yet; it will if the drift becomes severe.'
    : 'Perennial trains no model for it while the alarm cannot judge.';
}

/**
 * What is unusual about a column, since when, and how far it went: lineOf(verdict, drift)('amount') // => 'amount has been
 * higher than usual since 2026-12-05T02:00Z (00:00 to 06:00), alarm raised at 2026-12-05T04:00Z: PSI 0.41 (limit 0.2)'
 */
function lineOf(verdict: Verdict, drift: Pipeline['drift']): (name: string) => string {
  const { columns, score } = verdict;
  const unusual = unusualColumns(verdict);
  const warned = onlyWarns(verdict) ? [] : warnedColumns(verdict);
  return (name) => {
    const column = [...columns, ...(score ? [score] : [])].find((one) => one.column === name);
    const thresholds = thresholdsOf(drift, name);
    const told = countingNames(thresholds).flatMap((distance) => {
      const value = column?.distances[distance]?.value;
      return value == null
        ? []
        : [`${distanceKinds[distance].title} ${value.toPrecision(2)} (limit ${thresholds[distance]})`];
    });
    const how = unusual.find((one) => one.column === name);
    const since = column?.explained?.since;
    const title = how
      ? `${columnTitle(name)} ${sinceOfUnusual(how)}, alarm raised at ${shortTime(how.raisedAt)}`
      : `${warned.includes(name) ? cannotTell(verdict, { warned: [columnTitle(name)] }) : columnTitle(name)}${since ? `, ${sinceInWords(since)}` : ''}`;
    const moved = column === undefined ? [] : movedInWords(column);
    return told.length + moved.length === 0 ? title : `${title}: ${[...moved, ...told].join(', ')}`;
  };
}

/**
 * What a person knows a fault by, from counts alone, since alerts hold no values of rows:
 * movedInWords(weight) // => ['mean 2.04 → 125'], movedInWords(payment) // => ['invoice 25 % → 20 %']
 */
function movedInWords({ kind, mean, nullShare, explained }: ColumnDrift): string[] {
  const share = (before: number, now: number): string => `${percent(before)} → ${percent(now)}`;
  const nulls = Math.abs(nullShare.current - nullShare.reference) >= LEAST_NULLS ? [`nulls ${share(nullShare.reference, nullShare.current)}`] : []; // prettier-ignore
  if (kind === 'number') {
    const short = (value: number): string => String(Number(value.toPrecision(3)));
    const [before, now] = mean ? [short(mean.reference), short(mean.current)] : ['', ''];
    return [...(before === now ? [] : [`mean ${before} → ${now}`]), ...nulls];
  }
  const most = explained?.movers.find(({ place }) => place > 0);
  return [...(most ? [`${most.label} ${share(most.reference, most.current)} of rows`] : []), ...nulls]; // prettier-ignore
}

const LEAST_NULLS = 0.01;

/** Where to look first: a column that is as usual is no news. */
function culpritOf(verdict: Verdict): string {
  const shareOf = ({ explained }: ColumnDrift): number => explained?.score?.share ?? 0;
  const most = suspects(verdict).reduce<ColumnDrift | null>(
    (a, b) => (shareOf(b) > (a ? shareOf(a) : 0) ? b : a),
    null,
  );
  return most
    ? `\n${most.column} matters most: alone it makes ${percent(shareOf(most))} of what moved columns do to the score.`
    : '';
}
