import { createRandom, type Random } from '../../core/base/random.ts';
import { createComparison, type Difference } from '../../core/metrics/difference.ts';
import { judgeChallenger } from '../../core/training/gates/gates.ts';
import { looksAt } from '../../core/training/gates/looks.ts';
import { byPercentiles } from './percentiles.ts';
import { averagePrecisionOf, draw, score, signalFor, type Drawn, type World } from './worlds.ts';

export const MARGIN = 0.01;
const SHARE = 0.2;
const CHAMPION = 0.6;
const METRIC = 'averagePrecision';

/** A champion of average precision 0.6, and a challenger that is this much better; entities of two rows. */
export const worldOf = (positives: number, better: number): World => ({
  blocks: Math.round(positives / SHARE / 2),
  rowsPerBlock: 2,
  share: SHARE,
  challenger: signalFor(CHAMPION + better, SHARE),
  champion: signalFor(CHAMPION, SHARE),
  shared: 0.8,
  luck: 0,
});

export interface Shares {
  promoted: number;
  abstained: number;
  /** Promoted by the rule of thumb: not much worse, and the percentiles of the difference reach zero. */
  thumb: number | null;
}

/** What becomes of this many scheduled, fresher challengers that are `better` by so much in truth. */
export function trainings(count: number, positives: number, better: number, withThumb: boolean): Shares {
  const world = worldOf(positives, better);
  const random = createRandom(`gates ${positives} ${better}`);
  const found = { promoted: 0, abstained: 0, thumb: 0 };
  for (let i = 0; i < count; i++) {
    const drawn = draw(world, random);
    const { outcome } = judge(drawn, createComparison(drawn)(METRIC)!);
    if (outcome === 'passed') found.promoted++;
    if (outcome === 'abstained') found.abstained++;
    if (!withThumb) continue;
    const { estimate, high } = byPercentiles(drawn, random);
    if (estimate >= -MARGIN && high >= 0) found.thumb++;
  }
  return {
    promoted: found.promoted / count,
    abstained: found.abstained / count,
    thumb: withThumb ? found.thumb / count : null,
  };
}

/** How often one of five challengers that are worse by the margin is promoted, all judged on the same rows. */
export function retries(count: number, positives: number): { counted: number; uncounted: number } {
  const world = worldOf(positives, -MARGIN);
  const random = createRandom('gates retries');
  const promoted = { counted: 0, uncounted: 0 };
  const holdout = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
  for (let i = 0; i < count; i++) {
    const drawn = draw(world, random);
    const passes = Array.from({ length: 5 }, (_, look) => {
      const compare = createComparison({ ...drawn, challenger: score(world, drawn, world.challenger, random) });
      const { level } = looksAt(holdout, Array(look).fill({ run: '', ...holdout }));
      return [level, 0.95].map((each) => judge(drawn, compare(METRIC, each)!).passed);
    });
    if (passes.some(([counted]) => counted)) promoted.counted++;
    if (passes.some(([, uncounted]) => uncounted)) promoted.uncounted++;
  }
  return { counted: promoted.counted / count, uncounted: promoted.uncounted / count };
}

/** The average precision lost, on average, in half a year of challengers that are each a little worse than the champion. */
export function creep(pipelines: number, positives: number): { anchored: number; free: number } {
  const random = createRandom('gates creep');
  const lost = { anchored: 0, free: 0 };
  const signals = Array.from({ length: 60 }, (_, i) => signalFor(CHAMPION - i * WORSE, SHARE));
  for (let i = 0; i < pipelines; i++) {
    lost.anchored += halfAYear(positives, signals, true, random);
    lost.free += halfAYear(positives, signals, false, random);
  }
  return { anchored: lost.anchored / pipelines, free: lost.free / pipelines };
}

const WEEKS = 26;
const WORSE = 0.005;

function halfAYear(positives: number, signals: number[], anchored: boolean, random: Random): number {
  let steps = 0;
  for (let week = 0; week < WEEKS; week++) {
    const world = { ...worldOf(positives, 0), champion: signals[steps]!, challenger: signals[steps + 1]! };
    const drawn = draw(world, random);
    const anchor = createComparison({ ...drawn, champion: score(world, drawn, signals[0]!, random) });
    const against = anchored && steps > 0 ? anchor(METRIC) : null;
    if (judge(drawn, createComparison(drawn)(METRIC)!, against).passed) steps++;
  }
  return averagePrecisionOf(signals[0]!, SHARE) - averagePrecisionOf(signals[steps]!, SHARE);
}

function judge({ labels, blocks }: Drawn, difference: Difference, anchor: Difference | null = null) {
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const metrics = { rows: labels.length, positives, [METRIC]: CHAMPION };
  return judgeChallenger({
    reason: 'schedule',
    fresher: true,
    gates: { metric: METRIC, margin: MARGIN, minPositives: 30, minRows: 50, preferFresh: true },
    evaluation: {
      challenger: metrics,
      champion: metrics,
      difference,
      independent: { by: 'entity', blocks: blocks.at(-1)! + 1, positives },
      ...(anchor && { anchor: { version: 1, metrics, difference: anchor } }),
      afterDrift: null,
    },
  });
}
