import type { Config } from '../../../core/base/settings/config.ts';
import { namesOf } from '../../../core/base/names.ts';
import type { RetrainingLoop } from '../../../core/training/retraining/retraining-loop.ts';
import type { Instant } from '../../../core/time/time.ts';
import { newData, retrain, trainingEnded } from '../../../workflows/messages.ts';
import { callTemporal, causeOf } from '../connection/connection.ts';
import { createTurnstile } from './turnstile.ts';
import type { SignalDefinition } from '@temporalio/common';
import type { Client, WorkflowStartOptions } from '@temporalio/client';

interface Asked {
  request: string;
  asOf: Instant;
}

/**
 * In a burst the loop gets so many signals that it cannot start afresh: the server refuses that while signals arrive.
 * Half a second leaves it time, even with some dozen processes that signal.
 */
const APART_MS = 500;

/** Every message starts the loop if it is gone: everything it needs is in Postgres. */
export function createRetrainingLoop(
  client: Client,
  settings: Config['temporal'],
  { apartMs = APART_MS }: { apartMs?: number } = {},
): RetrainingLoop {
  const names = namesOf(settings.installation);
  const options = (pipeline: string) =>
    ({
      workflowId: names.retraining(pipeline),
      taskQueue: names.queues.control,
      args: [pipeline],
      staticSummary: `Decides when ${pipeline} is trained again`,
    }) satisfies WorkflowStartOptions;

  async function tell<Args extends unknown[]>(pipeline: string, signal: SignalDefinition<Args>, ...signalArgs: Args) {
    const start = { ...options(pipeline), signal, signalArgs } as never;
    try {
      await callTemporal(settings, () => client.workflow.signalWithStart('retraining', start));
    } catch (error) {
      if (!isFull(error)) throw error;
      // It has so many signals that it starts afresh before anything else, and then reads what is stored.
    }
  }

  // A request is stored before its signal, so one signal serves all requests that arrive during another.
  const ask = createTurnstile((pipeline, asked: Asked) => tell(pipeline, retrain, asked), {
    merge: (one, other) => (one.asOf > other.asOf ? one : other),
    apartMs,
  });

  return {
    async ensure(pipeline) {
      const start = { ...options(pipeline), workflowIdConflictPolicy: 'USE_EXISTING' } as const;
      await callTemporal(settings, () => client.workflow.start('retraining', start));
    },
    ask: ({ id, pipeline, asOf }) => ask(pipeline, { request: id, asOf }),
    newData: (pipeline, asOf) => tell(pipeline, newData, { asOf }),
    trainingEnded: (pipeline, cycle) => tell(pipeline, trainingEnded, { cycle }),
  };
}

const INVALID_ARGUMENT = 3;

/** The server takes 10,000 signals for one run and refuses the next. */
function isFull(error: unknown): boolean {
  const { code, details } = causeOf(error);
  return code === INVALID_ARGUMENT && /limit for signal/.test(details);
}
