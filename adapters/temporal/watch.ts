import type { Config } from '../../core/base/settings/config.ts';
import { namesOf, type Role, roles } from '../../core/base/names.ts';
import { before, instant, latest, SECOND, type Instant } from '../../core/time/time.ts';
import type { QueueBacklog } from '../../core/alerts/rules/load-alerts.ts';
import type { EndedRun, LastRun, TemporalWatch } from '../../core/runs/watch.ts';
import { attributes } from '../../workflows/messages.ts';
import { callTemporal } from './connection/connection.ts';
import { type Client, WorkflowFailedError, type WorkflowExecutionInfo } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';

const PATIENCE = 5 * SECOND;
const MOST_RUNS = 100;
const PAGE = 1_000;
/** Beyond this, listing them takes longer than a query per pipeline. */
const MOST_FAILED = 5 * PAGE;
/** A run can be listed this much later than others that ended at the same time. */
const LISTED_LATE = '2 minutes';
/** Cancelled and terminated runs count as neither failed nor completed, nor does one that waited for such a run. */
const BY_ITSELF = 'ExecutionStatus in ("Completed", "Failed", "TimedOut")';
/** The only step of the training queue. */
const TRAINS = 'trainCandidate';
const WORKFLOWS = 1;
const ACTIVITIES = 2;
/** The control queue's workflow tasks advance loops; the other queues have only steps. */
const tasksOf: Record<Role, number> = { control: WORKFLOWS, data: ACTIVITIES, training: ACTIVITIES };

/** Quoted for a query: "loop" is a keyword of its language. */
const quoted = ({ name }: { name: string }): string => `\`${name}\``;

export function createTemporalWatch(client: Client, settings: Config['temporal']): TemporalWatch {
  const { care, queues, query: ours } = namesOf(settings.installation);
  // Otherwise a hanging connection would block for ever.
  const call = <T>(work: () => Promise<T>): Promise<T> =>
    callTemporal(settings, () => client.connection.withDeadline(Date.now() + PATIENCE, work));

  async function newestPoll(role: Role): Promise<[string, Instant | null]> {
    const name = queues[role];
    const { pollers } = await call(() =>
      client.workflowService.describeTaskQueue({
        namespace: settings.namespace,
        taskQueue: { name },
        taskQueueType: tasksOf[role],
      }),
    );
    const times = pollers.flatMap(({ lastAccessTime }) => momentOf(lastAccessTime) ?? []);
    return [name, times.length === 0 ? null : latest(...times)];
  }

  async function backlogOf(role: Role): Promise<QueueBacklog[]> {
    const name = queues[role];
    const { stats } = await call(() =>
      client.workflowService.describeTaskQueue({
        namespace: settings.namespace,
        taskQueue: { name },
        taskQueueType: tasksOf[role],
        reportStats: true,
      }),
    );
    const { approximateBacklogCount: tasks, approximateBacklogAge: age } = stats ?? {};
    return tasks == null ? [] : [{ queue: name, tasks: Number(tasks), ageMs: Number(age?.seconds ?? 0) * SECOND }];
  }

  async function newest<Loop extends string>(loop: Loop, which: string): Promise<(LastRun & { loop: Loop }) | null> {
    const query = `${ours} and ${quoted(attributes.loop)} = "${loop}" and ${which} and ${BY_ITSELF}`;
    for await (const info of client.workflow.list({ query, pageSize: 1 })) {
      const { workflowId, runId, status } = info;
      const failed = status.name !== 'COMPLETED';
      const why = failed ? await whyOf(info) : { reason: null, code: null };
      if (why === 'ended from outside') continue;
      return { workflowId, runId, loop, failed, ...why };
    }
    return null;
  }

  /** Why a run failed: its step's message, without the layers around it. */
  async function whyOf({
    workflowId,
    runId,
  }: WorkflowExecutionInfo): Promise<Pick<LastRun, 'reason' | 'code'> | 'ended from outside'> {
    try {
      await client.workflow.getHandle(workflowId, runId).result();
      return { reason: null, code: null };
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const said = saidBy(error);
      if (said instanceof CancelledFailure || said instanceof TerminatedFailure) return 'ended from outside';
      return { reason: said.message, code: said instanceof ApplicationFailure ? (said.type ?? null) : null };
    }
  }

  return {
    polls: async () => Object.fromEntries(await Promise.all(roles.map(newestPoll))),

    backlogs: async () => (await Promise.all(roles.map(backlogOf))).flat(),

    heartbeats: () =>
      call(async () => {
        const newest: Record<string, Instant | null> = {};
        const query = `${ours} and ${quoted(attributes.loop)} is not null and ExecutionStatus = "Running"`;
        for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: MOST_RUNS })) {
          const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
          for (const { activityType, activityOptions, lastHeartbeatTime, lastStartedTime } of raw.pendingActivities ??
            []) {
            // Older servers do not report the queue of a waiting step.
            const guessed = activityType?.name === TRAINS ? queues.training : queues.data;
            const queue = activityOptions?.taskQueue?.name || guessed;
            const shown = momentOf(lastHeartbeatTime) ?? momentOf(lastStartedTime);
            const known = newest[queue] ?? null;
            newest[queue] = shown !== null && (known === null || shown > known) ? shown : known;
          }
        }
        return newest;
      }),

    endedRuns: (since) =>
      call(async () => {
        const within = since === null ? '' : ` and CloseTime >= "${before(since, LISTED_LATE)}"`;
        const query = `${ours} and ${quoted(attributes.loop)} is not null and ${BY_ITSELF}${within}`;
        const ended: EndedRun[] = [];
        for await (const run of client.workflow.list({ query, pageSize: since === null ? 1 : PAGE })) {
          const pipeline = run.typedSearchAttributes.get(attributes.pipeline);
          const failed = run.status.name !== 'COMPLETED';
          if (pipeline && run.closeTime) ended.push({ pipeline, runId: run.runId, at: instant(run.closeTime), failed });
          if (since === null && ended.length > 0) break; // newest first
        }
        return ended;
      }),

    failedPipelines: (loops) =>
      call(async () => {
        const of = `${quoted(attributes.loop)} in (${loops.map((loop) => `"${loop}"`).join(', ')})`;
        const query = `${ours} and ${of} and ExecutionStatus in ("Failed", "TimedOut")`;
        const pipelines = new Set<string>();
        let listed = 0;
        for await (const run of client.workflow.list({ query, pageSize: PAGE })) {
          if (++listed > MOST_FAILED) return null;
          const pipeline = run.typedSearchAttributes.get(attributes.pipeline);
          if (pipeline) pipelines.add(pipeline);
        }
        return pipelines;
      }),

    lastRuns: (pipeline, loops) =>
      call(async () => {
        const which = `${quoted(attributes.pipeline)} = ${JSON.stringify(pipeline)}`;
        const found = await Promise.all(loops.map((loop) => newest(loop, which)));
        return found.filter((run) => run !== null);
      }),

    lastCare: () => call(() => newest('care', `WorkflowId != "${care.dryRun}"`)),
  };
}

/** A time as gRPC writes it. */
const momentOf = (time: { seconds?: unknown; nanos?: number | null } | null | undefined): Instant | null =>
  time?.seconds ? instant(Number(time.seconds) * SECOND + Math.floor((time.nanos ?? 0) / 1e6)) : null;

/** The failure that our own code threw, without the layers around it. */
const saidBy = (error: Error): Error =>
  error instanceof ApplicationFailure || !(error.cause instanceof Error) ? error : saidBy(error.cause);
