import type { Bench } from './bench.ts';
import { compared, type Chunk } from './estimates/compared.ts';
import { estimate, type Name } from './estimates/ours.ts';
import { openPeer } from './estimates/peer.ts';
import { lengths, PER_DAY, windowsOf, worldsOf, type ScoredRow, type World } from './estimates/worlds.ts';
import { countsByClass, precisionOf, recallOf } from '../core/metrics/confusion.ts';
import { decidedAt } from '../core/metrics/decided/index.ts';
import { metricKinds, metricTitle, type MetricName } from '../core/metrics/index.ts';
import { metricsOf } from '../core/metrics/metrics.ts';
import { decidedTitle } from '../core/performance/decided-title.ts';
import type { Decided } from '../core/performance/estimate.ts';

const SEEDS = 12;

/** Estimates of windows whose inputs drift, with labels that follow from them as before; then the labels come. */
export const bench: Bench = {
  summary:
    `Performance without labels, of windows of ${lengths.map(({ days }) => days).join(', ')} days with ${PER_DAY.toLocaleString('en-US')} rows each, whose inputs drift: ours from counts, NannyML's CBPE and DLE from rows. ` +
    "--seeds N for N holdouts of each world, --only 'rare' for one world, '7 days' for windows of a week, --into FILE to keep what NannyML answers",
  async run(report, { only = '', seeds = SEEDS, into }) {
    const peer = openPeer(report, into);
    try {
      const found = new Map<string, Chunk[][]>();
      for (let seed = 0; seed < seeds; seed++)
        for (const { make } of lengths
          .flatMap((windows) => worldsOf(seed, windows))
          .filter(({ name }) => name.includes(only))) {
          const world = make();
          const realised = windowsOf(world).map((rows) => realise(world, rows));
          const [ours, theirs] = [estimate(world), await peer.estimate(world)];
          for (const metric of Object.keys(theirs) as Name[]) {
            const title = `${world.name}, ${titleOf(metric)}`;
            const chunks = realised.map((came, chunk) => ({
              came: came[metric] ?? null,
              ours: ours[metric]?.[chunk] ?? null,
              peer: theirs[metric]![chunk] ?? null,
            }));
            found.set(title, [...(found.get(title) ?? []), chunks]);
          }
          report(`${world.name}, seed ${seed + 1} of ${seeds}: done`);
        }
      return compared(found);
    } finally {
      peer.close();
    }
  },
};

const titleOf = (metric: Name): string =>
  metric in metricKinds ? metricTitle(metric as MetricName) : decidedTitle(metric as keyof Decided);

/** What came once labels are known. */
function realise({ kind, threshold }: World, rows: readonly ScoredRow[]): Partial<Record<Name, number | null>> {
  const [scores, labels] = [rows.flatMap(({ probabilities, score }) => probabilities ?? score), rows.map(({ label }) => label)]; // prettier-ignore
  const metrics = metricsOf(kind, scores, labels);
  const decided = threshold === null ? {} : decidedAt(threshold, { scores, labels, blocks: labels }).measures;
  const classes = countsByClass(metrics.confusion ?? []);
  const mean = (of: readonly number[]): number => of.reduce((sum, each) => sum + each, 0) / of.length;
  return {
    ...metrics,
    ...Object.fromEntries(Object.entries(decided).map(([name, { value }]) => [name, value])),
    macroPrecision: mean(classes.flatMap((counts) => precisionOf(counts) ?? [])),
    macroRecall: mean(classes.flatMap((counts) => recallOf(counts) ?? [])),
  };
}
