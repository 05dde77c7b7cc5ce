import { type Ended } from '../activities/experiments/experiments.ts';
import { failed } from './run/failures.ts';
import { attributes, stopExperiment, type ExperimentInput } from './messages.ts';
import { endExperiment, openExperiment, stopExperiment as storeStop, watchExperiment } from './steps/steps.ts';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';

/** Lets versions share the traffic until a declared metric says which is best, and stores the decision. */
export async function experiment(input: ExperimentInput): Promise<Ended> {
  const { pipeline, experiment: id } = input;
  openStop(id);
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline },
    { key: attributes.loop, value: 'experiment' },
  ]);
  // A cancellation must not prevent storing what has happened.
  const end = (ended: Ended, cancelled = false): Promise<void> =>
    CancellationScope.nonCancellable(async () => {
      await endExperiment({ experiment: id, ended, ...(cancelled && { cancelled }) });
      await condition(allHandlersFinished);
    });
  try {
    const { details, ended } = await openExperiment({ experiment: id });
    setCurrentDetails(details);
    if (ended) return ended;
    const came = await watchExperiment({ experiment: id });
    if (came.result !== 'continues') {
      setCurrentDetails(`${came.result}: ${came.reason}`);
      await end(came);
      return came;
    }
    await condition(allHandlersFinished);
  } catch (error) {
    // However the run ends, the champion gets its traffic back.
    await end({ winner: null, result: 'failed', reason: failed(error).reason }, isCancellation(error));
    throw error;
  }
  // Something happened, or a day passed: the next run tells it, on the newest code, and no history grows too long.
  return makeContinueAsNewFunc<typeof experiment>({ initialVersioningBehavior: 'AUTO_UPGRADE' })(input);
}

/** A person can stop it; that counts once it is stored. */
function openStop(id: string): void {
  setHandler(stopExperiment, (given) => storeStop({ experiment: id, ...given }), {
    validator({ by, reason }) {
      if (!by || !reason) throw new Error('Say by whom and why: {"by": "ada", "reason": "..."}');
    },
  });
}
