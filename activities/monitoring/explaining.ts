import { messageOf } from '../../core/base/errors/errors.ts';
import { type Threads } from '../../core/base/threads.ts';
import { type Partition, type Snapshot } from '../../core/data/data.ts';
import { type PredictionLog } from '../../core/data/predictions/prediction-log.ts';
import { type Binning, SCORE } from '../../core/data/profiles/binning.ts';
import { type Profile } from '../../core/data/profiles/profile.ts';
import { createHourly, type Grouping, groupingOf, type Hourly } from '../../core/drift/explaining/hourly.ts';
import { columnsToScore, withShares, type Explanations } from '../../core/drift/explaining/explain.ts';
import { rowsThatShow } from '../../core/drift/explaining/shown-rows.ts';
import { daysBefore, type JointBefore, type JointDrift, ROWS_A_SIDE } from '../../core/drift/joint/joint.ts';
import { type ColumnDrift, type Verdict } from '../../core/drift/verdict.ts';
import { parseArtifact } from '../../core/model/scorer.ts';
import { DAY, type Instant, instant } from '../../core/time/time.ts';
import { type ModelVersion } from '../../core/training/training.ts';
import { compute } from '../steps/compute.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { labelledRows, type LabelledRowsPorts } from './reference-rows.ts';
import { type Reference } from './reference.ts';
import { newestRows, sampleReference, type SamplePorts, sampleWindow } from './samples.ts';
import { countSource, type SourceHoursPorts } from './source-hours.ts';
import { cancellationSignal, log } from '@temporalio/activity';
import { readFile } from 'node:fs/promises';

export interface ExplainingPorts extends SamplePorts, LabelledRowsPorts, SourceHoursPorts {
  analytics: SamplePorts['analytics'] & LabelledRowsPorts['analytics'];
  log: SamplePorts['log'] & Pick<PredictionLog, 'groupedByHour'>;
  threads: Threads;
}

/** What a check compared. */
export interface Compared extends Pick<Reference, 'reference' | 'weights' | 'weekend' | 'from' | 'holdout'> {
  pipeline: string;
  version: ModelVersion;
  /** The features that the version was trained on. */
  features: readonly string[];
  window: Partition;
  /** Where the rows are, when not in requests. */
  snapshot: Snapshot | null;
  binning: Binning;
  current: Profile;
}

/** So many days are looked at to find since when a column is as it is. */
const DAYS = 8;
/** Labelled rows of the holdout by which a column's weight in the scores is measured. */
const SCORED_ROWS = 1_000;

/** The check, and what its alarm says. */
interface Asked extends Pick<Verdict, 'asOf' | 'alarm'> {
  previous: Verdict | null;
}

/** A verdict without its explanation is better than none, so only a cancellation ends it. */
export async function explainVerdict(
  ports: ExplainingPorts,
  compared: Compared,
  columns: readonly ColumnDrift[],
  asked: Asked,
): Promise<Pick<Verdict, 'columns' | 'joint' | 'jointBefore'>> {
  const { asOf, previous } = asked;
  let told = [...columns];
  if (columns.length === 0) return { columns: told };
  const known = comparedBefore(compared, previous);
  try {
    const explanations = await explainColumns(ports, compared, columns, asked);
    told = columns.map((column) => ({ ...column, explained: explanations[column.column]! }));
    const joint = await compareRows(ports, compared, told, asOf, known);
    return { columns: told, ...(joint ? { joint } : known && { jointBefore: known }) };
  } catch (error) {
    cancellationSignal().throwIfAborted();
    log.warn('What moved could not be explained; the verdict lacks it.', { error: messageOf(error) });
    return { columns: told, ...(known && { jointBefore: known }) };
  }
}

/** The last comparison of rows of this version with rows of this reference. */
function comparedBefore({ version, from }: Compared, previous: Verdict | null): JointBefore | undefined {
  if (previous?.version !== version.version) return undefined;
  const { joint, jointBefore, level } = previous;
  const known = joint ? { joint, stable: level === 'stable' } : jointBefore;
  return known?.joint.reference === from.subject ? known : undefined;
}

/** How often the rows themselves are compared. */
const JOINTLY_EVERY = DAY;

/**
 * Compares rows of the window with rows of the reference, by all columns that vote together; once a day. null: there are too
 * few.
 */
async function compareRows(
  ports: ExplainingPorts,
  { pipeline, snapshot, window, reference: { rows: like }, weights, weekend, from, current: { rows } }: Compared,
  columns: readonly ColumnDrift[],
  asOf: Instant,
  known: JointBefore | undefined,
): Promise<JointDrift | null> {
  if (known && Date.parse(asOf) - Date.parse(known.joint.asOf) < JOINTLY_EVERY) return known.joint;
  const voting = columns.filter(({ votes }) => votes);
  const names = voting.map(({ column }) => column);
  const reference = await sampleReference(from, names, {
    most: ROWS_A_SIDE,
    of: like,
    weights,
    ...(weekend && { weekend }),
  });
  if (reference.rows === 0) return null;
  const current = await sampleWindow(ports, { pipeline, snapshot, window, rows }, names, ROWS_A_SIDE);
  const effects = voting.map(({ explained }) => explained?.designEffect ?? 1).sort((a, b) => a - b);
  const kinds = Object.fromEntries(voting.map(({ column, kind }) => [column, kind]));
  const effect = effects[effects.length >> 1] ?? 1;
  const found = await compute(ports.threads, 'compareJointly', reference, current, kinds, effect);
  return found && { asOf, ...found, reference: from.subject, ...daysBefore(known?.joint, known?.stable ?? false) };
}

/** What each column of a check tells besides its distances. */
async function explainColumns(
  ports: ExplainingPorts,
  compared: Compared,
  columns: readonly ColumnDrift[],
  { previous, alarm }: Omit<Asked, 'asOf'>,
): Promise<Explanations> {
  const { binning, reference, current, holdout: groupedBy, version } = compared;
  const names = columns.map(({ column }) => column);
  const hourly = await countHours(ports, compared, groupingFor(compared, names));
  const together = (alarm?.raised ?? []).flatMap((one) => (one.together ? [one.column] : []));
  const asked = { columns: names, binning, reference, current, groupedBy, hourly, together };
  const found = await compute(ports.threads, 'explain', asked);
  // A column derived from time has no part in a drift, so none in what the columns do to the score.
  const votes = new Set(columns.filter((column) => column.votes).map(({ column }) => column));
  const shifts = await shiftsOf(ports, compared, columnsToScore(found, votes));
  const explained = withShares(found, shifts, reference.columns[SCORE]);
  // What began before the hours that are looked at was seen to begin by an earlier check.
  for (const [column, told] of Object.entries(explained)) {
    const before =
      previous?.version === version.version ? previous.columns.find((each) => each.column === column) : null;
    const known = before?.explained?.since;
    if (told.since?.at === null && known?.at != null) explained[column] = { ...told, since: known };
  }
  await addRows(ports, compared, explained);
  return explained;
}

/** Rows that show how columns moved, of those that moved for sure. */
async function addRows(ports: ExplainingPorts, compared: Compared, explained: Explanations): Promise<void> {
  const { binning, reference, current } = compared;
  const moved = Object.keys(explained).filter((column) => explained[column]!.found);
  if (moved.length === 0) return;
  const newest = await newestRows(ports, compared, moved);
  for (const column of moved) {
    const [bins, before, after] = [binning.columns[column], reference.columns[column], current.columns[column]];
    if (!bins || !before || !after) continue;
    const rows = rowsThatShow({ column, bins, reference: before, current: after }, newest);
    if (rows.length > 0) explained[column] = { ...explained[column]!, rows };
  }
}

/** By all rows of the holdout: those of a window's own hours or days would group each window in another way. */
export const groupingFor = ({ binning, holdout }: Compared, columns: readonly string[]): Grouping =>
  groupingOf(binning, holdout, columns);

/** The hours of the days up to the window's end, in groups. */
export async function countHours(
  ports: Pick<ExplainingPorts, 'log' | keyof SourceHoursPorts>,
  { pipeline, window, snapshot, binning }: Compared,
  grouping: Grouping,
): Promise<Hourly> {
  const within = { from: instant(Date.parse(window.to) - DAYS * DAY), to: window.to };
  if (snapshot) return countSource(ports, snapshot, within, binning, grouping);
  const hourly = createHourly();
  for (const { hour, groups } of await ports.log.groupedByHour(pipeline, binning, within, grouping))
    hourly.add(Date.parse(hour), groups);
  return hourly.all();
}

/** How far each of these columns alone shifts the version's mean score. */
async function shiftsOf(
  ports: ExplainingPorts,
  compared: Compared,
  columns: readonly string[],
): Promise<Record<string, number>> {
  if (columns.length === 0) return {};
  const { binning, reference, current, version, features } = compared;
  const { trainingSet } = await ports.trainingRuns.get(version.trainingRun);
  if (!trainingSet) return {};
  // Those without a label are in the snapshot alone: by hash in all of its history, too much to read at each check.
  const labelled = labelledRows(ports, version, [...features]);
  const rows = await sampleReference(labelled, features, { most: SCORED_ROWS, of: trainingSet.rows.holdout });
  const moved = columns.map((column) => ({
    column,
    bins: binning.columns[column]!,
    reference: reference.columns[column]!,
    current: current.columns[column]!,
  }));
  return compute(ports.threads, 'scoreShifts', await modelOf(ports, compared.version), rows, moved);
}

const modelOf = async ({ cache }: Pick<ExplainingPorts, 'cache'>, version: ModelVersion) =>
  parseArtifact(await readFile(await unlessCancelled(cache.fetch(version)), 'utf8'));
