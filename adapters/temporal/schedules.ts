import type { CareInput } from '../../core/runs/care.ts';
import type { Config } from '../../core/base/settings/config.ts';
import { nextMoment, type When } from '../../core/time/cron.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { type Names, namesOf } from '../../core/base/names.ts';
import { priorityOf } from '../../core/runs/priority.ts';
import type { Pipeline, PipelineRef } from '../../core/declaration/pipeline.ts';
import {
  jitterOf,
  scheduledLoops,
  whenOf,
  type ScheduledLoop,
  type Schedules,
  type ScheduleState,
} from '../../core/runs/schedules.ts';
import { earliest, instant, MINUTE, type Instant } from '../../core/time/time.ts';
import { patiently, type Patience } from '../machine/patience.ts';
import { callTemporal, codeOf } from './connection/connection.ts';
import { isHopeless, untilServes } from './connection/ready.ts';
import {
  type Client,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleOptions,
} from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';

/** Temporal lists this many times at once. */
const MOST_LISTED = 1_000;
/** Distinguishes a simulated clock's pause from a person's, which has its own note. */
const CLOCK_NOTE = 'A simulated clock runs this loop.';

/** The workflow that runs when a loop is due. */
export const workflowOf: Record<ScheduledLoop, string> = {
  data: 'data',
  retraining: 'scheduledRequest',
  prediction: 'prediction',
  monitoring: 'monitoring',
  lifecycle: 'lifecycle',
};

/** With `paused` the schedules can be seen and triggered, but a simulated clock decides when they run. */
export function createSchedules(
  client: Client,
  settings: Config['temporal'],
  { paused, patience = {} }: { paused: boolean; patience?: Patience },
): Schedules {
  const names = namesOf(settings.installation);
  const handleOf = (pipeline: string, loop: ScheduledLoop) => client.schedule.getHandle(names.schedule(pipeline, loop));
  let served: Promise<void> | undefined;
  /** One answer serves all puts; a failed one is requested again. */
  const serving = (): Promise<void> =>
    (served ??= untilServes(settings, patience).catch((error: unknown) => {
      served = undefined;
      throw error;
    }));
  /** The state of a schedule that no person has paused. */
  const running = paused ? { paused, note: CLOCK_NOTE } : { paused };

  const on = <T>(pipeline: string, loop: ScheduledLoop, work: (handle: ScheduleHandle) => Promise<T>): Promise<T> =>
    callTemporal(settings, async () => {
      const done = await whenThere(work(handleOf(pipeline, loop)).then((value) => ({ value })));
      if (!done) throw noSchedule(pipeline, loop);
      return done.value;
    });

  return {
    async put(pipeline: Pipeline, ref: PipelineRef) {
      await serving();
      for (const loop of scheduledLoops) {
        const when = whenOf(pipeline, loop);
        await callTemporal(settings, () =>
          whenReady(patience, async () => {
            if (when === null) await whenThere(handleOf(pipeline.name, loop).delete());
            else await createOrUpdate(client, { ...optionsOf(names, ref, loop, when), state: running });
          }),
        );
      }
    },

    list: (pipeline) =>
      callTemporal(settings, async () => {
        const described = scheduledLoops.map(async (loop) => {
          const description = await whenThere(handleOf(pipeline, loop).describe());
          return description ? [stateOf(loop, description)] : [];
        });
        return (await Promise.all(described)).flat();
      }),

    pause: (pipeline, loop, note) => on(pipeline, loop, (handle) => handle.pause(note)),

    resume: (pipeline, loop, note) =>
      // Under a simulated clock that clock takes over again.
      on(pipeline, loop, (handle) => (paused ? handle.pause(CLOCK_NOTE) : handle.unpause(note))),

    countMoments: (pipeline, loop, from, to) =>
      on(pipeline, loop, async (handle) => {
        const [start, end] = withJitter(whenIn((await handle.describe()).spec), from, to);
        const { scheduleId } = handle;
        const endTime = msToTs(end.getTime());
        let count = 0;
        for (let after = start.getTime() - 1; ;) {
          const asked = { namespace: settings.namespace, scheduleId, startTime: msToTs(after), endTime };
          const { startTime: found } = await client.workflowService.listScheduleMatchingTimes(asked);
          count += found.length;
          if (found.length < MOST_LISTED || count > MOST_LISTED) return count;
          after = tsToMs(found.at(-1));
        }
      }),

    backfill: (pipeline, loop, from, to) =>
      on(pipeline, loop, async (handle) => {
        const [start, end] = withJitter(whenIn((await handle.describe()).spec), from, to);
        // One after the other: each finds what the previous one stored.
        await handle.backfill({ start, end, overlap: ScheduleOverlapPolicy.BUFFER_ALL });
      }),
  };
}

/** Makes the daily schedule of `care`, the installation's own; a person's pause stays. */
export function putCareSchedule(client: Client, settings: Config['temporal'], patience: Patience = {}): Promise<void> {
  const { care, queues } = namesOf(settings.installation);
  return callTemporal(settings, () =>
    whenReady(patience, () =>
      createOrUpdate(client, {
        scheduleId: care.schedule,
        spec: { cronExpressions: ['30 4 * * *'], jitter: '30 minutes', timezone: 'UTC' },
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
        action: {
          type: 'startWorkflow',
          workflowType: 'care',
          workflowId: care.scheduled,
          taskQueue: queues.control,
          args: [{ dryRun: false } satisfies CareInput],
          staticSummary: 'care of the installation, by its schedule',
        },
        state: { paused: false },
      }),
    ),
  );
}

/** Temporal's Sunday is 0 even in SAT-SUN, where it has to come last. */
const forTemporal = (cron: string): string => cron.trim().replace(/-SUN\b/gi, '-7');

/** The SDK sends the priority of a schedule's runs, but its type for a new schedule lacks it. */
const bySchedule = (pipeline: string): object => ({ priority: priorityOf('schedule', pipeline) });

const optionsOf = (names: Names, ref: PipelineRef, loop: ScheduledLoop, when: When) =>
  ({
    scheduleId: names.schedule(ref.name, loop),
    // Temporal parses the text and keeps the comment after the "#" unchanged.
    spec: { cronExpressions: [`${forTemporal(when.cron)} #${when.cron}`], jitter: jitterOf(when), timezone: when.zone },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
    action: {
      type: 'startWorkflow',
      workflowType: workflowOf[loop],
      workflowId: names.scheduled(ref.name, loop === 'retraining' ? 'request' : loop),
      taskQueue: names.queues.control,
      args: [{ pipeline: ref, asOf: null }],
      ...bySchedule(ref.name),
      staticSummary: `${loop} of ${ref.name}, by its schedule`,
    },
  }) satisfies ScheduleOptions;

/** As it was declared. */
const cronOf = ({ calendars }: ScheduleDescription['spec']): string | null => calendars?.[0]?.comment ?? null;
const zoneOf = ({ timezone }: ScheduleDescription['spec']): string => timezone ?? 'UTC';
const whenIn = (spec: ScheduleDescription['spec']): When | null => {
  const cron = cronOf(spec);
  return cron === null ? null : { cron, zone: zoneOf(spec) };
};

/** A range for Temporal, which compares its end with times after their jitter. */
function withJitter(when: When | null, from: Instant, to: Instant): [start: Date, end: Date] {
  const start = new Date(Math.ceil(Date.parse(from) / MINUTE) * MINUTE);
  if (!when) return [start, new Date(to)];
  const latest = instant(Date.parse(to) + jitterOf(when));
  const following = nextMoment(when, to); // which no jitter reaches
  return [start, new Date(following ? Date.parse(earliest(latest, instant(Date.parse(following) - 1))) : latest)];
}

function stateOf(loop: ScheduledLoop, { spec, state, info }: ScheduleDescription): ScheduleState {
  const pausedBy = !state.paused ? null : state.note === CLOCK_NOTE ? 'clock' : 'person';
  const [next] = info.nextActionTimes;
  const last = info.recentActions.at(-1);
  return {
    loop,
    cron: cronOf(spec),
    zone: zoneOf(spec),
    pausedBy,
    note: state.note || null,
    next: next && pausedBy === null ? instant(next) : null,
    last: last ? instant(last.takenAt) : null,
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
  };
}

/** The answer about a schedule; null when there is no such schedule. */
async function whenThere<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

const noSchedule = (pipeline: string, loop: ScheduledLoop): UserError =>
  new UserError(
    'REQUEST_INVALID',
    `The ${loop} loop of ${pipeline} has no schedule: it is declared 'off', or the declaration was not applied here. ` +
      `Give schedules.${loop} a cron text in the declaration and run: perennial apply`,
  );

/** A server that has just started, or moves its shards, answers before all of its schedules do. */
const whenReady = (patience: Patience, ask: () => Promise<void>): Promise<void> =>
  patiently({
    ...patience,
    what: "Temporal's schedules",
    ask,
    hopeless: (error) => codeOf(error) === -1 || isHopeless(error),
  });

async function createOrUpdate(client: Client, options: ScheduleOptions & { state: object }): Promise<void> {
  const update = (): Promise<void> =>
    // A person's pause survives a changed declaration: only declared values are replaced.
    client.schedule.getHandle(options.scheduleId).update(({ state: before }) => ({
      spec: options.spec,
      action: options.action as never,
      policies: options.policies ?? {},
      state: before.paused && before.note !== CLOCK_NOTE ? { ...before } : options.state,
    }));
  try {
    await update();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    try {
      await client.schedule.create(options);
    } catch (raced) {
      if (!(raced instanceof ScheduleAlreadyRunning)) throw raced;
      await update(); // somebody else has just created it
    }
  }
}
