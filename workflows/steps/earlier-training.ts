import { type CycleOutcome } from '../../core/training/retraining/retraining.ts';
import { type Instant } from '../../core/time/time.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Decision } from '../../core/rollout/approvals.ts';
import { type Standing } from '../../activities/rollout/approval.ts';
import { LOOK_AGAIN, storedDecision, verbOf } from './approval.ts';
import { trainChallenger } from './challenger.ts';
import { failed, rootMessage, rootType } from '../run/failures.ts';
import { attributes, decideRollout, type TrainingInput } from '../messages.ts';
import { askForApproval, closeCycle, decideApproval, lookForWord, openTrainingRun, promoteVersion } from './steps.ts';
import {
  CancellationScope,
  condition,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';

type Outcome = Omit<CycleOutcome, 'endedAt'>;

/** Where a person's decision arrives while the run waits for it. */
interface Desk {
  open: boolean;
  /** The training run that a decision is stored for before it counts; null in runs of earlier releases. */
  run: string | null;
  word: Decision | null;
}

/**
 * A training that began with an earlier release, before rollouts had runs of their own: it rolls its challenger out by
 * itself. It stays as it was, and goes when no such run is left.
 */
export async function earlierTraining({ pipeline, cycle, reopened = 0 }: TrainingInput): Promise<Outcome> {
  const desk: Desk = { open: false, run: null, word: null };
  const take = async (decision: Decision): Promise<void> => {
    if (desk.run === null) desk.word = decision;
    else desk.word = await storedDecision({ run: desk.run }, decision);
  };
  setHandler(decideRollout, take, {
    validator(_decision: Decision) {
      if (desk.word) throw new Error(`${desk.word.by} has already ${verbOf(desk.word)} it.`);
      if (!desk.open) throw new Error('This training does not wait for an approval.');
    },
  });
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline },
    { key: attributes.loop, value: 'training' },
    { key: attributes.cycle, value: cycle },
  ]);
  try {
    const outcome = await trainAndPromote(cycle, desk);
    setCurrentDetails(`${outcome.result}: ${outcome.reason}`);
    // Past this point a cancellation must not interrupt: it would close finished work as failed.
    await CancellationScope.nonCancellable(() => closeCycle({ cycle, reopened, outcome }));
    return outcome;
  } catch (error) {
    // However the run ends, the cycle ends too: the retraining loop waits for it.
    const outcome: Outcome = { version: null, ...failed(error) };
    const cancelled = isCancellation(error) ? { cancelled: true } : {};
    await CancellationScope.nonCancellable(() => closeCycle({ cycle, reopened, outcome, ...cancelled }));
    throw error;
  }
}

async function trainAndPromote(cycle: string, desk: Desk): Promise<Outcome> {
  const { run, version, gate } = await trainChallenger(await openTrainingRun({ cycle }));
  if (gate.outcome !== 'passed') return { result: gate.outcome, version, reason: gate.reason };

  let { reason } = gate;
  if (run.approval === 'person') {
    const { word, within } = await waitForWord(run.id, version, desk);
    if (!word) return { result: 'refused', version, reason: `nobody approved it within ${within}` };
    reason = `${verbOf(word)} by ${word.by}: ${word.reason} (gate: ${reason})`;
    if (!word.approve) return { result: 'refused', version, reason };
  }

  try {
    // Not cancellable: the traffic may have changed already, and the cycle has to say so.
    await CancellationScope.nonCancellable(() =>
      promoteVersion.executeWithOptions({ summary: versionName(version) }, [{ run: run.id, version, reason }]),
    );
    return { result: 'promoted', version, reason };
  } catch (error) {
    if (rootType(error) !== 'TRAFFIC_SUPERSEDED') throw error;
    return { result: 'superseded', version, reason: rootMessage(error) };
  }
}

interface Said {
  word: Decision | null;
  within: string;
}

/** Requests approval and waits. The stored decision holds, so a restarted run uses it too. */
async function waitForWord(run: string, version: number, desk: Desk): Promise<Said> {
  if (!patched('words-are-stored-first')) return waitForWordInHand(run, version, desk);
  desk.run = run;
  desk.open = true; // before the request is stored: a decision can arrive before this run learns that it is
  const { until, within, ...standing } = await askForApproval({ run, version });
  setCurrentDetails(`${versionName(version)} waits until ${until} for somebody to approve it: \`perennial approve\``);
  const word = await wordInTime(run, until, desk, standing);
  desk.open = false;
  return { word, within };
}

/** Waits for a decision until the deadline, and checks now and then whether one was stored. */
async function wordInTime(run: string, until: Instant, desk: Desk, standing: Standing): Promise<Decision | null> {
  let { decision, milliseconds } = standing;
  while (!decision && milliseconds !== 0) {
    await condition(() => desk.word !== null, Math.max(1, Math.min(milliseconds ?? LOOK_AGAIN, LOOK_AGAIN)));
    if (desk.word) decision = desk.word;
    else ({ decision, milliseconds } = await lookForWord({ run, until }));
  }
  return decision;
}

/** How a run of an earlier release waits. At the deadline it looks for a decision that was stored and never reached it. */
async function waitForWordInHand(run: string, version: number, desk: Desk): Promise<Said> {
  const asked = await askForApproval({ run, version });
  if (asked.decision) return { word: asked.decision, within: asked.within };
  setCurrentDetails(
    `${versionName(version)} waits until ${asked.until} for somebody to approve it: \`perennial approve\``,
  );
  desk.open = true;
  const said = (): boolean => desk.word !== null;
  if (asked.milliseconds === null) await condition(said);
  else await condition(said, Math.max(1, asked.milliseconds));
  let word: Decision | null = null;
  if (desk.word) word = await decideApproval({ run, decision: desk.word });
  else if (patched('stored-word-is-looked-for')) {
    desk.run = run;
    word = await wordInTime(run, asked.until, desk, await lookForWord({ run, until: asked.until }));
  }
  desk.open = false;
  return { word, within: asked.within };
}
