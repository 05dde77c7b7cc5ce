import { UserError } from '../core/base/errors/errors.ts';
import { shown } from '../core/base/errors/shown.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import type { Experiment, ExperimentRuns, Experiments } from '../core/experiments/experiments.ts';
import type { Look } from '../core/experiments/look.ts';
import { planFrom, type PlanAsked } from '../core/experiments/plan.ts';
import type { TrafficTable } from '../core/rollout/traffic.ts';
import type { Runs } from '../core/runs/runs.ts';
import type { SharedClock } from '../core/time/clock.ts';
import { instant } from '../core/time/time.ts';
import type { ModelVersions } from '../core/training/versions/model-versions.ts';
import { acts, reads } from './door.ts';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ExperimentPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  modelVersions: Pick<ModelVersions, 'get'>;
  traffic: Pick<TrafficTable, 'get'>;
  experiments: Pick<Experiments, 'ask' | 'get' | 'standing' | 'list' | 'stop' | 'looks'>;
  experimentRuns: ExperimentRuns;
  runs: Pick<Runs, 'requireWorker'>;
  sharedClock: SharedClock;
}

export interface ExperimentShown extends Experiment {
  /** The rollouts that it waits for. */
  waits: string[];
  /** Whether somebody else changed the traffic, so it ends at its next look. */
  overruled: boolean;
  /** The newest first. */
  looks: Look[];
}

interface Wish extends PlanAsked {
  pipeline: string;
  reason: string;
}
interface Stop {
  pipeline: string;
  reason: string;
  /** The experiment that is meant, where another may have begun meanwhile. */
  experiment?: string | undefined;
}
/** How long a run has to obey before the answer is that it will. */
const PATIENCE_MS = 10_000;

/** Lets versions share the traffic until a metric says which is best. */
export const createExperimentOperations = (ports: ExperimentPorts) => {
  const { pipelines, modelVersions, traffic, experiments, experimentRuns, runs, sharedClock } = ports;

  async function show(id: string): Promise<ExperimentShown> {
    const { experiment, traffic: now, waits } = await experiments.standing(id);
    const { outcome, begunAt, generation } = experiment;
    return {
      ...experiment,
      waits,
      overruled: outcome === null && begunAt !== null && now?.generation !== generation,
      looks: (await experiments.looks(id)).toReversed(),
    };
  }

  /** The newest, which is the one that runs if any does. */
  async function newest(pipeline: string): Promise<Experiment> {
    await pipelines.applied(pipeline);
    const [found] = await experiments.list({ pipeline, limit: 1 });
    if (found) return found;
    throw new UserError(
      'EXPERIMENT_UNKNOWN',
      `${pipeline} has had no experiment yet. Start one: perennial experiments start ${pipeline} --versions 3,4 --metric label --better higher`,
    );
  }

  return {
    /** Newest first, of one pipeline or of all. */
    list: reads(async (pipeline?: string, limit = 20): Promise<Experiment[]> => {
      if (pipeline !== undefined) await pipelines.applied(pipeline);
      return experiments.list({ pipeline, limit });
    }),

    /** One with its numbers: by its id, or the newest of a pipeline. */
    show: reads(async ({ pipeline, id }: { pipeline: string; id?: string }): Promise<ExperimentShown> => {
      const found = id === undefined ? await newest(pipeline) : await experiments.get(id);
      if (found.pipeline === pipeline) return show(found.id);
      throw new UserError(
        'EXPERIMENT_UNKNOWN',
        `${pipeline} has no experiment ${found.id}. List them: perennial experiments status`,
      );
    }),

    start: acts(({ actor }) => async ({ pipeline: name, reason, ...asked }: Wish): Promise<ExperimentShown> => {
      const pipeline = await pipelines.applied(name);
      const now = await traffic.get(name);
      if (now === null)
        throw new UserError('NO_CHAMPION', `${name} has no champion to compare versions with. Train one: perennial models retrain ${name}`); // prettier-ignore
      const { label } = await pipelines.declaration(pipeline);
      const plan = planFrom(asked, { champion: now.champion, label });
      for (const { version } of plan.arms) await modelVersions.get(name, version);
      await runs.requireWorker();
      const askedAt = instant((await sharedClock.read()).now());
      const experiment = await experiments.ask({ pipeline, plan, reason: shown(reason), askedAt }, actor);
      try {
        await experimentRuns.start(experiment);
      } catch (error) {
        throw error instanceof UserError ? notStarted(experiment, error) : error;
      }
      return show(experiment.id);
    }),

    /**
     * Ends the one that runs: the champion gets all traffic, and what is known is kept. That is stored first, so neither an
     * outage of Temporal nor a lost worker loses it; `obeyed` says whether it has ended yet. A run that was terminated is
     * started again, to obey.
     */
    stop: acts(({ actor }) => async ({ pipeline, reason, experiment: meant }: Stop): Promise<Stopped> => {
      const running = await newest(pipeline);
      const { id, outcome } = running;
      if (outcome !== null || (meant ?? id) !== id)
        throw new UserError(
          'NOTHING_TO_ORDER',
          `Nothing was changed: experiment ${meant ?? id} of ${pipeline} has ended. See: perennial experiments status ${pipeline}`,
        );
      await experiments.stop(id, { reason: shown(reason) }, actor);
      await experimentRuns.start(running).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error; // Temporal is away: a run that a worker has still obeys
      });
      for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(100)) {
        const obeyed = (await experiments.get(id)).outcome !== null;
        if (obeyed || Date.now() > deadline) return { ...(await show(id)), obeyed };
      }
    }),
  };
};

export type Stopped = ExperimentShown & { obeyed: boolean };

/** Temporal became unreachable between the check of its workers and the start. */
const notStarted = ({ id, pipeline }: Experiment, cause: UserError): UserError =>
  new UserError(
    cause.code,
    `Experiment ${id} is stored but has not started: ${cause.message} When Temporal is back, end it and start anew: ` +
      `perennial experiments stop ${pipeline}`,
    { cause },
  );
