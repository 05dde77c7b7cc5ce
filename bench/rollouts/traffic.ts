import { createRandom, type Random } from '../../core/base/random.ts';
import { metricsOf } from '../../core/metrics/metrics.ts';
import { bucketOf, emptyTally, type Tally } from '../../core/rollout/evidence/tally.ts';
import type { Moments, PairedLosses } from '../../core/rollout/evidence/evidence.ts';

export const PER_MINUTE = 60;
/** A label comes this much later. */
const LABEL_MINUTES = 30;

/**
 * What the challenger does differently. The champion: 1 % of requests fail, and half of the answers come within 8 ms.
 */
export interface Behaviour {
  /** Times as often. */
  failing: number;
  /** Times as long. */
  slower: number;
  /** In standard deviations of its scores. */
  shift: number;
  /** Deviation of what the model sees from what decides the label. */
  noise: number;
}
export const usual: Behaviour = { failing: 1, slower: 1, shift: 0, noise: 1 };

/** What decides labels. */
export interface Fate {
  mean: number;
  deviation: number;
}
/** About one row in six is positive. */
export const common: Fate = { mean: -2.5, deviation: 1.8 };
/** One row in eighty. */
export const rare: Fate = { mean: -6.2, deviation: 2 };

/** A model is calibrated for a noise of 1, also while more of it comes in. */
function score({ mean, deviation }: Fate, fate: number, noise: number, random: Random): number {
  const seen = fate + noise * random.normal();
  const trust = deviation ** 2 / (deviation ** 2 + usual.noise ** 2);
  const spread = deviation ** 2 * (1 - trust);
  return logistic((mean + trust * (seen - mean)) / Math.sqrt(1 + (Math.PI / 8) * spread));
}

/** A row's fate and its label. */
function row({ mean, deviation }: Fate, random: Random): { fate: number; label: 0 | 1 } {
  const fate = random.normal(mean, deviation);
  return { fate, label: random.uniform() < logistic(fate) ? 1 : 0 };
}

function lossOf(score: number, label: 0 | 1): number {
  const believed = Math.min(Math.max(score, 0.001), 0.999);
  return -Math.log(label === 1 ? believed : 1 - believed);
}

/** The average precision of scores on 200,000 rows. */
export function averagePrecision(noise: number, of = common): number {
  const random = createRandom('average precision');
  const rows = Array.from({ length: 200_000 }, () => row(of, random));
  const scores = rows.map(({ fate }) => score(of, fate, noise, random));
  return metricsOf('binary', scores, rows.map(({ label }) => label)).averagePrecision!; // prettier-ignore
}

/** Standard errors of a one-sided test at 1 % that finds nine faults of ten. */
const ORACLE = 2.326 + 1.282;

/**
 * The labelled rows that a test for one look needs, which knows the size of the fault beforehand, to tell with nine
 * faults of ten that the loss is more than allowed: of both versions on the same rows, and of each on rows of its own.
 * Infinity: the loss is no larger than that.
 */
export function rowsOfOracle(noise: number, allowed: number, of = common): { paired: number; apart: number } {
  const random = createRandom('oracle');
  const excess: number[] = [];
  const losses: [number[], number[]] = [[], []];
  for (let i = 0; i < 1_000_000; i++) {
    const { fate, label } = row(of, random);
    const [one, other] = [noise, usual.noise].map((its) => lossOf(score(of, fate, its, random), label));
    excess.push(one! - (1 + allowed) * other!);
    losses[0].push(one!);
    losses[1].push((1 + allowed) * other!);
  }
  const mean = (numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const varianceOf = (numbers: number[]): number => mean(numbers.map((number) => number ** 2)) - mean(numbers) ** 2;
  const worse = mean(excess);
  const rows = (variance: number): number => (worse > 0 ? (ORACLE / worse) ** 2 * variance : Infinity);
  return { paired: rows(varianceOf(excess)), apart: rows(varianceOf(losses[0]) + varianceOf(losses[1])) };
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
/** Of a usual model's scores, found by a simulation with a million rows. */
const SCORE_DEVIATION = 0.164;

/** What a minute holds of an arm, in this order: the peer reads it. The losses are those whose labels came in it. */
const FIELDS = ['count', 'failed', 'time', 'time2', 'score', 'score2', 'losses', 'loss', 'loss2'] as const;
export const MINUTE_LENGTH = 2 * FIELDS.length;
const [COUNT, FAILED, TIME, SCORE, LOSSES] = [0, 1, 2, 4, 6];

export interface Arms<T> {
  challenger: T;
  champion: T;
}

/** What has happened since a step began. */
export interface Happened extends Arms<Tally> {
  /** Of each arm on its own rows, and of both on the rows of a shadow. */
  losses: Arms<Moments>;
  pairs: PairedLosses & { positives: number };
}

const moments = (): Moments => ({ count: 0, sum: 0, squares: 0 });
const sums = () => ({ sum: 0, squares: 0 });
const noPairs = () => ({ count: 0, one: sums(), other: sums(), products: 0, rarer: 0, positives: 0 });
export const nothingYet = (): Happened => ({
  challenger: emptyTally(),
  champion: emptyTally(),
  losses: { challenger: moments(), champion: moments() },
  pairs: noPairs(),
});

/** The minutes of one step, one after the other; the same for the same seed. */
export function createTraffic({
  seed,
  share,
  behaviour,
  of = common,
}: {
  seed: string;
  share: number | 'shadow';
  behaviour: Behaviour;
  of?: Fate;
}) {
  const random = createRandom(seed);
  const unlabelled: { losses: Float64Array; pairs: ReturnType<typeof noPairs> }[] = [];

  /** Its score and loss; null: it failed. */
  function answer(
    from: ReturnType<typeof row>,
    as: Behaviour,
    tally: Tally,
    minute: Float64Array,
    losses: Float64Array,
    at: number,
  ): { given: number; loss: number } | null {
    minute[at + COUNT]!++;
    tally.rows++;
    tally.units++;
    if (random.uniform() < 0.01 * as.failing) {
      minute[at + FAILED]!++;
      tally.failed++;
      return null;
    }
    const time = 8 * as.slower * Math.exp(0.5 * random.normal());
    tally.times[bucketOf(time)]!++;
    add(minute, at + TIME, time);
    const given = score(of, from.fate, as.noise, random) + as.shift * SCORE_DEVIATION;
    count(tally.scores, given);
    add(minute, at + SCORE, given);
    const loss = lossOf(given, from.label);
    losses[at + LOSSES]!++;
    add(losses, at + LOSSES + 1, loss);
    return { given, loss };
  }

  /** Adds the next minute to what has happened, and returns it as numbers. */
  return function nextMinute(happened: Happened): Float64Array {
    const minute = new Float64Array(MINUTE_LENGTH);
    const later = { losses: new Float64Array(MINUTE_LENGTH), pairs: noPairs() };
    const champion = FIELDS.length; // behind the challenger's numbers
    for (let i = 0; i < PER_MINUTE; i++) {
      const from = row(of, random);
      const challenged = share === 'shadow' || random.uniform() < share;
      const mine = challenged ? answer(from, behaviour, happened.challenger, minute, later.losses, 0) : null;
      const theirs =
        share === 'shadow' || !challenged
          ? answer(from, usual, happened.champion, minute, later.losses, champion)
          : null;
      if (!mine || !theirs) continue;
      count((happened.challenger.shifts ??= moments()), mine.given - theirs.given);
      const { pairs } = later;
      pairs.count++;
      pairs.positives += from.label;
      count(pairs.one, mine.loss);
      count(pairs.other, theirs.loss);
      pairs.products += mine.loss * theirs.loss;
    }
    unlabelled.push(later);
    if (unlabelled.length > LABEL_MINUTES) label(happened, minute, unlabelled.shift()!);
    return minute;
  };
}

/** The labels of an earlier minute come. */
function label(
  { losses: known, pairs: all }: Happened,
  minute: Float64Array,
  { losses, pairs }: { losses: Float64Array; pairs: ReturnType<typeof noPairs> },
): void {
  for (const [arm, at] of [
    ['challenger', 0],
    ['champion', FIELDS.length],
  ] as const) {
    for (let i = LOSSES; i < FIELDS.length; i++) minute[at + i] = losses[at + i]!;
    known[arm].count += losses[at + LOSSES]!;
    known[arm].sum += losses[at + LOSSES + 1]!;
    known[arm].squares += losses[at + LOSSES + 2]!;
  }
  for (const key of ['count', 'products', 'positives'] as const) all[key] += pairs[key];
  for (const side of ['one', 'other'] as const)
    for (const sum of ['sum', 'squares'] as const) all[side][sum] += pairs[side][sum];
  all.rarer = Math.min(all.positives, all.count - all.positives);
}

function count(to: { count?: number; sum: number; squares: number }, value: number): void {
  if (to.count !== undefined) to.count++;
  to.sum += value;
  to.squares += value * value;
}

function add(to: Float64Array, at: number, value: number): void {
  to[at]! += value;
  to[at + 1]! += value * value;
}
