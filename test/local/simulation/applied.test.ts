import { type PipelineRef } from '../../../core/declaration/pipeline.ts';
import { createApplied } from '../../../local/simulation/world.ts';
import assert from 'node:assert/strict';

describe('the pipelines that a simulated clock runs', () => {
  it('are those applied by now, as they are declared now; each revision is read once', async () => {
    let applied: PipelineRef[] = [{ name: 'fraud', revision: 'a' }];
    const read: string[] = [];
    const overview = {
      list: async () => applied,
      of: async (name: string) => {
        const { revision } = applied.find((ref) => ref.name === name)!;
        read.push(revision);
        return { declaration: revision === 'newer' ? null : { name, schedules: { data: revision } } };
      },
    } as unknown as Parameters<typeof createApplied>[0]['overview'];
    const pipelines = createApplied({ overview });
    const schedules = async () => (await pipelines()).map(({ name, schedules: { data } }) => [name, data]);
    assert.deepEqual(await schedules(), [['fraud', 'a']]);
    applied = [...applied, { name: 'churn', revision: 'b' }];
    assert.deepEqual(
      await schedules(),
      [
        ['fraud', 'a'],
        ['churn', 'b'],
      ],
      'applied while the world runs',
    );
    applied = [
      { name: 'fraud', revision: 'c' },
      { name: 'churn', revision: 'newer' },
    ];
    assert.deepEqual(await schedules(), [['fraud', 'c']], 'another schedule, and one that this release cannot read');
    await schedules();
    assert.deepEqual(read, ['a', 'b', 'c', 'newer']);
  });
});
