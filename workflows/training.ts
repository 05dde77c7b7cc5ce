import { type CycleOutcome } from '../core/training/retraining/retraining.ts';
import { versionName } from '../core/base/ids.ts';
import { trainChallenger } from './steps/challenger.ts';
import { earlierTraining } from './steps/earlier-training.ts';
import { failed } from './run/failures.ts';
import { attributes, type TrainingInput } from './messages.ts';
import { askForRollout, closeCycle, openTrainingRun } from './steps/steps.ts';
import {
  CancellationScope,
  isCancellation,
  patched,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';

type Outcome = Omit<CycleOutcome, 'endedAt'>;
/** Its challenger passed the gate: the rollout continues from here, and closes the cycle. */
interface RollingOut {
  result: 'rolling out';
  version: number;
  rollout: string;
  reason: string;
}

/** One training of a cycle: from a snapshot to a challenger and its rollout, or to the reason why there is none. */
export async function training(input: TrainingInput): Promise<Outcome | RollingOut> {
  if (!patched('rollout-of-its-own')) return earlierTraining(input);
  const { pipeline, cycle, reopened = 0 } = input;
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline },
    { key: attributes.loop, value: 'training' },
    { key: attributes.cycle, value: cycle },
  ]);
  try {
    const opened = await openTrainingRun({ cycle });
    if (opened.nothingNew !== undefined && patched('nothing-new')) {
      setCurrentDetails(`Nothing new: ${opened.nothingNew}`);
      const outcome: Outcome = { result: 'nothing new', version: null, reason: opened.nothingNew };
      await CancellationScope.nonCancellable(() => closeCycle({ cycle, reopened, outcome }));
      return outcome;
    }
    const { run, version, gate } = await trainChallenger(opened);
    setCurrentDetails(`${versionName(version)} ${gate.outcome}: ${gate.reason}`);
    // Past this point a cancellation must not interrupt: it would close finished work as failed.
    return await CancellationScope.nonCancellable(async () => {
      if (gate.outcome !== 'passed') {
        const outcome = { result: gate.outcome, version, reason: gate.reason };
        await closeCycle({ cycle, reopened, outcome });
        return outcome;
      }
      const { rollout } = await askForRollout({ run: run.id, version });
      return { result: 'rolling out', version, rollout, reason: gate.reason };
    });
  } catch (error) {
    // However the run ends, the cycle ends too: the retraining loop waits for it.
    const outcome: Outcome = { version: null, ...failed(error) };
    const cancelled = isCancellation(error) ? { cancelled: true } : {};
    await CancellationScope.nonCancellable(() => closeCycle({ cycle, reopened, outcome, ...cancelled }));
    throw error;
  }
}
