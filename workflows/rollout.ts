import { type RolloutOutcome } from '../core/rollout/rollouts.ts';
import { versionName } from '../core/base/ids.ts';
import { openDesk, verbOf } from './approval.ts';
import { failed, rootMessage, rootType } from './failures.ts';
import { attributes, type RolloutInput } from './messages.ts';
import { endRollout, openRollout, promoteVersion } from './steps.ts';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';

type Outcome = Omit<RolloutOutcome, 'endedAt'>;

/** Gives a registered version traffic, as its declaration says, and reports the outcome. */
export async function rollout({ pipeline, rollout: id, reopened }: RolloutInput): Promise<Outcome> {
  const desk = openDesk(id);
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline },
    { key: attributes.loop, value: 'rollout' },
  ]);
  // A cancellation must not prevent storing what has happened.
  const end = (outcome: Outcome): Promise<void> =>
    CancellationScope.nonCancellable(async () => {
      await endRollout({ rollout: id, reopened, outcome });
      await condition(allHandlersFinished);
    });
  try {
    const outcome = await takeToTraffic(id, desk);
    setCurrentDetails(`${outcome.result}: ${outcome.reason}`);
    await end(outcome);
    return outcome;
  } catch (error) {
    // However the run ends, the rollout ends too: its cycle waits for it.
    await end(failed(error));
    throw error;
  }
}

async function takeToTraffic(id: string, desk: ReturnType<typeof openDesk>): Promise<Outcome> {
  const { version, cycle, approval, ended, ...asked } = await openRollout({ rollout: id });
  const name = versionName(version);
  upsertSearchAttributes([
    { key: attributes.version, value: name },
    ...(cycle === null ? [] : [{ key: attributes.cycle, value: cycle }]),
  ]);
  // A run that was started while the one before it ended repeats nothing.
  if (ended) return ended;

  let { reason } = asked;
  if (approval === 'person') {
    const { decision, within } = await desk.waitForDecision((until) =>
      setCurrentDetails(`${name} waits until ${until} for somebody to approve it: \`perennial approve\``),
    );
    if (!decision) return { result: 'refused', reason: `nobody approved it within ${within}` };
    const why = `${cycle === null ? 'started by hand' : 'gate'}: ${reason}`;
    reason = `${verbOf(decision)} by ${decision.by}: ${decision.reason} (${why})`;
    if (!decision.approve) return { result: 'refused', reason };
  }

  try {
    // Not cancellable: the traffic may have changed already, and the outcome has to say so.
    await CancellationScope.nonCancellable(() =>
      promoteVersion.executeWithOptions({ summary: name }, [{ rollout: id, reason }]),
    );
    return { result: 'promoted', reason };
  } catch (error) {
    if (rootType(error) !== 'TRAFFIC_SUPERSEDED') throw error;
    return { result: 'superseded', reason: rootMessage(error) };
  }
}
