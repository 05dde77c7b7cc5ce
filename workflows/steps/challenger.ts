import { bestCandidate, type CandidateResult } from '../../core/training/training.ts';
import { versionName } from '../../core/base/ids.ts';
import { attributes } from '../messages.ts';
import {
  assembleTrainingSet,
  evaluateWinner,
  type openTrainingRun,
  refitWinner,
  registerVersion,
  trainCandidate,
} from './steps.ts';
import { rootMessage } from '../run/failures.ts';
import { createBoard, type Board } from './leaderboard.ts';
import { searchOptions } from './search.ts';
import { isCancellation, patched, upsertSearchAttributes } from '@temporalio/workflow';

type OpenedRun = Awaited<ReturnType<typeof openTrainingRun>>;

/** From a snapshot to a registered version, and what its gate said of it. */
export async function trainChallenger(opened: OpenedRun) {
  const set = await assembleTrainingSet({ run: opened.id });
  const starts = set.warm !== undefined && patched('warm-start') ? [set.warm] : [];
  const run = { ...opened, candidates: [...opened.candidates, ...starts] };
  const board = createBoard(run.metric, [...run.candidates, ...(run.ensembles ?? [])]);
  const results = await trainAll(run, board);
  if (run.ensembles && patched('ensembles-after-candidates'))
    results.push(...(await trainCandidates({ ...run, candidates: run.ensembles }, board)).trained);
  const best = bestCandidate(results, run.metric);
  board.won(best.candidate);

  const winner = await evaluateWinner.executeWithOptions(
    { summary: `${best.candidate} on ${set.rows.holdout} holdout rows` },
    [{ run: run.id, candidate: best.candidate }],
  );
  const refitFailed = run.refits && winner.gate.passed && patched('refit') ? await refit(run.id) : null;
  const { version } = await registerVersion({ run: run.id, winner, ...(refitFailed !== null && { refitFailed }) });
  upsertSearchAttributes([{ key: attributes.version, value: versionName(version) }]);
  return { run, version, gate: winner.gate };
}

/** However it fails, the judged model is there to serve. Returns why it failed; null: it did not. */
async function refit(run: string): Promise<string | null> {
  try {
    await refitWinner({ run });
    return null;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return rootMessage(error);
  }
}

/** Trains all candidates at once, and searches meanwhile. The run fails when nothing is left but what it tries anyway. */
async function trainAll(run: OpenedRun, board: Board): Promise<CandidateResult[]> {
  const searches = run.searches === true && patched('search');
  const [declared, found] = await Promise.all([trainCandidates(run, board), searches ? search(run.id, board) : []]);
  const trained = [...declared.trained, ...found];
  if (declared.failed && trained.every(({ candidate }) => candidate === run.baseline)) throw declared.failed.reason;
  return trained;
}

/** A search that fails costs what it would have found. */
async function search(run: string, board: Board): Promise<CandidateResult[]> {
  try {
    return await searchOptions(run, board);
  } catch (error) {
    if (isCancellation(error)) throw error;
    board.say(`the search failed: ${rootMessage(error)}`);
    return [];
  }
}

/** One that fails costs itself. */
async function trainCandidates({ id: run, candidates, metric }: OpenedRun, board: Board) {
  const settled = await Promise.allSettled(
    candidates.map(async (candidate) => {
      const result = await trainCandidate.executeWithOptions({ summary: candidate }, [{ run, candidate }]);
      board.tell(candidate, { state: 'finished', value: result.selection[metric] ?? null, seconds: result.seconds });
      return result;
    }),
  );
  for (const [i, one] of settled.entries())
    if (one.status === 'rejected') board.tell(candidates[i]!, { state: 'failed' });
  const trained = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  return { trained, failed: settled.find((one) => one.status === 'rejected') };
}
