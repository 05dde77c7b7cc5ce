import { createRetrainingLedger } from '../../../../adapters/postgres/training/retraining-ledger.ts';
import { createTrainingRuns } from '../../../../adapters/postgres/training/training-runs.ts';
import { createParts } from '../../../../adapters/postgres/data/parts.ts';
import { createSnapshots } from '../../../../adapters/postgres/data/snapshots.ts';
import { DAY, instant } from '../../../../core/time/time.ts';
import { type TrainingSet } from '../../../../core/training/training.ts';
import { aTrainingRun, NOW, perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('the labelled rows that came since the last training', () => {
  const database = perennialDatabase();
  const dayAt = (day: number): string => instant(Date.parse(NOW) + day * DAY);
  const newRows = (unlabelledDays = 0) => createRetrainingLedger(database()).newRows('fraud', unlabelledDays * DAY);

  /** Parts of 100 rows a day, from ten days before NOW on. */
  async function snapshotUpTo(day: number): Promise<void> {
    const parts = createParts(database());
    const recorded = [];
    for (let i = -10; i < day; i++)
      recorded.push(
        await parts.record('fraud', {
          extraction: `fraud/${i}`, number: 1, kind: 'rows', from: dayAt(i), to: dayAt(i + 1),
          objectKey: `parts/${i}`, sha256: 'ab', rows: 100, bytes: 1,
        }),
      ); // prettier-ignore
    const snapshots = createSnapshots(database());
    const { revision } = database.ref();
    await snapshots.record({ id: `to-${day}`, pipeline: 'fraud', revision, asOf: dayAt(day) }, recorded);
    await snapshots.judge(`to-${day}`, { status: 'published', expectations: [] } as never);
  }
  /** A training on the rows of the ten days before NOW, of which so many had a label. */
  async function trainedOn(labelled: number): Promise<void> {
    await aTrainingRun(database(), 'c1');
    const splits = { from: dayAt(-10), selection: NOW, calibration: NOW, holdout: NOW, to: NOW };
    const rows = { train: labelled - 100, selection: 50, calibration: 0, holdout: 40 };
    const set = { objectKey: 'k', sha256: 'ab', splits, rows, positives: rows, embargoed: 10 } satisfies TrainingSet;
    await createTrainingRuns(database()).recordSet('c1', set);
  }

  it('are unknown before the first training', async () => {
    await snapshotUpTo(1);
    assert.equal(await newRows(), null);
  });

  it('are those of later parts, as far as labels have matured, also within a part', async () => {
    await trainedOn(1_000);
    await snapshotUpTo(5);
    assert.equal(await newRows(), 500);
    assert.equal(await newRows(2), 300);
    assert.equal(await newRows(2.5), 250);
    assert.equal(await newRows(7), 0);
  });

  it('are as many of the rows as had a label in the last training', async () => {
    await trainedOn(250);
    await snapshotUpTo(4);
    assert.equal(await newRows(), 100);
  });
});
