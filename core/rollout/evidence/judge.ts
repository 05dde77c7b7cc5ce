import { evidenceOfMore, leastShare, looksLikeMore, type Events } from '../../sequential/events.ts';
import {
  differenceOfMeans,
  errorOfDifference,
  meanOf,
  ratioOfMeans,
  varianceOf,
  type Estimate,
} from '../../sequential/means.ts';
import { errorOfPairs, meanOfDifferences, ratioOfPairs } from '../../sequential/pairs.ts';
import { checks as names, type CheckName, type Evidence, type Finding, type PairedLosses } from './evidence.ts';
import { bucketsOf, evidenceOfSlowdown, factorOf, provenSlowdown, slowerThan, slowestTenth } from './slowdown.ts';
import type { Checks } from '../steps/declared-steps.ts';
import { timeBounds } from './tally.ts';

type Check = (evidence: Evidence, checks: Checks, alpha: number) => Omit<Finding, 'check'>;

/** Of each version. The intervals hold at every count; here they are narrowest. */
const TIGHTEST_AT = 1000;
/** Pairs show smaller differences, and need to. */
const PAIRS_TIGHTEST_AT = 10_000;
/** Standard errors that chance alone exceeds in one look in twenty. */
const LOOKS_WORSE = 1.645;

const byName: Record<CheckName, Check> = {
  errors: (evidence, _, alpha) => compareEvents(evidence, 'failed', alpha, 'errors', 'failed'),
  refusals: (evidence, _, alpha) => compareEvents(evidence, 'refused', alpha, 'refusals', 'were refused'),
  latency,
  scores,
  losses,
};

/**
 * What the evidence since a step began says of the challenger. The chance that any finding of any look at the step
 * calls a challenger worse that is as good as allowed is at most `alpha`, so one may look as often as one likes.
 */
export const judge = (evidence: Evidence, { checks, alpha }: { checks: Checks; alpha: number }): Finding[] =>
  names.map((check) => ({ check, ...byName[check](evidence, checks, alpha / names.length) }));

/**
 * Each failure is the challenger's with the probability of its share, unless it fails more often, whatever the traffic
 * is like. A shadow has half of them: where both fail on the same request, that only lowers the evidence.
 */
function compareEvents(
  { challenger, champion, share }: Evidence,
  count: 'failed' | 'refused',
  alpha: number,
  name: string,
  what: string,
): Omit<Finding, 'check'> {
  if (challenger.units === 0 || champion.units === 0) return nothing(name, 1);
  const events: Events = { its: challenger[count], others: champion[count] };
  const says =
    `${name}: ${whole(events.its)} of ${whole(challenger.units)} requests ${what}, ` +
    `the champion's ${whole(events.others)} of ${whole(champion.units)}; allowed: no more often`;
  if (events.its + events.others === 0) return { verdict: 'fine', difference: null, interval: null, allowed: 1, says };

  const timesAsOften = (its: number, others: number): number => (its / others) * ((1 - share) / share);
  const least = leastShare(events, alpha);
  const leastOfOthers = leastShare({ its: events.others, others: events.its }, alpha);
  return {
    verdict: verdictOf(evidenceOfMore(events, share) >= -Math.log(alpha), looksLikeMore(events, share, LOOKS_WORSE)),
    difference: timesAsOften(events.its + 0.5, events.others + 0.5), // half an event each keeps it finite
    interval: [
      timesAsOften(least, 1 - least),
      leastOfOthers === 0 ? null : timesAsOften(1 - leastOfOthers, leastOfOthers),
    ],
    allowed: 1,
    says,
  };
}

/** A shadow has the same requests: where both are slow on one, that only lowers the evidence, too. */
function latency(
  { challenger, champion, share }: Evidence,
  { slowdown }: Checks,
  alpha: number,
): Omit<Finding, 'check'> {
  if (challenger.units === 0 || champion.units === 0) return nothing('latency', slowdown);
  const [mine, theirs] = [slowerThan(challenger.times), slowerThan(champion.times)];
  const [myTenth, theirTenth] = [slowestTenth(challenger.times), slowestTenth(champion.times)];
  const allowed = bucketsOf(slowdown);
  const { evidence, bound } = evidenceOfSlowdown(challenger.times, champion.times, share, allowed);
  const worse = evidence >= -Math.log(alpha);
  const ofTenth: Events = { its: mine[theirTenth + allowed] ?? 0, others: theirs[theirTenth] ?? 0 };
  const seen = worse
    ? `${whole(mine[bound + allowed] ?? 0)} of ${whole(challenger.units)} answers took over ${time(bound + allowed)}, ` +
      `${whole(theirs[bound]!)} of the champion's ${whole(champion.units)} over ${time(bound)}`
    : `nine in ten answers took at most ${time(myTenth)}, the champion's at most ${time(theirTenth)}`;
  return {
    verdict: verdictOf(worse, looksLikeMore(ofTenth, share, LOOKS_WORSE)),
    difference: factorOf(myTenth - theirTenth),
    interval: [provenSlowdown(challenger.times, champion.times, share, alpha), null],
    allowed: slowdown,
    says: `latency: ${seen}; allowed: ${figure(slowdown)} times as long`,
  };
}

/** A shadow scores the same rows: what counts is how far it lies from each answer. */
function scores(
  { challenger, champion, expectedShift }: Evidence,
  { scoreShift }: Checks,
  alpha: number,
): Omit<Finding, 'check'> {
  const [mine, theirs] = [challenger.scores, champion.scores];
  const deviation = Math.sqrt(varianceOf(theirs));
  if (mine.count === 0 || deviation === 0) return nothing('scores', scoreShift);
  const { shifts } = challenger;
  const difference = (shifts ? meanOf(shifts) : meanOf(mine) - meanOf(theirs)) / deviation;
  const error = shifts ? Math.sqrt(varianceOf(shifts) / shifts.count) : errorOfDifference(mine, theirs);
  const look = { alpha, tightestAt: TIGHTEST_AT };
  const found = shifts ? meanOfDifferences(shifts, look) : differenceOfMeans(mine, theirs, look);
  const interval: Finding['interval'] = found && [found.low / deviation, found.high / deviation];
  const [least, most] = [expectedShift - scoreShift, expectedShift + scoreShift];
  const worse = interval !== null && (interval[0] > most || interval[1]! < least);
  const beyond = Math.abs(difference - expectedShift) - scoreShift;
  return {
    verdict: verdictOf(worse, beyond > (LOOKS_WORSE * error) / deviation),
    difference,
    interval,
    allowed: scoreShift,
    expected: expectedShift,
    says:
      `scores: the mean is ${figure(meanOf(mine))}, the champion's ${figure(meanOf(theirs))}, a shift of ` +
      `${figure(difference)} standard deviations${between(interval)}; allowed: ${figure(least)} to ${figure(most)}`,
  };
}

/** The one-sided claim has the two-sided interval, so its chance of a false alarm is about half of what is allowed. */
function losses({ losses }: Evidence, { loss, pairedLoss }: Checks, alpha: number): Omit<Finding, 'check'> {
  if (losses === null) return nothing('losses', loss);
  if ('products' in losses) return judgePairedLosses(losses, pairedLoss, alpha);
  const { challenger, champion } = losses;
  if (challenger.count === 0 || champion.count === 0) return nothing('losses', loss);
  return lossesFinding(loss, {
    mine: meanOf(challenger),
    theirs: meanOf(champion),
    counts: [challenger.count, champion.count],
    found: ratioOfMeans(challenger, champion, { alpha, tightestAt: TIGHTEST_AT }),
    error: errorOfDifference(challenger, champion, 1 + loss),
    beside: 'the champion',
  });
}

/** What losses on the same rows say of the version that is judged. */
export function judgePairedLosses(
  pairs: PairedLosses,
  allowed: number,
  alpha: number,
  beside = 'the champion',
): Omit<Finding, 'check'> {
  const { count, one, other, rarer } = pairs;
  if (count < 2) return nothing('losses', allowed);
  return lossesFinding(allowed, {
    mine: one.sum / count,
    theirs: other.sum / count,
    counts: [count],
    found: ratioOfPairs(pairs, { alpha, tightestAt: PAIRS_TIGHTEST_AT, ...(rarer !== null && { telling: rarer }) }),
    error: errorOfPairs(pairs, 1 + allowed),
    beside,
  });
}

interface ComparedLosses {
  mine: number;
  theirs: number;
  /** Rows of both, or of each. */
  counts: [number] | [number, number];
  found: Estimate | null;
  error: number;
  beside: string;
}

function lossesFinding(
  allowed: number,
  { mine, theirs, counts, found, error, beside }: ComparedLosses,
): Omit<Finding, 'check'> {
  const interval: Finding['interval'] = found && [found.low - 1, found.high - 1];
  const larger = theirs > 0 ? mine / theirs - 1 : null;
  const [its, others] = counts;
  return {
    verdict: verdictOf(interval !== null && interval[0] > allowed, mine - (1 + allowed) * theirs > LOOKS_WORSE * error),
    difference: larger,
    interval,
    allowed,
    says:
      `losses: ${figure(mine)} on ${whole(its)} labelled rows, ${beside}'s ${figure(theirs)} on ` +
      (others === undefined ? 'the same' : whole(others)) +
      (larger === null ? '' : `: ${percent(larger)} larger${between(interval, percent)}`) +
      `; allowed: ${percent(allowed)}`,
  };
}

const verdictOf = (worse: boolean, looksWorse: boolean): Finding['verdict'] =>
  worse ? 'worse' : looksWorse ? 'unsure' : 'fine';

const nothing = (name: string, allowed: number): Omit<Finding, 'check'> => ({
  verdict: 'none',
  difference: null,
  interval: null,
  allowed,
  says: `${name}: nothing to compare yet`,
});

const whole = (count: number): string => count.toLocaleString('en-US');
const figure = (value: number): string => String(Number(value.toPrecision(3)));
const percent = (value: number): string => `${figure(100 * value)} %`;
const between = (interval: Finding['interval'], shown = figure): string =>
  interval === null ? '' : ` (from ${shown(interval[0])} to ${shown(interval[1]!)})`;
const time = (bound: number): string => `${figure(timeBounds[Math.min(bound, timeBounds.length - 1)]!)} ms`;
