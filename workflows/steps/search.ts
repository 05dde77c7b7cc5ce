import { type CandidateResult } from '../../core/training/training.ts';
import { type Board } from './leaderboard.ts';
import { closeRung, cutSearch, endSearch, openSearch, trainTrial } from './steps.ts';
import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/**
 * Successive halving: all trials on few rows, the better part of them on more, the last few on all rows. Each trial of a
 * rung is one step, so as many run at once as workers take them. One that fails costs itself.
 */
export async function searchOptions(run: string, board: Board): Promise<CandidateResult[]> {
  const plan = await openSearch({ run });
  const last = plan.rungs.length - 1;
  board.add(plan.trials);
  let at = 0;

  const tryOut = async (trial: string, rung: number): Promise<void> => {
    board.tell(trial, { state: 'running' });
    const summary = `${trial} on ${plan.rungs[rung]} rows`;
    const { value, seconds } = await trainTrial.executeWithOptions({ summary }, [{ run, trial, rung }]);
    board.tell(trial, { value, seconds, rung: rung + 1, state: rung === last ? 'finished' : 'waiting' });
  };
  const climb = async (): Promise<void> => {
    let going = plan.trials.map(({ name }) => name);
    for (at = 0; at <= last && going.length > 0; at++) {
      board.say(`rung ${at + 1} of ${last + 1}: ${going.length} trials on ${plan.rungs[at]} rows`);
      const began = going;
      const settled = await Promise.allSettled(began.map((trial) => tryOut(trial, at)));
      for (const [i, one] of settled.entries()) {
        if (one.status === 'fulfilled') continue;
        if (isCancellation(one.reason)) throw one.reason;
        board.tell(began[i]!, { state: 'failed' });
      }
      if (at === last) return;
      going = (await closeRung({ run, rung: at, began })).continuing;
      const tried = began.filter((_, i) => settled[i]!.status === 'fulfilled');
      for (const trial of tried) if (!going.includes(trial)) board.tell(trial, { state: 'stopped' });
    }
  };

  const cut = await inTime(climb, plan.milliseconds);
  if (cut) {
    const { best } = await cutSearch({ run });
    board.cut();
    // Its rows were few: as it is, it could not be compared with what has all rows.
    if (best !== null)
      await tryOut(best, last).catch((error: unknown) => {
        if (isCancellation(error)) throw error;
        board.tell(best, { state: 'failed' });
      });
  }
  const { found, outcome } = await endSearch({ run, cutAt: cut ? at : null });
  board.say(outcome);
  return found;
}

/** Works until it is done or the time is up; returns whether it was cut. */
async function inTime(work: () => Promise<void>, milliseconds: number | null): Promise<boolean> {
  if (milliseconds === null) {
    await work();
    return false;
  }
  let cut = false;
  const [working, waiting] = [new CancellationScope(), new CancellationScope()];
  // Handled at once: a cancellation of the run ends the sleep before it ends the work.
  const timer = waiting
    .run(async () => {
      await sleep(milliseconds);
      cut = true;
      working.cancel();
    })
    .catch(() => undefined);
  try {
    await working.run(work);
    return false;
  } catch (error) {
    if (!cut || !isCancellation(error)) throw error;
  } finally {
    waiting.cancel();
    await timer;
  }
  return true;
}
