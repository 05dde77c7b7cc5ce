import { type AuditEntry } from '../../core/runs/audit.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { compileScorer } from '../../core/model/scorer.ts';
import { createDoor } from '../../operations/door.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type WhatIf } from '../../core/explaining/what-if.ts';
import { createWhatIf } from '../../operations/what-if.ts';
import { type Role } from '../../core/access/actor.ts';
import { aPipeline } from '../reports/fixtures.ts';
import {
  anArtifact,
  average,
  LOGGED,
  portsOfClasses,
  PREDICTION,
  threeClasses,
  whatIfPorts,
} from '../support/what-if.ts';
import assert from 'node:assert/strict';

const sensitive = () => {
  const { columns } = aPipeline();
  return aPipeline({ columns: { ...columns, merchant: { kind: 'category', sensitive: true } } });
};

describe('trying a row on versions', () => {
  let audit: AuditEntry[];
  beforeEach(() => void (audit = []));
  const asked = (ports = whatIfPorts(), role: Role = 'viewer') =>
    createDoor(createWhatIf(ports), { record: async (entry: AuditEntry) => void audit.push(entry) } as never).as({
      name: 'ada',
      from: 'cli',
      role,
    });
  const refusal = (words: RegExp) => (error: unknown) => error instanceof UserError && words.test(error.message);

  it('starts from the typical row, and gives the scores that the server gives, with effects that add up to them', async () => {
    const tried = await asked().try({ pipeline: 'fraud', versions: [3, 4], row: { amount: 700 } });
    const row = { amount: 700, merchant: 'groceries', online: false };
    assert.deepEqual(Object.fromEntries(tried.fields.map(({ column, value }) => [column, value])), row);
    for (const [i, kind] of (['line', 'tree'] as const).entries()) {
      const { score, typicalScore, effects, decision, exact } = tried.versions[i]!;
      assert.equal(score, compileScorer(anArtifact(kind)).score(row));
      assert.ok(Math.abs(effects.reduce((sum, { effect }) => sum + effect, typicalScore) - score) < 1e-9);
      assert.deepEqual([decision, exact], [score >= 0.5, true]);
    }
    assert.deepEqual(tried.versions.map(({ from }) => from), ['typical', 'mean']); // prettier-ignore
  });

  it('lays the curve of the rows that judged a version beside that of the row, unless the column is sensitive now', async () => {
    const ask = (pipeline = aPipeline(), changed = 'merchant') =>
      asked(whatIfPorts(pipeline)).try({ pipeline: 'fraud', versions: [3], changed });
    const [{ curve, dependence } = { curve: null }] = (await ask()).versions;
    assert.deepEqual(
      [curve!.length > 1, dependence!.points.map(({ value }) => value)],
      [true, ['groceries', 'gift cards']],
    );
    assert.equal((await ask(aPipeline(), 'online')).versions[0]!.dependence, undefined);
    assert.equal(JSON.stringify(await ask(sensitive())).includes('"gift cards"'), false);
  });

  it('shows nothing of a column that has left the declaration, if it was sensitive when a version was trained', async () => {
    const { merchant: _, ...columns } = aPipeline().columns;
    const ports = whatIfPorts(aPipeline({ columns }));
    const ask = async (then: () => Promise<Pipeline>) => {
      ports.pipelines.declaration = ({ revision }) => (revision === 'r1' ? Promise.resolve(aPipeline({ columns })) : then()); // prettier-ignore
      return asked(ports).try({ pipeline: 'fraud', versions: [3], changed: 'merchant' });
    };
    const merchantOf = ({ fields }: WhatIf) => fields.find(({ column }) => column === 'merchant');
    assert.deepEqual(merchantOf(await ask(async () => aPipeline()))?.value, 'groceries');
    const unreadable = async () => {
      throw new UserError('PIPELINE_INVALID', 'Of an earlier release.');
    };
    for (const then of [async () => sensitive(), unreadable]) {
      const told = await ask(then);
      assert.deepEqual(merchantOf(told), { column: 'merchant', type: 'text', seen: [] });
      assert.doesNotMatch(JSON.stringify(told), /groceries|gift cards/);
    }
  });

  it('gives each column of an average one effect, and they add up', async () => {
    const ports = whatIfPorts(aPipeline(), average);
    const [tried] = (await asked(ports).try({ pipeline: 'fraud', versions: [3], row: { amount: 700 } })).versions;
    assert.deepEqual(tried!.effects.map(({ column }) => column).sort(), ['amount', 'merchant', 'online']); // prettier-ignore
    const sum = tried!.effects.reduce((sum, { effect }) => sum + effect, tried!.typicalScore);
    assert.ok(Math.abs(sum - tried!.score) < 1e-9, `${sum} ${tried!.score}`);
  });

  it('finds the smallest change of the fewest columns that makes the other decision', async () => {
    const { versions } = await asked().try({ pipeline: 'fraud', versions: [3, 4], row: { amount: 60 } });
    assert.deepEqual(versions[0]!.counterfactual!.changes, [{ column: 'amount', from: 60, to: 600 }]);
    assert.ok(versions[0]!.counterfactual!.score >= 0.5);
    assert.deepEqual(versions[1]!.counterfactual!.changes, [
      { column: 'amount', from: 60, to: 600 },
      { column: 'merchant', from: 'groceries', to: 'gift cards' },
    ]);
    const again = await asked().try({ pipeline: 'fraud', versions: [3, 4], row: { amount: 60 } });
    assert.deepEqual(again.versions, versions);
    const [back] = (
      await asked().try({ pipeline: 'fraud', versions: [4], row: { amount: 940, merchant: 'gift cards' } })
    ).versions;
    assert.deepEqual([back!.decision, back!.counterfactual!.changes.length], [true, 1]);
    assert.ok(back!.counterfactual!.score < 0.5);
  });

  it('moves an estimate by the amount that is asked for, and looks for nothing without', async () => {
    const number = aPipeline({ label: { name: 'spent', kind: 'number' } as never, candidates: [{ kind: 'linear', name: 'linear' }], gates: { metric: 'rmse', margin: 0.1 }, expectations: { minRows: 100 } }); // prettier-ignore
    const interval = { coverage: 0.9, rows: 500, at: [100], spread: [2], below: 1, above: 3 };
    const ports = whatIfPorts(number, { target: { mean: 100, deviation: 10 }, threshold: null, interval });
    const ask = (by?: number) => asked(ports).try({ pipeline: 'fraud', versions: [3], row: { amount: 34 }, by });
    const [still] = (await ask()).versions;
    assert.deepEqual([still!.searched, still!.counterfactual, still!.decision], [false, null, null]);
    assert.deepEqual([still!.low, still!.high], [still!.score - 2, still!.score + 6]);
    const [up, down] = [(await ask(15)).versions[0]!, (await ask(-4)).versions[0]!];
    assert.ok(up.counterfactual!.score >= up.score + 15);
    assert.ok(down.counterfactual!.score <= down.score - 4);
    assert.equal((await ask(1e6)).versions[0]!.counterfactual, null);
  });

  it('names the likeliest of several classes, and finds what makes another the answer', async () => {
    const { versions } = await asked(portsOfClasses()).try({ pipeline: 'fraud', versions: [3], changed: 'amount' }); // prettier-ignore
    const [{ score, decision, classes: told, counterfactual, curve, effects, typicalScore }] = versions as [(typeof versions)[0]]; // prettier-ignore
    assert.deepEqual([told!.label, decision, told!.otherwise], ['low', null, 'high']);
    assert.equal(told!.probabilities['low'], score);
    assert.deepEqual(counterfactual!.changes, [{ column: 'amount', from: 34, to: 100 }]);
    const { probabilities } = compileScorer(anArtifact('line', threeClasses)).classes!;
    assert.equal(counterfactual!.score, probabilities({ amount: 100, merchant: 'groceries', online: false })[2]);
    assert.ok(curve!.every(({ mean }, i) => i === 0 || mean < curve![i - 1]!.mean), 'of one class, also where another is the likeliest'); // prettier-ignore
    assert.ok(Math.abs(effects.reduce((sum, { effect }) => sum + effect, typicalScore) - score) < 1e-9);
  });

  it('answers by costs as the server does, and looks for what makes another class cost less', async () => {
    const ports = portsOfClasses({ format: 3, costs: [[0, 1, 1], [1, 0, 1], [50, 50, 0]] }); // prettier-ignore
    const { classes: told, score, counterfactual } = (await asked(ports).try({ pipeline: 'fraud', versions: [3] })).versions[0]!; // prettier-ignore
    assert.equal(told!.label, 'high');
    assert.ok(told!.probabilities['low']! > score && score === told!.probabilities['high']);
    assert.ok(counterfactual === null || told!.otherwise !== 'high');
  });

  it('draws the score along the column that was changed, the own value among those that were seen', async () => {
    const { changed, versions } = await asked().try({ pipeline: 'fraud', versions: [3], row: { amount: 42 }, changed: 'amount' }); // prettier-ignore
    assert.equal(changed, 'amount');
    const { curve, score } = versions[0]!;
    assert.deepEqual(curve!.map(({ value }) => value), [5, 20, 42, 50, 100, 300, 600, 1_000]); // prettier-ignore
    assert.equal(curve![2]!.mean, score);
    assert.ok(curve!.every(({ mean }, i) => i === 0 || mean > curve![i - 1]!.mean));
  });

  it('scores a missing value and a level that nobody has seen', async () => {
    const row = { amount: null, merchant: 'atlantis' };
    const { versions } = await asked().try({ pipeline: 'fraud', versions: [3, 4], row });
    assert.ok(versions.every(({ score }) => score > 0 && score < 1));
  });

  it('reads the texts of a form by the types of the columns: an empty one is missing', async () => {
    const row = { amount: '', merchant: 'fuel', online: 'true' };
    const { fields } = await asked().try({ pipeline: 'fraud', versions: [3], row, written: true });
    assert.deepEqual(fields.map(({ value }) => value), [null, 'fuel', true]); // prettier-ignore
    const blank = await asked().try({ pipeline: 'fraud', versions: [3], row: { ...row, amount: '  ' }, written: true });
    assert.equal(blank.fields[0]!.value, null);
    await assert.rejects(
      asked().try({ pipeline: 'fraud', versions: [3], row: { amount: 'much' }, written: true }),
      refusal(/"amount" takes a number or null/),
    );
  });

  it('refuses a column that no version reads, a value of another type, and more than two versions', async () => {
    const ask = (row: object, versions = [3]) => asked().try({ pipeline: 'fraud', versions, row: { ...row } });
    await assert.rejects(ask({ amuont: 1 }), refusal(/reads a column "amuont". They read: amount, merchant, online/));
    await assert.rejects(ask({ online: 'yes' }), refusal(/"online" takes true or false or null/));
    await assert.rejects(ask({}, [1, 2, 3]), refusal(/one version of fraud to try, or two/));
  });

  describe('with a sensitive column', () => {
    it('uses its typical value and shows neither it nor levels, draws no curve, and changes it in no counterfactual', async () => {
      const ports = whatIfPorts(sensitive());
      const tried = await asked(ports).try({ pipeline: 'fraud', versions: [3, 4], changed: 'merchant' });
      assert.deepEqual(tried.fields[1], { column: 'merchant', type: 'text', seen: [] });
      assert.doesNotMatch(JSON.stringify(tried), /groceries|gift cards|fuel/);
      assert.notEqual(tried.changed, 'merchant');
      const line = await asked(ports).try({ pipeline: 'fraud', versions: [4], row: { amount: 60 } });
      assert.equal(line.versions[0]!.counterfactual, null);
    });

    it('keeps the value of a logged row to itself, also when a form sends an empty field back', async () => {
      const ports = whatIfPorts(sensitive());
      const row = { amount: '940', merchant: '', online: 'true' };
      const tried = await asked(ports, 'operator').tryLogged({ pipeline: 'fraud', versions: [3], prediction: PREDICTION, row, written: true }); // prettier-ignore
      assert.equal(tried.versions[0]!.score, compileScorer(anArtifact('line')).score(LOGGED));
      assert.doesNotMatch(JSON.stringify(tried), /gift cards/);
    });
  });

  it('estimates a sensitive label only for who may operate', async () => {
    const number = aPipeline({ label: { name: 'spent', kind: 'number', sensitive: true } as never, candidates: [{ kind: 'linear', name: 'linear' }], gates: { metric: 'rmse', margin: 0.1 }, expectations: { minRows: 100 } }); // prettier-ignore
    const ports = whatIfPorts(number, { target: { mean: 100, deviation: 10 }, threshold: null });
    const trial = { pipeline: 'fraud', versions: [3] };
    await assert.rejects(asked(ports).try(trial), refusal(/ada is a viewer .* "spent", which is declared sensitive/));
    assert.equal((await asked(ports, 'operator').try(trial)).versions.length, 1);
  });

  it('names the classes of a sensitive label only for who may operate', async () => {
    const ports = portsOfClasses({}, { sensitive: true });
    const trial = { pipeline: 'fraud', versions: [3] };
    await assert.rejects(asked(ports).try(trial), refusal(/ada is a viewer .* "urgency", which is declared sensitive/));
    assert.equal((await asked(ports, 'operator').try(trial)).versions[0]!.classes!.label, 'low');
  });

  it('starts from a logged prediction for who may operate, and the audit says once who looked at it', async () => {
    const from = { pipeline: 'fraud', versions: [3], prediction: PREDICTION };
    await assert.rejects(asked().tryLogged(from), refusal(/viewer and may not/));
    const operations = asked(whatIfPorts(), 'operator');
    const tried = await operations.tryLogged({ ...from, row: { amount: 10 } });
    assert.deepEqual(tried.fields.map(({ value }) => value), [10, 'gift cards', true]); // prettier-ignore
    await operations.tryLogged(from);
    assert.deepEqual(audit.map(({ who, action, details }) => [who, action, details]), [['ada', 'try prediction', { prediction: PREDICTION }]]); // prettier-ignore
    for (const prediction of ['nonsense', PREDICTION.replace('0', '1')])
      await assert.rejects(operations.tryLogged({ ...from, prediction }), refusal(/has no prediction/));
  });

  it('reads a model once, and refuses one whose bytes are others', async () => {
    const ports = whatIfPorts();
    const operations = asked(ports);
    for (let i = 0; i < 3; i++) await operations.try({ pipeline: 'fraud', versions: [3], row: { amount: i } });
    assert.equal(ports.gets, 1);
    ports.store.get = async () => Buffer.from('other');
    await assert.rejects(operations.try({ pipeline: 'fraud', versions: [4] }), refusal(/is not what was stored/));
  });
});
