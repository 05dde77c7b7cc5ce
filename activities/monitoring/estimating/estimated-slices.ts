import { contentId } from '../../../core/base/ids.ts';
import { messageOf } from '../../../core/base/errors/errors.ts';
import { featuresOf } from '../../../core/columns/index.ts';
import { type Binning, SCORE } from '../../../core/data/profiles/binning.ts';
import { emptyProfile, type Profile, total } from '../../../core/data/profiles/profile.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { type DeclaredSlices } from '../../../core/declaration/slices.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { estimateSlice, type EstimatedSlices, slicesBy } from '../../../core/performance/estimated-slices.ts';
import { daysIn } from '../../../core/performance/recalibration.ts';
import { type Instant } from '../../../core/time/time.ts';
import { membershipOf } from '../../../core/training/slices/declared-slices.ts';
import { judgedArtifact } from '../../../core/training/refit.ts';
import { type ModelVersion } from '../../../core/training/training.ts';
import { reportProgress, unlessCancelled } from '../../steps/heartbeats.ts';
import { createPauses } from '../../steps/pauses.ts';
import { scorerOf } from '../../training/scorer-of.ts';
import { rowsOf } from '../../training/scoring.ts';
import { errorsFor } from './estimate.ts';
import { countHoldoutDays } from '../performance/holdout-days.ts';
import { countLabelled } from '../reference.ts';
import { countScored, type SourceRow } from '../scored-rows.ts';
import {
  endOfDays,
  findSlicedRows,
  lastDays,
  MOST_ROWS,
  type SlicedRows,
  type SlicePorts,
  type Watched,
} from './sliced-rows.ts';
import { labelledRows } from '../reference-rows.ts';
import { cancellationSignal, log as activityLog } from '@temporalio/activity';

/**
 * How the champion does on each declared slice of its newest whole days, before their labels come. Counts by column know
 * no slices, so rows are read, once a day: later checks of the day repeat what the first one said, also that it failed.
 */
export async function estimateSlices(
  ports: SlicePorts,
  pipeline: Pipeline,
  version: ModelVersion,
  { asOf, last, watched }: { asOf: Instant; last: Verdict | null | undefined; watched: Watched | null },
): Promise<EstimatedSlices | undefined> {
  const { slices, gates } = pipeline;
  if (!slices) return undefined;
  const sliced = contentId(slices);
  let days: Pick<EstimatedSlices, 'of' | 'to'> = { to: endOfDays(asOf) };
  const nothing = (): EstimatedSlices => {
    const { of, to } = days;
    return { from: to, to, sliced, ...(of && { of }), metric: gates.metric, slices: [] };
  };
  try {
    const found = await unlessCancelled(findSlicedRows(ports, pipeline, version, { asOf, watched }));
    days = found;
    if (watched?.unscored) return { ...nothing(), unscored: watched.unscored };
    const had = last?.version === version.version ? last.estimatedSlices : undefined;
    const isSame = had?.to === found.to && had.sliced === sliced && had.of === found.of;
    // A column that was missing is read again.
    if (isSame && had.unscored === undefined) return had;
    return await unlessCancelled(estimateAnew(ports, { ...pipeline, slices }, version, { ...found, sliced }));
  } catch (error) {
    cancellationSignal().throwIfAborted();
    activityLog.warn('The performance of slices could not be estimated.', { error: messageOf(error) });
    return nothing();
  }
}

type Sliced = Pipeline & { slices: DeclaredSlices };

async function estimateAnew(
  ports: SlicePorts,
  pipeline: Sliced,
  version: ModelVersion,
  { sliced, ...of }: SlicedRows & Pick<EstimatedSlices, 'sliced'>,
): Promise<EstimatedSlices | undefined> {
  const [binning] = await ports.binnings.list(pipeline.name);
  const rows = await of.rows();
  if (!binning || total(rows) === 0) return undefined;
  const { kind } = pipeline.label;
  const trained = await ports.pipelines.declaration({ name: version.pipeline, revision: version.revision });
  const columns = Object.keys(featuresOf(trained.columns));
  const { from, slices } = await countRowsOf(of, pipeline, { binning, columns, rows });
  const holdout = await countHoldoutDays(ports, pipeline, version);
  const profile = await countLabelled(ports, columns, version, binning);
  const errors = kind === 'number' ? await errorsFor(ports, { version, binning, columns, reference: profile }) : null;
  const ofHoldout = errors && (await countHoldout(ports, pipeline, version, { binning, columns, trained }));
  const bins = binning.columns[SCORE];
  const found: ReturnType<typeof estimateSlice>[] = [];
  const pause = createPauses();
  for (const [place, name] of Object.keys(pipeline.slices).entries()) {
    const { profile: current, since, lacks } = slices[place]!;
    const slice = {
      name,
      current,
      lacks,
      edges: bins?.kind === 'number' ? bins.edges : [],
      days: daysIn({ from: since ?? from, to: of.to }),
      promised: current.promised,
      errors,
      before: ofHoldout?.[place],
    };
    found.push(estimateSlice(pipeline, holdout, { profile, columns }, slice));
    await pause();
  }
  return { from, to: of.to, sliced, ...(of.of && { of: of.of }), ...slicesBy(pipeline.gates.metric, found) };
}

/** A declared slice's rows. */
interface SliceCounts {
  profile: Profile;
  /** The first day whose rows tell of it; null: none was read. */
  since: Instant | null;
  /** Columns that it looks at and that some day's rows lack: those rows do not tell of it. */
  lacks: string[];
}

/** The columns that declared slices look at. */
const slicing = ({ slices }: Sliced): string[] => [...new Set(Object.values(slices).flatMap((of) => Object.keys(of)))];

/** Counts rows of each slice. */
function createCounts({ slices }: Sliced, binning: Binning) {
  const all = Object.values(slices).map((of) => ({
    columns: Object.keys(of),
    holds: membershipOf(of),
    counted: { profile: emptyProfile(binning), since: null, lacks: [] } as SliceCounts,
  }));
  return {
    slices: all.map(({ counted }) => counted),
    /** What adds rows that lack some columns, by which nothing can be told of slices that look at them. */
    adding(lacking: readonly string[] = [], day: Instant | null = null): ((one: SourceRow) => void) | null {
      const told = all.filter(({ columns, counted }) => {
        const lacked = columns.filter((column) => lacking.includes(column));
        if (lacked.length > 0) counted.lacks = lacked;
        else counted.since = day;
        return lacked.length === 0;
      });
      if (told.length === 0) return null;
      return (one) => {
        for (const { holds, counted } of told) if (holds(one.row)) countScored(counted.profile, binning, one);
      };
    },
  };
}

/** Rows of the newest whole days, by slice. */
export async function countRowsOf(
  { to, lacks, read }: Pick<SlicedRows, 'to' | 'lacks' | 'read'>,
  pipeline: Sliced,
  { binning, columns, rows: byDay }: { binning: Binning; columns: string[]; rows: readonly number[] },
): Promise<{ from: Instant; slices: SliceCounts[] }> {
  const { slices, adding } = createCounts(pipeline, binning);
  const all = [...new Set([...columns, ...slicing(pipeline)])];
  const pause = createPauses();
  let [from, rows] = [to, 0];
  for (const [ago, day] of lastDays(to).entries()) {
    const ofDay = byDay[ago]!;
    if (ofDay === 0) continue;
    const lacking = await lacks(day, slicing(pipeline));
    const add = adding(lacking, day.from);
    if (!add) continue; // nor is it of the period that is told
    from = day.from;
    const held = all.filter((column) => !lacking.includes(column));
    for await (const some of read(day, held, { in: Math.ceil(ofDay / (MOST_ROWS - rows)) })) {
      for (const one of some) {
        add(one);
        if (++rows % 64 === 0) await pause();
      }
      reportProgress({ sliced: rows });
      if (rows >= MOST_ROWS) return { from, slices };
    }
    if (slices.every(({ profile }) => profile.rows >= pipeline.gates.minRows)) break;
  }
  return { from, slices };
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
  const [lacking, held] = [false, true].map((isHeld) =>
    slicing(pipeline).filter((column) => Object.hasOwn(trained.columns, column) === isHeld),
  );
  const read = [...new Set([...columns, ...held!])];
  const { score } = await scorerOf(ports, { ...version, ...judgedArtifact(version) });
  const { slices, adding } = createCounts(pipeline, binning);
  const add = adding(lacking) ?? (() => {});
  const pause = createPauses();
  let counted = 0;
  for await (const chunk of rows.chunks(read)) {
    for (const row of rowsOf(chunk, read)) {
      add({ row, score: score(row), probabilities: null });
      if (++counted % 64 === 0) await pause();
    }
    reportProgress({ counted });
  }
  for (const [place, subject] of subjects.entries()) await profiles.record(pipeline.name, subject, slices[place]!.profile); // prettier-ignore
  return slices.map(({ profile }) => profile);
}
