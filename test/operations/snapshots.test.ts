import { createParts } from '../../adapters/postgres/data/parts.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createSnapshots } from '../../adapters/postgres/data/snapshots.ts';
import { createSnapshots as createOperations } from '../../operations/snapshots.ts';
import { aPipeline, brokenLimit } from '../reports/fixtures.ts';
import type { Expectation } from '../../core/data/data.ts';
import { asAda } from '../support/asked.ts';
import { perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('the snapshots of a pipeline', () => {
  const database = perennialDatabase();
  const [parts, stored] = [() => createParts(database()), () => createSnapshots(database())];
  const snapshots = () => asAda(createOperations({ pipelines: createPipelines(database()), snapshots: stored() }));
  const day = (number: number): string => `2026-01-${String(number).padStart(2, '0')}T02:00:00.000Z`;

  async function take(number: number, rows: number, status: 'published' | 'quarantined', judged?: Expectation) {
    const bytes = { number: 1, objectKey: 'a', sha256: 'ab', bytes: 1, from: day(number), to: day(number + 1) };
    const taken = [
      await parts().record('fraud', { ...bytes, extraction: `fraud/rows-${number}`, kind: 'rows', rows }),
      await parts().record('fraud', {
        ...bytes,
        extraction: `fraud/labels-${number}`,
        kind: 'labels',
        rows: 7,
      }),
    ];
    const { revision } = database.ref();
    const snapshot = { id: `s${number}`, pipeline: 'fraud', revision, asOf: day(number) };
    await stored().record(snapshot, taken);
    const expectation = {
      column: null,
      name: 'rows',
      allowed: 'at least 100',
      observed: String(rows),
      passed: rows >= 100,
    };
    await stored().judge(snapshot.id, { status, expectations: [judged ?? expectation], reportKey: 'r' });
  }

  it('are listed newest first, including quarantined ones, with their rows and without their labels', async () => {
    await take(1, 400, 'published');
    await take(2, 40, 'quarantined');
    const listed = await snapshots().list('fraud');
    assert.deepEqual(
      listed.map(({ id, asOf, rows, status, expectations }) => [id, asOf, rows, status, expectations[0]?.passed]),
      [
        ['s2', day(2), 40, 'quarantined', false],
        ['s1', day(1), 400, 'published', true],
      ],
    );
    assert.equal((await snapshots().list('fraud', 1)).length, 1);
  });

  it('hide the limits of a column that was declared sensitive since', async () => {
    await take(1, 400, 'quarantined', brokenLimit);
    const allowed = async () => (await snapshots().list('fraud'))[0]!.expectations[0]!.allowed;
    assert.equal(await allowed(), 'up to 4321');
    const columns = { ...aPipeline().columns, amount: { kind: 'number', sensitive: true } } as const;
    await createPipelines(database()).apply(aPipeline({ columns }), 'ada');
    assert.equal(await allowed(), 'what is declared');
  });

  it('have tags, each on one published snapshot at a time, audited when it moves', async () => {
    await take(3, 400, 'published');
    await take(4, 400, 'published');
    await take(5, 40, 'quarantined');
    const tag = (snapshot: string, name = 'spring') => snapshots().tag({ pipeline: 'fraud', snapshot, tag: name });
    assert.deepEqual([await tag('s3'), await tag('s4'), await tag('s4')], [{ before: null }, { before: 's3' }, { before: 's4' }]); // prettier-ignore
    assert.equal(await stored().tagged('fraud', 'spring'), 's4');
    const tagged = (await snapshots().list('fraud')).flatMap(({ id, tags }) => (tags ? [[id, tags]] : []));
    assert.deepEqual(tagged, [['s4', ['spring']]]);
    await assert.rejects(tag('s5'), /s5 is quarantined, not published/);
    await assert.rejects(tag('s9'), { code: 'SNAPSHOT_MISSING', message: /perennial snapshots fraud/ });
    await assert.rejects(tag('s4', 'Spring 1'), /"Spring 1" is no tag/);
    const untag = () => snapshots().untag({ pipeline: 'fraud', snapshot: 's4', tag: 'spring' });
    await untag();
    await assert.rejects(untag(), /s4 of fraud has no tag "spring"/);
    assert.equal(await stored().tagged('fraud', 'spring'), null);
    const { rows } = await database().query("select action from audit where action in ('tag', 'untag') order by id");
    assert.deepEqual(rows.map(({ action }: { action: string }) => action), ['tag', 'tag', 'untag']); // prettier-ignore
  });
});
