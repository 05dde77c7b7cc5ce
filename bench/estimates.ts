import { makeFolder, type Bench, type BenchRow } from './bench.ts';
import { CHUNK, CHUNKS, makeWorlds, REFERENCE_PER_DAY, type ScoredRow, type World } from './estimates/worlds.ts';
import { makeBins, makeBinning, SCORE, scoreBins, type Binning } from '../core/data/profiles/binning.ts';
import { countRow, emptyProfile, type Profile } from '../core/data/profiles/profile.ts';
import { countsByClass, precisionOf, recallOf } from '../core/metrics/confusion.ts';
import { decidedAt } from '../core/metrics/decided/index.ts';
import { metricKinds, metricTitle, type MetricName } from '../core/metrics/index.ts';
import { metricsOf } from '../core/metrics/metrics.ts';
import { createErrorModel } from '../core/performance/error-model.ts';
import { decidedTitle } from '../core/performance/decided-title.ts';
import { estimatePerformance, type Decided, type Likely } from '../core/performance/estimate.ts';
import { type TallyOfDay } from '../core/performance/performance-days.ts';
import { addRow, emptyTally } from '../core/performance/tally.ts';
import { DAY, instant } from '../core/time/time.ts';
import { findPython } from '../local/toolchain/tools/python.ts';
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SEEDS = 3;

type Name = MetricName | keyof Decided;
type ByMetric = Partial<Record<Name, Likely[]>>;

/** Estimates of chunks whose inputs drift, with labels that follow from them as before; then the labels come. */
export const bench: Bench = {
  summary: `Performance without labels, over ${CHUNKS} chunks of ${CHUNK.toLocaleString('en-US')} rows whose inputs drift: ours from counts, NannyML's CBPE and DLE from rows`,
  async run(report, { only, seeds = SEEDS }) {
    const python = join((await findPython('bench-estimates', { report })).folder, 'python');
    const folder = makeFolder();
    try {
      const found = new Map<string, Compared>();
      for (let seed = 0; seed < seeds; seed++)
        for (const world of makeWorlds(seed)) {
          if (only !== undefined && !world.name.includes(only)) continue;
          const realised = chunksOf(world.analysis).map((chunk) => realise(world, chunk));
          const [ours, theirs] = [estimate(world), await askPeer(python, folder, world)];
          for (const [metric, peer] of Object.entries(theirs) as [Name, Likely[]][]) {
            const title =
              metric in metricKinds ? metricTitle(metric as MetricName) : decidedTitle(metric as keyof Decided);
            const one = found.get(`${world.name}, ${title}`) ?? { came: [], ours: [], peer: [] };
            one.came.push(...realised.map((metrics) => metrics[metric] ?? NaN));
            one.ours.push(...ours[metric]!);
            one.peer.push(...peer);
            found.set(`${world.name}, ${title}`, one);
          }
          report(`${world.name}, seed ${seed + 1} of ${seeds}: done`);
        }
      return [...found].flatMap(([name, one]) => compared(name, one));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const chunksOf = (rows: readonly ScoredRow[]): ScoredRow[][] =>
  Array.from({ length: rows.length / CHUNK }, (_, i) => rows.slice(i * CHUNK, (i + 1) * CHUNK));

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

/** As a check does it: from the holdout by day, and a window's counts. */
function estimate({ kind, threshold, reference, analysis }: World): ByMetric {
  const columns = Object.keys(reference[0]!.row);
  const valuesOf = (column: string): Float64Array => Float64Array.from(reference, ({ row }) => Number(row[column]));
  const score = kind === 'binary' ? scoreBins() : makeBins(Float64Array.from(reference, (one) => one.score));
  const binning = makeBinning({
    ...Object.fromEntries(columns.map((column) => [column, makeBins(valuesOf(column))])),
    [SCORE]: score,
  });
  const days: TallyOfDay[] = [];
  for (let from = 0; from < reference.length; from += REFERENCE_PER_DAY) {
    const tally = emptyTally();
    for (const row of reference.slice(from, from + REFERENCE_PER_DAY)) addRow(tally, kind, row);
    days.push({ day: instant((from / REFERENCE_PER_DAY) * DAY), tally });
  }
  const before = profileOf(reference, binning);
  const model = createErrorModel(binning, before);
  if (kind === 'number') for (const { row, score: of, label } of reference) model.add(row, of, label);
  const errors = kind === 'number' ? model.fit() : null;
  const found: ByMetric = {};
  for (const chunk of chunksOf(analysis)) {
    const current = profileOf(chunk, binning);
    const edges = score.kind === 'number' ? score.edges : [];
    const served = { profile: current.columns[SCORE]!, edges, days: 1, threshold, promised: current.promised };
    const { metrics, decided } = estimatePerformance(kind, days, { ...served, current, errors })!;
    for (const [metric, likely] of Object.entries({ ...decided, ...metrics }) as [Name, Likely][])
      (found[metric] ??= []).push(likely);
  }
  return found;
}

function profileOf(rows: readonly ScoredRow[], binning: Binning): Profile {
  const profile = emptyProfile(binning);
  for (const { row, score, probabilities } of rows)
    countRow(profile, binning, { ...row, [SCORE]: score }, probabilities);
  return profile;
}

async function askPeer(python: string, folder: string, world: World): Promise<ByMetric> {
  const { name, kind, threshold, reference, analysis } = world;
  const file = name.replaceAll(' ', '-');
  const columns = Object.keys(reference[0]!.row);
  const classes = reference[0]!.probabilities?.map((_, place) => `class${place}`) ?? [];
  for (const [side, rows] of [
    ['reference', reference],
    ['analysis', analysis],
  ] as const) {
    const head = [...columns, 'score', 'label', 'decision', ...classes].join();
    const lines = rows.map(({ row, score, label, probabilities = [] }) => {
      const taken = threshold === null ? probabilities.indexOf(score) : Number(score >= threshold);
      return [...columns.map((column) => row[column]), score, label, taken, ...probabilities].join();
    });
    writeFileSync(join(folder, `${file}-${side}.csv`), [head, ...lines].join('\n'));
  }
  const script = fileURLToPath(new URL('estimates/peer.py', import.meta.url));
  const { stdout } = await promisify(execFile)(python, [script, folder, file, kind, String(CHUNK)], {
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout) as ByMetric;
}

/** All chunks of all seeds. */
interface Compared {
  came: number[];
  ours: Likely[];
  peer: Likely[];
}

/** The mean distance of the estimates from what came, and how often the intervals held it. */
function compared(name: string, { came, ours, peer }: Compared): BenchRow[] {
  // Of few rows that are taken for positive a share can be undefined.
  const known = came.flatMap((value, i) => (Number.isNaN(value) || peer[i]!.value === null ? [] : [i]));
  const mean = (of: (i: number) => number): number => known.reduce((sum, i) => sum + of(i), 0) / known.length;
  const errorOf = (all: readonly Likely[]): number => mean((i) => Math.abs(all[i]!.value - came[i]!));
  const held = (all: readonly Likely[]): number =>
    mean((i) => (all[i]!.low <= came[i]! && came[i]! <= all[i]!.high ? 100 : 0));
  const widthOf = (all: readonly Likely[]): number => mean((i) => all[i]!.high - all[i]!.low);
  const row = (what: string, of: string, mine: number, theirs: number, ratio: number | null): BenchRow => ({
    case: `${name}: ${what}`,
    ours: mine,
    peer: theirs,
    peerName: 'NannyML',
    unit: of,
    ratio,
  });
  return [
    row('mean error of the estimate', '', errorOf(ours), errorOf(peer), errorOf(peer) / errorOf(ours)),
    row('realised values in the interval (90 wanted)', '%', held(ours), held(peer), null),
    row('width of the interval', '', widthOf(ours), widthOf(peer), null),
  ];
}
