import { schemaAlert, sourceUnreachableAlert } from '../../core/alerts/alert-words.ts';
import { type Occurrence } from '../../core/alerts/alerts.ts';
import { fingerprintOf } from '../../core/alerts/occurrence.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { instant, type Instant } from '../../core/time/time.ts';
import { harmless, type Told } from './alerting.ts';
import { activityInfo } from '@temporalio/activity';

/** With the growing pauses between attempts, the source has been away for about five minutes by then. */
export const TOLD_AT_ATTEMPT = 10;

type ToldOfSource = Told & { sharedClock: SharedClock };

/** Reads a source, and raises an alert when it stays unreachable or is no longer as declared. An alert that cannot be stored changes nothing. */
export async function tellingOfSource<T>(told: ToldOfSource, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { attempt, workflowExecution } = activityInfo();
    const [code, run, why] = [error instanceof UserError ? error.code : null, workflowExecution?.runId ?? '', messageOf(error)]; // prettier-ignore
    if (code === 'SOURCE_UNREACHABLE' && attempt >= TOLD_AT_ATTEMPT)
      await tell(told, (at) => sourceUnreachableAlert(told.pipeline.name, { run, attempt, why }, at));
    if (code === 'SOURCE_COLUMN_MISSING' || code === 'SOURCE_COLUMN_TYPE')
      await tell(told, (at) => schemaAlert(told.pipeline.name, { run, why }, at));
    throw error;
  }
}

async function tell(told: ToldOfSource, alert: (at: Instant) => Occurrence): Promise<void> {
  const { alerts, pipeline, sharedClock } = told;
  try {
    await alerts.raise(alert(instant((await sharedClock.read()).now())), pipeline.notifications.cooldown);
  } catch {
    // The step fails with its own error.
  }
}

/** All that a snapshot needs was read. An alert that cannot be ended changes nothing. */
export async function tellOfReadSource({ alerts, pipeline, sharedClock }: ToldOfSource): Promise<void> {
  const at = instant((await sharedClock.read()).now());
  const resolution = { at, by: 'the data loop', reason: 'its rows and labels were read' };
  for (const kind of ['source-unreachable', 'schema'] as const)
    await harmless(kind, alerts.resolve(fingerprintOf(kind, pipeline.name), resolution));
}
