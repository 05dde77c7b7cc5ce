import { retrain } from '../../workflows/messages.ts';
import { aCheck, dataScript, MOMENT, trainingScript } from '../support/scripts.ts';
import { createLoops, until } from '../support/workflows.ts';
import { mkdir, writeFile } from 'node:fs/promises';

/** Records a run of each loop: `npx tsx test/histories/record.ts`. What was recorded must replay for ever, so add, never replace. */
const pipeline = { name: 'fraud', revision: 'e1a5ac9bb3f3b6b9' };
const folder = new URL('./', import.meta.url);
const loops = await createLoops();

async function keep(name: string, workflowId: string, runId?: string): Promise<void> {
  const history = await loops.environment.client.workflow.getHandle(workflowId, runId).fetchHistory();
  const json = JSON.stringify(history);
  await mkdir(folder, { recursive: true });
  // Who did a step is of no use to a replay, and names the machine.
  const text = json.replace(/"(identity|binaryChecksum)":"[^"]*"/g, '"$1":"worker"');
  await writeFile(new URL(`${name}.json`, folder), `${text}\n`);
}

loops.follow(dataScript(6));
const data = await loops.start('data', { pipeline, asOf: MOMENT });
await data.result();
await keep('data', data.workflowId);

loops.follow(trainingScript());
const training = await loops.start('training', { pipeline: 'fraud', cycle: 'fraud-2026-01-11T03:00Z-3fa9c1' });
await training.result();
await keep('training', training.workflowId);

loops.follow({ checkDrift: () => aCheck('severe'), writeReport: () => 'drift.html', askForRetraining: () => 'drift/a-verdict' });
const monitoring = await loops.start('monitoring', { pipeline, asOf: MOMENT });
await monitoring.result();
await keep('monitoring', monitoring.workflowId);

loops.follow({ currentMoment: () => MOMENT, askOnSchedule: () => `schedule/fraud/${MOMENT}` });
const request = await loops.start('scheduledRequest', { pipeline, asOf: null });
await request.result();
await keep('scheduled-request', request.workflowId);

// Idle, a wait that ends by time, a training, and so many signals that it starts afresh.
let step: 'idle' | 'wait' | 'train' = 'wait';
loops.follow({
  ...trainingScript(),
  decideNextStep: () =>
    step === 'train'
      ? { kind: 'train', cycle: 'fraud-2026-01-11T03:00Z-3fa9c1', reason: 'drift' }
      : step === 'wait'
        ? { kind: 'wait', until: MOMENT, why: 'the last training is too recent', milliseconds: 3_600_000 }
        : { kind: 'idle' },
  closeCycle: () => void (step = 'idle'),
});
const retraining = await loops.start('retraining', 'fraud');
await until(() => loops.taken('decideNextStep') === 1);
step = 'train';
await loops.timePasses('61 minutes');
await until(() => loops.taken('closeCycle') === 1);
const { runId } = await retraining.describe();
for (let i = 0; i < 500; i++) await retraining.signal(retrain, { request: `person/${i}`, asOf: MOMENT });
await until(async () => (await retraining.describe()).runId !== runId);
await keep('retraining', retraining.workflowId, runId);
await until(async () => ((await retraining.fetchHistory()).events?.length ?? 0) > 5);
await keep('retraining-continued', retraining.workflowId, (await retraining.describe()).runId);
await loops.endRuns();
await loops.close();
