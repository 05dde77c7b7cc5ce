import { LEVEL, type Difference } from '../../metrics/difference.ts';
import { gain, metricKinds, metricNames } from '../../metrics/index.ts';
import { labelKindOf } from '../../metrics/metrics.ts';
import type { Pipeline } from '../../declaration/pipeline.ts';
import { isOfChange, type RetrainRequest } from '../retraining/retraining.ts';
import { judgeByBaseline, judgeFirst } from './baseline-gate.ts';
import {
  abstain,
  compared,
  count,
  intervalInWords as inWords,
  looksInWords,
  lossInWords,
  metricOf,
  pass,
  percent,
  refuse,
  rowsInWords,
  signed,
  unmeasured,
  value,
} from './gate-words.ts';
import { judgeLimits } from '../../fairness/verdict.ts';
import { beyondLimits } from './limits.ts';
import { shortTime } from '../../time/time.ts';
import { lostSlices } from '../slices/slices.ts';
import type { Evaluation, GateVerdict, Judged } from '../training.ts';

export interface Challenge {
  /** Why the training was requested, which decides what the challenger has to show. */
  reason: RetrainRequest['reason'];
  gates: Pipeline['gates'];
  fairness?: Pipeline['fairness'];
  evaluation: Evaluation;
  /** False when both were trained on the same snapshot by the same declaration, and for a brought one. */
  fresher: boolean;
  /** The challenger came from elsewhere: nobody knows what it has learnt from. */
  brought?: boolean;
}
type Gates = Pipeline['gates'];

/** Two days cannot be told from luck, whatever the interval says. */
export const minBlocksOf = ({ minBlocks = 3 }: Pick<Gates, 'minBlocks'>): number => minBlocks;
/** Of what the champion is better than knowing nothing: a loss of this share by another metric is named. */
const LARGE_TRADE = 0.05;

/**
 * Whether a challenger may take over, and why, in a sentence with the numbers. All rests on intervals, since a
 * difference alone may be luck.
 *
 * - Better: the difference reaches the margin, and its interval lies above zero.
 * - No worse: the whole interval lies above -margin. Where it doesn't, the holdout cannot tell, and the gate abstains
 *   unless the declaration prefers the fresher one.
 * - Better than knowing nothing: its interval lies above zero, however bad the champion is; a first one's above the margin.
 * - After drift it must be better on the rows since the drift, and no worse overall.
 * - It must also be no worse than the anchor, so that many small losses do not add up.
 * - Where a floor is declared, the whole interval of the metric must lie beyond it.
 * - Where limits of fairness are declared, none may surely be exceeded.
 */
export function judgeChallenger(challenge: Challenge): GateVerdict {
  const { gates, evaluation, fairness } = challenge;
  const verdict = judgeByFloor(gates, evaluation, judgeByMetric(challenge));
  if (verdict.outcome === 'abstained' || !fairness?.limits || !evaluation.fairness) return verdict;
  const { beyond, unclear } = judgeLimits(evaluation.fairness, fairness);
  if (beyond.length > 0)
    return refuse(`The challenger treats groups too differently. ${beyond.join(' ')} ${verdict.reason}`);
  if (!verdict.passed || unclear.length === 0) return verdict;
  const why = `The holdout cannot tell whether groups are treated alike enough. ${unclear.join(' ')}`;
  return fairness.whenUnclear === 'abstain' ? abstain(`${why} ${verdict.reason}`) : pass(`${verdict.reason} ${why}`);
}

function judgeByMetric({ reason, gates, evaluation, fresher, brought = false }: Challenge): GateVerdict {
  const { champion, difference } = evaluation;
  const unclear = cannotTell(evaluation, gates, 'holdout rows');
  if (unclear !== null) return abstain(unclear);
  const beyond = beyondLimits(evaluation, gates);
  if (beyond !== null) return refuse(beyond);
  if (champion === null) {
    const first = judgeFirst(evaluation, gates, brought);
    return first.passed ? judgeByAnchor(gates, evaluation, first) : first;
  }
  if (difference === null) return abstain(`${metricOf(gates)} of challenger and champion could not be compared.`);

  const overall = `On ${rowsInWords(evaluation, 'holdout rows')} ${compared(gates.metric, evaluation)}.`;
  const trade = tradeOf(evaluation, gates);
  const lost = lossesInWords(evaluation, gates);
  const beside = [trade?.words, lost, looksInWords(evaluation)].filter(Boolean).join(' ');
  const numbers = `${overall} ${beside}`.trim();
  if (trade?.isCertain && gates.forbidTrades === true)
    return refuse(`The challenger pays with another metric (gates.forbidTrades). ${numbers}`);
  if (isRefusedBySlices(evaluation, gates))
    return refuse(`The challenger is worse on a slice of the rows (gates.slices). ${numbers}`);
  const verdict = isOfChange(reason)
    ? judgeAfterDrift(gates, difference, evaluation, { reason, overall, beside })
    : judgeScheduled(gates, difference, { fresher, brought }, numbers);
  return [judgeByBaseline, judgeByAnchor].reduce(
    (judged, judgeBy) => (judged.passed ? judgeBy(gates, evaluation, judged) : judged),
    verdict,
  );
}

function judgeScheduled(
  gates: Gates,
  difference: Difference,
  { fresher, brought }: { fresher: boolean; brought: boolean },
  numbers: string,
): GateVerdict {
  const { margin, preferFresh } = gates;
  if (isBetter(difference, margin))
    return pass(`The challenger is better by the margin of ${value(margin)}. ${numbers}`);
  if (brought)
    return refuse(
      `The challenger is not better by ${value(margin)}, as a model from elsewhere must be: nobody knows what it has ` +
        `learnt from, so it is not taken to be fresher. ${numbers}`,
    );
  if (!fresher)
    return refuse(
      `There was nothing new to learn from: the champion learnt from the same snapshot, declared the same. ${numbers}`,
    );
  if (!preferFresh) return refuse(`The challenger is not better by ${value(margin)}. ${numbers}`);
  return {
    shown: () =>
      pass(`The challenger is fresher, and no worse: a loss of ${value(margin)} or more is ruled out. ${numbers}`),
    worse: () => {
      const sure = 'is worse than the champion';
      const lost = lossInWords(difference, margin, { sure, measured: 'was measured worse than the champion' });
      return refuse(`${lost} ${numbers}`);
    },
    unclear: () => whenUnclear(gates, 'the champion', difference, numbers),
  }[comparedBy(difference, margin)]();
}

function judgeAfterDrift(
  gates: Gates,
  difference: Difference,
  evaluation: Evaluation,
  words: { reason: RetrainRequest['reason']; overall: string; beside: string },
): GateVerdict {
  const { metric, margin } = gates;
  const { afterDrift } = evaluation;
  const overall = `${words.overall} ${words.beside}`.trim();
  if (afterDrift === null || afterDrift.challenger.rows === 0)
    return abstain(
      `No labelled rows after the drift are in the holdout yet, so nothing shows that training helped. ${overall}`,
    );
  const since = `rows since the drift (${shortTime(afterDrift.since)})`;
  const unclear = cannotTell(afterDrift, gates, since);
  if (unclear !== null) return abstain(`${unclear} ${overall}`);
  if (afterDrift.champion === null || afterDrift.difference === null)
    return abstain(`${metricOf(gates)} of challenger and champion could not be compared on ${since}. ${overall}`);

  const isAll =
    afterDrift.challenger.rows === evaluation.challenger.rows &&
    compared(metric, afterDrift) === compared(metric, evaluation);
  const whose = isAll ? `${since}, which are the whole holdout,` : since;
  const onThem = `On ${rowsInWords(afterDrift, whose)} ${compared(metric, afterDrift)}.`;
  const numbers = `${onThem} ${isAll ? words.beside : overall}`.trim();
  if (!isBetter(afterDrift.difference, margin))
    return refuse(
      `The challenger is not better by ${value(margin)} after the drift. ${numbers} ${unmeasured(words.reason, metric, afterDrift)}`.trim(),
    );
  return {
    shown: () => pass(`The challenger is better after the drift and no worse overall. ${numbers}`),
    worse: () => {
      const sure = 'is better after the drift but worse overall';
      const measured = 'is better after the drift, but was measured worse overall';
      return refuse(`${lossInWords(difference, margin, { sure, measured })} ${numbers}`);
    },
    unclear: () => whenUnclear(gates, 'the champion overall', difference, numbers),
  }[comparedBy(difference, margin)]();
}

/** Losses within the margin add up from champion to champion; measured from one that stays, they cannot. */
function judgeByAnchor(gates: Gates, { anchor }: Evaluation, verdict: GateVerdict): GateVerdict {
  if (!anchor) return verdict;
  const { metric, margin } = gates;
  const name = `the anchor, version ${anchor.version}`;
  if (!anchor.difference)
    return pass(
      `${verdict.reason} It was not compared with ${name}: ${anchor.whyNot ?? `${metricOf(gates)} is undefined`}.`,
    );
  const numbers = `Against ${name}, with ${metricKinds[metric].title} ${value(anchor.metrics![metric]!)}, it gains ${signed(anchor.difference.estimate)} (${inWords(anchor.difference)}).`;
  return {
    shown: () => pass(`${verdict.reason} ${numbers}`),
    worse: () => {
      const measured = `was measured worse than ${name},`;
      const lost = lossInWords(anchor.difference!, margin, { sure: `is worse than ${name}`, measured });
      return refuse(`${lost} ${numbers} ${verdict.reason}`);
    },
    unclear: () =>
      gates.whenUnclear === 'fresher'
        ? pass(`${verdict.reason} ${numbers}`)
        : whenUnclear(gates, name, anchor.difference!, `${numbers} ${verdict.reason}`),
  }[comparedBy(anchor.difference, margin)]();
}

/** However good it is beside others, a model may be too bad to serve. */
function judgeByFloor(gates: Gates, { challenger, intervals }: Evaluation, verdict: GateVerdict): GateVerdict {
  const { metric, floor } = gates;
  if (floor === undefined || !verdict.passed) return verdict;
  const interval = intervals?.[metric];
  const found =
    `${metricOf(gates)} is ${value(challenger[metric]!)}` +
    `${interval ? ` (${percent(interval.level ?? LEVEL)} interval ${value(interval.low)} to ${value(interval.high)})` : ''}, ` +
    `and the floor is ${value(floor)} (gates.floor).`;
  const beyond = (reached: number): number => gain(metric, reached, floor);
  if (beyond(challenger[metric]!) < 0) return refuse(`The challenger is below the floor. ${found} ${verdict.reason}`);
  const worst = interval && Math.min(beyond(interval.low), beyond(interval.high));
  if (worst !== undefined && worst >= 0) return pass(`${verdict.reason} ${found}`);
  return gates.whenUnclear === 'fresher'
    ? pass(`${verdict.reason} ${found}`)
    : abstain(`The holdout cannot tell whether the challenger is above the floor. ${found} ${verdict.reason}`);
}

const isBetter = ({ estimate, low }: Difference, margin: number): boolean => estimate >= margin && low > 0;

function comparedBy({ estimate, low, high }: Difference, margin: number): 'shown' | 'worse' | 'unclear' {
  if (low > -margin || (low === 0 && high === 0)) return 'shown';
  return estimate < -margin || high < 0 ? 'worse' : 'unclear';
}

function whenUnclear(gates: Gates, other: string, { low }: Difference, numbers: string): GateVerdict {
  const why =
    `The holdout cannot tell whether the challenger is as good as ${other}: it may have lost ${value(-low)}, ` +
    `more than the margin of ${value(gates.margin)}.`;
  return gates.whenUnclear === 'fresher'
    ? pass(`${why} The fresher one is preferred then (gates.whenUnclear). ${numbers}`)
    : abstain(`${why} The champion stays then, unless gates.whenUnclear prefers the fresher. ${numbers}`);
}

/** Why these rows are not enough to tell; null when they are. */
function cannotTell(judged: Judged, gates: Gates, which: string): string | null {
  const { challenger, independent } = judged;
  const { rows, positives } = challenger;
  if (rows < gates.minRows)
    return `Too few rows to tell: ${count(rows)} ${which}, and the gate needs ${count(gates.minRows)} (gates.minRows).`;
  const kind = labelKindOf(challenger);
  // Rows of one entity share their fate; where no entity is declared, each row stands for itself.
  const entities = independent?.by === 'entity';
  const counted = entities ? independent.positives : positives;
  if (kind !== 'number' && counted < gates.minPositives)
    return (
      `Too few ${kind === 'class' ? 'of the rarest class' : 'positives'} to tell: ${count(counted)}${entities ? (counted === 1 ? ' entity' : ' entities') : ''} ` +
      `in ${rowsInWords(judged, which)}, and the gate needs ${count(gates.minPositives)} (gates.minPositives).`
    );
  if (independent && independent.blocks < minBlocksOf(gates))
    return (
      `Too few ${entities ? 'entities' : 'days'} to tell: ${rowsInWords(judged, which)}, and the gate needs ` +
      `${count(minBlocksOf(gates))} (gates.minBlocks).`
    );
  return challenger[gates.metric] == null
    ? `${metricOf(gates)} is undefined on ${which}: all labels are the same.`
    : null;
}

/** The metric, other than the gate's, that the challenger loses most by, as a share of the champion's lead over nothing. */
function tradeOf(
  { champion, others = [] }: Evaluation,
  { metric }: Gates,
): { words: string; isCertain: boolean } | null {
  const losses = others
    .filter((other) => other.metric !== metric && champion![other.metric] != null)
    .map((other) => {
      const kind = metricKinds[other.metric];
      const lead = gain(other.metric, champion![other.metric]!, kind.knowingNothing(champion!));
      return { other, title: kind.title, share: lead > 0 ? -other.estimate / lead : 0 };
    })
    .filter(({ share }) => share > LARGE_TRADE)
    .toSorted((a, b) => b.share - a.share || metricNames.indexOf(a.other.metric) - metricNames.indexOf(b.other.metric));
  const [worst] = losses;
  if (!worst) return null;
  const isCertain = losses.some(({ other }) => other.high < 0);
  const named = losses
    .map(({ other, title }) => `${title} by ${value(-other.estimate)} (${inWords(other)})`)
    .join(', ');
  return { words: `It is worse by other metrics${isCertain ? '' : ', perhaps by chance'}: ${named}.`, isCertain };
}

function isRefusedBySlices({ slices }: Evaluation, { slices: declared, margin }: Gates): boolean {
  if (!slices || declared === undefined || declared === 'tell') return false;
  return lostSlices(slices, margin).some((slice) => declared === 'refuse' || slice.declared === true);
}

/** The slices on which the challenger surely loses more than the margin. */
function lossesInWords({ slices }: Evaluation, { metric, margin }: Gates): string {
  const lost = slices ? lostSlices(slices, margin) : [];
  if (lost.length === 0) return '';
  const named = lost
    .toSorted((a, b) => Number(b.declared ?? false) - Number(a.declared ?? false))
    .slice(0, 3)
    .map(
      ({ column, name, declared, toChampion }) =>
        `${declared ? `"${name}"` : `${column} ${name}`} by ${value(-toChampion!.estimate)} (${inWords(toChampion!)})`,
    )
    .join(', ');
  const more = lost.length > 3 ? `, and ${lost.length - 3} more` : '';
  return `By slices, ${metricKinds[metric].title} is worse on ${named}${more}.`;
}
