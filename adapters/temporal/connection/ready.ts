import type { Config } from '../../../core/base/settings/config.ts';
import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { patiently, type Patience } from '../../machine/patience.ts';
import { connectionOptions } from './connection-options.ts';
import { causeOf, connectLazily, saidOf } from './connection.ts';
import type { Connection } from '@temporalio/client';

type Settings = Config['temporal'];

const QUESTION_MS = 5_000;
const NOT_FOUND = 5;
/** Problems that a person has to fix: the request, the rights, the server, the key. */
const HOPELESS = [3, 7, 12, 16];

/** No such schedule or run exists: "not found" proves as much as any other answer. */
const NOBODYS = 'perennial/ready';

/** Whether an answer of Temporal will not change with time. */
export function isHopeless(error: unknown): boolean {
  const { code } = causeOf(error);
  return HOPELESS.includes(code) || isOfOldDatabase(error) || (code === -1 && error instanceof UserError);
}

/** Whether the server's database comes from an older server and lacks tables: the dev server does not add new ones. */
export const isOfOldDatabase = (error: unknown): boolean =>
  /no such (table|column)/.test(`${messageOf(error)} ${causeOf(error).details}`);

/**
 * A connection that retries nothing, on a fresh channel without a backoff: people should see the first answer.
 */
async function connectOnce(settings: Settings): Promise<Connection> {
  const channelArgs = { 'grpc.use_local_subchannel_pool': 1 };
  return connectLazily({ ...(await connectionOptions(settings)), interceptors: [], channelArgs });
}

/** Throws at once when nothing listens, and waits for a slow server. */
export async function knock(settings: Settings, signal: AbortSignal): Promise<void> {
  const connection = await connectOnce(settings);
  try {
    await connection.withAbortSignal(signal, () => connection.workflowService.getSystemInfo({}));
  } finally {
    await connection.close();
  }
}

/**
 * Tries each part of Temporal that we need. A server greets while it still replays its database: schedules, queues and
 * lists are not available then. Throws the answer that failed.
 */
export async function askTemporal(
  settings: Settings,
  also: (connection: Connection) => Promise<unknown> = async () => undefined,
): Promise<void> {
  const { namespace } = settings;
  const connection = await connectOnce(settings);
  const { workflowService } = connection;
  const about = (what: string, ask: () => Promise<unknown>): Promise<unknown> =>
    connection.withDeadline(Date.now() + QUESTION_MS, ask).catch((cause: unknown) => {
      if (cause instanceof UserError) throw cause;
      throw new Error(`${what}: ${saidOf(cause)}`, { cause });
    });
  try {
    await about('its namespace', () => workflowService.describeNamespace({ namespace }));
    await about('its schedules', () =>
      workflowService.describeSchedule({ namespace, scheduleId: NOBODYS }).catch((error: unknown) => {
        const { code, details } = causeOf(error);
        if (code !== NOT_FOUND || details.startsWith('Namespace')) throw error;
      }),
    );
    await about('its queues', () =>
      workflowService.describeTaskQueue({ namespace, taskQueue: { name: NOBODYS }, taskQueueType: 1 }),
    );
    await about('its list of runs', () =>
      workflowService.countWorkflowExecutions({ namespace, query: `WorkflowId = "${NOBODYS}"` }),
    );
    await about('its search attributes', () => also(connection));
  } finally {
    await connection.close();
  }
}

/** Waits until Temporal provides all that we need. Throws TEMPORAL_UNREACHABLE with its last answer. */
export async function untilServes(settings: Settings, patience: Patience = {}): Promise<void> {
  const what = `Temporal at ${settings.address} (namespace ${settings.namespace})`;
  const began = Date.now();
  try {
    await patiently({ ...patience, what, ask: () => askTemporal(settings), hopeless: isHopeless });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const waited = isHopeless(cause) ? '' : ` after ${Math.round((Date.now() - began) / 1_000)} s`;
    throw new UserError(
      'TEMPORAL_UNREACHABLE',
      `${what} is not ready${waited}; the last answer concerns ${messageOf(cause)}. ` +
        'Start it, or check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TLS and TEMPORAL_API_KEY.',
      { cause },
    );
  }
}
