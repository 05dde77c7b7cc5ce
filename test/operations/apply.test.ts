import { createApply, type Applied } from '../../operations/apply.ts';
import { createDoor } from '../../operations/door.ts';
import type { aPipeline } from '../reports/fixtures.ts';
import assert from 'node:assert/strict';

const urgency = (label: object) => ({
  name: 'urgency',
  source: { kind: 'csv', file: 'tickets.csv', key: 'id', time: 'at', history: '14 days', partition: '7 days' },
  columns: { hours: { kind: 'number' } },
  label: { name: 'urgency', ...label },
  candidates: [{ kind: 'logistic', name: 'logistic' }],
  gates: { metric: 'logLoss', margin: 0.01 },
});
const classes = (...names: string[]) => urgency({ kind: 'class', classes: names });

describe('applying a declaration whose label is one of several classes', () => {
  /** Applies one after the other; returns what was answered. */
  async function applied(...inputs: object[]): Promise<Applied[]> {
    const stored: ReturnType<typeof aPipeline>[] = [];
    const ref = { name: 'urgency', revision: 'r1' };
    const pipelines = {
      list: async () => (stored.length === 0 ? [] : [ref]),
      declaration: async () => stored.at(-1)!,
      apply: async (pipeline: ReturnType<typeof aPipeline>) => {
        stored.push(pipeline);
        return { ref, changed: true };
      },
    };
    const apply = createApply({
      pipelines,
      schedules: { put: async () => undefined },
      loop: { ensure: async () => undefined },
    } as never);
    const door = createDoor({ apply }, { record: async () => undefined } as never);
    const { apply: run } = door.as({ name: 'ada', from: 'cli', role: 'admin' });
    const answers: Applied[] = [];
    for (const input of inputs) answers.push(...(await run([{ input, file: 'urgency.ts' }])));
    return answers;
  }
  const refused = async (words: RegExp, ...inputs: object[]) =>
    assert.rejects(applied(...inputs), (error: Error & { code: string }) => {
      assert.equal(error.code, 'PIPELINE_INVALID');
      assert.match(error.message, words);
      return true;
    });

  it('refuses classes in another order, and classes that are gone: stored labels are places', async () => {
    const moved = /urgency\.ts cannot be applied: label\.classes had "low" in place 1.*add new ones at the end/;
    await refused(moved, classes('low', 'mid', 'high'), classes('mid', 'low', 'high'));
    await refused(/had "high" in place 3/, classes('low', 'mid', 'high', 'now'), classes('low', 'mid', 'now'));
  });

  it('takes new classes at the end', async () => {
    assert.equal((await applied(classes('low', 'mid', 'high'), classes('low', 'mid', 'high', 'now'))).length, 2);
  });

  it('says that new data are needed where the source is read otherwise, and only there', async () => {
    const low = classes('low', 'mid', 'high');
    const more = { ...low, columns: { ...low.columns, channel: { kind: 'category' } } };
    const answers = await applied(low, { ...low, gates: { metric: 'accuracy', margin: 0.01 } }, more, more);
    assert.deepEqual(
      answers.map(({ readsAnew }) => readsAnew),
      [undefined, undefined, true, undefined],
    );
  });

  it('refuses to make classes of another kind of label, and another kind of classes', async () => {
    await refused(/was binary and cannot become class/, urgency({ kind: 'binary' }), classes('low', 'mid', 'high'));
    await refused(/was class and cannot become binary/, classes('low', 'mid', 'high'), urgency({ kind: 'binary' }));
  });
});
