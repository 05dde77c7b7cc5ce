import { type Alerts } from '../../core/alerts/alerts.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type OrderName } from '../../core/rollout/decide.ts';
import { atStep } from '../../core/rollout/step-words.ts';
import { type Losses } from '../../core/rollout/losses.ts';
import { type Look, type Progress, type RolloutProgress } from '../../core/rollout/progress.ts';
import { type RolloutOutcome, type Rollouts } from '../../core/rollout/rollouts.ts';
import { planOf } from '../../core/rollout/steps.ts';
import { type Tallies } from '../../core/rollout/tally.ts';
import { type TrafficTable } from '../../core/rollout/traffic.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { instant, SECOND } from '../../core/time/time.ts';
import { type ModelVersions } from '../../core/training/model-versions.ts';
import { type TrainingRuns } from '../../core/training/training-runs.ts';
import { tellOfHeldRollout, tellOfMovingRollout, tellOfRolledBack } from '../alerts/alerting.ts';
import { withFailures } from '../steps/failures.ts';
import { reportProgress } from '../steps/heartbeats.ts';
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
  alerts: Pick<Alerts, 'raise' | 'resolve'>;
  sharedClock: SharedClock;
}

/** Between two looks: a challenger that fails is out of the traffic within seconds. */
const LOOK_EVERY = SECOND;

/** What became of a step: the next begins, or the rollout ends. */
export type Stepped =
  { result: 'next' } | (Pick<RolloutOutcome, 'reason'> & { result: 'rolled back' | 'superseded' | 'refused' });

export const createStepActivities = (ports: StepPorts) => {
  const { pipelines, rollouts, progress, traffic, alerts, sharedClock } = ports;
  const look = createLooking(ports);
  const moment = async () => instant((await sharedClock.read()).now());

  return withFailures({
    /** Waits until the rollouts of the pipeline that began earlier have ended. */
    async awaitTurn({ rollout: id }: { rollout: string }): Promise<void> {
      for (let waited: string | undefined; ;) {
        const [earlier] = await progress.before(id);
        if (waited !== undefined && waited !== earlier?.id) await progress.follow(id, waited);
        if (!earlier) return;
        waited = earlier.id;
        reportProgress({ waitsFor: earlier.id });
        await sleep(LOOK_EVERY, undefined, { signal: cancellationSignal() });
      }
    },

    /**
     * Gives the challenger the step's share, and looks until the next may begin, or the challenger has to leave the traffic. A
     * repeated call continues where the last one was.
     */
    async takeStep({ rollout: id, step: at }: { rollout: string; step: number }): Promise<Stepped> {
      const { pipeline: name, revision, version } = await rollouts.get(id);
      const pipeline = await pipelines.declaration({ name, revision });
      const { steps, newer } = planOf(pipeline);
      const step = steps[at]!;
      const by = `rollout ${id}`;
      const words = atStep(versionName(version), step);

      async function divide(share: number | 'shadow', reason: string): Promise<void> {
        const { rollout, traffic: now } = await progress.of(id);
        const { champion } = now!;
        const challenger = share === 'shadow' || share === 0 ? [] : [{ version, share }];
        const arms = [{ version: champion, share: share === 'shadow' ? 1 : 1 - share }, ...challenger];
        const shadow = share === 'shadow' ? version : null;
        await traffic.divide({
          pipeline: name,
          arms,
          shadow,
          expectedGeneration: rollout.generation,
          at: await moment(),
          by,
          reason,
          rollout: { id, step: at },
        });
      }

      async function leave(result: 'rolled back' | 'superseded', reason: string): Promise<Stepped> {
        await divide(0, reason);
        if (result === 'rolled back')
          await tellOfRolledBack({ alerts, pipeline }, { rollout: id, version, reason, at: await moment() });
        return { result, reason: `${words}: ${reason}` };
      }

      const begun = await progress.of(id);
      if (begun.passed > at) return { result: 'next' };
      if (begun.step?.at !== at) await divide(step.share, `step ${at + 1}: ${words}`);
      let last: Look | undefined;
      // An attempt that died had decided already.
      const decided = (await progress.looks(id)).findLast((one) => one.step === at && one.decision === 'roll back');
      if (decided) return leave('rolled back', decided.reason);
      let obeyed = begun.orders.length;
      for (let held = false; ;) {
        const seen = await progress.of(id);
        if (seen.traffic?.generation !== seen.rollout.generation) return superseded(seen);
        if (seen.newer && newer === 'replaces')
          return leave('superseded', `${versionName(seen.newer.version)} is ready, and replaces it (${seen.newer.id})`);
        const now = await look(pipeline, step, seen);
        if (isNews(now, last) || seen.orders.length !== obeyed) await progress.record(id, (last = now));
        obeyed = seen.orders.length;
        reportProgress({ decision: now.decision, reason: now.reason });
        if (now.decision === 'hold') {
          await tellOfHeldRollout(
            { alerts, pipeline },
            { rollout: id, version, step: at, reason: now.reason, at: now.at },
          );
          held = true;
        } else if (held || now.decision !== 'wait') {
          await tellOfMovingRollout({ alerts, pipeline }, now.at, by, now.reason);
          held = false;
        }
        if (now.decision === 'roll back') return leave('rolled back', now.reason);
        if (now.decision === 'next') {
          await progress.pass(id, at);
          return { result: 'next' };
        }
        await sleep(LOOK_EVERY, undefined, { signal: cancellationSignal() });
      }
    },

    /** Stores what a person tells the rollout through its run; its step reads it at the next look. */
    async giveOrder({ rollout, ...order }: { rollout: string; order: OrderName; by: string; reason: string }) {
      await progress.give(rollout, { ...order, at: await moment() });
    },
  });
};
export type StepActivities = ReturnType<typeof createStepActivities>;

/** Somebody else changed the traffic: the newer decision stands, and nothing of the rollout is left in it. */
const superseded = ({ rollout, traffic }: Progress): Stepped => ({
  result: 'superseded',
  reason:
    `The traffic of ${rollout.pipeline} is at generation ${traffic?.generation ?? 0}, not ${rollout.generation}: someone changed ` +
    `it meanwhile. See: perennial status ${rollout.pipeline}`,
});

/** Whether a look is worth a row: something changed, or the requests grew by a tenth. */
const isNews = (look: Look, last: Look | undefined): boolean =>
  last === undefined ||
  last.decision !== look.decision ||
  last.arms.some(({ rows }, i) => look.arms[i]!.rows > rows * 1.1 + 10);
