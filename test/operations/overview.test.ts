import { createDoor } from '../../operations/door.ts';
import { type OperationPorts } from '../../operations/index.ts';
import { createOverview } from '../../operations/overview.ts';
import { aPipeline } from '../reports/fixtures.ts';
import { ada } from '../support/asked.ts';
import assert from 'node:assert/strict';

describe('the overview of a pipeline', () => {
  let machine: number;
  let counts: ((answer: number | Error) => void)[];
  beforeEach(() => {
    machine = 0;
    counts = [];
  });
  const open = () => {
    const nothing = async () => [];
    const ports = {
      pipelines: { applied: async (name: string) => ({ name, revision: 'r1' }), declaration: async () => aPipeline() },
      traffic: { get: async () => null },
      modelVersions: { list: nothing },
      verdicts: { list: nothing },
      ledger: { cycles: nothing, openRequests: nothing },
      snapshots: { list: nothing },
      crowd: {
        predictions: () =>
          new Promise((resolve, reject) =>
            counts.push((answer) =>
              answer instanceof Error ? reject(answer) : resolve([{ pipeline: 'fraud', count: answer }]),
            ),
          ),
      },
      clock: { now: () => new Date('2026-03-01T00:00:00.000Z') },
    };
    const overview = createOverview(ports as unknown as OperationPorts, () => machine);
    const { of } = createDoor(overview, { record: async () => undefined }).as(ada);
    return async () => (await of('fraud')).predictions;
  };
  const soon = () => new Promise(setImmediate);

  it('counts predictions once for all who ask, and rests from a long count before the next', async () => {
    const ask = open();
    const both = Promise.all([ask(), ask()]);
    await soon();
    machine = 400;
    counts[0]!(1_000_000);
    assert.deepEqual(await both, [1_000_000, 1_000_000]);
    machine = 8_000;
    assert.equal(await ask(), 1_000_000);
    assert.equal(counts.length, 1);
    machine = 8_400;
    const later = ask();
    await soon();
    counts[1]!(1_000_100);
    assert.equal(await later, 1_000_100);
  });

  it('counts again at once after a count that failed', async () => {
    const ask = open();
    const first = ask();
    await soon();
    counts[0]!(new Error('the database is away'));
    await assert.rejects(first, /away/);
    const second = ask();
    await soon();
    counts[1]!(3);
    assert.equal(await second, 3);
  });
});
