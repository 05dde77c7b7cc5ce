import type { Difference } from '../metrics/bootstrap.ts';
import { gain, metricKinds, metricTitle, type MetricName } from '../metrics/index.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import type { RetrainRequest } from './retraining.ts';
import type { Evaluation, GateVerdict } from './training.ts';

export interface Challenge {
  /** Why the training was requested, which decides what the challenger has to show. */
  reason: RetrainRequest['reason'];
  gates: Pipeline['gates'];
  evaluation: Evaluation;
  /** False when both were trained on the same snapshot by the same declaration. */
  fresher: boolean;
}

/**
 * Whether a challenger may take over, and why, in a sentence with the numbers.
 *
 * - Better: the difference reaches the margin, and its interval lies above zero.
 * - As good: the estimate loses no more than the margin, and the interval reaches zero, so the loss may be chance.
 * - After drift it must be better on the rows since the drift; overall it must not have lost more than the margin.
 */
export function judgeChallenger({ reason, gates, evaluation, fresher }: Challenge): GateVerdict {
  const { metric, margin } = gates;
  const { challenger, champion, difference, afterDrift } = evaluation;
  const unclear = cannotTell(challenger, gates, 'holdout rows');
  if (unclear !== null) return abstain(unclear);
  if (champion === null) return judgeFirst(challenger, gates);
  if (difference === null)
    return abstain(`${metricTitle(metric)} of challenger and champion could not be compared on the holdout.`);

  const overall = `On ${count(challenger.rows)} holdout rows ${compared(metric, challenger, champion, difference)}`;
  if (reason !== 'drift') return judgeScheduled(gates, difference, fresher, overall);

  if (afterDrift === null || afterDrift.challenger.rows === 0)
    return abstain(
      `No labelled rows after the drift are in the holdout yet, so nothing shows that training helped. ${overall}.`,
    );
  const since = `rows since the drift (${afterDrift.since})`;
  const unclearSince = cannotTell(afterDrift.challenger, gates, since);
  if (unclearSince !== null) return abstain(`${unclearSince} ${overall}.`);
  if (afterDrift.champion === null || afterDrift.difference === null)
    return abstain(`${metricTitle(metric)} of challenger and champion could not be compared on ${since}. ${overall}.`);

  const numbers =
    `On ${count(afterDrift.challenger.rows)} ${since} ` +
    `${compared(metric, afterDrift.challenger, afterDrift.champion, afterDrift.difference)}. ${overall}`;
  if (!isBetter(afterDrift.difference, margin))
    return refuse(`The challenger is not better by ${value(margin)} after the drift. ${numbers}.`);
  if (difference.estimate < -margin)
    return refuse(`The challenger is better after the drift but loses more than ${value(margin)} overall. ${numbers}.`);
  return pass(`The challenger is better after the drift and not worse overall. ${numbers}.`);
}

/** A pipeline's first model has only chance to beat. */
function judgeFirst(challenger: Metrics, { metric, margin }: Pipeline['gates']): GateVerdict {
  const chance = metricKinds[metric].knowingNothing(challenger);
  const lead = gain(metric, challenger[metric]!, chance);
  const numbers =
    `${metricTitle(metric)} is ${value(challenger[metric]!)} on ${count(challenger.rows)} holdout rows, where knowing nothing ` +
    `gives ${value(chance)}: ${signed(lead)} of ${value(margin)} asked for.`;
  return lead >= margin && lead > 0
    ? pass(`There is no champion, and the challenger beats knowing nothing. ${numbers}`)
    : refuse(`There is no champion, but the challenger does not beat knowing nothing by the margin. ${numbers}`);
}

function judgeScheduled(
  { margin, ...gates }: Pipeline['gates'],
  difference: Difference,
  fresher: boolean,
  numbers: string,
): GateVerdict {
  const preferFresh = gates.preferFresh && fresher;
  if (isBetter(difference, margin))
    return pass(`The challenger is better by the margin of ${value(margin)}. ${numbers}.`);
  if (preferFresh && isNoWorse(difference, margin))
    return pass(
      `The challenger is fresher, and as good as the holdout can tell (within ${value(margin)}). ${numbers}.`,
    );
  if (!fresher)
    return refuse(
      `There was nothing new to learn from: the champion learnt from the same snapshot, declared the same. ${numbers}.`,
    );
  const wanted = preferFresh
    ? `neither better by ${value(margin)} nor as good, within that, as the holdout can tell`
    : `not better by ${value(margin)}`;
  return refuse(`The challenger is ${wanted}. ${numbers}.`);
}

const isBetter = ({ estimate, low }: Difference, margin: number): boolean => estimate >= margin && low > 0;
const isNoWorse = ({ estimate, high }: Difference, margin: number): boolean => estimate >= -margin && high >= 0;

/** Why these rows are not enough to tell; null when they are. */
function cannotTell(
  metrics: Metrics,
  { metric, minPositives, minRows }: Pipeline['gates'],
  which: string,
): string | null {
  const { rows, positives } = metrics;
  if (rows < minRows)
    return `Too few rows to tell: ${count(rows)} ${which}, and the gate needs ${count(minRows)} (gates.minRows).`;
  if (metricKinds[metric].label === 'binary' && positives < minPositives)
    return (
      `Too few positives to tell: ${count(positives)} in ${count(rows)} ${which}, ` +
      `and the gate needs ${count(minPositives)} (gates.minPositives).`
    );
  return metrics[metric] == null ? `${metricTitle(metric)} is undefined on ${which}: all labels are the same.` : null;
}

/** The numbers behind a verdict. A difference is signed so that more is better; for a loss the text must say so. */
function compared(metric: MetricName, ours: Metrics, theirs: Metrics, difference: Difference): string {
  const word = difference.estimate < 0 ? 'worse' : 'better';
  const { estimate, low, high } = difference;
  return (
    `the challenger's ${metricKinds[metric].title} is ${figure(ours[metric])} and the champion's ${figure(theirs[metric])}: ` +
    `${word} by ${value(Math.abs(estimate))} (95 % interval of the gain ${signed(low)} to ${signed(high)})`
  );
}

const figure = (metric: number | null | undefined): string => (metric == null ? 'unknown' : value(metric));
const value = (number: number): string => number.toFixed(4);
const signed = (number: number): string => `${number < 0 ? '-' : '+'}${value(Math.abs(number))}`;
const count = (number: number): string => number.toLocaleString('en-US');

const pass = (reason: string): GateVerdict => ({ passed: true, outcome: 'passed', reason });
const refuse = (reason: string): GateVerdict => ({ passed: false, outcome: 'refused', reason });
const abstain = (reason: string): GateVerdict => ({ passed: false, outcome: 'abstained', reason });
