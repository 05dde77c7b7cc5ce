import { type NextTraining } from '../activities/retraining/retraining.ts';
import { priorityOf } from '../core/runs/priority.ts';
import { latest, type Instant } from '../core/time/time.ts';
import {
  attributes,
  type Heard,
  lookAgain,
  newData,
  retrain,
  trainingEnded,
  type TrainingInput,
  whatWasHeard,
} from './messages.ts';
import { namesHere } from './run/names.ts';
import { decideNextStep } from './steps/steps.ts';
import { training } from './training.ts';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  allHandlersFinished,
  condition,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';

const nothingYet: Heard = { signals: 0, now: null, waiting: null };

/** The server refuses the 10,001st signal of a run: start afresh long before. */
const MOST_SIGNALS = 500;
/** How long a training may be silent before the loop checks that it still runs. */
const LOOK_AGAIN = '10 minutes';

/**
 * One per pipeline, for ever: receives requests to retrain, and starts a training when the policy allows it. Requests
 * are stored before anyone signals, so signals only wake the loop, and losing it loses nothing.
 */
export async function retraining(pipeline: string, heard: Heard = nothingYet): Promise<void> {
  const hear = ({ asOf }: { asOf?: Instant }): void => {
    heard = { ...heard, signals: heard.signals + 1, now: asOf ? latest(asOf, heard.now ?? asOf) : heard.now };
  };
  setHandler(retrain, hear);
  setHandler(newData, hear);
  setHandler(trainingEnded, () => hear({}));
  setHandler(lookAgain, () => hear({}));
  setHandler(whatWasHeard, () => heard);
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline },
    { key: attributes.loop, value: 'retraining' },
  ]);

  while (!timeToStartAfresh(heard)) {
    const known = heard.signals;
    const step = await decideNextStep({ pipeline, now: heard.now });
    heard = { ...heard, waiting: step.kind === 'wait' ? { until: step.until, why: step.why } : null };
    if (step.kind === 'train') await startTraining(pipeline, step);
    setCurrentDetails(
      step.kind === 'idle'
        ? 'No requests.'
        : step.kind === 'wait'
          ? `Waiting until ${step.until}: ${step.why}.`
          : `Training cycle \`${step.cycle}\` (${step.reason}).`,
    );
    const news = (): boolean => heard.signals > known;
    if (step.kind === 'train') await condition(news, LOOK_AGAIN);
    else if (step.kind === 'wait' && step.milliseconds !== null) await condition(news, step.milliseconds);
    else await condition(news);
  }
  await condition(allHandlersFinished);
  // A run stays with the version of this code that it began with: this is where the loop moves to a newer one.
  const startAfresh = makeContinueAsNewFunc<typeof retraining>({ initialVersioningBehavior: 'AUTO_UPGRADE' });
  await startAfresh(pipeline, { ...heard, signals: 0 });
}

function timeToStartAfresh({ signals }: Heard): boolean {
  const { continueAsNewSuggested, targetWorkerDeploymentVersionChanged } = workflowInfo();
  return signals >= MOST_SIGNALS || continueAsNewSuggested || targetWorkerDeploymentVersionChanged;
}

/** Starts the cycle's training unless it already runs; a terminated one resumes from what it stored. */
async function startTraining(
  pipeline: string,
  { cycle, reopened = 0, reason, backfilled }: Omit<NextTraining, 'reopened'> & Pick<TrainingInput, 'reopened'>,
): Promise<void> {
  try {
    await startChild(training, {
      workflowId: namesHere().training(pipeline, cycle),
      args: [{ pipeline, cycle, reopened }],
      parentClosePolicy: 'ABANDON',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      priority: priorityOf(backfilled ? 'backfill' : reason, pipeline),
      staticSummary: `Train ${pipeline} for cycle ${cycle}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
