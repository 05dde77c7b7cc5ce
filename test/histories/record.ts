import { UserError } from '../../core/base/errors/errors.ts';
import { type Part } from '../../core/data/data.ts';
import { decideRollout, retrain } from '../../workflows/messages.ts';
import { aCheck, aSearch, dataScript, experimentScript, lifecycleScript, MOMENT, predictionScript, rolloutScript, tasks, trainingScript } from '../support/temporal/scripts.ts';
import { createLoops, type Script, until } from '../support/temporal/workflows.ts';
import { mkdir, writeFile } from 'node:fs/promises';

/** Records a run of each loop: `npx tsx test/histories/record.ts`. What was recorded must replay for ever, so add, never replace. */
const pipeline = { name: 'fraud', revision: 'e1a5ac9bb3f3b6b9' };
const folder = new URL('./', import.meta.url);
const loops = await createLoops();

async function keep(name: string, workflowId: string, runId?: string): Promise<void> {
  const history = await loops.environment.client.workflow.getHandle(workflowId, runId).fetchHistory();
  const json = JSON.stringify(history);
  await mkdir(folder, { recursive: true });
  // Who did a step and where it failed are of no use to a replay, and name the machine.
  const text = json
    .replace(/"(identity|binaryChecksum)":"[^"]*"/g, '"$1":"worker"')
    .replace(/"stackTrace":"(?:[^"\\]|\\.)*"/g, '"stackTrace":""');
  // What was recorded stays as it was.
  await writeFile(new URL(`${name}.json`, folder), `${text}\n`, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

loops.follow(dataScript(6));
const data = await loops.start('data', { pipeline, asOf: MOMENT });
await data.result();
await keep('data', data.workflowId);

// A step finds a part corrupt, for which the next plan extracts it again, or finds nothing to extract.
const spoilt = (heals: boolean): Script => {
  const script = dataScript(1);
  const missing = heals ? tasks(1).map((task) => ({ ...task, corrupt: { rows: { id: 'x' } as Part } })) : [];
  let plans = 0;
  return {
    ...script,
    planExtraction: () => ({ watermark: MOMENT, extractions: ['rows-0'], missing: ++plans === 1 ? [] : [...missing] }),
    validateSnapshot: (input) => {
      if (plans > 1) return script.validateSnapshot!(input);
      throw new UserError('OBJECT_CORRUPT', 'Object parts/x is not what was stored.');
    },
  };
};
for (const [heals, name, asOf] of [[true, 'data-repaired', '2026-02-01T03:00:00.000Z'], [false, 'data-not-repaired', '2026-02-02T03:00:00.000Z']] as const) {
  loops.follow(spoilt(heals));
  const run = await loops.start('data', { pipeline, asOf });
  await run.result().catch((error: unknown) => {
    if (heals) throw error;
  });
  await keep(name, run.workflowId);
}

// Of earlier releases are training.json and training-approved.json: those trainings rolled out by themselves.
loops.follow(trainingScript());
const training = await loops.start('training', { pipeline: 'fraud', cycle: 'fraud-2026-01-11T03:00Z-3fa9c1' });
await training.result();
await keep('training-to-rollout', training.workflowId);

// One that searches, within ten minutes.
const search = aSearch([0.1, 0.9, 0.4, 0.7], 600_000);
loops.follow({ ...trainingScript({ mlp: 0.8 }), ...search });
const searching = await loops.start('training', { pipeline: 'fraud', cycle: 'fraud-2026-01-12T03:00Z-3fa9c1' });
await searching.result();
await keep('training-search', searching.workflowId);

// One that averages its candidates once they are trained, and trains the winner again on all rows.
const averaging = trainingScript({ logistic: 0.6, mlp: 0.7, ensemble: 0.8 });
loops.follow({
  ...averaging,
  openTrainingRun: async (task) => ({
    ...(await averaging.openTrainingRun!(task)),
    candidates: ['logistic', 'mlp'],
    ensembles: ['ensemble'],
    refits: true,
  }),
  refitWinner: () => ({ outcome: 'kept', reason: 'it ranks rows otherwise' }),
});
const average = await loops.start('training', { pipeline: 'fraud', cycle: 'fraud-2026-02-08T03:00Z-8e10aa' });
await average.result();
await keep('training-ensemble', average.workflowId);

// One that would only repeat the last.
const repeated = trainingScript({ mlp: 0.8 });
loops.follow({
  ...repeated,
  openTrainingRun: async (task) => ({
    ...(await repeated.openTrainingRun!(task)),
    nothingNew: 'data, declaration and champion are those of cycle fraud-2026-02-08T03:00Z-8e10aa',
  }),
});
const repeating = await loops.start('training', { pipeline: 'fraud', cycle: 'fraud-2026-02-15T03:00Z-71c0de' });
await repeating.result();
await keep('training-nothing-new', repeating.workflowId);

// One that also tries a network from the champion's weights.
const warming = trainingScript({ mlp: 0.8, 'mlp-from-v1': 0.9 });
loops.follow({
  ...warming,
  openTrainingRun: async (task) => ({ ...(await warming.openTrainingRun!(task)), candidates: ['mlp'] }),
  assembleTrainingSet: async (task) => ({ ...(await warming.assembleTrainingSet!(task)), warm: 'mlp-from-v1' }),
});
const warm = await loops.start('training', { pipeline: 'fraud', cycle: 'fraud-2026-02-22T03:00Z-3a11ed' });
await warm.result();
await keep('training-warm-start', warm.workflowId);

loops.follow(rolloutScript());
const rollout = await loops.start('rollout', { pipeline: 'fraud', rollout: 'fraud-v2-g3-1', reopened: 0 });
await rollout.result();
await keep('rollout', rollout.workflowId);

// One that a person approves.
loops.follow({
  ...rolloutScript(),
  openRollout: ({ rollout: cycle }) => ({ version: 2, cycle, reason: 'better by 0.04', approval: 'person' }),
  askForApproval: () => ({ decision: null, until: MOMENT, within: '3 days', milliseconds: 3_600_000 }),
  decideApproval: ({ decision }) => decision,
});
const id = 'fraud-2026-01-18T03:00Z-5bb2d0';
const approved = await loops.start('rollout', { pipeline: 'fraud', rollout: id, reopened: 0 });
const word = { approve: true, by: 'ada', reason: 'the card is read' };
await until(() => loops.taken('askForApproval') === 1);
await until(() => approved.executeUpdate(decideRollout, { args: [word] }).then(() => true, () => false)); // prettier-ignore
await approved.result();
await keep('rollout-approved', approved.workflowId);

// Versions share the traffic; one is taken out, so that it continues, and another is better.
loops.follow(experimentScript());
const experiment = await loops.start('experiment', { pipeline: 'fraud', experiment: 'fraud-e1' });
const { runId: firstRun } = await experiment.describe();
await experiment.result();
await keep('experiment-continued', experiment.workflowId, firstRun);
await keep('experiment', experiment.workflowId, (await experiment.describe()).runId);

loops.follow({ checkDrift: () => aCheck('severe'), writeReport: () => 'drift.html', askForRetraining: () => 'drift/a-verdict' });
const monitoring = await loops.start('monitoring', { pipeline, asOf: MOMENT });
await monitoring.result();
await keep('monitoring', monitoring.workflowId);

let fresh = false;
loops.follow({
  ...dataScript(1),
  publishedSnapshot: () => null,
  tellOfNewData: () => void (fresh = true),
  checkDrift: () => (fresh ? aCheck('drifting') : 'stale'),
  writeReport: () => 'drift.html',
});
const monitoringData = await loops.start('monitoring', { pipeline, asOf: MOMENT });
await monitoringData.result();
await keep('monitoring-of-data', monitoringData.workflowId);

loops.follow({ ...dataScript(1), ...predictionScript(6) });
const prediction = await loops.start('prediction', { pipeline, asOf: MOMENT });
await prediction.result();
await keep('prediction', prediction.workflowId);

loops.follow(lifecycleScript());
const lifecycle = await loops.start('lifecycle', { pipeline, asOf: MOMENT });
await lifecycle.result();
await keep('lifecycle', lifecycle.workflowId);

loops.follow({ currentMoment: () => MOMENT, askOnSchedule: () => `schedule/fraud/${MOMENT}` });
const request = await loops.start('scheduledRequest', { pipeline, asOf: null });
await request.result();
await keep('scheduled-request', request.workflowId);

loops.follow({
  removeOldRows: () => ({ asOf: MOMENT, removed: [] }),
  sweepObjects: () => [{ kind: 'parts', count: 1, bytes: 9, first: ['parts/a'] }],
});
const care = await loops.start('care', { dryRun: false });
await care.result();
await keep('care', care.workflowId);

// Idle, a wait that ends by time, a training, and so many signals that it starts afresh.
let step: 'idle' | 'wait' | 'train' = 'wait';
loops.follow({
  ...trainingScript({ mlp: 0.8 }, { passed: false, outcome: 'refused', reason: 'no better' }),
  decideNextStep: () =>
    step === 'train'
      ? { kind: 'train', cycle: 'fraud-2026-01-11T03:00Z-3fa9c1', reopened: 0, reason: 'drift' }
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
