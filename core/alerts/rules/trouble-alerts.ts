import { rateInWords } from '../../drift/alarm/rate.ts';
import { hasStopped, unusualVolumes, volumeInWords } from '../../drift/findings/volume.ts';
import { skewInWords } from '../../drift/findings/skew.ts';
import { staleInWords } from '../../drift/findings/staleness.ts';
import { skewedColumns } from '../../drift/skew.ts';
import type { Verdict } from '../../drift/verdict.ts';
import type { Occurrence } from '../alerts.ts';
import { about, list, named } from '../occurrence.ts';

/** The alert for far fewer or far more predictions, or rows of the source, than usual; null when all is as usual. */
export function volumeAlert(verdict: Verdict): Occurrence | null {
  const { id, pipeline, asOf } = verdict;
  const found = unusualVolumes(verdict);
  const [first] = found;
  if (!first) return null;
  const stopped = found.some(hasStopped);
  const more = first.direction === 'more';
  return about('volume', pipeline, {
    occasion: `verdict/${id}`,
    severity: stopped ? 'critical' : 'warning',
    summary: `${pipeline}: ${volumeInWords(first)}`,
    detail:
      `Held against the same hours of days and weeks before:\n${list(found.map(volumeInWords))}\n` +
      `By chance that happens at most ${rateInWords(first.rate)}. No model is trained for it.\n` +
      (more
        ? 'Find out who sends so many: a client that repeats its requests, or rows that come twice.'
        : 'Find out what no longer reaches Perennial: the application, its key, the network, or what fills the source.') +
      ` To see the numbers: perennial report ${pipeline}`,
    at: asOf,
  });
}

/** The alert for data that is older than its schedule says; null when it is not. */
export function stalenessAlert({ id, pipeline, asOf, stale }: Verdict): Occurrence | null {
  if (!stale) return null;
  return about('staleness', pipeline, {
    occasion: `verdict/${id}`,
    severity: 'warning',
    summary: `${pipeline}: ${staleInWords(stale)}`,
    detail:
      'Models are trained, and batches predicted, from older rows than declared. Applications that ask with perennial-freshness are ' +
      `told that it is stale.\nThe data loop did not run, failed, or its snapshot is quarantined: perennial runs ${pipeline}`,
    at: asOf,
  });
}

/** The alert for columns that requests and the source have unlike for the same rows; null when they are alike. */
export function skewAlert({ id, pipeline, asOf, skew }: Verdict): Occurrence | null {
  const skewed = skew ? skewedColumns(skew) : [];
  if (!skew || skewed.length === 0) return null;
  return about('skew', pipeline, {
    occasion: `verdict/${id}`,
    severity: 'warning',
    summary: `${pipeline}: requests and the source differ in ${named(skewed.map(({ column }) => column))}`,
    detail:
      `The same rows, by key and time, as they were served and as snapshot ${skew.snapshot} has them:\n${list(skewInWords(skew))}\n` +
      'The model learns from the one and is asked about the other. No model is trained for it. Make both compute these ' +
      'columns alike; if the source changes rows later, give it what was known at the time of the row.\n' +
      `To see the numbers: perennial report ${pipeline}`,
    at: asOf,
  });
}
