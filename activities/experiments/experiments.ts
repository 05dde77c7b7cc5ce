import { type Alerts } from '../../core/alerts/alerts.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { operator } from '../../core/access/actor.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type ExperimentOutcome, type Experiments, type Standing } from '../../core/experiments/experiments.ts';
import { type ExperimentNumbers, type Look } from '../../core/experiments/look.ts';
import { withoutVersion } from '../../core/experiments/shares.ts';
import { inShort } from '../../core/experiments/words.ts';
import { type Tallies } from '../../core/rollout/evidence/tally.ts';
import { sameDivision, servesAlone, type TrafficTable } from '../../core/rollout/traffic.ts';
import { type RolloutRuns } from '../../core/rollout/rollout-runs.ts';
import { type Rollouts } from '../../core/rollout/rollouts.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { after, DAY, instant, SECOND } from '../../core/time/time.ts';
import { type RetrainingLedger } from '../../core/training/retraining/retraining-ledger.ts';
import { type ModelVersions } from '../../core/training/versions/model-versions.ts';
import { type TrainingRuns } from '../../core/training/versions/training-runs.ts';
import { tellOfExperiment, tellOfMovingExperiment, tellOfNumberlessExperiment } from '../alerts/alerting.ts';
import { cancellationOf } from '../retraining/close-cycle.ts';
import { withFailures } from '../steps/failures.ts';
import { reportCheckpoint } from '../steps/heartbeats.ts';
import { createLooking } from './looking.ts';
import { cancellationSignal } from '@temporalio/activity';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ExperimentPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  experiments: Experiments;
  numbers: ExperimentNumbers;
  traffic: Pick<TrafficTable, 'get' | 'divide'>;
  tallies: Pick<Tallies, 'of'>;
  modelVersions: Pick<ModelVersions, 'get'>;
  trainingRuns: Pick<TrainingRuns, 'get'>;
  rollouts: Pick<Rollouts, 'askByHand'>;
  rolloutRuns: RolloutRuns;
  ledger: Pick<RetrainingLedger, 'cancelledBy'>;
  alerts: Pick<Alerts, 'raise' | 'resolve'>;
  sharedClock: SharedClock;
}

/** Between two looks: a version that fails is out of the traffic within seconds, and people are obeyed. */
const LOOK_EVERY = SECOND;
/** The Web UI's details are written by the run, so it hears of the numbers now and then. */
const TELL_EVERY = DAY;
/** So long after the first number could have come, people are told that there is none. */
const PATIENCE = '1 day';

/** What came of watching: something to tell, or the end. */
export type Watched = { result: 'continues' } | Ended;
export type Ended = Pick<ExperimentOutcome, 'result' | 'winner' | 'reason'>;

export interface ExperimentEnd {
  experiment: string;
  ended: Ended;
  /** Whether a cancellation ended the run: then somebody stopped it. */
  cancelled?: boolean;
}

/** An experiment at the beginning of its run. */
export interface OpenedExperiment {
  /** What the Web UI says of it. */
  details: string;
  ended?: Ended;
}

export const createExperimentActivities = (ports: ExperimentPorts) => {
  const { pipelines, experiments, traffic, rollouts, rolloutRuns, ledger, alerts, sharedClock } = ports;
  const moment = async () => instant((await sharedClock.read()).now());

  /** Gives the traffic that was seen these shares. */
  async function divide({ experiment, traffic: now }: Standing, arms: Arms, reason: string): Promise<void> {
    const { id, pipeline, begunAt, generation } = experiment;
    await traffic.divide({
      pipeline,
      arms,
      shadow: null,
      expectedGeneration: begunAt === null ? now!.generation : generation,
      at: await moment(),
      by: `experiment ${id}`,
      reason,
      experiment: id,
    });
  }

  return withFailures({
    /** How the experiment stands, in words for the Web UI. */
    async openExperiment({ experiment: id }: { experiment: string }): Promise<OpenedExperiment> {
      const standing = await experiments.standing(id);
      const { outcome } = standing.experiment;
      const look = (await experiments.looks(id)).at(-1) ?? null;
      const details = inShort(standing, look);
      if (!outcome) return { details };
      return { details, ended: endedBy(outcome) };
    },

    /**
     * Waits for its turn, divides the traffic, and looks until there is something to tell. A repeated call continues where
     * the last one was, which may still live.
     */
    async watchExperiment({ experiment }: { experiment: string }): Promise<Watched> {
      const ended = new AbortController();
      try {
        return await watch(experiment, AbortSignal.any([cancellationSignal(), ended.signal]));
      } finally {
        ended.abort(); // what is still being read
      }
    },

    /** Stores who stops it; it reads that at its next look. */
    async stopExperiment({ experiment: id, by, reason }: { experiment: string; by: string; reason: string }) {
      await experiments.stop(id, { reason }, operator(by, 'automation'));
    },

    /** Gives the champion all traffic, asks for the winner's rollout, and stores the outcome. */
    async endExperiment({ experiment: id, ended: given, cancelled = false }: ExperimentEnd): Promise<void> {
      const { pipeline: name, revision, plan, outcome } = await experiments.get(id);
      const cancellation = await cancellationOf(ledger, name, cancelled);
      const ended: Ended = cancellation ? { result: 'stopped', winner: null, reason: cancellation.reason } : given;
      await withdraw(id, ended.reason);
      if (outcome !== null) return;
      const last = (await experiments.looks(id)).at(-1);
      const promotes = ended.result === 'better' && plan.afterwards === 'promote';
      const rollout = promotes ? await rollOut(name, id, ended) : undefined;
      const endedAt = await moment();
      const pipeline = await pipelines.declaration({ name, revision });
      await tellOfExperiment({ alerts, pipeline }, { id, pipeline: name }, { ...ended, endedAt });
      await experiments.end(id, {
        ...ended,
        endedAt,
        alpha: plan.alpha,
        arms: last?.arms ?? [],
        ...(rollout !== undefined && { rollout }),
      });
      // An attempt that still lives may have begun it meanwhile; from now on it cannot.
      await withdraw(id, ended.reason);
    },
  });

  async function watch(id: string, signal: AbortSignal): Promise<Watched> {
    const { pipeline: name, revision } = await experiments.get(id);
    const pipeline = await pipelines.declaration({ name, revision });
    const look = createLooking(ports, pipeline, signal);
    const started = performance.now();
    let told = false;
    let last: Look | undefined = (await experiments.looks(id)).at(-1);

    for (; ; await sleep(LOOK_EVERY, undefined, { signal })) {
      // An attempt that died had decided already.
      if (last?.decision === 'end') return endedBy(last);
      const seen = await experiments.standing(id);
      const { experiment, waits } = seen;
      if (experiment.outcome) return endedBy(experiment.outcome);
      if (experiment.stop) return stoppedBy(experiment.stop);
      if (experiment.begunAt === null) {
        const came = await begin(seen);
        if (came === 'waits') reportCheckpoint({ waitsFor: waits[0] });
        else if (came !== 'superseded') return came;
        continue;
      }
      const over = overruled(seen);
      if (over) return over;
      const wanted = armsOf(seen);
      if (!isDivided(seen, wanted)) {
        await orSuperseded(divide(seen, wanted, 'a version is taken out'));
        return { result: 'continues' };
      }
      const now = await look(seen);
      const late =
        now.decision === 'hold' && now.at > after(after(experiment.begunAt, experiment.plan.goal.within), PATIENCE);
      if (late && !told) await tellOfNumberlessExperiment({ alerts, pipeline }, experiment, now);
      // The first look also ends what was said of the experiment before.
      else if (!late && (last === undefined || (last.decision === 'hold' && now.decision !== 'hold')))
        await tellOfMovingExperiment({ alerts, pipeline }, experiment, now.at);
      told = late;
      if (isNews(now, last)) await experiments.record(id, (last = now));
      reportCheckpoint({ decision: now.decision, reason: now.reason });
      if (now.decision === 'end') return endedBy(now);
      if (now.decision === 'take out') {
        const { version, reason, at } = now;
        await experiments.takeOut(id, { version, reason, at });
      }
      if (performance.now() - started > TELL_EVERY) return { result: 'continues' };
    }
  }

  /** Divides the traffic when its turn has come. superseded: it changed between two statements. */
  async function begin(seen: Standing): Promise<Watched | 'waits' | 'superseded'> {
    const { experiment, traffic: now, waits } = seen;
    if (waits.length > 0) return 'waits';
    const { arms } = experiment.plan;
    if (now === null || !arms.some(({ version }) => version === now.champion)) {
      const champion = now === null ? 'no version' : versionName(now.champion);
      return {
        result: 'superseded',
        winner: null,
        reason: `${champion} is the champion now, and not among its versions`,
      };
    }
    const divided = await orSuperseded(divide(seen, arms, experiment.reason));
    return divided ? { result: 'continues' } : 'superseded';
  }

  /** However an experiment ends, nothing of it stays in the traffic that nobody watches. */
  async function withdraw(id: string, reason: string): Promise<void> {
    const { experiment, traffic: now } = await experiments.standing(id);
    const { pipeline, begunAt, generation: expectedGeneration } = experiment;
    if (begunAt === null || now === null || now.generation !== expectedGeneration) return;
    if (servesAlone(now, now.champion)) return;
    const arms = [{ version: now.champion, share: 1 }];
    const change = { pipeline, expectedGeneration, at: await moment(), by: `experiment ${id}`, reason };
    // Without the experiment: an attempt that still lives is superseded. If a person was faster, their traffic stands.
    await orSuperseded(traffic.divide({ ...change, arms, shadow: null }));
  }

  async function rollOut(name: string, id: string, { winner, reason }: Ended): Promise<string> {
    const actor = operator(`experiment ${id}`, 'automation');
    const { generation } = (await traffic.get(name))!;
    const wish = { pipeline: await pipelines.applied(name), version: winner!, generation, reason };
    const rollout = await rollouts.askByHand({ ...wish, askedAt: await moment() }, actor);
    await rolloutRuns.start(rollout, null);
    return rollout.id;
  }
};
export type ExperimentActivities = ReturnType<typeof createExperimentActivities>;

type Arms = Experiment['plan']['arms'];
type Experiment = Standing['experiment'];

/** The shares of the versions that were not taken out. */
const armsOf = ({ experiment: { plan, out } }: Standing): Arms =>
  out.reduce((arms, { version }) => withoutVersion(arms, version), [...plan.arms]);

const isDivided = ({ traffic: now }: Standing, arms: Arms): boolean =>
  sameDivision(now!, { champion: now!.champion, arms, shadow: null });

/** Somebody else changed the traffic: the newer decision stands. */
const overruled = ({ experiment: { generation, pipeline }, traffic: now }: Standing): Ended | null =>
  now?.generation === generation
    ? null
    : {
        result: 'superseded',
        winner: null,
        reason: `someone changed the traffic of ${pipeline}, which is at generation ${now?.generation ?? 0} now. See: perennial status ${pipeline}`,
      };

const stoppedBy = ({ by, reason }: NonNullable<Experiment['stop']>): Ended => ({
  result: 'stopped',
  winner: null,
  reason: `${by} stopped it: ${reason}`,
});

const endedBy = ({ result, winner, reason }: Ended): Ended => ({ result, winner, reason });

/** false: somebody else changed the traffic between two statements. */
async function orSuperseded(divided: Promise<unknown>): Promise<boolean> {
  try {
    await divided;
    return true;
  } catch (error) {
    if (error instanceof UserError && error.code === 'TRAFFIC_SUPERSEDED') return false;
    throw error;
  }
}

/** Whether a look is worth a row: it decides something else, or there are more samples. */
const isNews = (look: Look, last: Look | undefined): boolean =>
  last === undefined ||
  last.decision !== look.decision ||
  (look.decision === 'hold' && last.reason !== look.reason) ||
  look.arms.some(({ samples, count }, i) => samples !== last.arms[i]?.samples || count !== last.arms[i]?.count);
