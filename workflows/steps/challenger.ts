import { bestCandidate, type CandidateResult } from '../../core/training/training.ts';
import { versionName } from '../../core/base/ids.ts';
import { attributes } from '../messages.ts';
import { assembleTrainingSet, evaluateWinner, openTrainingRun, registerVersion, trainCandidate } from './steps.ts';
import { upsertSearchAttributes } from '@temporalio/workflow';

/** From a snapshot to a registered version, and what its gate said of it. */
export async function trainChallenger(cycle: string) {
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
  return { run, version, gate: winner.gate };
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
