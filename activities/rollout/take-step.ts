import { type Alerts } from '../../core/alerts/alerts.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type ExperimentRuns, type Experiments } from '../../core/experiments/experiments.ts';
import { type OrderName } from '../../core/rollout/steps/decide.ts';
import { atStep } from '../../core/rollout/steps/step-words.ts';
import { type Losses } from '../../core/rollout/evidence/losses.ts';
import {
  changedMeanwhile,
  changeOf,
  isNews,
  replacementOf,
  type Look,
  type Progress,
  type RolloutProgress,
} from '../../core/rollout/progress.ts';
import { type RolloutOutcome, type Rollouts } from '../../core/rollout/rollouts.ts';
import { planOf, type Step } from '../../core/rollout/steps/declared-steps.ts';
import { type Tallies } from '../../core/rollout/evidence/tally.ts';
import { sameDivision, type TrafficTable } from '../../core/rollout/traffic.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { instant, MINUTE, SECOND } from '../../core/time/time.ts';
import { type ModelVersions } from '../../core/training/versions/model-versions.ts';
import { type TrainingRuns } from '../../core/training/versions/training-runs.ts';
import { tellOfHeldRollout, tellOfMovingRollout, tellOfRolledBack } from '../alerts/alerting.ts';
import { withFailures } from '../steps/failures.ts';
import { reportCheckpoint } from '../steps/heartbeats.ts';
import { createLooking } from './looking.ts';
import { cancellationSignal } from '@temporalio/activity';
import { setTimeout as sleep } from 'node:timers/promises';

export interface StepPorts {
  pipelines: Pick<Pipelines, 'declaration'>;
  rollouts: Pick<Rollouts, 'get'>;
  progress: RolloutProgress;
  traffic: Pick<TrafficTable, 'get' | 'divide'>;
  tallies: Pick<Tallies, 'of'>;
  losses: Losses;
  modelVersions: Pick<ModelVersions, 'get'>;
  trainingRuns: Pick<TrainingRuns, 'get'>;
  experiments: Pick<Experiments, 'list'>;
  experimentRuns: ExperimentRuns;
  alerts: Pick<Alerts, 'raise' | 'resolve'>;
  sharedClock: SharedClock;
}

/** Between two looks: a challenger that fails is out of the traffic within seconds. */
const LOOK_EVERY = SECOND;
/** How often the experiment that a rollout waits for is started again, in case its run was terminated. */
const REVIVE_EVERY = MINUTE;

/** What became of a step: the next begins, or the rollout ends. */
export type Stepped =
  { result: 'next' } | (Pick<RolloutOutcome, 'reason'> & { result: 'rolled back' | 'superseded' | 'refused' });

export const createStepActivities = (ports: StepPorts) => {
  const { pipelines, rollouts, progress, traffic, experiments, experimentRuns, alerts, sharedClock } = ports;
  const look = createLooking(ports);
  const moment = async () => instant((await sharedClock.read()).now());

  return withFailures({
    /** Waits until the rollouts of the pipeline that come before it have ended: those of `waits`, and any others. */
    async awaitTurn({ rollout: id, waits }: { rollout: string; waits: string[] }): Promise<void> {
      const { pipeline } = await rollouts.get(id);
      let revived = -Infinity;
      for (const waited = new Set(waits); ;) {
        const earlier = await progress.before(id);
        for (const one of earlier) waited.add(one.id);
        if (earlier.length === 0) return progress.follow(id, [...waited]);
        if (performance.now() - revived > REVIVE_EVERY) {
          revived = performance.now();
          await revive(pipeline, earlier);
        }
        reportCheckpoint({ waitsFor: earlier[0]!.id });
        await sleep(LOOK_EVERY, undefined, { signal: cancellationSignal() });
      }
    },

    /**
     * Gives the challenger the step's share, and looks until the next may begin, or the challenger has to leave the traffic. A
     * repeated call continues where the last one was, which may still live: Temporal gives a silent one up for dead.
     */
    async takeStep({ rollout: id, step: at }: { rollout: string; step: number }): Promise<Stepped> {
      const { pipeline: name, revision, version } = await rollouts.get(id);
      const pipeline = await pipelines.declaration({ name, revision });
      const { steps, newer } = planOf(pipeline);
      const step = steps[at]!;
      const by = `rollout ${id}`;
      const words = atStep(versionName(version), step);

      const divided = ({ champion }: { champion: number }, share: Step['share']) => ({
        champion,
        arms: [
          { version: champion, share: share === 'shadow' ? 1 : 1 - share },
          ...(share === 'shadow' || share === 0 ? [] : [{ version, share }]),
        ],
        shadow: share === 'shadow' ? version : null,
      });

      /** Changes the traffic that was seen, and no other. */
      async function divide({ rollout, traffic: now }: Progress, share: Step['share'], reason: string) {
        const { arms, shadow } = divided(now!, share);
        const expectedGeneration = rollout.generation;
        const made = { rollout: { id, step: at }, at: await moment(), by, reason };
        await traffic.divide({ pipeline: name, arms, shadow, expectedGeneration, ...made });
      }

      async function leave(seen: Progress, result: 'rolled back' | 'superseded', reason: string): Promise<Stepped> {
        await divide(seen, 0, reason);
        if (result === 'rolled back')
          await tellOfRolledBack({ alerts, pipeline }, { rollout: id, version, reason, at: await moment() });
        return { result, reason: `${words}: ${reason}` };
      }

      const isBegun = ({ step: now, traffic }: Progress): boolean =>
        now?.at === at && sameDivision(traffic!, divided(traffic!, step.share));
      const replacing = (seen: Progress) => (newer === 'replaces' ? seen.newer : null);

      /** null: another attempt took the challenger out, or somebody changed the traffic between two statements. */
      async function takenOnce(): Promise<Stepped | null> {
        const found = await progress.of(id);
        const ended = endOf(found, at);
        if (ended) return ended;
        // An attempt that died had decided already.
        const decided = (await progress.looks(id)).findLast((one) => one.step === at && one.decision === 'roll back');
        if (decided) return leave(found, 'rolled back', decided.reason);
        if (!isBegun(found) && !replacing(found)) await divide(found, step.share, `step ${at + 1}: ${words}`);
        let last: Look | undefined;
        let obeyed = 0;
        for (let held = true; ;) {
          const seen = await progress.of(id);
          const over = endOf(seen, at);
          if (over) return over;
          const replacedBy = replacing(seen);
          if (replacedBy) return leave(seen, 'superseded', replacementOf(replacedBy));
          if (!isBegun(seen)) return null;
          const now = await look(pipeline, step, seen);
          if (isNews(now, last) || seen.orders.length !== obeyed) {
            await progress.record(id, (last = now));
            const told = { rollout: id, version, step: at, reason: now.reason, at: now.at };
            if (now.decision === 'hold') await tellOfHeldRollout({ alerts, pipeline }, told);
            else if (held || now.decision !== 'wait')
              await tellOfMovingRollout({ alerts, pipeline }, now.at, by, now.reason);
            held = now.decision === 'hold';
          }
          obeyed = seen.orders.length;
          reportCheckpoint({ decision: now.decision, reason: now.reason });
          if (now.decision === 'roll back') return leave(seen, 'rolled back', now.reason);
          if (now.decision === 'next' && (await progress.pass(id, at, obeyed))) return { result: 'next' };
          await sleep(LOOK_EVERY, undefined, { signal: cancellationSignal() });
        }
      }

      for (;;) {
        const stepped = await takenOnce().catch((error: unknown) => {
          if (error instanceof UserError && error.code === 'TRAFFIC_SUPERSEDED') return null;
          throw error;
        });
        if (stepped) return stepped;
      }
    },

    /** Stores what a person tells the rollout through its run; its step reads it at the next look. */
    async giveOrder({ rollout, ...order }: { rollout: string; order: OrderName; by: string; reason: string }) {
      await progress.give(rollout, { ...order, at: await moment() });
    },
  });

  /** Nothing else starts the run of an experiment that was terminated, and the rollout would wait for ever. */
  async function revive(pipeline: string, earlier: readonly { id: string }[]): Promise<void> {
    const [newest] = await experiments.list({ pipeline, limit: 1 });
    if (!earlier.some(({ id }) => id === newest?.id)) return;
    await experimentRuns.start(newest!).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error; // Temporal is away, and this rollout asks again
    });
  }
};
export type StepActivities = ReturnType<typeof createStepActivities>;

/** What became of a step that another attempt has passed, or whose traffic somebody else has changed. */
function endOf(seen: Progress, step: number): Stepped | null {
  if (seen.passed > step) return { result: 'next' };
  return changedMeanwhile(seen) ? { result: 'superseded', reason: changeOf(seen) } : null;
}
