import { loops, type AnyLoop, type Loop } from './ids.ts';
import { shortTime, type Instant } from '../time/time.ts';

/** The name of an installation without one. Only its ids carry no name, so runs and schedules survive an upgrade. */
export const USUAL_INSTALLATION = 'perennial';

/** Deciding, data and training scale apart, so each has a task queue. */
export const roles = ['control', 'data', 'training'] as const;
export type Role = (typeof roles)[number];

/** roleOf('perennial-data') // => 'data' */
export const roleOf = (queue: string): Role | undefined => roles.find((role) => queue.endsWith(`-${role}`));

/** Every name that an installation uses in Temporal. Installations with other names can share its namespace. */
export type Names = ReturnType<typeof namesOf>;

/** namesOf('credit').retraining('fraud') // => 'credit/fraud/retraining' */
export function namesOf(installation: string) {
  const prefix = installation === USUAL_INSTALLATION ? '' : `${installation}/`;
  const loopOfPipeline = new RegExp(
    `^${prefix}([a-z][a-z0-9-]*)/(${loops.join('|')}|retraining|rollout|experiment|request)(?:/|$)`,
  );
  const queues = Object.fromEntries(roles.map((role) => [role, `${installation}-${role}`])) as Record<Role, string>;
  const scheduled = (pipeline: string, loop: Loop | 'request'): string => `${prefix}${pipeline}/${loop}`;

  return {
    /** Where work waits for a worker. */
    queues,
    /** The deployment whose versions Temporal distinguishes: the workers that run workflows. */
    deployment: installation,
    /** Finds its workflows and no one else's. */
    query: `TaskQueue = "${queues.control}"`,

    /** run('fraud', 'data', '2026-01-03T02:00:00.000Z') // => 'fraud/data/2026-01-03T02:00Z' */
    run: (pipeline: string, loop: Loop | 'request', asOf: Instant): string =>
      `${scheduled(pipeline, loop)}/${shortTime(asOf)}`,
    /** The id prefix of runs that a schedule starts; Temporal adds the time. */
    scheduled,
    schedule: (pipeline: string, loop: Loop | 'retraining'): string => `${prefix}${pipeline}/${loop}/schedule`,
    retraining: (pipeline: string): string => `${prefix}${pipeline}/retraining`,
    /** training('fraud', 'fraud-2026-01-11T03:00Z-3fa9c1') // => 'fraud/training/2026-01-11T03:00Z-3fa9c1' */
    training: (pipeline: string, cycle: string): string =>
      `${prefix}${pipeline}/training/${cycle.slice(pipeline.length + 1)}`,
    /** rollout('fraud', 'fraud-v3-g7-1') // => 'fraud/rollout/v3-g7-1' */
    rollout: (pipeline: string, rollout: string): string =>
      `${prefix}${pipeline}/rollout/${rollout.slice(pipeline.length + 1)}`,
    /** experiment('fraud', 'fraud-e1') // => 'fraud/experiment/e1' */
    experiment: (pipeline: string, experiment: string): string =>
      `${prefix}${pipeline}/experiment/${experiment.slice(pipeline.length + 1)}`,
    /** The installation's own loop; a dry run only reports what it would delete. */
    care: {
      scheduled: `${prefix}care`,
      schedule: `${prefix}care/schedule`,
      asked: `${prefix}care/asked`,
      dryRun: `${prefix}care/dry-run`,
    },
    /** The pipeline and loop of a workflow or schedule id; null for care, and for ids that are not ours. */
    ownerOf(id: string): { pipeline: string; loop: AnyLoop } | null {
      const [, pipeline, loop] = loopOfPipeline.exec(id) ?? [];
      if (pipeline === undefined) return null;
      return { pipeline, loop: loop === 'request' ? 'retraining' : (loop as AnyLoop) };
    },
  };
}

/**
 * The installation whose workflow runs in this control queue. A replay adds a number to the name of its queue, and a
 * recorded history belongs to no installation.
 */
export const installationOf = (queue: string): string =>
  /^(.+)-control(?:-\d+)?$/.exec(queue)?.[1] ?? USUAL_INSTALLATION;
