import { compareVolume } from '../../../activities/monitoring/volume.ts';
import { volumeAlert } from '../../../core/alerts/rules/trouble-alerts.ts';
import { type RowChunk } from '../../../core/data/chunks.ts';
import { type Part, type Partition, type Snapshot } from '../../../core/data/data.ts';
import { type OpenPart } from '../../../core/data/parts.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { extractionOf, readingsOf } from '../../../core/sources/partitions.ts';
import { DAY, HOUR, instant, MINUTE } from '../../../core/time/time.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { DefaultLogger } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';

const FIRST = Date.parse('2026-11-02T00:00:00.000Z');
/** The days before the snapshot's newest one. */
const DAYS = 42;
const TODAY = FIRST + DAYS * DAY;
const NEWEST = TODAY - 567 * MINUTE;

describe("how many of a source's rows come", () => {
  const partOf = (from: number, length: number, rows: number): Part => {
    const id = String(from);
    return { id, extraction: id, number: 1, kind: 'rows', objectKey: id, sha256: '', rows, bytes: 0, from: instant(from), to: instant(from + length) }; // prettier-ignore
  };
  /** What was known at two in the morning, of so many days before; null: the data loop did not run. */
  const opened = (days: number, rowsOf: (daysBefore: number) => number | null): OpenPart[] =>
    Array.from({ length: days }, (_, i) => ({ from: TODAY - (i + 1) * DAY, rows: rowsOf(i + 1) })).flatMap(
      ({ from, rows }) => (rows === null ? [] : [openPart(from, rows)]),
    );
  const openPart = (from: number, rows: number, of = aPipeline()): OpenPart => {
    const partition = { from: instant(from), to: instant(from + 2 * HOUR) };
    return { ...partition, rows, extraction: extractionOf(of.name, 'rows', readingsOf(of).rows, partition) };
  };
  const asOf = instant(TODAY + 3 * HOUR);
  async function judged(
    open: number | null,
    { earlier = opened(28, () => 125), yesterday = 880, unreadable = false, simulated = false } = {},
  ) {
    const days = Array.from({ length: DAYS }, (_, day) => partOf(FIRST + day * DAY, DAY, day === DAYS - 1 ? yesterday : 1_490 + (day % 5) * 5)); // prettier-ignore
    const parts = open === null ? days : [...days, partOf(TODAY, 2 * HOUR, open)];
    async function* readRows(file: string, { from }: Partition): AsyncGenerator<RowChunk> {
      if (unreadable) throw new Error('the object store does not answer');
      const newest = Number(file) === TODAY ? TODAY + HOUR : NEWEST;
      yield { rows: 2, own: { _time: [newest, Date.parse(from)] }, columns: {} };
    }
    const ports = {
      log: { lateness: async () => null, rowsByHour: async () => [] },
      pipelines: { loggedShares: async () => [] },
      // Each was extracted soon after its end by the simulated clock, and so years after it by the machine's.
      parts: {
        open: async (_of: string, _within: Partition, { soon }: { soon: number | null }) =>
          simulated && soon !== null ? [] : earlier,
      },
      sharedClock: { read: async () => ({ simulated }) },
      analytics: { readRows },
      cache: { fetch: async ({ objectKey }: Part) => objectKey },
    };
    const pipeline = aPipeline();
    const of = { ...pipeline, source: { ...pipeline.source, partition: '1 day' } };
    const { rows } = (await new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(() =>
      compareVolume(ports as never, of, asOf, { parts } as Snapshot),
    )) as NonNullable<Verdict['volume']>;
    const verdict = { id: 'v', pipeline: 'mon', asOf, volume: rows && { rows } } as Verdict;
    return { unusual: rows?.unusual ?? null, alert: volumeAlert(verdict) };
  }

  it('is none since its newest row, at the first check of a partition in which nothing came, and pages', async () => {
    const { alert, unusual } = await judged(0);
    assert.equal(alert!.severity, 'critical');
    assert.equal(alert!.summary, 'mon: 0 rows of the source from 2026-12-14T00:00Z to 2026-12-14T02:00Z (125 are usual), none since 2026-12-13T14:33Z'); // prettier-ignore
    assert.equal(unusual!.since, instant(NEWEST));
    const { alert: unknown } = await judged(0, { unreadable: true });
    assert.match(unknown!.summary, /\(125 are usual\), since 2026-12-14T00:00Z$/);
  });

  it('is none in a simulated past as well, whose parts are all new by the clock of the machine', async () => {
    const { alert } = await judged(0, { simulated: true });
    assert.equal(alert?.severity, 'critical');
  });

  it('is told by the hours that were counted, and with the newest row', async () => {
    const { alert } = await judged(null);
    assert.equal(alert!.summary, 'mon: 880 rows of the source from 2026-12-13T00:00Z to 2026-12-14T00:00Z (1,500 are usual), since 2026-12-13T00:00Z, the newest at 2026-12-13T14:33Z'); // prettier-ignore
    assert.equal(alert!.severity, 'warning');
  });

  it('is as usual where so few had come by then before, or too little is known', async () => {
    const whole = { yesterday: 1_500 };
    const found = async (open: number, earlier?: OpenPart[]) =>
      (await judged(open, { ...whole, ...(earlier && { earlier }) })).unusual;
    assert.equal((await found(3))?.rows, 3);
    assert.equal(await found(60), null, 'fewer, but not stopped');
    assert.equal(
      await found(
        0,
        opened(28, (day) => (day === 3 ? 0 : 125)),
      ),
      null,
      'as three days before',
    );
    assert.equal(
      await found(
        0,
        opened(28, (day) => (day === 10 || day === 17 ? 0 : 125)),
      ),
      null,
      'twice in four weeks',
    );
    assert.equal(
      (
        await found(
          0,
          opened(28, (day) => (day === 10 ? 0 : 125)),
        )
      )?.rows,
      0,
      'but once',
    );
    assert.equal(
      await found(
        0,
        opened(28, () => 20),
      ),
      null,
      'few are usual',
    );
    assert.equal(
      await found(
        0,
        opened(6, () => 125),
      ),
      null,
      'of too few days',
    );
    assert.equal(
      (
        await found(
          0,
          opened(14, (day) => (day === 3 ? null : 125)),
        )
      )?.rows,
      0,
      'by the week before',
    );
    const another = { ...aPipeline(), columns: {} };
    const elsewhere = Array.from({ length: 28 }, (_, i) => openPart(TODAY - (i + 1) * DAY, 125, another));
    assert.equal(await found(0, elsewhere), null, 'by another declaration');
    const longer = opened(28, () => 125).map((part) => ({ ...part, to: instant(Date.parse(part.to) + HOUR) }));
    assert.equal(await found(0, longer), null, 'at another time of the day');
  });
});
