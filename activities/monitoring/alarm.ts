import { featuresOf, votes } from '../../core/columns/index.ts';
import { SCORE } from '../../core/data/profiles/binning.ts';
import { TIME } from '../../core/data/data.ts';
import { type Snapshots } from '../../core/data/snapshots.ts';
import { type Verdicts } from '../../core/drift/verdicts.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { own } from '../../core/base/own.ts';
import { contentId } from '../../core/base/ids.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { errorsAllowed, judgeNext, knownHours, knowsEnough } from '../../core/drift/alarm/alarm.ts';
import { alikeOf } from '../../core/drift/alarm/alike.ts';
import { learnPast } from '../../core/drift/alarm/learning/past.ts';
import { type AlarmStates } from '../../core/drift/alarm/state/alarm-states.ts';
import { contrastsOf, createRowSums, type Contrast } from '../../core/drift/alarm/contrasts.ts';
import { whyBlind } from '../../core/drift/alarm/blind.ts';
import { findable, isBlind } from '../../core/drift/alarm/findable.ts';
import { type Allowed } from '../../core/drift/alarm/model.ts';
import { contrastsOfScore } from '../../core/drift/alarm/own-score.ts';
import { type Told } from '../../core/drift/alarm/level.ts';
import { usualRate } from '../../core/drift/alarm/rate.ts';
import { blindInWords, tooEarlyInWords } from '../../core/drift/alarm/words.ts';
import { type AlarmState } from '../../core/drift/alarm/state/state.ts';
import { DAY, floorTo, HOUR, instant, type Instant } from '../../core/time/time.ts';
import { type TrainingRun, type TrainingRuns } from '../../core/training/versions/training-runs.ts';
import { isPartlyLabelled, splitNames } from '../../core/training/training.ts';
import { reportProgress, unlessCancelled } from '../steps/heartbeats.ts';
import { createPauses } from '../steps/pauses.ts';
import { rowsOf } from '../training/scoring.ts';
import { addSource, columnsOf, createHours, type HourPorts, hoursOf } from './alarm-hours.ts';
import { type Compared } from './explaining.ts';
import { countHoldout, type ReferencePorts } from './reference.ts';

export type AlarmPorts = ReferencePorts &
  HourPorts & {
    alarmStates: AlarmStates;
    trainingRuns: Pick<TrainingRuns, 'get'>;
    snapshots: Pick<Snapshots, 'get'>;
    verdicts: Pick<Verdicts, 'previous'>;
  };

/** Older hours say little of what is usual now. */
const LONGEST_PAST = 60 * DAY;
const FOR_EVER: Instant = '9999-12-31T00:00:00.000Z';

interface ToldAndAlike {
  told: Told;
  /** Where rows have entities: by column, how many rows tell what one does that is like no other. */
  alike: Readonly<Record<string, number>>;
}
const NOTHING: ToldAndAlike = { told: {}, alike: {} };

/**
 * Whether the hours up to a moment are unusual for this pipeline, by the hours that its champion learnt from and those
 * served since; or why that cannot be told. And how alike rows are.
 * @param rate null: the share of drifted columns judges, and what its champion learnt from tells how alike rows are
 */
export async function raiseAlarm(
  ports: AlarmPorts,
  pipeline: Pipeline,
  compared: Compared,
  rate: string | null,
): Promise<ToldAndAlike> {
  const hasEntities = pipeline.source.entity !== undefined;
  if (rate === null && !hasEntities) return NOTHING;
  const { version, features, binning, window, current } = compared;
  const voting = Object.entries(featuresOf(pipeline.columns))
    .filter(([name, column]) => features.includes(name) && votes(column) && own(pipeline.drift.weights, name) !== 0)
    .map(([name]) => name);
  const reference = await countHoldout(ports, [...features], version, binning);
  const inputs = contrastsOf(binning, reference, voting);
  if (inputs.length === 0) return NOTHING;
  const contrasts = [...inputs, ...(hasVote(pipeline, compared) ? contrastsOfScore(binning, reference) : [])];
  const allowed = errorsAllowed(contrasts, rate ?? usualRate);
  const to = floorTo(window.to, '1 hour');
  const pause = createPauses();

  // What one state tells of likeness, a later one tells as well.
  const { past, found } = await findState(ports, compared, inputs, rate === null ? FOR_EVER : to);
  const state = found ?? (await learn(ports, compared, inputs, allowed, pause));
  const alike = hasEntities ? alikeOf(state, inputs, allowed) : {};
  if (rate === null) {
    if (!found) await ports.alarmStates.record(pipeline.name, past, state);
    return { told: {}, alike };
  }
  if (!knowsEnough(state)) return { told: { unsure: tooEarlyInWords(knownHours(state)) }, alike };
  // The champion learnt from the newest hours themselves.
  if (state.upTo >= to) {
    await ports.alarmStates.record(pipeline.name, past, state);
    return { told: { alarm: { rate, raised: [] } }, alike };
  }
  const from = instant(Math.max(Date.parse(state.upTo), Date.parse(to) - LONGEST_PAST));
  const hours = await hoursOf(ports, compared, contrasts, { from, to });
  const judging = judgeNext(state, contrasts, allowed, hours);
  let step = judging.next();
  for (; !step.done; step = judging.next()) await pause();
  await ports.alarmStates.record(pipeline.name, past, state);
  const raised = step.value;
  const rows = (current.rows * 7 * DAY) / (Date.parse(window.to) - Date.parse(window.from));
  const finds = findable(state, contrasts, allowed, rows);
  const told =
    raised.length === 0 && isBlind(finds)
      ? { unsure: blindInWords(rows, whyBlind(state, inputs, allowed)) }
      : { alarm: { rate, raised, finds } };
  return { told, alike };
}

/** The score has a vote, unless its weight is 0, where the champion can score the rows that are watched. */
const hasVote = ({ columns, drift }: Pipeline, { features }: Compared): boolean =>
  own(drift.weights, SCORE) !== 0 && features.every((name) => Object.hasOwn(columns, name));

/**
 * The newest state of what a champion learnt, and by what it is stored. One that an earlier release learnt is used to its
 * end; an earlier release finds none that this one learnt, since it would take spreads around means for others.
 */
async function findState(
  { alarmStates }: AlarmPorts,
  { pipeline, version, binning }: Compared,
  contrasts: readonly Contrast[],
  to: Instant,
): Promise<{ past: string; found: AlarmState | null }> {
  const learntFrom = { version: version.version, binning: binning.id, contrasts: contrasts.map(({ id }) => id) };
  const ofEarlierRelease = contentId(learntFrom);
  const earlier = await alarmStates.find(pipeline, ofEarlierRelease, to);
  if (earlier) return { past: ofEarlierRelease, found: earlier };
  const past = contentId({ ...learntFrom, spreads: 'around means' });
  return { past, found: await alarmStates.find(pipeline, past, to) };
}

type Pause = ReturnType<typeof createPauses>;

/**
 * The rows that the champion was trained on, and judged by, with those of their time that got no label, and those that had
 * come by then without a label yet: those after a drift, if it was trained because of one.
 */
async function learn(
  ports: AlarmPorts,
  { version, binning }: Compared,
  contrasts: readonly Contrast[],
  allowed: Allowed,
  pause: Pause,
): Promise<AlarmState> {
  const run = await ports.trainingRuns.get(version.trainingRun);
  const since = Math.max(
    Date.parse(version.evaluation.afterDrift?.since ?? instant(0)),
    Date.parse(version.splits.to) - LONGEST_PAST,
  );
  const sums = createHours(contrasts, createRowSums(binning, contrasts));
  const columns = columnsOf(contrasts);
  if (isPartlyLabelled(run.trainingSet)) {
    const from = instant(Math.max(since, Date.parse(version.splits.from)));
    await addSource(ports, sums, await ports.snapshots.get(run.snapshot), columns, { from, to: version.splits.to });
  } else await addTrainingSet(ports, sums, run, columns, since);
  if (version.evaluation.afterDrift || (await wasQuiet(ports, run)))
    await addUnlabelled(ports, sums, run, columns, instant(sums.ends(LONGEST_PAST)[1]));
  const hours = sums.between(...sums.ends(LONGEST_PAST));
  const last = hours.at(-1);
  const learning = learnPast(contrasts, allowed, hours);
  let step = learning.next();
  for (; !step.done; step = learning.next()) await pause();
  return { upTo: instant(last ? last.time + HOUR : 0), ...step.value };
}

async function addTrainingSet(
  { analytics, cache }: AlarmPorts,
  sums: ReturnType<typeof createHours>,
  { trainingSet }: TrainingRun,
  columns: string[],
  since: number,
): Promise<void> {
  const file = await unlessCancelled(cache.fetch(trainingSet!));
  const pause = createPauses();
  for (const split of splitNames)
    for await (const chunk of analytics.readSplit(file, split, columns)) {
      let i = 0;
      for (const row of rowsOf(chunk, columns)) {
        const time = Number(chunk.own[TIME]![i]);
        if (time >= since) sums.addRow(time, row);
        if (++i % 64 === 0) await pause();
      }
      reportProgress({ learnt: chunk.rows });
    }
}

/** The rows of a training's snapshot whose labels were not known yet; none of one that was deleted since. */
async function addUnlabelled(
  ports: AlarmPorts,
  sums: ReturnType<typeof createHours>,
  { snapshot, asOf }: TrainingRun,
  columns: string[],
  from: Instant,
): Promise<void> {
  try {
    await addSource(ports, sums, await ports.snapshots.get(snapshot), columns, { from, to: asOf });
  } catch (error) {
    if (!(error instanceof UserError && ['SNAPSHOT_MISSING', 'OBJECT_MISSING'].includes(error.code))) throw error;
  }
}

/** Whether what came before a training can be what is usual. */
async function wasQuiet({ verdicts }: AlarmPorts, { pipeline, asOf }: TrainingRun): Promise<boolean> {
  const before = await verdicts.previous(pipeline.name, asOf);
  return before === null || before.level === 'stable';
}
