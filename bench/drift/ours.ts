import { binsFor, isSampled } from '../../core/columns/index.ts';
import { createAnalytics } from '../../adapters/duckdb/analytics.ts';
import { stretchesOf } from '../../adapters/postgres/predictions/served-sums.ts';
import { makeBinning, type Binning, type ColumnBins } from '../../core/data/profiles/binning.ts';
import { judge, type Judgement } from '../../core/drift/compare.ts';
import { addProfiles, emptyProfile, type Profile } from '../../core/data/profiles/profile.ts';
import { redactorOf } from '../../core/declaration/redaction/redaction.ts';
import { type DriftReport } from '../../reports/drift/drift-report.ts';
import { day, driftPipeline, rowsFile } from './data.ts';
import { HOUR, instant } from '../../core/time/time.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

// Our side: the drift check as the monitoring loop does it, with its counting in DuckDB at a worker's usual settings.
const [folder = '', rows = ''] = process.argv.slice(2);
const pipeline = driftPipeline();
const analytics = await createAnalytics({ folder });
const reference = [rowsFile(folder, 'reference', Number(rows))];
const current = [rowsFile(folder, 'current', Number(rows))];
const always = { from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' };
const SAMPLE_ROWS = 50_000;

let known: Binning | undefined;
const knownBinning = async (): Promise<Binning> => known ?? makeOurBinning();

/** A pipeline's bins are made once in its life. The peer makes its own in each run, so one task does. */
async function makeOurBinning(): Promise<Binning> {
  const levels = await analytics.levels(reference, pipeline.columns);
  const sampled = Object.keys(pipeline.columns).filter((column) => isSampled(pipeline.columns[column]!));
  const samples = await analytics.samples(reference, sampled, SAMPLE_ROWS);
  const columns: Record<string, ColumnBins> = {};
  for (const [column, declared] of Object.entries(pipeline.columns))
    columns[column] = binsFor(declared, {
      sample: samples[column] ?? new Float64Array(),
      levels: levels[column] ?? [],
    });
  return (known = makeBinning(columns));
}

interface Check {
  binning: Binning;
  reference: Profile;
  current: Profile;
}

async function count(binning: Binning): Promise<Check> {
  const [before, now] = await Promise.all([reference, current].map((files) => analytics.profile(files, binning, always))); // prettier-ignore
  return { binning, reference: before!, current: now! };
}

/** As Postgres holds them, as JSON: the reference's counts, and those of the day in the stretches whose sums are kept. */
let stored: { reference: string; stretches: string[] } | undefined;
async function storeCounts(binning: Binning): Promise<NonNullable<typeof stored>> {
  const stretches: string[] = [];
  for (const { start, hours } of stretchesOf(day)) {
    const within = { from: instant(start), to: instant(start + hours * HOUR) };
    stretches.push(JSON.stringify(await analytics.profile(current, binning, within)));
  }
  return { reference: JSON.stringify(await analytics.profile(reference, binning, always)), stretches };
}

// Loaded when a report is first asked for, so that it is not in the memory of a check without one.
let driftReport: ((report: DriftReport) => string) | undefined;

function writeReport(check: Check, judgement: Judgement): number {
  const verdict = {
    ...judgement,
    id: 'bench',
    pipeline: pipeline.name,
    asOf: day.to,
    window: day,
    version: 1,
    binning: check.binning.id,
    since: null,
    performance: [],
    reportKey: null,
  };
  const redact = redactorOf(pipeline);
  const page = new TextEncoder().encode(
    driftReport!({
      pipeline: redact.pipeline(),
      binning: redact.binning(check.binning),
      reference: redact.profile(check.reference),
      current: redact.profile(check.current),
      verdict: redact.verdict(verdict),
    }),
  );
  writeFileSync(join(folder, 'ours.html'), page);
  return page.length;
}

/** Each makes ready what it may lean on, then returns the work that is timed: to have the counts that are judged. */
const tasks: Record<string, () => Promise<() => Check | Promise<Check>>> = {
  'rows and bins': async () => async () => count(await makeOurBinning()),
  rows: async () => {
    const binning = await knownBinning();
    return () => count(binning);
  },
  report: async () => {
    ({ driftReport } = await import('../../reports/drift/drift-report.ts'));
    const binning = await knownBinning();
    return () => count(binning);
  },
  counts: async () => {
    const binning = await knownBinning();
    const { reference: before, stretches } = (stored ??= await storeCounts(binning));
    return () => ({
      binning,
      reference: JSON.parse(before) as Profile,
      current: stretches.map((text) => JSON.parse(text) as Profile).reduce(addProfiles, emptyProfile(binning)),
    });
  },
};

for await (const task of createInterface({ input: process.stdin })) {
  const work = await tasks[task]!();
  const start = performance.now();
  const check = await work();
  const judgement = judge({ ...check, pipeline });
  const milliseconds = performance.now() - start;
  const page = task === 'report' && {
    bytes: writeReport(check, judgement),
    milliseconds: performance.now() - start,
  };
  const drifted = judgement.columns.filter((column) => column.drifted).map(({ column }) => column);
  process.stdout.write(`${JSON.stringify({ milliseconds, drifted: drifted.sort(), ...(page && { page }) })}\n`);
}
analytics.close();
