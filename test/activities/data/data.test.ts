import { collect } from '../../support/data/collect.ts';
import type { ExtractionPlan } from '../../../activities/data/extraction.ts';
import type { Part, Snapshot } from '../../../core/data/data.ts';
import { before as earlier, type Instant } from '../../../core/time/time.ts';
import { AS_OF, aFraudPipeline, type Rig } from '../../support/steps/activities.ts';
import { eventually } from '../../support/temporal/dev-server.ts';
import { failureOf, flipByte } from '../../support/steps/failures.ts';
import { queryParquet } from '../../support/data/parquet.ts';
import { placeOf } from '../../../core/sources/source-columns.ts';
import { runSql } from '../../support/postgres/postgres.ts';
import { NEXT_DAY, openCycle, openRig, takeSnapshot, type Stage } from '../../support/steps/stages.ts';
import { textOf as wordsOf } from '../../reports/golden.ts';
import { shipmentOf } from '../../support/shipments.ts';
import type { ApplicationFailure } from '@temporalio/common';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const DAY_AFTER = '2026-03-19T02:00:00.000Z';

describe('the steps of the data loop @slow', () => {
  let rig: Rig;
  afterEach(() => rig?.close());
  const at = async (stage: Stage, options: Parameters<typeof openRig>[1] = {}): Promise<Rig> =>
    (rig = await openRig(stage, options));

  const plan = (asOf = AS_OF): Promise<ExtractionPlan> => rig.run('planExtraction', { pipeline: rig.ref, asOf });
  const days = (planned: ExtractionPlan): string[] => planned.missing.map(({ from, to }) => `${from}/${to}`);
  const rowsIn = async (table: string): Promise<number> =>
    Number((await runSql(rig.url, `select count(*) as rows from perennial.${table}`)).rows[0].rows);
  const factsOf = async (pipeline: string): Promise<number> =>
    (await runSql(rig.url, `select count(*)::int as facts from perennial.labels where pipeline = '${pipeline}'`))
      .rows[0].facts;
  const textOf = async (report: string): Promise<string> => new TextDecoder().decode(await rig.ports.store.get(report));
  const objectOf = (snapshot: Snapshot, kind: 'rows' | 'labels'): string =>
    join(rig.folder, 'objects', snapshot.parts.find((part) => part.kind === kind && part.rows > 0)!.objectKey);

  describe('before anything was extracted', () => {
    beforeEach(() => at('source'));

    it('find all partitions of the history missing, up to the moment less the lateness', async () => {
      const planned = await plan();
      assert.equal(planned.watermark, '2026-03-17T01:00:00.000Z');
      assert.equal(planned.missing.length, 15);
      assert.equal(days(planned)[0], '2026-03-03T00:00:00.000Z/2026-03-04T00:00:00.000Z');
      assert.equal(days(planned)[14], '2026-03-17T00:00:00.000Z/2026-03-17T01:00:00.000Z');
      assert.ok(planned.missing.every((task) => task.rows !== null && task.labels !== null));
    });

    it('heartbeat while the source takes its time to answer', async () => {
      const answers: (() => void)[] = [];
      rig.ports.extractor.check = () => new Promise((resolve) => answers.push(() => resolve([])));
      let asked: Promise<ExtractionPlan>;
      await new Promise((heartbeat) => {
        asked = rig.attempt(
          'planExtraction',
          { pipeline: rig.ref, asOf: AS_OF },
          { heartbeat, heartbeatTimeoutMs: 30 },
        );
      });
      rig.ports.extractor.check = () => Promise.resolve([]);
      answers.forEach((answer) => answer());
      assert.equal((await asked!).missing.length, 15);
    });

    it('ask for 670 objects, many at once, and heartbeat from the first to the last', async () => {
      const pipeline = await rig.apply({ source: { ...rig.pipeline.source, history: '334 days' } });
      const planned = await rig.run('planExtraction', { pipeline, asOf: AS_OF });
      for (const { rows, labels, from, to } of planned.missing)
        for (const [kind, extraction] of Object.entries({ rows, labels }) as ['rows' | 'labels', string][]) {
          const bytes = { objectKey: extraction, sha256: extraction, rows: 1, bytes: 1 };
          await rig.ports.parts.record('fraud', { extraction, number: 1, kind, from, to, ...bytes });
        }
      await runSql(rig.url, 'insert into perennial.label_ingestions select id from perennial.parts');

      const answers: (() => void)[] = [];
      let asked = 0;
      rig.ports.store.has = () => {
        asked++;
        return new Promise((resolve) => answers.push(() => resolve(true)));
      };
      let beats = 0;
      const again = rig.attempt(
        'planExtraction',
        { pipeline, asOf: AS_OF },
        { heartbeat: () => beats++, heartbeatTimeoutMs: 30 },
      );
      // The store answers none of a wave before the next two beats have come.
      let waves = 0;
      while (asked < 670 || answers.length > 0) {
        const before = beats;
        await eventually(async () => (answers.length === 0 || beats < before + 2 ? null : true));
        answers.splice(0).forEach((answer) => answer());
        waves++;
      }
      assert.deepEqual((await again).missing, []);
      assert.equal(asked, 670);
      assert.equal(waves, Math.ceil(670 / 32));
    });

    it('make one part of a partition that is extracted twice, and record each label fact once', async () => {
      const task = (await plan()).missing[9]!;
      const first = await rig.run('extractPartition', { pipeline: rig.ref, task });
      const again = await rig.run('extractPartition', { pipeline: rig.ref, task });
      assert.deepEqual(again, first);
      assert.ok(first.rows > 300 && first.labels > 0, JSON.stringify(first));
      assert.equal(await rowsIn('parts'), 2);
      assert.equal(await rowsIn('labels'), first.labels);
      assert.equal((await plan()).missing.length, 14);
    });

    it('can still name the parts of a run that failed long ago, while old unnamed parts are being removed', async () => {
      for (const task of (await plan()).missing) await rig.run('extractPartition', { pipeline: rig.ref, task });
      await runSql(
        rig.url,
        `delete from perennial.part_holds; set session_replication_role = replica;
         update perennial.parts set created_at = now() - interval '15 days'`,
      );
      const { find } = rig.ports.parts;
      rig.ports.parts.find = async (extractions) => {
        const found = await find(extractions);
        await rig.run('removeOldRows', { dryRun: false });
        return found;
      };
      const { parts } = await rig.ports.snapshots.get(await takeSnapshot(rig));
      assert.equal(parts.length, 30);
      assert.equal(await rowsIn('part_holds'), 0);
    });

    it('report a window without rows with the table, the window and what to check', async () => {
      await runSql(rig.url, 'delete from transactions');
      const failure = await failureOf(takeSnapshot(rig));
      assert.equal(failure.type, 'WINDOW_EMPTY');
      assert.equal(failure.nonRetryable, true);
      assert.match(failure.message, /transactions has no rows with occurred_at between 2026-03-03T00:00:00\.000Z and/);
      assert.match(failure.message, /Check that data arrives/);
    });

    for (const { what, sql, code, says } of [
      {
        what: 'a table that is not there',
        sql: 'drop table chargebacks',
        code: 'SOURCE_TABLE_MISSING',
        says: /chargebacks/,
      },
      {
        what: 'a column that is not there',
        sql: 'alter table transactions rename column amount to sum',
        code: 'SOURCE_COLUMN_MISSING',
        says: /amount/,
      },
      {
        what: 'a column of another type',
        sql: 'alter table transactions alter column is_online type text',
        code: 'SOURCE_COLUMN_TYPE',
        says: /is_online.*text/,
      },
    ])
      it(`fail at once for ${what}, and name it`, async () => {
        await runSql(rig.url, sql);
        const failure = await failureOf(plan());
        assert.deepEqual([failure.type, failure.nonRetryable], [code, true]);
        assert.match(failure.message, says);
      });
  });

  it('retry while the source cannot be reached', async () => {
    await at('source', { environment: { FRAUD_DB_URL: 'postgres://nobody@127.0.0.1:1/nothing' } });
    const failure = await failureOf(plan());
    assert.deepEqual([failure.type, failure.nonRetryable], ['SOURCE_UNREACHABLE', false]);
    assert.match(failure.message, /127\.0\.0\.1:1.*FRAUD_DB_URL/s);
  });

  it('fail at once without the secret, and name the variable', async () => {
    await at('source', { environment: {} });
    const failure = await failureOf(plan());
    assert.deepEqual([failure.type, failure.nonRetryable], ['SECRET_MISSING', true]);
    assert.match(failure.message, /FRAUD_DB_URL is not set/);
  });

  describe('after a snapshot was taken', () => {
    let published: Snapshot;
    beforeEach(async () => {
      await at('snapshot');
      published = (await rig.ports.snapshots.latest('fraud', AS_OF))!;
    });

    it('find nothing missing for the same moment, and only the newest days missing for the next one', async () => {
      assert.deepEqual(days(await plan()), []);
      assert.deepEqual(days(await plan(NEXT_DAY)), [
        '2026-03-17T00:00:00.000Z/2026-03-18T00:00:00.000Z',
        '2026-03-18T00:00:00.000Z/2026-03-18T01:00:00.000Z',
      ]);
    });

    it('extract only what vanished from the store, beside the lost part', async () => {
      const lost = published.parts.find((part) => part.kind === 'rows')!;
      await rm(join(rig.folder, 'objects', lost.objectKey));
      const { missing } = await plan();
      assert.deepEqual(
        missing.map((task) => ({ rows: task.rows, labels: task.labels })),
        [{ rows: lost.extraction, labels: null }],
      );
      await rig.run('extractPartition', { pipeline: rig.ref, task: missing[0]! });
      assert.deepEqual((await plan()).missing, []);
      const [found] = await rig.ports.parts.find([lost.extraction]);
      assert.equal(found!.rows, lost.rows);
      assert.ok(await rig.ports.store.has(found!.objectKey));
      assert.deepEqual((await rig.ports.snapshots.get(published.id)).parts, published.parts);
    });

    it('make the same snapshot for the same moment, and read all of it', async () => {
      assert.equal(await takeSnapshot(rig), published.id);
      assert.equal(await rowsIn('snapshots'), 1);
      const { rows } = await runSql(
        rig.url,
        `select count(*)::int as rows from transactions where occurred_at >= '2026-03-03Z' and occurred_at < '2026-03-17T01:00Z'`,
      );
      assert.equal(published.rows, rows[0].rows);
    });

    it('leave a published snapshot unchanged while another pipeline extracts the same table again', async () => {
      const { ref: stricter } = await rig.ports.pipelines.apply(
        aFraudPipeline({ name: 'fraud3', expectations: { minRows: 1_000_000 } }),
        'the test',
      );
      const first = await takeSnapshot(rig, AS_OF, stricter);
      await runSql(
        rig.url,
        `delete from transactions where occurred_at >= '2026-03-10Z' and occurred_at < '2026-03-11Z'`,
      );
      const second = await takeSnapshot(rig, AS_OF, stricter);

      assert.deepEqual(await rig.ports.snapshots.get(published.id), published);
      const [before, after] = [await rig.ports.snapshots.get(first), await rig.ports.snapshots.get(second)];
      assert.equal(before.rows, published.rows, 'nor does the one that was quarantined change');
      assert.ok(after.rows < before.rows);
    });

    it('give each pipeline the label facts of a table that another pipeline has read', async () => {
      const { ref: second } = await rig.ports.pipelines.apply(aFraudPipeline({ name: 'fraud2' }), 'the test');
      await takeSnapshot(rig, AS_OF, second);
      assert.ok((await factsOf('fraud')) > 0);
      assert.equal(await factsOf('fraud2'), await factsOf('fraud'));
    });

    it('recover the label facts of parts extracted before facts were kept, without reading the source again', async () => {
      const facts = await factsOf('fraud');
      await runSql(rig.url, 'delete from perennial.label_ingestions; delete from perennial.labels');
      rig.ports.extractor.extract = () => assert.fail('it is extracted');
      const { missing } = await plan();
      assert.ok(missing.length > 0 && missing.every(({ rows, labels }) => rows === null && labels === null));
      for (const task of missing) await rig.run('extractPartition', { pipeline: rig.ref, task });
      assert.equal(await factsOf('fraud'), facts);
      assert.deepEqual((await plan()).missing, []);
    });

    it('count a corrected fact from the time it was read, and no earlier', async () => {
      const [fact] = (
        await runSql(
          rig.url,
          `insert into chargebacks select transaction_id, true, '2026-03-18T00:30Z' from transactions limit 1
           returning transaction_id as key`,
        )
      ).rows;
      const first = await takeSnapshot(rig, NEXT_DAY);
      await runSql(rig.url, `update chargebacks set is_fraud = false where transaction_id = '${fact.key}'`);
      const corrected = await takeSnapshot(rig, DAY_AFTER);

      const row = { version: 1, key: fact.key, entity: null, row: {}, score: 0.5, decision: true, pipeline: 'fraud' };
      const time = '2026-03-01T00:00:00.000Z';
      await rig.ports.log.append(shipmentOf([{ ...row, id: randomUUID(), time, servedAt: time }]));
      const labelAt = async (asOf: Instant): Promise<number[]> =>
        (
          await collect(
            rig.ports.log.labelled(
              'fraud',
              { from: time, to: '2026-03-02T00:00:00.000Z' },
              { asOf: earlier(asOf, '1 hour'), maturesAfter: '7 days', whenAbsent: 0 },
            ),
          )
        ).map(({ label }) => label);
      assert.deepEqual([await labelAt(NEXT_DAY), await labelAt(DAY_AFTER)], [[1], [0]]);

      const counted = async (id: string) => {
        const files = (await rig.ports.snapshots.get(id)).parts.filter(({ kind }) => kind === 'labels');
        const paths = await Promise.all(files.map((part) => rig.ports.cache.fetch(part)));
        return queryParquet(paths, `select is_fraud from $files where _key = '${fact.key}'`);
      };
      assert.deepEqual(await counted(first), [{ is_fraud: 1 }], 'training sees what its snapshot saw');
      assert.deepEqual(await counted(corrected), [{ is_fraud: 0 }]);
    });

    it('publish a repaired source beside the quarantined snapshot, each with its own report', async () => {
      await runSql(rig.url, `update transactions set device = 'fax' where occurred_at >= '2026-03-17T20:00Z'`);
      await runSql(rig.url, 'alter table transactions add column issuer text, add column wallet_age int');
      const bad = await takeSnapshot(rig, NEXT_DAY);
      await runSql(rig.url, `update transactions set device = 'chip' where device = 'fax'`);
      await runSql(
        rig.url,
        `alter table transactions alter occurred_at drop not null;
         update transactions set occurred_at = null where occurred_at = (select min(occurred_at) from transactions)`,
      );
      const good = await takeSnapshot(rig, NEXT_DAY);

      const [quarantined, fixed] = [await rig.ports.snapshots.get(bad), await rig.ports.snapshots.get(good)];
      assert.deepEqual([quarantined.status, fixed.status], ['quarantined', 'published']);
      assert.equal(fixed.asOf, quarantined.asOf);
      const page = await textOf(fixed.reportKey!);
      assert.match(page, /The snapshot is published/);
      assert.match(
        wordsOf(page),
        /New columns of the source New since the last published snapshot: issuer and wallet_age\. The declaration does not read them/,
      );
      assert.doesNotMatch(await textOf(published.reportKey!), /New columns/, 'what the first look sees is not new');
      assert.match(wordsOf(page), /Left out 1 row of the source, without a time/);
      assert.match(wordsOf(page), /Left out [\d,]+ rows of the source, from before 2026-/);
      assert.doesNotMatch(page, /quarantined|fax/);
      for (const told of [fixed.id, fixed.revision, `${fixed.expectations.length} expectations`])
        assert.ok(page.includes(told), told);
      assert.match(await textOf(quarantined.reportKey!), /The snapshot is quarantined[^]*fax/);

      assert.equal(await rig.run('publishedSnapshot', { pipeline: rig.ref, asOf: NEXT_DAY }), good);
      const { id: cycle } = await openCycle(rig, { asOf: NEXT_DAY });
      assert.equal((await rig.run('openTrainingRun', { cycle })).snapshot, good);
      assert.deepEqual(days(await plan(NEXT_DAY)), [], 'and nothing is suspect any more');

      await plan(DAY_AFTER);
      const [pipeline, later] = [await rig.ports.pipelines.declaration(rig.ref), { from: NEXT_DAY, to: DAY_AFTER }];
      const noticed = () => rig.ports.sourceColumns.noticed('fraud', placeOf(pipeline), later);
      assert.deepEqual(await noticed(), [], 'each is told once');
      await runSql(rig.url, 'alter table transactions rename column issuer to issued_by');
      await plan(DAY_AFTER);
      assert.deepEqual(await noticed(), ['issued_by']);
      const moved = { ...pipeline, source: { ...pipeline.source, table: 'another' } } as typeof pipeline;
      const note = (revision: string) =>
        rig.ports.sourceColumns.note({ ...rig.ref, revision }, placeOf(moved), ['a\0', 'b'.repeat(9_000)], DAY_AFTER);
      await note('an earlier one');
      assert.deepEqual(await noticed(), ['issued_by'], 'the applied one still reads there');
      assert.deepEqual(await rig.ports.sourceColumns.noticed('fraud', placeOf(moved), later), [], 'another table');
      await note(rig.ref.revision);
      assert.deepEqual(await noticed(), [], 'a table that is no longer read is forgotten');
    });

    it('judge a snapshot once: the first verdict stands, with its report', async () => {
      const judged = await rig.run('validateSnapshot', { pipeline: rig.ref, snapshot: published.id });
      rig.ports.analytics.summarise = () => assert.fail('it is judged again');
      assert.deepEqual(await rig.run('validateSnapshot', { pipeline: rig.ref, snapshot: published.id }), judged);
      assert.equal(judged.report, published.reportKey);
    });

    it('quarantine data that breaks the declaration, say why, and leave the previous snapshot for training', async () => {
      await runSql(rig.url, `update transactions set device = 'fax' where occurred_at >= '2026-03-17T20:00Z'`);
      await runSql(rig.url, `update transactions set amount = 0.01 where occurred_at >= '2026-03-17T23:00Z'`);
      const { extractions, missing } = await plan(NEXT_DAY);
      for (const task of missing) await rig.run('extractPartition', { pipeline: rig.ref, task });
      const { id } = await rig.run('assembleSnapshot', { pipeline: rig.ref, asOf: NEXT_DAY, extractions });
      const judged = await rig.run('validateSnapshot', { pipeline: rig.ref, snapshot: id });
      assert.equal(judged.status, 'quarantined');
      const { rows } = await rig.ports.snapshots.get(id);
      const since = async (hour: string): Promise<string> => {
        const { rows: found } = await runSql(
          rig.url,
          `select count(*) as count from transactions where occurred_at >= '${hour}' and occurred_at < '2026-03-18T01:00Z'`,
        );
        const count = Number(found[0].count);
        return `${count} of ${rows.toLocaleString('en-US')} rows (${((count / rows) * 100).toFixed(2)} %)`;
      };
      const [few, many] = [await since('2026-03-17T23:00Z'), await since('2026-03-17T20:00Z')];
      assert.deepEqual(judged.failed, [
        `amount: values below the minimum in ${few}, allowed at least 0.5`,
        `device: undeclared levels in ${many}, allowed only chip, contactless, wallet, phone, desktop, tablet`,
      ]);
      const page = wordsOf(await textOf(judged.report));
      // The value, how often, when first, with which key, and in which partition.
      assert.match(
        page,
        /amount values below the minimum 0\.01 \d+ 2026-03-17 23:\d\d UTC \S+ 2026-03-17 00:00 to 2026-03-18 00:00 UTC/,
      );
      assert.match(page, /device undeclared levels fax \d+ 2026-03-17 20:\d\d UTC/);

      const { id: cycle } = await openCycle(rig, { asOf: NEXT_DAY });
      assert.equal((await rig.run('openTrainingRun', { cycle })).snapshot, published.id);
    });

    it('keep the bins while rows fit them', async () => {
      const before = await rig.ports.binnings.current('fraud');
      await takeSnapshot(rig, NEXT_DAY);
      assert.equal((await rig.ports.binnings.current('fraud'))!.id, before!.id);
    });

    it('re-bin when more than a twentieth of a column lies in its end bins', async () => {
      const before = (await rig.ports.binnings.current('fraud'))!;
      await runSql(rig.url, `update transactions set amount = 19000 + random() where occurred_at >= '2026-03-17Z'`);
      const id = await takeSnapshot(rig, NEXT_DAY);
      const after = (await rig.ports.binnings.current('fraud'))!;
      assert.notEqual(after.id, before.id);
      const profile = await rig.ports.profiles.find('fraud', `snapshot/${id}`, after.id);
      assert.equal(profile!.rows, (await rig.ports.snapshots.get(id)).rows);
      await rig.run('profileSnapshot', { pipeline: rig.ref, snapshot: id });
      assert.equal((await rig.ports.binnings.current('fraud'))!.id, after.id, 'once');
    });

    it('re-bin when more than a tenth of a column has levels that its bins do not know', async () => {
      const { binnings } = rig.ports;
      const before = (await binnings.current('fraud'))!;
      const levelsNow = (country: string) => ({ ...before.columns, country: { kind: 'category' as const, levels: [country] } }); // prettier-ignore
      // As if it were made when every country was another.
      await binnings.record('fraud', levelsNow('DD'));
      const id = await takeSnapshot(rig, NEXT_DAY);
      const { id: after, columns } = (await binnings.current('fraud'))!;
      assert.deepEqual(columns['country'], before.columns['country']);
      await rig.run('profileSnapshot', { pipeline: rig.ref, snapshot: id });
      assert.equal((await binnings.current('fraud'))!.id, after, 'once');
    });

    it("keep the bins when only older rows, such as a backfill's, outgrow them", async () => {
      const before = (await rig.ports.binnings.current('fraud'))!;
      await runSql(rig.url, `update transactions set amount = 19000 + random() where occurred_at < '2026-03-03Z'`);
      const id = await takeSnapshot(rig, '2026-03-16T02:00:00.000Z');
      assert.equal((await rig.ports.binnings.current('fraud'))!.id, before.id);
      const profile = await rig.ports.profiles.find('fraud', `snapshot/${id}`, before.id);
      assert.equal(profile!.rows, (await rig.ports.snapshots.get(id)).rows);
      const { outgrown } = await rig.run('profileSnapshot', { pipeline: rig.ref, snapshot: id });
      assert.deepEqual(outgrown, ['amount']);
    });

    it('re-bin when different columns are declared, and find the earlier bins again', async () => {
      const { binnings } = rig.ports;
      const before = (await binnings.current('fraud'))!;
      const { amount: _amount, ...columns } = rig.pipeline.columns;
      await takeSnapshot(rig, AS_OF, await rig.apply({ columns }));
      const fewer = (await binnings.current('fraud'))!;
      assert.deepEqual(
        Object.keys(before.columns).filter((column) => !Object.hasOwn(fewer.columns, column)),
        ['amount'],
      );
      await binnings.record('fraud', before.columns);
      assert.equal((await binnings.current('fraud'))!.id, before.id);
    });

    it('refuse a part whose bytes changed: name it, say what to do, and judge nothing', async () => {
      const file = objectOf(published, 'rows');
      await flipByte(file);
      await rm(join(rig.folder, 'cache'), { recursive: true, force: true });
      const fresh = { id: 'fresh', pipeline: 'fraud', revision: rig.ref.revision, asOf: AS_OF };
      await rig.ports.snapshots.record(fresh, published.parts);
      const failure = await failureOf(rig.run('validateSnapshot', { pipeline: rig.ref, snapshot: fresh.id }));
      assert.deepEqual([failure.type, failure.nonRetryable], ['OBJECT_CORRUPT', true]);
      assert.match(
        failure.message,
        /parts\/fraud\/rows\/[0-9a-f]+\.parquet is not what was stored.*perennial run fraud data/,
      );
      assert.equal((await rig.ports.snapshots.get(fresh.id)).status, 'assembled');
    });

    it('fetch a part again whose copy on this disk rots while a worker runs', async () => {
      const part = published.parts.find(({ kind, rows }) => kind === 'rows' && rows > 0)!;
      const copy = await rig.ports.cache.fetch(part);
      const bytes = await readFile(copy);
      await writeFile(copy, bytes.fill(0x55, 100, bytes.length - 100));
      const profile = () => rig.run('profileSnapshot', { pipeline: rig.ref, snapshot: published.id });
      const failure = await failureOf(profile());
      assert.deepEqual([failure.nonRetryable, failure.message.includes(copy)], [false, true]);
      await profile();
    });

    describe('of which some parts are found corrupt', () => {
      let corrupt: Part[];
      const forgetCopies = () => rm(join(rig.folder, 'cache'), { recursive: true, force: true });
      const fileOf = (part: Part): string => join(rig.folder, 'objects', part.objectKey);
      beforeEach(async () => {
        corrupt = published.parts.filter((part) => part.kind === 'rows' && part.rows > 0).slice(3, 5);
        for (const part of corrupt) await flipByte(fileOf(part));
      });
      const findThem = async (): Promise<ApplicationFailure> => {
        await forgetCopies();
        return failureOf(rig.run('profileSnapshot', { pipeline: rig.ref, snapshot: published.id }));
      };

      it('extract those alone again, in their places, so that every snapshot is whole again', async () => {
        assert.match((await findThem()).message, /It is one of 2 such parts\.$/);
        const { missing } = await plan();
        assert.deepEqual(
          missing.map((task) => [task.rows, task.labels, task.corrupt]),
          corrupt.map((part) => [part.extraction, null, { rows: part }]),
        );
        let reads = 0;
        // Whoever reads meanwhile reads all or nothing of it.
        const reading = async (done: () => boolean): Promise<void> => {
          for (; !done(); reads++)
            await rig.ports.cache.fetch(corrupt[0]!).catch(({ code }) => assert.equal(code, 'OBJECT_CORRUPT'));
        };
        let isDone = false;
        const readers = Promise.all([1, 2].map(() => reading(() => isDone)));
        for (const task of missing) await rig.run('extractPartition', { pipeline: rig.ref, task });
        isDone = true;
        await readers;
        assert.ok(reads > 0);
        assert.deepEqual((await plan()).missing, []);
        const [again] = await rig.ports.parts.find([corrupt[0]!.extraction]);
        assert.deepEqual([again!.number, again!.sha256], [corrupt[0]!.number + 1, corrupt[0]!.sha256]);
        await forgetCopies();
        await rig.run('profileSnapshot', { pipeline: rig.ref, snapshot: published.id });
        assert.equal(await rowsIn('corrupt_parts'), 0);
      });

      it('write them from copies on this disk, or leave those that somebody restored, without reading the source', async () => {
        const [first, second] = corrupt as [Part, Part];
        await findThem();
        const intact = await readFile(fileOf(first));
        intact[intact.length >> 1]! ^= 0xff;
        await writeFile(fileOf(first), intact);
        const copy = await readFile(fileOf(second));
        copy[copy.length >> 1]! ^= 0xff;
        await writeFile(join(rig.folder, 'cache', 'objects', second.sha256), copy);
        assert.deepEqual((await plan()).missing, []);
        assert.deepEqual(await readFile(fileOf(second)), copy);
        assert.equal(await rowsIn('corrupt_parts'), 0);
      });

      it('are also written from copies on this disk when no later run takes them up', async () => {
        const [part] = corrupt as [Part];
        const copy = await readFile(fileOf(part));
        copy[copy.length >> 1]! ^= 0xff;
        await findThem();
        await writeFile(join(rig.folder, 'cache', 'objects', part.sha256), copy);
        assert.equal((await plan('2020-01-01T00:00:00.000Z')).restored, 1);
        assert.deepEqual(await readFile(fileOf(part)), copy);
        assert.equal(await rowsIn('corrupt_parts'), 1, 'the other one, of which there is no copy');
      });

      it('do not take the place of a part with fewer rows than it had', async () => {
        await findThem();
        const [part] = corrupt as [Part];
        const { from, to } = part;
        await runSql(
          rig.url,
          `delete from transactions where occurred_at >= '${from}' and occurred_at < '${to}' and occurred_at >
             (select min(occurred_at) from transactions where occurred_at >= '${from}')`,
        );
        const [task] = (await plan()).missing;
        const failure = await failureOf(rig.run('extractPartition', { pipeline: rig.ref, task: task! }));
        assert.deepEqual([failure.type, failure.nonRetryable], ['PART_LOST', true]);
        assert.ok(failure.message.includes(`${part.rows} rows`), failure.message);
        assert.match(failure.message, /transactions has only 1 of that time now\. Restore the object from a backup/);
        assert.deepEqual((await rig.ports.parts.find([part.extraction]))[0], part, 'nothing takes its place');
      });

      it('say what is lost, where, and what to do, when the source does not have the rows any more', async () => {
        await findThem();
        const [part] = corrupt as [Part];
        await runSql(
          rig.url,
          `delete from transactions where occurred_at >= '${part.from}' and occurred_at < '${part.to}'`,
        );
        const [task] = (await plan()).missing;
        const failure = await failureOf(rig.run('extractPartition', { pipeline: rig.ref, task: task! }));
        assert.deepEqual([failure.type, failure.nonRetryable], ['PART_LOST', true]);
        for (const told of [part.objectKey, part.from, part.to, `${part.rows} rows`, 'transactions has none', 'backup'])
          assert.ok(failure.message.includes(told), `${told}: ${failure.message}`);
        assert.deepEqual((await rig.ports.parts.find([part.extraction]))[0], part, 'nothing takes its place');

        await rm(fileOf(part)); // as the message offers
        const { missing } = await plan();
        for (const of of missing) await rig.run('extractPartition', { pipeline: rig.ref, task: of });
        assert.equal((await rig.ports.parts.find([part.extraction]))[0]!.rows, 0);
        await rig.run('validateSnapshot', { pipeline: rig.ref, snapshot: await takeSnapshot(rig) });
      });
    });
  });

  it('stop extracting when they are cancelled, and record nothing', async () => {
    await at('source');
    const task = (await plan()).missing[3]!;
    const cancelled = rig.attempt('extractPartition', { pipeline: rig.ref, task }, { began: (cancel) => cancel() });
    await assert.rejects(cancelled, { name: 'CancelledFailure' });
    assert.equal(await rowsIn('parts'), 0);
  });
});
