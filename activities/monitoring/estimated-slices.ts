import { contentId } from '../../core/base/ids.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { featuresOf } from '../../core/columns/index.ts';
import { type Binning, SCORE } from '../../core/data/profiles/binning.ts';
import { type Binnings } from '../../core/data/profiles/binnings.ts';
import { countRow, emptyProfile, type Profile, total } from '../../core/data/profiles/profile.ts';
import { type PredictionLog } from '../../core/data/predictions/prediction-log.ts';
import { type Row } from '../../core/data/data.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type DeclaredSlices } from '../../core/declaration/slices.ts';
import { type Verdict } from '../../core/drift/verdict.ts';
import { estimateSlice, type EstimatedSlices, slicesBy } from '../../core/performance/estimated-slices.ts';
import { daysIn } from '../../core/performance/recalibration.ts';
import { before, type Instant } from '../../core/time/time.ts';
import { membershipOf } from '../../core/training/declared-slices.ts';
import { judgedArtifact } from '../../core/training/refit.ts';
import { type ModelVersion } from '../../core/training/training.ts';
import { reportProgress, unlessCancelled } from '../steps/heartbeats.ts';
import { createPauses } from '../steps/pauses.ts';
import { scorerOf } from '../training/scorer-of.ts';
import { rowsOf } from '../training/scoring.ts';
import { errorsFor } from './estimate.ts';
import { endOfDays } from './performance/estimated-days.ts';
import { countHoldoutDays, type HoldoutPorts } from './performance/holdout-days.ts';
import { countLabelled, type ReferencePorts } from './reference.ts';
import { labelledRows } from './reference-rows.ts';
import { cancellationSignal, log as activityLog } from '@temporalio/activity';

export type SlicePorts = HoldoutPorts &
  ReferencePorts & { binnings: Pick<Binnings, 'list'>; log: Pick<PredictionLog, 'scored' | 'rowsByHour'> };

/** Until each slice has enough rows, another day is read, of so many. */
const MOST_DAYS = 7;
/** Of more requests, one in so many. */
const MOST_ROWS = 200_000;

/**
 * How the champion does on each declared slice of its newest whole days, before their labels come. Counts by column know
 * no slices, so rows are read, once a day: later checks of the day repeat what the first one said, also that it failed.
 */
export async function estimateSlices(
  ports: SlicePorts,
  pipeline: Pipeline,
  version: ModelVersion,
  { asOf, last }: { asOf: Instant; last: Verdict | null | undefined },
): Promise<EstimatedSlices | undefined> {
  if (!pipeline.slices || pipeline.drift.of === 'data') return undefined;
  const [to, sliced] = [endOfDays(asOf), contentId(pipeline.slices)];
  const had = last?.version === version.version ? last.estimatedSlices : undefined;
  if (had?.to === to && had.sliced === sliced) return had;
  try {
    return await unlessCancelled(
      estimateAnew(ports, { ...pipeline, slices: pipeline.slices }, version, { to, sliced }),
    );
  } catch (error) {
    cancellationSignal().throwIfAborted();
    activityLog.warn('The performance of slices could not be estimated.', { error: messageOf(error) });
    return { from: to, to, sliced, metric: pipeline.gates.metric, slices: [] };
  }
}

type Sliced = Pipeline & { slices: DeclaredSlices };

async function estimateAnew(
  ports: SlicePorts,
  pipeline: Sliced,
  version: ModelVersion,
  { to, sliced }: Pick<EstimatedSlices, 'to' | 'sliced'>,
): Promise<EstimatedSlices | undefined> {
  const [binning] = await ports.binnings.list(pipeline.name);
  const requests = await requestsByDay(ports, pipeline.name, to);
  if (!binning || total(requests) === 0) return undefined;
  const { kind } = pipeline.label;
  const trained = await ports.pipelines.declaration({ name: version.pipeline, revision: version.revision });
  const columns = Object.keys(featuresOf(trained.columns));
  const { from, counts } = await countServed(ports.log, pipeline, version, binning, { to, requests });
  const holdout = await countHoldoutDays(ports, pipeline, version);
  const profile = await countLabelled(ports, columns, version, binning);
  const errors = kind === 'number' ? await errorsFor(ports, { version, binning, columns, reference: profile }) : null;
  const ofHoldout = errors && (await countHoldout(ports, pipeline, version, { binning, columns, trained }));
  const bins = binning.columns[SCORE];
  const found: ReturnType<typeof estimateSlice>[] = [];
  const pause = createPauses();
  for (const [place, name] of Object.keys(pipeline.slices).entries()) {
    const current = counts[place]!;
    const rows = {
      name,
      current,
      edges: bins?.kind === 'number' ? bins.edges : [],
      days: daysIn({ from, to }),
      promised: current.promised,
      errors,
      before: ofHoldout?.[place],
    };
    found.push(estimateSlice(pipeline, holdout, { profile, columns }, rows));
    await pause();
  }
  return { from, to, sliced, ...slicesBy(pipeline.gates.metric, found) };
}

/** Counts rows of each slice. */
function createCounts({ slices }: Sliced, binning: Binning) {
  const all = Object.values(slices).map((of) => ({ holds: membershipOf(of), profile: emptyProfile(binning) }));
  return {
    profiles: all.map(({ profile }) => profile),
    add(row: Row, score: number, probabilities: readonly number[] | null): void {
      for (const { holds, profile } of all)
        if (holds(row)) countRow(profile, binning, { ...row, [SCORE]: score }, probabilities);
    },
  };
}

/** How many requests came on each of the last whole days, the newest first. */
async function requestsByDay({ log }: SlicePorts, pipeline: string, to: Instant): Promise<number[]> {
  const hours = await log.rowsByHour(pipeline, { from: before(to, `${MOST_DAYS} days`), to });
  return Array.from({ length: MOST_DAYS }, (_, day) => total(hours.slice(24 * day, 24 * (day + 1)))).reverse();
}

/** Requests of the newest whole days that the champion answered. */
export async function countServed(
  log: Pick<PredictionLog, 'scored'>,
  pipeline: Sliced,
  { version }: Pick<ModelVersion, 'version'>,
  binning: Binning,
  { to, requests }: { to: Instant; requests: readonly number[] },
): Promise<{ from: Instant; counts: Profile[] }> {
  const { profiles, add } = createCounts(pipeline, binning);
  const pause = createPauses();
  const signal = cancellationSignal();
  let [from, rows] = [to, 0];
  for (const ofDay of requests) {
    const within = { from: before(from, '1 day'), to: from };
    from = within.from;
    if (ofDay === 0) continue;
    const one = { in: Math.ceil(ofDay / (MOST_ROWS - rows)) };
    for await (const some of log.scored(pipeline.name, version, within, one, signal)) {
      for (const { row, score, probabilities } of some) {
        add(row, score, probabilities);
        if (++rows % 64 === 0) await pause();
      }
      reportProgress({ sliced: rows });
      if (rows >= MOST_ROWS) return { from, counts: profiles };
    }
    if (profiles.every((profile) => profile.rows >= pipeline.gates.minRows)) break;
  }
  return { from, counts: profiles };
}

/** The holdout's rows of each slice, with the scores of the artifact that was judged; counted once. */
async function countHoldout(
  ports: SlicePorts,
  pipeline: Sliced,
  version: ModelVersion,
  { binning, columns, trained }: { binning: Binning; columns: string[]; trained: Pipeline },
): Promise<Profile[]> {
  const { profiles } = ports;
  const rows = labelledRows(ports, version, columns);
  const subjects = Object.values(pipeline.slices).map((of) => `${rows.subject}/slice/${contentId(of)}`);
  const known = await Promise.all(subjects.map((subject) => profiles.find(pipeline.name, subject, binning.id)));
  if (known.every((profile) => profile !== null)) return known;
  const slicing = Object.values(pipeline.slices).flatMap((of) => Object.keys(of));
  const read = [...new Set([...columns, ...slicing.filter((column) => Object.hasOwn(trained.columns, column))])];
  const { score } = await scorerOf(ports, { ...version, ...judgedArtifact(version) });
  const counts = createCounts(pipeline, binning);
  const pause = createPauses();
  let counted = 0;
  for await (const chunk of rows.chunks(read)) {
    for (const row of rowsOf(chunk, read)) {
      counts.add(row, score(row), null);
      if (++counted % 64 === 0) await pause();
    }
    reportProgress({ counted });
  }
  for (const [place, subject] of subjects.entries()) await profiles.record(pipeline.name, subject, counts.profiles[place]!); // prettier-ignore
  return counts.profiles;
}
