import { bestCandidate, type CandidateResult } from '../core/training.ts';
import { type CycleOutcome } from '../core/retraining.ts';
import { versionName } from '../core/ids.ts';
import { attributes, type TrainingInput } from './messages.ts';
import {
  assembleTrainingSet,
  closeCycle,
  evaluateWinner,
  openTrainingRun,
  promoteVersion,
  registerVersion,
  trainCandidate,
} from './steps.ts';
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';

type Outcome = Omit<CycleOutcome, 'endedAt'>;

/** One training of a cycle: from a snapshot to a new champion, or to the reason why there is none. */
export async function training({ pipeline, cycle }: TrainingInput): Promise<Outcome> {
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline },
    { key: attributes.loop, value: 'training' },
    { key: attributes.cycle, value: cycle },
  ]);
  try {
    const outcome = await trainAndPromote(cycle);
    setCurrentDetails(`${outcome.result}: ${outcome.reason}`);
    // Past this point nothing can be called off: a cancellation would close as failed what has happened.
    await CancellationScope.nonCancellable(() => closeCycle({ cycle, outcome }));
    return outcome;
  } catch (error) {
    // However the run ends, the cycle ends too: the retraining loop waits for it.
    const outcome: Outcome = { result: 'failed', version: null, reason: rootMessage(error) };
    await CancellationScope.nonCancellable(() => closeCycle({ cycle, outcome }));
    throw error;
  }
}

async function trainAndPromote(cycle: string): Promise<Outcome> {
  const run = await openTrainingRun({ cycle });
  const set = await assembleTrainingSet({ run: run.id });
  const results = await trainCandidates(run.id, run.candidates);
  const best = bestCandidate(results, run.metric);

  const winner = await evaluateWinner.executeWithOptions(
    { summary: `${best.candidate} on ${set.rows.holdout} holdout rows` },
    [{ run: run.id, candidate: best.candidate }],
  );
  const { version } = await registerVersion({ run: run.id, winner });
  upsertSearchAttributes([{ key: attributes.version, value: versionName(version) }]);
  if (winner.gate.outcome !== 'passed') return { result: winner.gate.outcome, version, reason: winner.gate.reason };

  try {
    // Not to be cut short: the traffic may have changed already, and the cycle has to say so.
    await CancellationScope.nonCancellable(() =>
      promoteVersion.executeWithOptions({ summary: versionName(version) }, [
        { run: run.id, version, reason: winner.gate.reason },
      ]),
    );
    return { result: 'promoted', version, reason: winner.gate.reason };
  } catch (error) {
    if (rootType(error) !== 'TRAFFIC_SUPERSEDED') throw error;
    return { result: 'superseded', version, reason: rootMessage(error) };
  }
}

/** Trains all candidates at once. One that fails costs itself; the run fails when none is left. */
async function trainCandidates(run: string, candidates: string[]): Promise<CandidateResult[]> {
  const settled = await Promise.allSettled(
    candidates.map((candidate) => trainCandidate.executeWithOptions({ summary: candidate }, [{ run, candidate }])),
  );
  const trained = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = settled.find((one) => one.status === 'rejected');
  if (trained.length === 0 && failed) throw failed.reason;
  return trained;
}

/** The failure that an activity threw, beneath the layers that carried it here. */
function root(error: unknown): unknown {
  return error instanceof ActivityFailure && error.cause ? root(error.cause) : error;
}
const rootMessage = (error: unknown): string => {
  const cause = root(error);
  return cause instanceof Error ? cause.message : String(cause);
};
const rootType = (error: unknown): string | null => {
  const cause = root(error);
  return cause instanceof ApplicationFailure ? (cause.type ?? null) : null;
};
