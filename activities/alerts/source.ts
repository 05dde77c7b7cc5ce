import { sourceUnreachableAlert } from '../../core/alerts/alert-words.ts';
import { fingerprintOf } from '../../core/alerts/occurrence.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { instant } from '../../core/time/time.ts';
import { type Told } from './alerting.ts';
import { activityInfo } from '@temporalio/activity';

/** With the growing pauses between attempts, the source has been away for about five minutes by then. */
export const TOLD_AT_ATTEMPT = 10;

type ToldOfSource = Told & { sharedClock: SharedClock };

/** Reads a source, and raises an alert when it stays unreachable. An alert that cannot be stored changes nothing. */
export async function tellingOfSource<T>(told: ToldOfSource, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { attempt, workflowExecution } = activityInfo();
    const unreachable = error instanceof UserError && error.code === 'SOURCE_UNREACHABLE';
    if (unreachable && attempt >= TOLD_AT_ATTEMPT)
      await tell(told, { run: workflowExecution?.runId ?? '', attempt, why: messageOf(error) }).catch(() => undefined);
    throw error;
  }
}

async function tell(told: ToldOfSource, waiting: { run: string; attempt: number; why: string }): Promise<void> {
  const { alerts, pipeline, sharedClock } = told;
  const at = instant((await sharedClock.read()).now());
  await alerts.raise(sourceUnreachableAlert(pipeline.name, waiting, at), pipeline.notifications.cooldown);
}

/** All that a snapshot needs was read. */
export async function tellOfReadSource({ alerts, pipeline, sharedClock }: ToldOfSource): Promise<void> {
  const at = instant((await sharedClock.read()).now());
  const resolution = { at, by: 'the data loop', reason: 'its rows and labels were read' };
  await alerts.resolve(fingerprintOf('source-unreachable', pipeline.name), resolution);
}
