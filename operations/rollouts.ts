import { UserError } from '../core/base/errors/errors.ts';
import { versionName } from '../core/base/ids.ts';
import { shown } from '../core/base/errors/shown.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import type { Approvals } from '../core/rollout/approvals.ts';
import type { RolloutRuns } from '../core/rollout/rollout-runs.ts';
import type { Order, OrderName } from '../core/rollout/steps/decide.ts';
import { changedMeanwhile, type Look, type Progress, type RolloutProgress } from '../core/rollout/progress.ts';
import type { Rollout, RolloutOutcome, Rollouts } from '../core/rollout/rollouts.ts';
import { planOf, type Step } from '../core/rollout/steps/declared-steps.ts';
import type { TrafficTable } from '../core/rollout/traffic.ts';
import type { Runs } from '../core/runs/runs.ts';
import type { SharedClock } from '../core/time/clock.ts';
import { instant, type Instant } from '../core/time/time.ts';
import type { ModelVersions } from '../core/training/versions/model-versions.ts';
import { readable, readableToday } from './declarations.ts';
import { acts, reads } from './door.ts';
import { hidesGates, withGateShown, withOutcomeShown } from '../core/declaration/redaction/said-by-gates.ts';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RolloutPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  modelVersions: Pick<ModelVersions, 'get'>;
  traffic: Pick<TrafficTable, 'get'>;
  rollouts: Pick<Rollouts, 'askByHand' | 'get' | 'running' | 'list'>;
  progress: Pick<RolloutProgress, 'of' | 'before' | 'give' | 'looks'>;
  approvals: Pick<Approvals, 'waiting'>;
  rolloutRuns: RolloutRuns;
  runs: Pick<Runs, 'requireWorker'>;
  sharedClock: SharedClock;
}

interface Wish {
  pipeline: string;
  version: number;
  reason: string;
}

export interface RolloutLine extends Rollout {
  /** Until when it waits for a person's approval; null if it does not. */
  waitsUntil: Instant | null;
  /** What its step gives the version; null if it is in none, or if this release cannot read the declaration. */
  share: Step['share'] | null;
  /** The rollout or experiment whose end it waits for; null if it does not. */
  waitsFor: string | null;
}

export interface RolloutShown extends Rollout {
  /** The way to all traffic: declared or by default; none if it got all at once. null: this release cannot read it. */
  steps: Step[] | null;
  /** How many of the steps it has passed; the one it is in, and since when. */
  passed: number;
  step: Progress['step'];
  /** Whether labels are to confirm it after all traffic, and have not told yet. */
  confirming: boolean;
  /** The rollout or experiment whose end it waits for; null if it does not. */
  waitsFor: string | null;
  /** What people told it in this step, the oldest first. */
  orders: Order[];
  /** The looks that decided something, or saw markedly more requests; the newest first. */
  looks: Look[];
}

interface Ordered {
  pipeline: string;
  order: OrderName;
  reason: string;
  /** The rollout that is meant, and its step, where another may have begun meanwhile. */
  rollout?: string | undefined;
  step?: number | undefined;
}
/** How long a step has to obey before its answer is that it will. */
const PATIENCE_MS = 10_000;

/** Gives versions traffic as their declarations say. */
export const createRolloutOperations = (ports: RolloutPorts) => {
  const { pipelines, modelVersions, traffic, rollouts, progress, rolloutRuns, approvals, runs, sharedClock } = ports;

  /** What the step gives that a rollout is in; null where it is in none, or this release cannot read its declaration. */
  async function shareOf({ id, pipeline: name, revision }: Rollout): Promise<Step['share'] | null> {
    const { step } = await progress.of(id);
    const declaration = step && (await readable(pipelines, { name, revision }));
    return declaration && planOf(declaration).steps[step.at]!.share;
  }

  /** Its reason and outcome may be its gate's words. */
  async function withReasonsShown(rollout: Rollout): Promise<Rollout> {
    const today = await readableToday(pipelines, rollout.pipeline);
    if (!hidesGates(today)) return rollout;
    const version = await modelVersions.get(rollout.pipeline, rollout.version);
    return withOutcomeShown(withGateShown(rollout, version, today), version, today);
  }

  async function waitsFor({ id, outcome }: Rollout): Promise<string | null> {
    if (outcome !== null) return null;
    const [first] = await progress.before(id);
    return first?.id ?? null;
  }

  return {
    /** Newest first, of one pipeline or of all, with the outcome of each. */
    list: reads(async (pipeline?: string, limit = 20): Promise<RolloutLine[]> => {
      if (pipeline !== undefined) await pipelines.applied(pipeline);
      const waiting = new Map((await approvals.waiting(pipeline)).map(({ rollout, until }) => [rollout, until]));
      const listed = await rollouts.list({ pipeline, limit });
      return Promise.all(
        listed.map(async (rollout) => ({
          ...(await withReasonsShown(rollout)),
          waitsUntil: waiting.get(rollout.id) ?? null,
          share: rollout.outcome === null ? await shareOf(rollout) : null,
          waitsFor: await waitsFor(rollout),
        })),
      );
    }),

    /** One rollout with its numbers: by its id, or the newest of a pipeline. */
    show: reads(async ({ pipeline, id }: { pipeline: string; id?: string }): Promise<RolloutShown> => {
      await pipelines.applied(pipeline);
      const [newest] = id === undefined ? await rollouts.list({ pipeline, limit: 1 }) : [await rollouts.get(id)];
      if (!newest || newest.pipeline !== pipeline)
        throw new UserError(
          'ROLLOUT_UNKNOWN',
          `${pipeline} has no such rollout. List them: perennial rollouts ${pipeline}`,
        );
      const declaration = await readable(pipelines, { name: pipeline, revision: newest.revision });
      const seen = await progress.of(newest.id);
      const { passed, step, orders } = seen;
      return {
        ...(await withReasonsShown(newest)),
        // A pipeline's first version took none of them.
        steps: newest.outcome?.result === 'promoted' && step === null ? [] : declaration && planOf(declaration).steps,
        passed,
        step,
        confirming: isConfirming(newest, seen),
        waitsFor: await waitsFor(newest),
        orders,
        looks: (await progress.looks(newest.id)).toReversed(),
      };
    }),

    /**
     * Tells the rollout that is in a step what to do. The order is stored first, so neither an outage of Temporal nor a lost
     * worker loses it; the answer says whether the step has obeyed yet.
     */
    order: acts(({ actor }) => async ({ pipeline, order, reason, ...meant }: Ordered): Promise<Obeyed> => {
      await pipelines.applied(pipeline);
      const running = await Promise.all((await rollouts.running(pipeline)).map(({ id }) => progress.of(id)));
      const inStep = running.find(({ step, passed }) => step !== null && passed <= step.at);
      if (!inStep)
        throw new UserError(
          'NOTHING_TO_ORDER',
          `No rollout of ${pipeline} is in a step. See: perennial rollouts ${pipeline}. To take back the version that serves: ` +
            `perennial rollback ${pipeline}`,
        );
      const { id, version } = inStep.rollout;
      const isMeant = (meant.rollout ?? id) === id && (meant.step ?? inStep.step!.at) === inStep.step!.at;
      if (!isMeant)
        throw new UserError(
          'NOTHING_TO_ORDER',
          `Nothing was changed: ${versionName(version)} of ${pipeline} is in step ${inStep.step!.at + 1} of rollout ${id} by now. ` +
            `See: perennial rollouts show ${pipeline}`,
        );
      const at = instant((await sharedClock.read()).now());
      const before = (await progress.looks(id)).length;
      await progress.give(id, { order, by: actor.name, from: actor.from, reason: shown(reason), at });
      for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(100)) {
        const [look] = (await progress.looks(id)).slice(before).toReversed();
        const rollout = await rollouts.get(id);
        const { passed } = await progress.of(id);
        const obeyed = rollout.outcome !== null || look !== undefined || passed > inStep.step!.at;
        if (!obeyed && Date.now() <= deadline) continue;
        const { outcome } = await withReasonsShown(rollout);
        return { rollout: id, version, obeyed, look: look ?? null, outcome };
      }
    }),

    /**
     * Rolls out a registered version. A repeated call during the rollout returns it, and restarts its run if that is
     * gone.
     */
    start: acts(({ actor }) => async ({ pipeline: name, version, reason }: Wish): Promise<Rollout> => {
      const pipeline = await pipelines.applied(name);
      await modelVersions.get(name, version);
      const resumes = (await rollouts.running(name)).some((one) => one.version === version && one.cycle === null);
      const now = await traffic.get(name);
      // A rollout can lose its run between its promotion and its end: resuming it stores the outcome.
      if (!resumes && now?.champion === version && now.arms.length === 1)
        throw new UserError('REQUEST_INVALID', `${versionName(version)} of ${name} already has all traffic.`);
      await runs.requireWorker();
      const askedAt = instant((await sharedClock.read()).now());
      const wish = { pipeline, version, generation: now?.generation ?? 0, reason: shown(reason), askedAt };
      const rollout = await rollouts.askByHand(wish, actor);
      try {
        await rolloutRuns.start(rollout, null);
      } catch (error) {
        throw error instanceof UserError ? notStarted(rollout, error) : error;
      }
      return withReasonsShown(rollout);
    }),
  };
};

/** The former champion scores as a shadow, and nobody has changed that since. */
const isConfirming = ({ outcome, confirmation }: Rollout, seen: Progress): boolean =>
  outcome?.result === 'promoted' && confirmation === null && !changedMeanwhile(seen) && seen.traffic?.shadow != null;

export interface Obeyed {
  rollout: string;
  version: number;
  /** Whether the step has looked since; if not, no worker runs it just now. */
  obeyed: boolean;
  look: Look | null;
  outcome: RolloutOutcome | null;
}

/** Temporal became unreachable between the check of its workers and the start. */
const notStarted = ({ id, pipeline, version }: Rollout, cause: UserError): UserError =>
  new UserError(
    cause.code,
    `Rollout ${id} is stored but has not started: ${cause.message} Start it later with: ` +
      `perennial rollouts start ${pipeline} ${versionName(version)}`,
    { cause },
  );
