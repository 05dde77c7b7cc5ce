import { LEVEL, type Difference } from '../../metrics/difference.ts';
import { metricInWords, metricKinds, metricTitle, ranks, type MetricName } from '../../metrics/index.ts';
import type { RetrainRequest } from '../retraining/retraining.ts';
import type { Evaluation, GateVerdict, Judged } from '../training.ts';

/** The numbers behind a verdict. A difference is signed so that more is better; for a loss the text must say so. */
export function compared(metric: MetricName, { challenger, champion, difference }: Judged): string {
  const word = difference!.estimate < 0 ? 'worse' : 'better';
  return (
    `the challenger's ${metricKinds[metric].title} is ${figure(challenger[metric])} and the champion's ` +
    `${figure(champion?.[metric])}: ${word} by ${value(Math.abs(difference!.estimate))} (${intervalInWords(difference!)})`
  );
}

export const intervalInWords = ({ low, high, level = LEVEL }: Pick<Difference, 'low' | 'high' | 'level'>): string =>
  `${percent(level)} interval of the gain ${signed(low)} to ${signed(high)}`;

/** gainInWords(0.4383, lead) // => 'a gain of 0.4383 (95 % interval +0.2409 to +0.6357)' */
export function gainInWords(estimate: number, lead: Difference | null | undefined): string {
  const surely = lead ? ` (${percent(lead.level ?? LEVEL)} interval ${signed(lead.low)} to ${signed(lead.high)})` : '';
  return `a ${estimate < 0 ? 'loss' : 'gain'} of ${value(Math.abs(estimate))}${surely}`;
}

/** What refuses a challenger that lost: a loss that may be chance is told as measured. */
export function lossInWords(
  { estimate, high }: Pick<Difference, 'estimate' | 'high'>,
  margin: number,
  { sure, measured }: { sure: string; measured: string },
): string {
  return high < 0
    ? `The challenger ${sure}.`
    : `The challenger ${measured} by ${value(-estimate)}, more than the margin of ${value(margin)}; the holdout cannot tell whether it is.`;
}

/** The rows of the holdout, and how many entities or days they come from. */
export const rowsInWords = ({ challenger, independent }: Judged, which: string): string =>
  `${count(challenger.rows)} ${which}${independent ? ` of ${blocksInWords(independent)}` : ''}`;

const blocksInWords = ({ by, blocks }: NonNullable<Judged['independent']>): string =>
  blocks === 1 ? `one ${by}` : `${count(blocks)} ${by === 'day' ? 'days' : 'entities'}`;

/** What the reason of a first champion begins with: it is read when that serves. */
export const FIRST = 'There was no champion';

/** How a reason begins that says so: an alert about several such refusals looks for it. */
export const UNMEASURED = "the gate's metric does not measure how far labels lie off the scores";

/** What a metric of ranks cannot see of a fall that asked for the training; '' of any other. */
export function unmeasured(
  reason: RetrainRequest['reason'],
  metric: MetricName,
  { challenger, champion }: Judged,
): string {
  if (reason !== 'decay' || !ranks(metric)) return '';
  const [own, champions] = [challenger.logLoss, champion?.logLoss];
  const losses =
    own == null || champions == null
      ? ''
      : ` By log loss the challenger is ${own < champions ? 'better' : 'no better'} on these rows (${value(own)}, the champion's ${value(champions)}).`;
  return (
    `A fall of performance asked for the training, and ${UNMEASURED}: ${metricInWords(metric)} looks at their order alone.` +
    `${losses} To judge by log loss, declare gates.metric: 'logLoss'.`
  );
}

/** What earlier trainings saw of the holdout, and what follows. */
export function looksInWords({ looks }: Evaluation): string {
  if (!looks || looks.runs.length === 0) return '';
  const { runs, level } = looks;
  return (
    `Rows of this holdout had been judged before, by ${runs.length === 1 ? 'the training' : `${runs.length} trainings, the last being`} ` +
    `${runs[0]}: so intervals are of ${percent(level)}, not ${percent(LEVEL)}.`
  );
}

export const metricOf = ({ metric }: { metric: MetricName }): string => metricTitle(metric);
const figure = (metric: number | null | undefined): string => (metric == null ? 'unknown' : value(metric));
export const value = (number: number): string => number.toFixed(4);
export const signed = (number: number): string => `${number < 0 ? '\u2212' : '+'}${value(Math.abs(number))}`;
export const count = (number: number): string => number.toLocaleString('en-US');
export const percent = (share: number): string => `${Number((100 * share).toFixed(levelDigits(share)))} %`;

/** Decimals of a level in percent: after many looks it is not 100 %. levelDigits(0.9999951) // => 4 */
export const levelDigits = (level: number): number =>
  Math.min(12, Math.max(2, -Math.floor(Math.log10(100 * (1 - level)))));

export const pass = (reason: string): GateVerdict => ({ passed: true, outcome: 'passed', reason });
export const refuse = (reason: string): GateVerdict => ({ passed: false, outcome: 'refused', reason });
export const abstain = (reason: string): GateVerdict => ({ passed: false, outcome: 'abstained', reason });
