import { attributes, type LoopInput } from './messages.ts';
import { momentOf } from './run/moment.ts';
import { isBackfilled } from './run/priority.ts';
import { askOnSchedule } from './steps/steps.ts';
import { upsertSearchAttributes } from '@temporalio/workflow';

/**
 * What the retraining schedule runs, and an automation that asks for a training: they can start a workflow but not signal
 * one, so this one makes the request.
 */
export async function scheduledRequest({ pipeline, asOf, automation }: LoopInput): Promise<string> {
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline.name },
    { key: attributes.loop, value: 'retraining' },
  ]);
  return askOnSchedule({
    pipeline: pipeline.name,
    asOf: await momentOf(asOf),
    ...(isBackfilled() && { backfilled: true }),
    ...(automation && { automation }),
  });
}
