import { createModelBringing } from '../../../operations/model-bringing.ts';
import { compileScorer, parseArtifact } from '../../../core/model/scorer.ts';
import { asAda } from '../../support/asked.ts';
import { failureOf } from '../../support/steps/failures.ts';
import { AS_OF, type Rig } from '../../support/steps/activities.ts';
import { serveTraffic } from '../../support/postgres/traffic.ts';
import { openRig } from '../../support/steps/stages.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const golden = JSON.parse(readFileSync(new URL('../../golden/brought/models.json', import.meta.url), 'utf8')) as {
  network: { onnx: string };
};
const named = ['amount', 'amount_to_usual', 'transactions_24h', 'is_online'];

describe('a model from elsewhere @slow', () => {
  let rig: Rig;
  afterEach(() => rig?.close());

  /** Brings it, and has the retraining loop open its cycle. */
  async function brought(): Promise<string> {
    const bringing = createModelBringing({ ...rig.ports, runs: { requireWorker: async () => undefined } });
    const bytes = Buffer.from(golden.network.onnx, 'base64');
    const request = await asAda(bringing).bring({ pipeline: 'fraud', file: 'their.onnx', bytes, named, reason: 'older' });
    assert.deepEqual(rig.heard.asked, [request]);
    const step = await rig.run('decideNextStep', { pipeline: 'fraud', now: AS_OF });
    assert.equal(step.kind, 'train');
    return (step as { cycle: string }).cycle;
  } // prettier-ignore

  it('becomes a version, judged against the champion on the holdout as a trained one is', async () => {
    rig = await openRig('champion');
    const { id: run, candidates, champion } = await rig.run('openTrainingRun', { cycle: await brought() });
    assert.deepEqual([candidates, champion], [['brought'], 1]);
    await rig.run('assembleTrainingSet', { run });
    const { candidate, selection, epochs } = await rig.run('trainCandidate', { run, candidate: 'brought' });
    assert.equal(epochs, 0);
    assert.ok(selection.rocAuc! > 0 && selection.rocAuc! < 1);
    const winner = await rig.run('evaluateWinner', { run, candidate });
    assert.ok(winner.evaluation.champion !== null && winner.evaluation.difference !== null);
    // It was taught nothing of these rows, and is not preferred for being new.
    assert.equal(winner.gate.outcome, 'refused');
    assert.match(winner.gate.reason, /not better by .*, as a model from elsewhere must be: nobody knows what it has learnt from/);
    // The champion came from elsewhere, too.
    const { ledger, trainingRuns, modelVersions } = rig.ports;
    const { cycle } = await trainingRuns.get((await modelVersions.get('fraud', 1)).trainingRun);
    const { broughtIn } = ledger;
    ledger.broughtIn = async (id) => (id === cycle ? { file: 'first.onnx', objectKey: 'a', sha256: 'b', fileSha256: 'c' } : broughtIn(id));
    const { version, card } = await rig.run('registerVersion', { run, winner });
    assert.equal(version, 2);
    const stored = await rig.ports.modelVersions.get('fraud', 2);
    assert.deepEqual([stored.candidate, stored.cardKey], ['brought', card]);
    const html = Buffer.from(await rig.ports.store.get(card)).toString();
    assert.match(html, /rows that both models, which came from elsewhere, may have seen in their training/);
    assert.doesNotMatch(html, /neither model saw/);
    const artifact = parseArtifact(Buffer.from(await rig.ports.store.get(stored.objectKey)).toString());
    const score = compileScorer(artifact).score({ amount: 9, amount_to_usual: 1, transactions_24h: 2, is_online: true });
    assert.ok(score > 0 && score < 1);

    // A person decides otherwise: it is watched as any other.
    await rig.ports.traffic.promote({ pipeline: 'fraud', version, reason: 'wanted', by: 'ada', expectedGeneration: 1, at: AS_OF });
    const [from, asOf] = ['2026-03-18T02:00:00.000Z', '2026-03-19T02:00:00.000Z'];
    await serveTraffic(rig, from, asOf, { version });
    const checked = await rig.run('checkDrift', { pipeline: rig.ref, asOf });
    assert.ok(checked !== null && checked !== 'stale');
    const verdict = await rig.ports.verdicts.get('fraud', checked.id);
    assert.deepEqual([verdict.version, verdict.abstained, verdict.level], [2, null, 'stable']);
    assert.ok(verdict.score !== null && verdict.columns.length > 0);
  }); // prettier-ignore

  it('is kept while it waits, and refused when the pipeline no longer has its columns', async () => {
    rig = await openRig('champion');
    const cycle = await brought();
    const { objectKey } = (await rig.ports.ledger.broughtIn(cycle))!;
    assert.deepEqual([...(await rig.ports.records.named([objectKey]))], [objectKey]);
    const { id: run } = await rig.run('openTrainingRun', { cycle });
    await rig.run('assembleTrainingSet', { run });
    const declaration = await rig.ports.pipelines.declaration(rig.ref);
    const { amount: _, ...columns } = declaration.columns;
    rig.ports.pipelines.declaration = async () => ({ ...declaration, columns });
    const failure = await failureOf(rig.run('trainCandidate', { run, candidate: 'brought' }));
    assert.deepEqual([failure.type, failure.nonRetryable], ['MODEL_FILE_INVALID', true]);
    assert.match(failure.message, /their\.onnx takes the column "amount", which fraud no longer declares/);
  });
});
