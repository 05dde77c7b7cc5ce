import { categoryBins, makeBinning, makeBins, SCORE } from '../../core/data/profiles/binning.ts';
import { type Row } from '../../core/data/data.ts';
import { type Profile } from '../../core/data/profiles/profile.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { type Random } from '../../core/base/random.ts';
import { createComparisons } from '../../operations/comparisons.ts';
import { driftReport } from '../../reports/drift/drift-report.ts';
import { aPipeline, countRows } from '../core/drift/drifting.ts';
import { standsAlone, textOf } from '../reports/golden.ts';
import { type ModelVersion } from '../../core/training/training.ts';
import { asAda } from '../support/asked.ts';
import assert from 'node:assert/strict';

const binning = makeBinning({
  amount: makeBins(Float64Array.from({ length: 6400 }, (_, i) => i / 64)),
  country: categoryBins(['DE', 'FR', 'IT'].map((level) => ({ level, rows: 1 }))),
});
const rowsOf = (seed: number, more = 0): Profile =>
  countRows(
    binning,
    1200,
    (random: Random): Row => ({
      amount: more + random.uniform() * 100,
      country: random.pick(['DE', 'FR', 'IT']),
      [SCORE]: random.uniform() / 2,
    }),
    seed,
  );
const older = makeBinning({ amount: { kind: 'number', edges: [50] } });

const inOlderBins = countRows(older, 1200, (random: Random): Row => ({ amount: random.uniform() * 100 }), 6);
const holdouts = (subject: string, bins: string): Profile | null =>
  (bins === older.id
    ? { 'version/1': inOlderBins }[subject]
    : { 'version/2': rowsOf(2), 'version/3': rowsOf(3) }[subject]) ?? null;

const modelVersions: Parameters<typeof createComparisons>[0]['modelVersions'] = {
  async get(_pipeline, version) {
    if (version > 3) throw new UserError('MODEL_UNKNOWN', `there is no v${version}`);
    return {} as ModelVersion;
  },
  list: async () => [3, 2, 1].map((version) => ({ version }) as ModelVersion),
};

const sharedClock = { read: async () => ({ now: () => new Date('2026-03-05'), millisecondsUntil: () => 0 }) };
const versionNames = { numberOf: async (_: string, alias: string) => (alias === 'best' ? 2 : null) };

describe('a comparison by hand', () => {
  /** Traffic of v3 on March 1st and 2nd, when amounts had risen; v2 and v3 are counted, v1 only in older bins. */
  const { compare } = asAda(
    createComparisons({
      pipelines: {
        applied: async (name) => ({ name, revision: 'r1' }),
        declaration: async () => aPipeline({ amount: { kind: 'number' }, country: { kind: 'category' } }),
      },
      binnings: { list: async () => [binning, older] },
      profiles: {
        windows: async () => [],
        findEach: async (_, subjects, bins) => subjects.map((subject) => holdouts(subject, bins)),
        find: async (_, subject, bins) => holdouts(subject, bins),
      },
      log: {
        served: async (_, bins, { from, to }) =>
          from < '2026-02-01' && bins.id === older.id
            ? [{ version: 1, profile: inOlderBins }]
            : bins.id !== binning.id || from < '2026-03-01' || to > '2026-03-03T00:00:00.000Z'
              ? []
              : [{ version: 3, profile: rowsOf(4, from >= '2026-03-02' ? 40 : 0) }],
        async *servedByHour() {
          yield { version: 3, hour: '2026-03-02T05:00:00.000Z', profile: rowsOf(5, 40) };
        },
      },
      modelVersions,
      versionNames,
      sharedClock,
      drawDriftReport: async (report) => driftReport(report),
    }),
  );

  it('of a day with another one names what moved, and says what was compared', async () => {
    const { html, ...compared } = await compare('drifting', { from: '2026-03-02', against: '2026-03-01' });
    assert.deepEqual([compared.drifted, compared.level, compared.abstained], [['amount'], 'severe', null]);
    standsAlone(html);
    const page = textOf(html);
    assert.match(page, /Compared 2026-03-02 00:00 to 2026-03-03 00:00 UTC 1,200 rows Against 2026-03-01 00:00 to/);
    assert.match(page, /amount moved/);
    assert.doesNotMatch(page, /Holdout|1970/);
  });

  describe('where rows of the source are judged', () => {
    /** Checks of v3 each day at 02:00 and 14:00; rows come three hours late, and amounts rose on March 2nd. */
    const counted = ['2026-03-01T02', '2026-03-01T14', '2026-03-02T02', '2026-03-02T14', '2026-03-03T02'].map((at, i) => ({
      asOf: `${at}:00:00.000Z`,
      version: 3,
      subject: `window/${at}/v3`,
      profile: rowsOf(10 + i, i === 4 ? 40 : 0),
    })); // prettier-ignore
    const read: string[] = [];
    const declared = aPipeline({ amount: { kind: 'number' }, country: { kind: 'category' } }, { of: 'data' });
    const { compare } = asAda(
      createComparisons({
        pipelines: {
          applied: async (name) => ({ name, revision: 'r1' }),
          declaration: async () => ({ ...declared, source: { ...declared.source, lateness: '3 hours' } }),
        },
        binnings: { list: async () => [binning] },
        profiles: {
          find: async () => null,
          windows: async (_, __, { from, to }) => counted.filter(({ asOf }) => asOf >= from && asOf <= to).reverse(),
          findEach: async (_, subjects) => {
            read.push(...subjects);
            return subjects.map((subject) => counted.find((each) => each.subject === subject)?.profile ?? null);
          },
        },
        log: { served: () => assert.fail('no prediction is looked at'), servedByHour: () => assert.fail() },
        modelVersions,
        versionNames,
        sharedClock,
        drawDriftReport: async (report) => driftReport(report),
      }),
    );

    it('is of what checks counted of them, nearest to what was asked, and says which', async () => {
      const days = await compare('drifting', { from: '2026-03-02', against: '2026-03-01' });
      assert.deepEqual(days.drifted, ['amount']);
      assert.equal(days.from, 'Rows of the source, 2026-03-01 23:00 to 2026-03-02 23:00 UTC');
      assert.equal(days.against, 'Rows of the source, 2026-02-28 23:00 to 2026-03-01 23:00 UTC');
      const compared = ['window/2026-03-03T02/v3', 'window/2026-03-02T02/v3'];
      assert.deepEqual(read, compared, 'the profiles of overlapping windows are not read');
      const both = await compare('drifting', { from: '2026-02-28T23:00Z/2026-03-02T23:00Z', against: '2026-02-28' });
      assert.equal(both.from, 'Rows of the source, 2026-02-28 23:00 to 2026-03-02 23:00 UTC');
      assert.match(textOf(both.html), /2,400 rows/);
    });

    it('says what there is where none were counted', async () => {
      await assert.rejects(compare('drifting', { from: '2027-03-02', against: '2026-03-01' }), {
        message: /no counts of: 2027-03-02.*checks counted rows of the source, at least 24 hours long/,
      });
    });
  });

  it('is of versions by their holdouts, and of a version with what was served', async () => {
    const versions = await compare('drifting', { from: 'v3', against: 'v2' });
    assert.deepEqual([versions.level, versions.from, versions.against], ['stable', 'Holdout of v3', 'Holdout of v2']);
    assert.doesNotMatch(textOf(versions.html), /1970/);
    const served = await compare('drifting', { from: '2026-03-02T06:30Z/2026-03-03', against: 'v3' });
    assert.deepEqual([served.from, served.drifted], ['2026-03-02 06:00 to 2026-03-03 00:00 UTC', ['amount']]);
  });

  it('takes the alias of a version', async () => {
    const { from, against } = await compare('drifting', { from: '2026-03-02', against: 'best' });
    assert.deepEqual([from, against], ['2026-03-02 00:00 to 2026-03-03 00:00 UTC', 'Holdout of v2']);
  });

  it('names only the side of which there are no counts at all', async () => {
    await assert.rejects(compare('drifting', { from: '2031-01-01', against: 'v1' }), {
      message: /has no counts of: 2031-01-01 00:00 to 2031-01-02 00:00 UTC \(in the future\)\. Name/,
    });
  });

  it('says so where there is no such version', async () => {
    await assert.rejects(compare('drifting', { from: 'v3', against: 'v99' }), { code: 'MODEL_UNKNOWN' });
  });

  for (const [what, from, message] of [
    [
      'what is neither version nor time',
      'yesterday',
      /--from "yesterday" is neither a version, an alias of one nor a window/,
    ],
    ['a day that there is not', '2026-02-30', /is neither a version, an alias of one nor a window/],
    ['times in the wrong order', '2026-03-02/2026-03-01', /ends before it begins/],
    [
      'a time without predictions',
      '2026-03-04',
      /drifting has no counts of: 2026-03-04 00:00 to 2026-03-05 00:00 UTC\. Name/,
    ],
    [
      'a version that was counted in older bins',
      'v1',
      /^Holdout of v1 and Holdout of v3 were counted in different bins, because the columns of drifting were binned anew in between, so they cannot be compared\. Holdout of v3 can be compared with: v2\.$/,
    ],
    [
      'a time of older bins',
      '2026-01-02',
      /^2026-01-02 00:00 to .* UTC can be compared with: v1\. Holdout of v3 can be compared with: v2\.$/,
    ],
  ] as const)
    it(`refuses ${what}, and says what to write`, async () => {
      await assert.rejects(compare('drifting', { from, against: 'v3' }), { code: 'REQUEST_INVALID', message });
    });
});
