import { type ApprovalActivities } from '../../activities/rollout/approval.ts';
import { type CareActivities } from '../../activities/care/care.ts';
import { type ExperimentActivities } from '../../activities/experiments/experiments.ts';
import { type DataActivities } from '../../activities/data/data.ts';
import { type LifecycleActivities } from '../../activities/lifecycle/lifecycle.ts';
import { type MonitoringActivities } from '../../activities/monitoring/monitoring.ts';
import { type PredictionActivities } from '../../activities/prediction/prediction.ts';
import { type ConfirmActivities } from '../../activities/rollout/confirm.ts';
import { type RolloutActivities } from '../../activities/rollout/rollout.ts';
import { type StepActivities } from '../../activities/rollout/take-step.ts';
import { type RetrainingActivities } from '../../activities/retraining/retraining.ts';
import { type TrainingActivities } from '../../activities/training/training.ts';
import { namesHere } from '../run/names.ts';
import { priorityHere } from '../run/priority.ts';
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';

// A step retries while something is unreachable, and shows the reason meanwhile. It fails at once if something is
// wrong, after ten unexpected errors if it has an end (activities/steps/failures.ts), and after five lost workers in a
// row (activities/steps/heartbeats.ts). A run times out when it is no longer useful: the loop's next run starts from
// what is stored.
const patience = {
  scheduleToCloseTimeout: '7 days',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
} as const;

// A step waits in its workflow's own queue, the control queue, unless it names another. Name and priority are computed
// at each call, since they belong to a run. If workers are scarce, priority decides the order.

/** Reads and writes a few rows; does not heartbeat. */
const quick: ActivityOptions = {
  get priority() {
    return priorityHere();
  },
  startToCloseTimeout: '1 minute',
  ...patience,
};
/** Moves rows, without a time limit. The step heartbeats until it ends, so a dead worker is noticed soon. */
const rows: ActivityOptions = {
  get taskQueue() {
    return namesHere().queues.data;
  },
  get priority() {
    return priorityHere();
  },
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '30 seconds',
  ...patience,
};
/** Trains: a dead worker is noticed within twenty seconds. */
const training: ActivityOptions = {
  get taskQueue() {
    return namesHere().queues.training;
  },
  get priority() {
    return priorityHere();
  },
  startToCloseTimeout: '1 day',
  heartbeatTimeout: '20 seconds',
  ...patience,
};
/** Decides: nothing else can do it, so it never gives up. */
const tireless: ActivityOptions = {
  get priority() {
    return priorityHere();
  },
  startToCloseTimeout: '1 minute',
  retry: patience.retry,
};
/** Decides from many rows, and never gives up either. */
const thorough: ActivityOptions = {
  get priority() {
    return priorityHere();
  },
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: '30 seconds',
  retry: patience.retry,
};
/**
 * Watches for days, and heartbeats; a dead worker is noticed sooner than elsewhere, since nobody watches the traffic
 * meanwhile. A year is an end: what is broken that long is given up.
 */
const watching: ActivityOptions = {
  get priority() {
    return priorityHere();
  },
  scheduleToCloseTimeout: '364 days',
  heartbeatTimeout: '15 seconds',
  retry: patience.retry,
};
/** Waits for other work, by failing until it is done. */
const patient: ActivityOptions = {
  get priority() {
    return priorityHere();
  },
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '1 day',
  retry: patience.retry,
};

export const { planExtraction, extractPartition, assembleSnapshot, validateSnapshot, profileSnapshot } =
  proxyActivities<DataActivities>(rows);
export const { assembleTrainingSet, registerVersion } = proxyActivities<TrainingActivities>(rows);
export const { evaluateWinner } = proxyActivities<TrainingActivities>(rows);
export const { trainCandidate, trainTrial, refitWinner } = proxyActivities<TrainingActivities>(training);
export const { openTrainingRun, openSearch, closeRung, cutSearch, endSearch } =
  proxyActivities<TrainingActivities>(quick);
export const { askForRollout, openRollout, promoteVersion } = proxyActivities<RolloutActivities>(quick);
export const { confirmVersion } = proxyActivities<ConfirmActivities>(thorough);
export const { checkDrift, writeReport, askForRetraining } = proxyActivities<MonitoringActivities>(rows);
export const { currentMoment } = proxyActivities<RetrainingActivities>(quick);
export const { closeCycle } = proxyActivities<TrainingActivities>(tireless);
export const { awaitTurn, takeStep } = proxyActivities<StepActivities>(watching);
export const { giveOrder } = proxyActivities<StepActivities>(quick);
export const { watchExperiment } = proxyActivities<ExperimentActivities>(watching);
export const { openExperiment, stopExperiment } = proxyActivities<ExperimentActivities>(quick);
export const { endExperiment } = proxyActivities<ExperimentActivities>(tireless);
export const { endRollout } = proxyActivities<RolloutActivities>(tireless);
export const { askForApproval, decideApproval, lookForWord } = proxyActivities<ApprovalActivities>(tireless);
export const { askOnSchedule, decideNextStep, tellOfNewData } = proxyActivities<RetrainingActivities>(tireless);
export const { publishedSnapshot, openBatch, publishBatch } = proxyActivities<PredictionActivities>(quick);
export const { scorePart } = proxyActivities<PredictionActivities>(rows);
export const { awaitTraining } = proxyActivities<LifecycleActivities>(patient);
export const { removeOldRows, sweepObjects } = proxyActivities<CareActivities>(rows);
