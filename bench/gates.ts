import { createRandom } from '../core/base/random.ts';
import { differenceOf } from '../core/metrics/difference.ts';
import type { Bench, BenchRow } from './bench.ts';
import { firstModels } from './gates/first-models.ts';
import type { FirstWorld } from './gates/first-worlds.ts';
import { byPercentiles } from './gates/percentiles.ts';
import { creep, MARGIN, retries, trainings } from './gates/trainings.ts';
import { draw } from './gates/worlds.ts';

const DRAWS = 2_000;
const TRAININGS = 2_000;
/** With one day there is no interval. */
const DAYS = [2, 3, 5, 7, 14, 30];
const FIRST_MODELS = 1_000;
const FEW: [name: string, world: Pick<FirstWorld, 'kind' | 'rows' | 'share'>][] = [
  ['350 numbers', { kind: 'number', rows: 350, share: 0 }],
  ['50 positives of 400', { kind: 'binary', rows: 400, share: 1 / 8 }],
  ['200 positives of 800', { kind: 'binary', rows: 800, share: 1 / 4 }],
];
const KNOWN: [name: string, world: Pick<FirstWorld, 'signal' | 'drift'>][] = [
  ['nothing is known', { signal: 0, drift: 0 }],
  ['nothing is known, days drift', { signal: 0, drift: 0.5 }],
  ['nothing is known, days drift far', { signal: 0, drift: 1 }],
  ['something is known', { signal: 0.5, drift: 0 }],
  ['more is known', { signal: 0.8, drift: 0 }],
  ['more is known, days drift', { signal: 0.8, drift: 0.5 }],
];
const PERCENTILES = 'percentiles of resampled days';
const THUMB = 'rule of thumb: not much worse, percentiles reach zero';

export const bench: Bench = {
  summary: `Intervals and gates on ${DRAWS} made-up holdouts, ${TRAININGS} trainings of each kind (500 of the largest) and ${FIRST_MODELS} first models of few rows`,
  async run(report) {
    const rows: BenchRow[] = [];
    for (const days of DAYS) {
      const { ours, peer } = coverage(days, DRAWS);
      rows.push(
        share(`a 95 % interval covers the truth, ${days} days`, ours.covers, peer.covers, PERCENTILES),
        share(`an equal model is called better, ${days} days`, ours.better, peer.better, PERCENTILES),
      );
      report(`${days} days: ours ${percent(ours.covers)}, percentiles ${percent(peer.covers)}`);
    }
    for (const positives of [100, 300, 1_200, 3_000])
      for (const better of [-0.03, -MARGIN, 0, 0.02]) {
        const count = positives > 1_200 ? TRAININGS / 4 : TRAININGS;
        const { promoted, abstained, thumb } = trainings(count, positives, better, positives <= 300);
        const name = `${positives} positives, ${better === 0 ? 'as good' : better < 0 ? `worse by ${-better}` : `better by ${better}`}`;
        rows.push(
          share(`promoted: ${name}`, promoted, thumb, THUMB),
          share(`abstained: ${name}`, abstained, null, null),
        );
        report(`${name}: promoted ${percent(promoted)}, abstained ${percent(abstained)}`);
      }
    const { counted, uncounted } = retries(TRAININGS, 300);
    rows.push(
      share('one of five on the same rows promoted, each worse by the margin', counted, uncounted, 'looks uncounted'),
    );
    const { anchored, free } = creep(50, 1_000);
    rows.push({
      case: 'lost in 26 weeks of challengers worse by 0.005 each, 1,000 positives',
      ours: anchored,
      peer: free,
      peerName: 'no anchor',
      unit: 'average precision',
      ratio: null,
    });
    for (const [few, sizes] of FEW)
      for (const [known, truth] of KNOWN) {
        const { alone, folds, unchecked } = await firstModels(FIRST_MODELS, { ...sizes, ...truth });
        const name = `first model promoted: ${few}, ${known}`;
        rows.push(
          share(name, folds, alone, 'the holdout alone'),
          share(name, folds, unchecked, 'folds that need not beat rows near in time'),
        );
        report(`${name}: ${percent(folds)}, by the holdout alone ${percent(alone)}, unchecked ${percent(unchecked)}`);
      }
    return rows;
  },
};

/** How often the interval of the difference between two equal models has zero in it, and lies above it. */
export function coverage(days: number, draws: number) {
  const random = createRandom(`gates coverage ${days}`);
  const world = { blocks: days, rowsPerBlock: 60, share: 0.1, challenger: 1.5, champion: 1.5, shared: 0.5, luck: 0.4 };
  const counts = { ours: [0, 0], peer: [0, 0] };
  let undefinedDraws = 0;
  for (let i = 0; i < draws; i++) {
    const drawn = draw(world, random);
    const found = {
      ours: differenceOf({ ...drawn, metric: 'averagePrecision' }),
      peer: byPercentiles(drawn, random),
    };
    if (Number.isNaN(found.peer.estimate)) {
      undefinedDraws++;
      continue;
    }
    for (const who of ['ours', 'peer'] as const) {
      const interval = found[who];
      if (!interval) continue;
      if (interval.low <= 0 && interval.high >= 0) counts[who][0]!++;
      if (interval.low > 0) counts[who][1]!++;
    }
  }
  const shares = ([covers, better]: number[]) => ({
    covers: covers! / (draws - undefinedDraws),
    better: better! / (draws - undefinedDraws),
  });
  return { ours: shares(counts.ours), peer: shares(counts.peer) };
}

const share = (name: string, ours: number, peer: number | null, peerName: string | null): BenchRow => ({
  case: name,
  ours: 100 * ours,
  peer: peer === null ? null : 100 * peer,
  peerName: peer === null ? null : peerName,
  unit: '%',
  ratio: null,
});
const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
