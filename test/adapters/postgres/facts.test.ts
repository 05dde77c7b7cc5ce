import { collect } from '../../support/data/collect.ts';
import { createDisks } from '../../../adapters/postgres/disks.ts';
import { createParts } from '../../../adapters/postgres/data/parts.ts';
import { connect, migrate, unreachable } from '../../../adapters/postgres/database.ts';
import { createLabels } from '../../../adapters/postgres/data/labels.ts';
import { createSentLabels } from '../../../adapters/postgres/data/sent-labels.ts';
import { type LabelFact } from '../../../core/data/labels/labels.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { countUncounted } from '../../../adapters/postgres/predictions/uncounted.ts';
import { createPredictionLog } from '../../../adapters/postgres/predictions/prediction-log.ts';
import { createRetrainingLedger } from '../../../adapters/postgres/training/retraining-ledger.ts';
import { createCrowd } from '../../../adapters/postgres/crowd.ts';
import { createSnapshots } from '../../../adapters/postgres/data/snapshots.ts';
import { createVerdicts } from '../../../adapters/postgres/alerts/verdicts.ts';
import { type Judgement, type Part } from '../../../core/data/data.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { type Prediction } from '../../../core/data/predictions/prediction-log.ts';
import { type Instant, DAY } from '../../../core/time/time.ts';
import { NOW, perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { testDatabase } from '../../support/postgres/postgres.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { until } from '../../support/temporal/workflows.ts';
import { shipmentOf } from '../../support/shipments.ts';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

describe('facts in Postgres', () => {
  const database = perennialDatabase();

  it('know the disk of a worker as it was measured last, and whether it is the disk of a server too', async () => {
    const disks = createDisks(database());
    const disk = { machine: 'one', device: '1', folder: '/data', free: 1, size: 2, used: 0.5 };
    await disks.report('worker', disk);
    await disks.report('worker', { ...disk, used: 0.9 });
    await disks.report('worker', { ...disk, device: '2' });
    await disks.report('server', disk);
    await database().query("update disks set seen_at = seen_at - interval '2 hours' where device = '2'");
    const known = (await disks.ofWorkers()).map(({ secondsAgo, ...rest }) => ({ ...rest, old: secondsAgo > 7_000 }));
    assert.deepEqual(known, [
      { machine: 'one', device: '1', folder: '/data', used: 0.9, ofServer: true, old: false },
      { machine: 'one', device: '2', folder: '/data', used: 0.5, ofServer: false, old: true },
    ]);
  });

  describe('the applied pipelines', () => {
    it('change only with a new revision, and keep the old one', async () => {
      const pipelines = createPipelines(database());
      const again = await pipelines.apply(aPipeline({ name: 'fraud' }), 'ada');
      assert.deepEqual(again, { ref: database.ref(), changed: false });
      const changed = await pipelines.apply(aPipeline({ name: 'fraud', description: 'another' }), 'ada');
      assert.equal(changed.changed, true);
      assert.deepEqual(await pipelines.applied('fraud'), changed.ref);
      assert.deepEqual(await pipelines.declaration(database.ref()), aPipeline({ name: 'fraud' }));
    });

    it('are read and parsed once for each revision, and an altered answer alters no other', async () => {
      let asked = 0;
      const query = (...of: [string, unknown[]]) => (asked++, database().query(...of));
      const { declaration } = createPipelines({ query } as never);
      const [ref, found] = [database.ref(), await declaration(database.ref())];
      found.gates.minRows = 7;
      (await declaration(ref)).gates.minRows = 8;
      assert.deepEqual([asked, await declaration(ref)], [1, aPipeline({ name: 'fraud' })]);
      await assert.rejects(declaration({ ...ref, revision: 'other' }), /no pipeline "fraud"/);
      assert.equal(asked, 3, 'a revision that is not there is asked for, and what is');
    });

    it('know which share of predictions was logged since when, also when an earlier revision is applied again', async () => {
      const pipelines = createPipelines(database());
      const logged = (sample: number) => aPipeline({ name: 'fraud', serving: { log: { sample } } });
      for (const declared of [
        aPipeline({ name: 'fraud', description: 'another' }),
        logged(0.1),
        aPipeline({ name: 'fraud' }),
      ])
        await pipelines.apply(declared, 'ada');
      const shares = await pipelines.loggedShares('fraud');
      assert.deepEqual(shares.map(({ share }) => share), [1, 0.1, 1]); // prettier-ignore
      assert.ok(shares.every(({ from }, i) => i === 0 || from > shares[i - 1]!.from));
    });
  });

  describe('the snapshots and their parts', () => {
    const [parts, snapshots] = [() => createParts(database()), () => createSnapshots(database())];
    const day = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
    const aPart = (sha256: string, number = 1): Part => ({
      ...day,
      id: `fraud/e1/${number}`,
      extraction: 'fraud/e1',
      number,
      kind: 'rows',
      objectKey: sha256,
      sha256,
      rows: 5,
      bytes: 9,
    });

    const aSnapshot = (id: string) => ({ id, pipeline: 'fraud', revision: database.ref().revision, asOf: NOW });
    const verdict = (status: Judgement['status'], reportKey = status): Judgement => ({
      status,
      expectations: [],
      reportKey,
    });

    it('keep the first part of each number, and offer the newest', async () => {
      assert.deepEqual(await parts().record('fraud', aPart('first')), aPart('first'));
      assert.deepEqual(await parts().record('fraud', aPart('second')), aPart('first'));
      assert.deepEqual(await parts().record('fraud', aPart('third', 2)), aPart('third', 2));
      assert.deepEqual(await parts().record('fraud', aPart('fourth', 2)), aPart('third', 2));
      assert.deepEqual(await parts().find(['fraud/e1', 'fraud/e2']), [aPart('third', 2)]);
    });

    it('tell which partitions of rows were still open when they were extracted', async () => {
      const [from, to] = ['2020-01-01T00:00:00.000Z', '2020-01-02T00:00:00.000Z'];
      const open = (hour: string, rows: number) => ({ ...aPart(hour), extraction: hour, from, to: `2020-01-01T${hour}:00:00.000Z`, rows }); // prettier-ignore
      const labels = { ...open('04', 4), kind: 'labels' } as const;
      for (const part of [aPart('whole'), open('02', 2), open('03', 3), labels]) await parts().record('fraud', part);
      const found = (soon: number | null) => parts().open('fraud', { from: '2020-01-01T02:00:00.000Z', to }, { step: DAY, soon }); // prettier-ignore
      assert.deepEqual(await found(1_000_000 * DAY), [{ extraction: '03', from, to: '2020-01-01T03:00:00.000Z', rows: 3 }]); // prettier-ignore
      assert.deepEqual(await found(DAY), [], 'long after their end more rows had come than a check finds');
      assert.equal((await found(null)).length, 1, 'whenever it was');
    });

    it('keep a snapshot with the parts it was made of, and its first verdict', async () => {
      const first = await parts().record('fraud', aPart('first'));
      await snapshots().record(aSnapshot('s1'), [first]);
      await snapshots().judge('s1', verdict('quarantined'));
      assert.equal(await snapshots().latest('fraud', '2027-01-01T00:00:00.000Z'), null);
      assert.deepEqual(await parts().suspects('fraud'), [first.id], 'its source may be fixed');

      const second = await parts().record('fraud', { ...aPart('second', 2), rows: 7 });
      await snapshots().record(aSnapshot('s2'), [second]);
      assert.equal((await snapshots().judge('s2', verdict('published'))).reportKey, 'published');
      assert.equal((await snapshots().judge('s2', verdict('quarantined'))).status, 'published');
      assert.deepEqual(await parts().suspects('fraud'), [first.id]);
      assert.equal((await snapshots().published(database.ref(), NOW))?.id, 's2');
      const { status, rows, reportKey } = await snapshots().get('s1');
      assert.deepEqual({ status, rows, reportKey }, { status: 'quarantined', rows: 5, reportKey: 'quarantined' });
    });

    it('refuse to change what was written: parts, judged snapshots and what they name, label facts', async () => {
      const part = await parts().record('fraud', aPart('first'));
      await snapshots().record(aSnapshot('s1'), [part]);
      await snapshots().judge('s1', verdict('published'));
      await ingest([{ key: 'k1', value: 1, observedAt: NOW }]);
      for (const change of [
        'update parts set rows = 4',
        `update snapshot_parts set part = 'another'`,
        'update batch_parts set rows = 4',
        `update snapshots set status = 'assembled'`,
        'update labels set value = 0',
      ])
        await assert.rejects(database().query(change), /are never updated once written/, change);
    });

    it('offer the newest published snapshot that is not after the moment', async () => {
      for (const [id, asOf] of [
        ['s1', '2026-01-01T00:00:00.000Z'],
        ['s2', '2026-01-03T00:00:00.000Z'],
      ] as const) {
        // prettier-ignore
        await snapshots().record({ id, pipeline: 'fraud', revision: database.ref().revision, asOf }, []);
        await snapshots().judge(id, verdict('published'));
      }
      assert.equal((await snapshots().latest('fraud', '2026-01-02T00:00:00.000Z'))?.id, 's1');
      assert.equal((await snapshots().latest('fraud', '2026-01-03T00:00:00.000Z'))?.id, 's2');
    });
  });

  let ingested = 0;
  /** Ingests these facts as a part of their own. */
  async function ingest(facts: LabelFact[], knownAt: Instant = NOW): Promise<number> {
    const part = { extraction: `fraud/labels-${++ingested}`, number: 1, kind: 'labels', from: NOW, to: NOW } as const;
    const bytes = { objectKey: 'a', sha256: 'ab', rows: facts.length, bytes: 1 };
    const { id } = await createParts(database()).record('fraud', { ...part, ...bytes });
    const labels = createLabels(database(), async function* () {
      yield facts;
    });
    assert.deepEqual(await labels.ingested([id]), []);
    const written = await labels.ingest('fraud', { id, file: 'labels.parquet' }, knownAt);
    assert.deepEqual(await labels.ingested([id]), [id]);
    return written;
  }

  it('stops asking, in the database too, once an ingestion is cancelled', async () => {
    const holder = await database().connect();
    const waiting = async (): Promise<boolean> => {
      const { rows } = await database().query<{ waits: boolean }>(
        `select exists (select from pg_locks where locktype = 'advisory' and not granted
           and database = (select oid from pg_database where datname = current_database())) as waits`,
      );
      return rows[0]!.waits;
    };
    try {
      await holder.query("begin; select pg_advisory_xact_lock(7306502, hashtext('fraud'))");
      const ingestion = new AbortController();
      const labels = createLabels(database(), async function* () {
        yield [{ key: 'k', value: 1, observedAt: NOW }];
      });
      const part = { id: 'fraud/cancelled/1', file: 'labels.parquet' };
      const ended = labels.ingest('fraud', part, NOW, ingestion.signal).then(
        () => 'done',
        (error: Error) => error.name,
      );
      await until(waiting);
      ingestion.abort();
      assert.equal(await ended, 'AbortError');
      assert.equal(await waiting(), false);
      assert.deepEqual(await labels.ingested([part.id]), []);
    } finally {
      await holder.query('rollback');
      holder.release();
    }
  });

  it('record a sent label once, whether or not it was ingested, and a corrected value from then on', async () => {
    const sent = createSentLabels(database());
    const fact = { key: 's-1', value: 1, observedAt: NOW };
    const [later, latest] = ['2026-04-01T00:00:00.000Z', '2026-04-02T00:00:00.000Z'];
    const record = (facts: LabelFact[], at: string) => sent.record('fraud', facts, at);
    assert.deepEqual(
      [await record([fact], later), await record([fact], later), await ingest([fact], later)],
      [1, 0, 0],
    );
    const corrected = { ...fact, value: 0 };
    assert.deepEqual([await record([corrected], latest), await record([corrected], latest)], [1, 0]);
    const ahead = { ...fact, key: 's-2', observedAt: '2026-04-03T00:00:00.000Z' };
    assert.deepEqual([await record([ahead], latest), await record([ahead], latest)], [1, 0], 'a clock that is ahead');
    const { rows } = await database().query<{ value: number }>(
      "select value from labels where key = 's-1' order by known_at",
    );
    assert.deepEqual(rows.map(({ value }) => value), [1, 0]); // prettier-ignore
  });

  it('hold each version of a label once, however often it is ingested', async () => {
    const facts = [1, 2].map((n) => ({ key: `k${n}`, value: 1, observedAt: NOW }));
    assert.deepEqual([await ingest(facts), await ingest(facts)], [2, 0]);
    const corrected = facts.map((fact) => ({ ...fact, value: 0 }));
    const later = '2026-01-12T00:00:00.000Z';
    assert.deepEqual([await ingest(corrected, later), await ingest(corrected, later)], [2, 0]);
  });

  it('hold each label once when two processes ingest it at the same time', async () => {
    const facts = Array.from({ length: 1_000 }, (_, n) => ({ key: `k${n}`, value: 1, observedAt: NOW }));
    const written = await Promise.all([ingest(facts), ingest(facts)]);
    assert.equal(written[0] + written[1], 1_000);
  });

  describe('the prediction log', () => {
    const aPrediction = (changes: Partial<Prediction> = {}): Prediction => ({
      id: randomUUID(),
      pipeline: 'fraud',
      version: 1,
      key: 'tab\tand \\ and\nline',
      entity: '\\N',
      time: NOW,
      row: { text: 'a "quoted"\t\\N' },
      score: 0.25,
      decision: false,
      servedAt: NOW,
      ...changes,
    });

    it('writes a prediction once, and offers each once for counting, unchanged', async () => {
      const log = createPredictionLog(database());
      const [old, fresh] = [aPrediction(), aPrediction({ score: 0.1 + 0.2, decision: null })];
      assert.deepEqual([await log.append(shipmentOf([old, old])), await log.append(shipmentOf([old, fresh]))], [1, 1]);
      const counted: Prediction[] = [];
      const count = () => log.countShipped(({ predictions }) => (counted.push(...predictions), []));
      assert.equal(await countUncounted(database()), 2);
      assert.deepEqual([await count(), await count()], [2, 0]);
      assert.equal(await countUncounted(database()), 0);
      assert.deepEqual(counted, [old, fresh]);
      assert.deepEqual(await createCrowd(database()).predictions(['fraud'], '2026-01-01T00:00:00.000Z'), [
        { pipeline: 'fraud', count: 2 },
      ]);
      const { rows } = await database().query('select key, row from predictions where id = $1', [old.id]);
      assert.deepEqual(rows, [{ key: old.key, row: old.row }], 'whatever characters it holds');
    });

    it('refuses a shipment with a value that it cannot hold, and writes nothing of it', async () => {
      const log = createPredictionLog(database());
      const sound = aPrediction();
      for (const wrong of [{ row: { text: '\u0000' } }, { key: '\u0000' }, { id: 'x' }])
        await assert.rejects(log.append(shipmentOf([sound, aPrediction(wrong)])), { code: /^22/ });
      assert.equal(await log.append(shipmentOf([sound])), 1);
    });

    it('finds a prediction by its id, and those of a key, by an index', async () => {
      const log = createPredictionLog(database());
      const [keyed, keyless] = [aPrediction({ key: 'k' }), aPrediction()];
      await log.append(shipmentOf([keyed, { ...keyless, key: keyless.id }]));
      const planOf = async (where: string, value: string): Promise<string> =>
        (await database().query(`explain select * from predictions where ${where}`, [value])).rows.map((row) => row['QUERY PLAN']).join('\n'); // prettier-ignore
      await database().query('set enable_seqscan = off');
      assert.match(await planOf('id = $1', keyed.id), /_id_idx/);
      assert.match(await planOf('key = $1 and key <> id::text', 'k'), /_key_idx/);
    });

    it('samples one prediction in so many, always the same ones, in the order of time', async () => {
      const log = createPredictionLog(database());
      const ids = Array.from({ length: 60 }, () => randomUUID());
      const timeOf = (i: number): Instant => new Date(Date.parse(NOW) + ((i * 7) % 60) * 60_000).toISOString();
      const all = ids.map((id, i) =>
        aPrediction({ id, key: i % 2 === 0 ? id : `k${i}`, time: timeOf(i), row: { at: timeOf(i) } }),
      );
      await log.append(shipmentOf(all));
      const within = { from: NOW, to: timeOf(0).replace(/T.*/, 'T23:59:59.999Z') };
      const sample = async (of: number, atMost = 100) =>
        (await log.sampleRows('fraud', within, { in: of, atMost })).map(({ at }) => String(at));
      const whole = await sample(1);
      assert.deepEqual(whole, all.map(({ time }) => time).sort());
      const some = await sample(3);
      assert.deepEqual(
        [some, some.length < 60, some.length > 0],
        [whole.filter((at) => some.includes(at)), true, true],
      );
      assert.deepEqual(await sample(3), some);
      assert.deepEqual(await sample(3, 2), some.slice(0, 2));
      const scored = async (version: number, of: number): Promise<string[]> => {
        const found: string[] = [];
        for await (const rows of log.scored('fraud', version, within, { in: of }))
          found.push(...rows.map(({ row }) => String(row['at'])));
        return found.sort();
      };
      assert.deepEqual([await scored(1, 3), await scored(1, 1), await scored(2, 3)], [some, whole, []]);
      const keyed = await log.sampleKeyed('fraud', within, { in: 3, atMost: 100 });
      const own = all
        .filter(({ id, key, time }) => key !== id && some.includes(time))
        .sort((a, b) => (a.time < b.time ? -1 : 1));
      assert.deepEqual(
        keyed,
        own.map(({ key, time, row }) => ({ key, time, row })),
      );
    });

    it('leaves predictions uncounted when counting fails, and counts them when it is tried again', async () => {
      const log = createPredictionLog(database());
      const profile = { binning: 'b', rows: 1, columns: {} } as never;
      const totals = {
        pipeline: 'fraud',
        version: 1,
        replica: 'a',
        sequence: 1,
        hour: '2026-01-11T03:00:00.000Z',
        profile,
      };
      await log.append(shipmentOf([aPrediction()]));
      await assert.rejects(log.countShipped(() => [totals, { ...totals, hour: 'not a time' }]));
      const kept = async () =>
        (await database().query('select (select count(*) from predictions) p, (select count(*) from served_counts) c'))
          .rows[0];
      assert.deepEqual(await kept(), { p: 1, c: 0 });
      assert.equal(await log.countShipped(() => [totals]), 1);
      await log.append(shipmentOf([aPrediction()]));
      assert.equal(await log.countShipped(() => [totals]), 1); // totals are absolute: the same row
      assert.deepEqual(await kept(), { p: 2, c: 1 });
    });

    it('joins predictions with what was known of their labels at the moment', async () => {
      const log = createPredictionLog(database());
      await log.append(shipmentOf([aPrediction({ key: 'a' }), aPrediction({ key: 'b', score: 0.5 })]));
      const observedAt = '2026-01-13T00:00:00.000Z';
      await ingest([{ key: 'a', value: 1, observedAt }]);
      const within = { from: '2026-01-11T00:00:00.000Z', to: '2026-01-12T00:00:00.000Z' };
      const labelled = async (asOf: string) =>
        (await collect(log.labelled('fraud', within, { asOf, maturesAfter: '1 day', whenAbsent: 0 })))
          .map(({ label }) => label)
          .sort((a, b) => a - b);
      assert.deepEqual(await labelled('2026-01-12T00:00:00.000Z'), [], 'not mature');
      assert.deepEqual(await labelled('2026-01-12T12:00:00.000Z'), [0, 0], 'no fact yet');
      assert.deepEqual(await labelled('2026-01-14T00:00:00.000Z'), [0, 1]);
      const asOf = '2026-01-14T00:00:00.000Z';
      const withFacts = await collect(log.labelled('fraud', within, { asOf, maturesAfter: '1 day', whenAbsent: null }));
      assert.deepEqual(
        withFacts.map(({ label }) => label),
        [1],
        'without a meaning of absence, rows without a fact are left out',
      );
      await ingest([{ key: 'b', value: 1, observedAt: '2026-01-10T00:00:00.000Z' }]);
      assert.deepEqual(await labelled('2026-01-12T00:00:00.000Z'), [], 'a label from before its row makes it mature no earlier'); // prettier-ignore
      assert.deepEqual(await labelled(asOf), [1, 1], 'and counts like any other');
    });

    it('uses the label value that was known last at the moment, whichever was ingested last', async () => {
      const log = createPredictionLog(database());
      await log.append(shipmentOf([aPrediction({ key: 'a' })]));
      const fact = { key: 'a', observedAt: '2026-01-11T12:00:00.000Z' };
      const [first, second, third] = ['2026-01-12', '2026-01-15', '2026-01-20'].map((d) => `${d}T00:00:00.000Z`);
      await ingest([{ ...fact, value: 1 }], first);
      await ingest([{ ...fact, value: 0 }], third);
      await ingest([{ ...fact, value: 3 }], second);
      const labelAt = async (asOf: string | undefined) =>
        (
          await collect(
            log.labelled(
              'fraud',
              { from: '2026-01-11T00:00:00.000Z', to: '2026-01-12T00:00:00.000Z' },
              { asOf: asOf!, maturesAfter: '1 hour', whenAbsent: null },
            ),
          )
        ).map(({ label }) => label);
      assert.deepEqual([await labelAt(first), await labelAt(second), await labelAt(third)], [[1], [3], [0]]);
      // Corrected again in a run for the same time: the later reading counts.
      await ingest([{ ...fact, value: 4 }], third);
      assert.deepEqual(await labelAt(third), [4]);
    });
  });

  describe('the retraining ledger', () => {
    const ask = (id: string) => ({
      id,
      pipeline: 'fraud',
      reason: 'person' as const,
      asOf: NOW,
      detail: '',
      driftSince: null,
    });
    const cycle = (id: string, requests: string[]) => ({
      id,
      pipeline: 'fraud',
      reason: 'person' as const,
      asOf: NOW,
      driftSince: null,
      requests,
    });

    it('stores a request once', async () => {
      const ledger = createRetrainingLedger(database());
      assert.deepEqual([await ledger.recordRequest(ask('a')), await ledger.recordRequest(ask('a'))], [true, false]);
      assert.deepEqual(await ledger.openRequests('fraud'), [{ ...ask('a'), brought: null }]);
    });

    it('has one open cycle: opening a second one joins the first', async () => {
      const ledger = createRetrainingLedger(database());
      for (const id of ['a', 'b']) await ledger.recordRequest(ask(id));
      const opened = await Promise.all([ledger.openCycle(cycle('c1', ['a'])), ledger.openCycle(cycle('c2', ['b']))]);
      assert.equal(opened[0].id, opened[1].id);
      assert.deepEqual((await ledger.cycle(opened[0].id)).requests, ['a', 'b']);
      assert.deepEqual(await ledger.openRequests('fraud'), []);
    });

    it('keeps the first outcome of a cycle', async () => {
      const ledger = createRetrainingLedger(database());
      await ledger.openCycle(cycle('c1', []));
      const outcome = { result: 'promoted', version: 1, reason: '', endedAt: NOW } as const;
      await ledger.closeCycle('c1', outcome);
      await ledger.closeCycle('c1', { ...outcome, result: 'failed' });
      assert.deepEqual((await ledger.cycle('c1')).outcome, outcome);
      assert.equal((await ledger.openCycle(cycle('c2', []))).id, 'c2', 'and the next may be opened');
    });
  });

  it('keep the first verdict of a moment', async () => {
    const verdicts = createVerdicts(database());
    const verdict = (level: string) =>
      ({ id: 'v1', pipeline: 'fraud', asOf: NOW, level, abstained: null }) as unknown as Verdict;
    await verdicts.record(verdict('severe'));
    assert.equal((await verdicts.record(verdict('stable'))).level, 'severe');
    await verdicts.attachReport('v1', 'drift.html');
    assert.equal((await verdicts.get('fraud', 'v1')).reportKey, 'drift.html');
    assert.equal(await verdicts.previous('fraud', NOW), null);
  });

  it('read the verdicts of an earlier release everywhere', async () => {
    const file = new URL('../../golden/verdicts/before-distances.json', import.meta.url);
    const stored = JSON.parse(await readFile(file, 'utf8')) as Verdict;
    await database().query('insert into verdicts (id, pipeline, as_of, level, verdict) values ($1, $2, $3, $4, $5)', [
      stored.id,
      stored.pipeline,
      stored.asOf,
      stored.level,
      stored,
    ]);
    const [verdicts, crowd] = [createVerdicts(database()), createCrowd(database())];
    const kept = await verdicts.get('fraud', stored.id);
    assert.equal(kept.columns.find(({ column }) => column === 'amount')?.distances.psi?.value, 0.21373764344638888);
    assert.deepEqual(await verdicts.list('fraud', 1), [kept]);
    assert.deepEqual(await verdicts.previous('fraud', '2026-03-05T00:00:00.000Z'), kept);
    assert.deepEqual(await verdicts.record({ ...kept, level: 'stable' }), kept);
    assert.deepEqual(await crowd.verdicts(['fraud']), [kept]);
    const { columns: _columns, score: _score, ...inShort } = kept;
    assert.deepEqual(await crowd.checks(['fraud'], 1), [inShort]);
  });
});

describe("Perennial's schema", () => {
  it('is created once by two processes that start together, and is left alone the next time', async () => {
    const test = await testDatabase();
    const pools = [connect(test.url), connect(test.url)];
    await Promise.all(pools.map(migrate));
    const done = async () => (await pools[0]!.query('select name, at from migrations order by name')).rows;
    const before = await done();
    assert.ok(before.length > 0);
    await migrate(pools[1]!);
    assert.deepEqual(await done(), before);
    for (const pool of pools) await pool.end();
    await test.drop();
  });

  it('names the address of a database that does not answer, without the password', async () => {
    const database = connect('postgres://ada:secret@127.0.0.1:1/perennial');
    await assert.rejects(migrate(database), (error: Error & { code: string }) => {
      assert.equal(error.code, 'DATABASE_UNREACHABLE');
      assert.match(error.message, /127\.0\.0\.1:1\/perennial does not answer.*check DATABASE_URL/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
    const full = Object.assign(new Error('could not write: No space left on device'), { code: '53100' });
    assert.match((unreachable(database, full) as Error).message, /No space left.*\. Free some space on its disk\.$/);
    const other = new Error('syntax error');
    assert.equal(unreachable(database, other), other);
    await database.end();
  });
});
