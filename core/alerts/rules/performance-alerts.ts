import type { ColumnDrift, Performance, Verdict } from '../../drift/verdict.ts';
import { metricInWords, type MetricName } from '../../metrics/index.ts';
import type { Likely } from '../../performance/estimate.ts';
import {
  brokenColumns,
  brokenInWords,
  hasBroken,
  isBadlyBroken,
  isFallOfBroken,
  isRescaled,
  isStuck,
} from '../../drift/findings/quality.ts';
import { costsInWords } from '../../performance/value-words.ts';
import { breaksPromise, fallOf, holds } from '../../performance/decay-words.ts';
import { whyNotEstimated, whyWrong } from '../../performance/unreliable.ts';
import { versionName } from '../../base/ids.ts';
import { shortTime } from '../../time/time.ts';
import type { Occurrence } from '../alerts.ts';
import { about, counted, INFINITE, list, named } from '../occurrence.ts';

const mayBeInfinite = ({ kind, nullShare }: ColumnDrift): boolean =>
  kind === 'number' && nullShare.current > nullShare.reference;

/** The alert for columns that are no longer filled as declared; null when all are. */
export function qualityAlert(verdict: Verdict): Occurrence | null {
  if (!hasBroken(verdict)) return null;
  const { id, pipeline, asOf, concept } = verdict;
  const broken = brokenColumns(verdict);
  const rescaled = broken.some((column) => isRescaled(column, verdict));
  return about('data-quality', pipeline, {
    occasion: `verdict/${id}`,
    severity: broken.some((column) => isBadlyBroken(column, verdict)) || concept?.decayed ? 'critical' : 'warning',
    summary: `${pipeline}: ${named(broken.map(({ column }) => column))} ${broken.length === 1 ? 'is' : 'are'} ${howBroken(broken, verdict)}`,
    detail:
      `Between ${shortTime(verdict.window.from)} and ${shortTime(verdict.window.to)}:\n${list(brokenInWords(verdict))}\n` +
      (broken.some(mayBeInfinite) ? `${INFINITE}\n` : '') +
      'The drift check asks for no model for these columns, since none can learn from such values. Fix what fills them: ' +
      `the source, or what sends the requests. To see the numbers: perennial report ${pipeline}` +
      (rescaled ? `\nIf the values are right, train on them: perennial models retrain ${pipeline}` : ''),
    at: asOf,
  });
}

function howBroken(broken: readonly ColumnDrift[], verdict: Verdict): string {
  if (broken.every((column) => isStuck(column, verdict))) return 'stuck at one value';
  if (broken.every((column) => isRescaled(column, verdict))) return 'on another scale';
  return 'no longer filled as declared';
}

/** The alert for estimates of performance that cannot be relied on; null when they can. */
export function estimateAlert(verdict: Verdict): Occurrence | null {
  const withheld = whyNotEstimated(verdict);
  const why = withheld ?? whyWrong(verdict);
  if (why === null) return null;
  const { id, pipeline, asOf, version } = verdict;
  return about('estimate-unreliable', pipeline, {
    occasion: `verdict/${id}`,
    severity: 'warning',
    summary:
      withheld !== null
        ? `${pipeline}: how ${versionName(version)} performs cannot be estimated`
        : `${pipeline}: estimates of how ${versionName(version)} performs are often wrong`,
    detail:
      `${why[0]!.toUpperCase()}${why.slice(1)}.\n` +
      (withheld !== null
        ? 'The model has not been tested on rows like these, so until labels come nobody knows how well it does on them.'
        : 'Estimates assume that labels follow from the inputs as they did on the holdout. That may no longer be so' +
          (labelledInWords(verdict) ?? '; wait for labels before you rely on one.')) +
      ` No model is trained for it. To see the numbers: perennial report ${pipeline}`,
    at: asOf,
  });
}

/** Of fewer rows a metric tells little. */
const FEWEST_LABELLED = 100;

/** What labels said of late where estimates were wrong, also of an earlier version; null: of too few rows. */
function labelledInWords({ estimated, performance, labelled }: Verdict): string | null {
  const most = performance.reduce<Performance | null>((a, b) => ((b.metrics.rows ?? 0) > (a?.metrics.rows ?? 0) ? b : a), null); // prettier-ignore
  const rows = most?.metrics.rows ?? 0;
  if (!most || !labelled || rows < FEWEST_LABELLED) return null;
  for (const [name, likely] of Object.entries(estimated?.metrics ?? {}) as [MetricName, Likely][]) {
    const value = most.metrics[name];
    if (value != null && likely)
      return (
        `: from ${shortTime(labelled.from)} to ${shortTime(labelled.to)} labels of ${counted(rows)} give ${versionName(most.version)} ` +
        `${metricInWords(name)} ${short(value)}, where ${short(likely.value)} is estimated for the newest window. Believe the labels.`
      );
  }
  return null;
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

/** So many standard errors are no chance. */
const BEYOND_CHANCE = 4;

/** A model that is surely wrong more often than right knows the answer: somebody changed what the label means. '' where it is not. */
function turnedRound({ performance, version, concept }: Verdict): string {
  const { rocAuc, rows = 0, positives = 0 } = performance.find((each) => each.version === version)?.metrics ?? {};
  const negatives = rows - positives;
  if (rocAuc == null || positives <= 0 || negatives <= 0) return '';
  const error = Math.sqrt((rows + 1) / (12 * positives * negatives));
  // The same number as in the sentence about the floor, which is of other days.
  const told = concept?.floor?.metric === 'rocAuc' ? concept.floor.value : rocAuc;
  return Math.max(rocAuc, told) < 0.5 - BEYOND_CHANCE * error
    ? `Its ROC AUC is ${short(told)}, worse than the 0.5 of chance: look first whether the label has come to mean the opposite.\n`
    : '';
}

/** What Perennial does about it, as the check knew. */
function afterFall({ leadsTo, pipeline }: Verdict): string {
  if (leadsTo?.decay === 'trained')
    return 'Perennial asks for no other model: one that was trained after the fall became the champion.';
  const next = leadsTo?.decay === 'trains' ? `A training after the fall is under way (perennial explain ${pipeline})` : 'Perennial asks for a new model by itself'; // prettier-ignore
  return `${next}; it must do better on rows since the fall.`;
}

/** The alert for a champion whose labelled predictions are worse than it promised, or than its floor; null when they are not. */
export function performanceAlert(verdict: Verdict): Occurrence | null {
  const { id, pipeline, asOf, version, concept } = verdict;
  const fall = concept && fallOf(concept);
  if (!fall) return null;
  const name = versionName(version);
  const brokePromise = breaksPromise(concept);
  const costs = costsInWords(verdict);
  return about('performance', pipeline, {
    occasion: `verdict/${id}`,
    severity: concept.decayed ? 'critical' : 'warning',
    summary: `${pipeline}: ${brokePromise ? `${name} performs worse than it promised` : `${fall.what} (${name})`}`,
    detail:
      `Between ${shortTime(concept.from)} and ${shortTime(concept.to)}, ${fall.words}. ` +
      (brokePromise
        ? 'The comparison is at the same inputs: what follows from them has changed, or the data is wrong.'
        : holds(concept)
          ? 'At the same inputs it does what it promised, so these inputs are harder than those of its holdout.'
          : 'Labels cannot tell yet whether these inputs are harder than those of its holdout, or it does worse at the same.') +
      `\n${turnedRound(verdict)}${costs === null ? '' : `${costs}\n`}` +
      (concept.decayed
        ? hasBroken(verdict)
          ? 'Columns are no longer filled as declared, so Perennial asks for no new model until they are.'
          : isFallOfBroken(verdict)
            ? 'Columns were not filled as declared in hours that the alarm still holds, so Perennial asks for no new model yet.'
            : afterFall(verdict)
        : 'Nobody declared this floor: there it would have lost a third of what it knew on its holdout, or more than chance ' +
          'explains. Perennial asks for no model because of it; to set a floor that does, declare gates.floor.') +
      `\nTo see the numbers: perennial report ${pipeline}. If the labels or the data are wrong, fix their source, then: ` +
      `perennial run ${pipeline} data`,
    at: asOf,
  });
}
