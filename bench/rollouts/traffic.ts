import { createRandom, type Random } from '../../core/base/random.ts';
import { metricsOf } from '../../core/metrics/metrics.ts';
import { bucketOf, type Tally } from '../../core/rollout/tally.ts';
import type { Moments } from '../../core/rollout/evidence.ts';

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

/** What decides labels: about one in six rows is positive. */
const FATE = { mean: -2.5, deviation: 1.8 };

/** A model is calibrated for a noise of 1, also while more of it comes in. */
export function score(fate: number, noise: number, random: Random): number {
  const seen = fate + noise * random.normal();
  const trust = FATE.deviation ** 2 / (FATE.deviation ** 2 + usual.noise ** 2);
  const spread = FATE.deviation ** 2 * (1 - trust);
  return logistic((FATE.mean + trust * (seen - FATE.mean)) / Math.sqrt(1 + (Math.PI / 8) * spread));
}

/** A row's fate and its label. */
export function row(random: Random): { fate: number; label: 0 | 1 } {
  const fate = random.normal(FATE.mean, FATE.deviation);
  return { fate, label: random.uniform() < logistic(fate) ? 1 : 0 };
}

/** The average precision of scores on 200,000 rows. */
export function averagePrecision(noise: number): number {
  const random = createRandom('average precision');
  const rows = Array.from({ length: 200_000 }, () => row(random));
  const scores = rows.map(({ fate }) => score(fate, noise, random));
  return metricsOf('binary', scores, rows.map(({ label }) => label)).averagePrecision!; // prettier-ignore
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

/** The minutes of one step, one after the other; the same for the same seed. */
export function createTraffic({
  seed,
  share,
  behaviour,
}: {
  seed: string;
  share: number | 'shadow';
  behaviour: Behaviour;
}) {
  const random = createRandom(seed);
  const unlabelled: Float64Array[] = [];

  function answer(
    from: ReturnType<typeof row>,
    as: Behaviour,
    tally: Tally,
    minute: Float64Array,
    losses: Float64Array,
    at: number,
  ): void {
    minute[at + COUNT]!++;
    tally.rows++;
    tally.units++;
    if (random.uniform() < 0.01 * as.failing) {
      minute[at + FAILED]!++;
      tally.failed++;
      return;
    }
    const time = 8 * as.slower * Math.exp(0.5 * random.normal());
    tally.times[bucketOf(time)]!++;
    add(minute, at + TIME, time);
    const given = score(from.fate, as.noise, random) + as.shift * SCORE_DEVIATION;
    tally.scores.count++;
    tally.scores.sum += given;
    tally.scores.squares += given * given;
    add(minute, at + SCORE, given);
    const believed = Math.min(Math.max(given, 0.001), 0.999);
    losses[at + LOSSES]!++;
    add(losses, at + LOSSES + 1, -Math.log(from.label === 1 ? believed : 1 - believed));
  }

  /** Adds the next minute to the tallies and the losses, and returns it as numbers. */
  return function nextMinute(tallies: Arms<Tally>, losses: Arms<Moments>): Float64Array {
    const [minute, later] = [new Float64Array(MINUTE_LENGTH), new Float64Array(MINUTE_LENGTH)];
    const champion = FIELDS.length; // behind the challenger's numbers
    for (let i = 0; i < PER_MINUTE; i++) {
      const from = row(random);
      const challenged = share === 'shadow' || random.uniform() < share;
      if (challenged) answer(from, behaviour, tallies.challenger, minute, later, 0);
      if (share === 'shadow' || !challenged) answer(from, usual, tallies.champion, minute, later, champion);
    }
    unlabelled.push(later);
    const labelled = share !== 'shadow' && unlabelled.length > LABEL_MINUTES ? unlabelled.shift()! : null;
    if (labelled)
      for (const [arm, at] of [
        ['challenger', 0],
        ['champion', champion],
      ] as const) {
        for (let i = LOSSES; i < FIELDS.length; i++) minute[at + i] = labelled[at + i]!;
        losses[arm].count += labelled[at + LOSSES]!;
        losses[arm].sum += labelled[at + LOSSES + 1]!;
        losses[arm].squares += labelled[at + LOSSES + 2]!;
      }
    return minute;
  };
}

function add(to: Float64Array, at: number, value: number): void {
  to[at]! += value;
  to[at + 1]! += value * value;
}
