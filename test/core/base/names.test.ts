import { cycleId } from '../../../core/base/ids.ts';
import { installationOf, namesOf, roleOf, USUAL_INSTALLATION } from '../../../core/base/names.ts';
import assert from 'node:assert/strict';

const asOf = '2026-01-03T02:00:00.000Z';
const cycle = cycleId('fraud', asOf, '3fa9c1d2');

describe('names in Temporal', () => {
  it('stay what they always were for an installation without a name', () => {
    const names = namesOf(USUAL_INSTALLATION);
    assert.deepEqual(names.queues, {
      control: 'perennial-control',
      data: 'perennial-data',
      training: 'perennial-training',
    });
    assert.deepEqual(
      [names.deployment, names.run('fraud', 'data', asOf), names.schedule('fraud', 'data'), names.retraining('fraud')],
      ['perennial', 'fraud/data/2026-01-03T02:00Z', 'fraud/data/schedule', 'fraud/retraining'],
    );
    assert.equal(names.training('fraud', cycle), 'fraud/training/2026-01-03T02:00Z-3fa9c1');
    assert.deepEqual(Object.values(names.care), ['care', 'care/schedule', 'care/asked', 'care/dry-run']);
  });

  it('carry the name of an installation that has one', () => {
    const names = namesOf('credit');
    assert.deepEqual(Object.values(names.queues), ['credit-control', 'credit-data', 'credit-training']);
    const ids = [
      names.run('fraud', 'request', asOf),
      names.scheduled('fraud', 'data'),
      names.schedule('fraud', 'retraining'),
      names.retraining('fraud'),
      names.training('fraud', cycle),
      ...Object.values(names.care),
    ];
    for (const id of ids) assert.match(id, /^credit\/(fraud|care)/);
  });

  it('tell whose pipeline an id belongs to, and nothing about another installation', () => {
    const [usual, credit] = [namesOf(USUAL_INSTALLATION), namesOf('credit')];
    for (const names of [usual, credit]) {
      assert.deepEqual(names.ownerOf(names.run('fraud', 'data', asOf)), { pipeline: 'fraud', loop: 'data' });
      assert.deepEqual(names.ownerOf(names.run('fraud', 'request', asOf)), { pipeline: 'fraud', loop: 'retraining' });
      assert.deepEqual(names.ownerOf(names.retraining('fraud')), { pipeline: 'fraud', loop: 'retraining' });
      assert.equal(names.ownerOf(names.care.scheduled), null);
    }
    assert.equal(usual.ownerOf(credit.retraining('fraud')), null);
    assert.equal(credit.ownerOf(usual.retraining('fraud')), null);
  });

  it('let a run find its installation by its queue, even in a replay', () => {
    for (const name of [USUAL_INSTALLATION, 'credit', 'a-control-1']) {
      const { control } = namesOf(name).queues;
      assert.deepEqual([installationOf(control), installationOf(`${control}-3`)], [name, name]);
    }
    assert.equal(installationOf('training.json-1'), USUAL_INSTALLATION);
    assert.deepEqual(['credit-data', 'credit-other'].map(roleOf), ['data', undefined]);
  });
});
