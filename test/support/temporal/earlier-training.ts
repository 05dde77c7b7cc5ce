import { attributes, type TrainingInput } from '../../../workflows/messages.ts';
import {
  askForApproval,
  assembleTrainingSet,
  evaluateWinner,
  openTrainingRun,
  registerVersion,
  trainCandidate,
} from '../../../workflows/steps/steps.ts';
import { condition, upsertSearchAttributes } from '@temporalio/workflow';

/** What a training did, up to the wait for a person's word, in the release before words were stored first. */
export async function training({ pipeline, cycle }: TrainingInput): Promise<void> {
  upsertSearchAttributes([
    { key: attributes.pipeline, value: pipeline },
    { key: attributes.loop, value: 'training' },
    { key: attributes.cycle, value: cycle },
  ]);
  const { id: run, candidates } = await openTrainingRun({ cycle });
  await assembleTrainingSet({ run });
  await trainCandidate({ run, candidate: candidates[0]! });
  const winner = await evaluateWinner({ run, candidate: candidates[0]! });
  const { version } = await registerVersion({ run, winner });
  upsertSearchAttributes([{ key: attributes.version, value: `v${version}` }]);
  const { milliseconds } = await askForApproval({ run, version });
  await condition(() => false, milliseconds!);
}
