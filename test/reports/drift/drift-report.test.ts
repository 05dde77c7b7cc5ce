import { createRandom } from '../../../core/base/random.ts';
import { reportMail } from '../../../core/alerts/report-mail.ts';
import { type PipelineInput } from '../../../core/declaration/pipeline.ts';
import { redactorOf } from '../../../core/declaration/redaction/redaction.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { driftReport, type DriftReport } from '../../../reports/drift/drift-report.ts';
import { aDriftReport, aPipeline } from '../fixtures.ts';
import { isGolden, standsAlone, textOf } from '../golden.ts';
import { type JudgedAlarm } from '../../../core/drift/warned.ts';
import { type RedactedVerdict } from '../../../core/declaration/redaction/redaction.ts';
import assert from 'node:assert/strict';

const cardsOf = (html: string): string[] =>
  [...html.matchAll(/<figcaption class="title">\s*<h3>([^<]*)</g)].map(([, name]) => name!);
const rowsOf = (html: string): string[] =>
  [...html.matchAll(/<th scope="row"\s+class="words">\s*([^<]*?)\s*</g)].map(([, name]) => name!);

/** As the loop writes it: with what each column explains, and the hours of eight days. */
const aMonth = (): NonNullable<DriftReport['byDay']> => ({
  metric: 'averagePrecision',
  days: Array.from({ length: 28 }, (_, day) => ({
    day: `2026-02-${String(day + 1).padStart(2, '0')}T00:00:00.000Z`,
    version: 3,
    labels: day < 20 ? { value: 0.6 + day / 1000, range: { low: 0.55, high: 0.66 } } : null,
    estimate: { value: 0.61, low: 0.52 + day / 500, high: 0.7 },
  })),
});

function explainedReport(): DriftReport {
  const report = aDriftReport();
  const start = Date.parse('2026-02-24T09:00:00.000Z');
  const shares: Record<string, number> = { merchant: 0.62, amount: 0.3, distance_km: 0.08 };
  const since = { at: '2026-03-03T20:00:00.000Z', from: '2026-03-03T18:00:00.000Z', to: '2026-03-03T21:00:00.000Z' };
  const movers = [
    { label: 'electronics', place: 4, reference: 0.118, current: 0.282 },
    { label: 'groceries', place: 1, reference: 0.344, current: 0.203 },
  ];
  const columns = report.verdict.columns.map((column) => {
    const share = shares[column.column];
    const explained = {
      q: share ? 1e-6 : 0.8,
      found: share !== undefined,
      designEffect: 1.6,
      since:
        column.column === 'amount' ? { at: null, from: null, to: '2026-02-24T09:00:00.000Z' } : share ? since : null,
      movers: column.column === 'merchant' ? movers : [],
      score: share ? { shift: 0.0195 * share, share } : null,
      ...(column.column === 'merchant' && {
        rows: [
          { id: 'r-1', key: 't-17', entity: 'card-4', time: '2026-03-04T08:58:00.000Z', value: 'electronics' },
          { id: 'r-2', key: 'r-2', entity: null, time: '2026-03-04T08:31:00.000Z', value: 'electronics' },
        ],
      }),
    };
    return { ...column, explained };
  });
  const reference = Object.fromEntries(columns.map(({ column }) => [column, [400, 400, 400, 0]]));
  const hours = (moves: boolean) =>
    Array.from({ length: 192 }, (_, i) => {
      const moved = moves && i >= 179;
      return { hour: start + i * 3_600_000, groups: moved ? [5, 20, 75, 10] : [33, 33, 34, 0] };
    });
  const hourly = Object.fromEntries(columns.map(({ column }) => [column, hours(column in shares)]));
  return { ...report, verdict: { ...report.verdict, columns }, byHour: { hourly, reference } };
}

describe('drift report', () => {
  it('looks as it did for a severe drift', () => {
    const html = driftReport(aDriftReport());
    standsAlone(html);
    isGolden('drift-severe', html);
  });

  it('looks as it did for a stable window', () => {
    const html = driftReport(aDriftReport({ moved: false }));
    standsAlone(html);
    isGolden('drift-stable', html);
  });

  it('is short in a mail: words and tables, without drawings, styles of its own or scripts', () => {
    const { verdict, pipeline } = explainedReport();
    const estimated = {
      rows: 900,
      withheld: null,
      metrics: { averagePrecision: { value: 0.61, low: 0.5, high: 0.7 } },
    };
    const html = reportMail({ ...verdict, estimated }, pipeline);
    assert.doesNotMatch(html, /<style|<script|<svg|<img|href=|url\(|undefined|NaN/);
    assert.ok(html.length < 10_000, `${html.length} bytes`);
    isGolden('drift-mail', html);
    const { verdict: stable } = aDriftReport({ moved: false });
    assert.match(
      textOf(reportMail(stable, pipeline)),
      /fraud: no drift The check of 2026-03-04T09:00Z compared 4,000 rows/,
    );
    const abstained = 'The window has 20 rows, a check needs 200 (drift.minRows)';
    assert.match(
      textOf(reportMail({ ...stable, abstained }, pipeline)),
      /too few rows to tell .* The window has 20 rows/,
    );
  });

  it('is green in a mail only where nothing is wrong and the check could tell', () => {
    const { verdict, pipeline } = aDriftReport({ moved: false });
    const told = (changes: Partial<Verdict>): (string | undefined)[] => {
      const html = reportMail({ ...verdict, ...changes }, pipeline);
      return [/<title>(.*)<\/title>/.exec(html)?.[1], /border-left:4px solid (#\w+)/.exec(html)?.[1]];
    };
    const [red, amber, green] = ['#b3261e', '#8a6100', '#1e6b34'];
    assert.deepEqual(told({}), ['fraud: no drift', green]);
    assert.deepEqual(told({ abstained: 'The window has 20 rows' }), ['fraud: too few rows to tell', amber]);
    const [first, ...others] = verdict.columns;
    const empty = { ...first!, drifted: true, nullShare: { reference: 0, current: 0.9 } };
    assert.deepEqual(told({ level: 'severe', columns: [empty, ...others] }), [
      `fraud: ${first!.column} is no longer filled as declared`,
      red,
    ]);
    const rose = { estimate: 0.2, low: 0.15, high: 0.25, live: 0.2, holdout: 0.2, bearable: 0.02 };
    const loss = { live: 0.4, promised: 0.2, holdout: 0.2 };
    const days = { from: '2026-02-20T00:00:00.000Z', to: '2026-02-24T00:00:00.000Z', days: 4 };
    const concept = { kind: 'binary', decayed: true, rows: 900, loss, excess: rose, bias: rose, since: null, ...days } as const; // prettier-ignore
    assert.deepEqual(told({ concept }), ['fraud: v3 performs worse than it promised', red]);
    const [since, due] = ['2026-03-09T00:00:00.000Z', '2026-03-08T02:00:00.000Z'];
    const unusual = { direction: 'fewer', hours: 6, rows: 0, usual: 2_000, since } as const;
    const stale = { asOf: '2026-03-07T02:00:00.000Z', due };
    const stopped = { stale, volume: { predictions: { rate: '1 year', unusual } } };
    assert.deepEqual(told(stopped), [
      'fraud: 0 predictions in the last 6 hours (2,000 are usual), since 2026-03-09T00:00Z',
      red,
    ]);
    const old = 'the newest published data is from 2026-03-07T02:00Z; newer data was due at 2026-03-08T02:00Z';
    assert.deepEqual(told({ stale }), [`fraud: ${old}`, amber]);
    const estimated = { rows: 9, withheld: 'most scores are new', withheldSince: days.from, metrics: {} };
    assert.deepEqual(told({ estimated }), ['fraud: how v3 performs cannot be estimated', amber]);
    const answers = [{ kind: 'errors', says: 'server one fails', from: since, to: null }] as const;
    assert.deepEqual(told({ answers: [...answers] }), ['fraud: no drift, but look at errors', amber]);
  });

  it('says how many columns drifted, by what share, and against which thresholds', () => {
    const page = textOf(driftReport(aDriftReport()));
    assert.match(page, /severe drift 3 of 11 columns drifted/);
    assert.match(page, /By weight, 33\.3 % of the voting columns drifted, at or over the 20 % that fraud calls severe/);
    assert.match(page, /Reference Holdout of v3 12,000 rows/);
    assert.match(page, /b7a1c04e9d2f6538/);
  });

  it('tells what the performance will be, how earlier estimates did, and what the labels say', () => {
    const shift = { live: 0.05, holdout: 0.001, estimate: 0.049, low: 0.03, high: 0.068, bearable: 0.004 };
    const { verdict, ...report } = aDriftReport();
    const page = textOf(
      driftReport({
        ...report,
        verdict: {
          ...verdict,
          labelled: { from: '2026-02-20T00:00:00.000Z', to: '2026-02-24T00:00:00.000Z' },
          performance: [
            {
              version: 3,
              metrics: { rows: 900, positives: 12, averagePrecision: 0.61 },
              answered: 1_000,
              slices: [{ name: 'abroad', metrics: { rows: 80, positives: 3, averagePrecision: 0.4 } }],
              value: { cost: 120, saved: 340 },
            },
          ],
          concept: {
            kind: 'binary',
            decayed: true,
            from: '2026-02-18T00:00:00.000Z',
            to: '2026-02-24T00:00:00.000Z',
            days: 6,
            rows: 1_400,
            loss: { live: 0.09, promised: 0.04, holdout: 0.041 },
            excess: shift,
            bias: { ...shift, low: -0.1, high: 0.2 },
            since: '2026-02-20T00:00:00.000Z',
          },
          estimated: {
            rows: 12_000,
            withheld: null,
            metrics: { averagePrecision: { value: 0.58, low: 0.51, high: 0.64 } },
            decided: { precision: { value: 0.72, low: 0.66, high: 0.79 } },
            value: { cost: 130, saved: -20 },
          },
          estimatedSlices: {
            from: '2026-02-26T00:00:00.000Z',
            to: '2026-02-28T00:00:00.000Z',
            sliced: 'id',
            metric: 'averagePrecision',
            slices: [
              { name: 'abroad', rows: 300, estimate: { value: 0.31, low: 0.22, high: 0.4 } },
              { name: 'at night', rows: 7, estimate: 'fewer than 50 rows (gates.minRows)' },
            ],
          },
          foretold: { days: 10, held: 9, error: 0.021 },
        },
      }),
    );
    assert.match(page, /Estimated for requests of 2026-02-26 to 2026-02-27, next to what labels show for earlier days/);
    const at = '2026-02-28T00:00:00.000Z';
    const failed = { estimatedSlices: { from: at, to: at, sliced: 'id', metric: 'rocAuc' as const, slices: [] } };
    assert.match(
      textOf(driftReport(aDriftReport({ verdict: failed }))),
      /slices are not estimated: the estimates failed; the worker/,
    );
    assert.match(page, /abroad 0\.3100 0\.2200 to 0\.4000 300 0\.4000 80/);
    assert.match(page, /at night Not estimated: fewer than 50 rows \(gates\.minRows\) 7 \u2013 0/);
    assert.match(page, /assumes no concept drift.*0\.58.*0\.51.* to 0\.64/);
    assert.match(page, /What is decided\. Precision 0\.7200 0\.6600 to 0\.7900/);
    assert.match(page, /wrong decisions will cost about 130 a day: 20 more than deciding all rows alike/);
    assert.match(page, /Of 10 earlier days whose labels have come, the range held the average precision of 9/);
    assert.match(
      page,
      /The performance fell: on 1,400 labelled rows of 6 days the log loss is 0\.09, where the same inputs promised 0\.04/,
    );
    assert.match(page, /abroad v3 0\.4/);
    assert.match(page, /v3: By the declared costs, its wrong decisions cost 120 a day: 340 less/);
    const why = { rows: 9, withheld: '80 % of the scores lie where the holdout has none', metrics: {} };
    const without = textOf(driftReport({ ...report, verdict: { ...verdict, estimated: why } }));
    assert.match(without, /No estimate: 80 % of the scores lie where the holdout has none\./);
  });

  it('tells one story where the alarm decides: what is unusual, and what is only far from the holdout', () => {
    const report = explainedReport();
    const at = '2026-03-03T22:00:00.000Z';
    const [of, direction, since] = ['location', 'higher', '2026-03-03T15:00:00.000Z'] as const;
    const raised = [{ column: 'merchant', of: 'levels', direction, since, raisedAt: at }, { column: '_score', of, direction, since, raisedAt: at }] as const; // prettier-ignore
    const alarm = { rate: '1 a year', raised: [...raised] };
    const html = driftReport({ ...report, verdict: { ...report.verdict, alarm } });
    standsAlone(html);
    isGolden('drift-unusual', html);
    const page = textOf(html);
    assert.match(
      page,
      /severe drift 1 of 11 columns unusual, and the score Unusual for this pipeline, which by chance/,
    );
    assert.match(page, /merchant has had other levels than usual since 2026-03-03 20:00 UTC \(18:00 to 21:00\); alarm raised at 2026-03-03 22:00 UTC/); // prettier-ignore
    assert.match(page, /the score has been higher than usual since about 2026-03-03 15:00 UTC; alarm raised at/);
    assert.match(page, /amount and distance_km lie far from the holdout, too, which the alarm does not find unusual\./);
    assert.match(
      page,
      /33\.3 % of the voting columns lie far from the holdout\. That decides only how severe an alarm is\./,
    );
    const calm = driftReport({
      ...report,
      verdict: { ...report.verdict, level: 'stable', since: null, alarm: { ...alarm, raised: [] } },
    });
    const quiet = textOf(calm);
    assert.match(
      quiet,
      /stable Nothing unusual; 3 of 11 columns lie far from the holdout Nothing is unusual for this pipeline/,
    );
    assert.match(quiet, /merchant, amount and distance_km lie far from the holdout; that alone is no drift\./);
    assert.match(quiet, /how severe an alarm is, and none is raised\./);
    assert.doesNotMatch(quiet.replace(/How to read this.*/, ''), /drifted|Not stable since/);
    assert.doesNotMatch(calm, /class="(h[1-3]|over)"|class="card drifted"/, 'no colour without an alarm');
  });

  it('never calls a column usual that the alarm is blind for', () => {
    const report = explainedReport();
    const finds = [{ column: 'merchant', of: 'category', least: null } as const];
    const alarm = { rate: '1 a year', raised: [], finds };
    const page = textOf(
      driftReport({ ...report, verdict: { ...report.verdict, level: 'stable', since: null, alarm } }),
    );
    assert.match(page, /merchant lies far from the holdout, and the alarm cannot tell whether that is usual: it would/);
    assert.match(page, /amount and distance_km lie far from the holdout; that alone is no drift\./);
    assert.match(
      page,
      /Not known Past their thresholds, and the alarm cannot tell whether that is usual.*merchant ◇ far/,
    );
    assert.match(page, /the alarm cannot tell whether merchant is as usual; all others are as usual/);
    assert.doesNotMatch(page, /Nothing is unusual|the others are as usual/);
    const near = { ...alarm, finds: [{ column: 'online', of: 'category', least: null } as const] };
    const within = textOf(driftReport({ ...report, verdict: { ...report.verdict, level: 'stable', since: null, alarm: near } })); // prettier-ignore
    assert.match(within, /Nothing is found unusual for this pipeline/, 'also of one that is near');
    assert.match(within, /the alarm cannot tell whether online is as usual; all others are as usual/);
    const warned: JudgedAlarm = { ...alarm, warned: ['merchant'] };
    const warns: RedactedVerdict = { ...report.verdict, level: 'drifting', alarm: warned };
    const warning = textOf(driftReport({ ...report, verdict: warns }));
    assert.match(
      warning,
      /drifting 1 of 11 columns lies farther from the holdout than before, and the alarm cannot tell/,
    );
    assert.match(warning, /no large change there\. So the distance warns in its place, and asks for no model\./);
    assert.match(
      warning,
      /What is unusual, or farther than before .*merchant ▲ far from the holdout, and farther than/,
    );
  });

  it('begins the columns by time at the newest where the screen is narrow, with their names and the key beside', () => {
    const section = /Columns by time[^]*?<\/section>/.exec(driftReport(explainedReport()))![0];
    const scroller = /<div class="chart scroll newest"[^]*?<\/div>\s*<\/div>/.exec(section)![0];
    const [names, cells] = scroller.split('</svg>') as [string, string];
    assert.match(names, />merchant<[^]*>online</);
    assert.doesNotMatch(names.slice(names.indexOf('<svg')), /class="[fh]\d"|20\d\d-/);
    assert.match(cells, /2026-03-04/);
    assert.doesNotMatch(scroller, /PSI from/);
    assert.match(section, /<ul class="key">[^]*PSI from 0\.1/);
  });

  it('leaves columns derived from time out of those by time, which differ from hour to hour', () => {
    const html = driftReport(explainedReport());
    assert.doesNotMatch(/Columns by time[^]*?<\/section>/.exec(html)![0], />hour</);
  });

  it('shows what sampling allows beside a threshold that it is subtracted for', () => {
    const { verdict, ...report } = aDriftReport({ moved: false });
    const ks = { value: 0.157, samplingError: 0.012, p: null };
    const score = { ...verdict.score!, distances: { ...verdict.score!.distances, ks }, drifted: false };
    const page = textOf(driftReport({ ...report, verdict: { ...verdict, score } }));
    assert.match(page, /KS 0\.157 \u00b1 0\.012 \(threshold 0\.150\): within the thresholds/);
  });

  it('says against which hours of the day a short window was held', () => {
    const report = aDriftReport();
    const drift = { ...report.pipeline.drift, of: 'data', window: '6 hours', sameHours: true } as const;
    const verdict = { ...report.verdict, hours: [21, 22, 23, 0, 1, 2] };
    const page = textOf(driftReport({ ...report, verdict, pipeline: { ...report.pipeline, drift } }));
    assert.match(page, /Reference Holdout of v3 12,000 rows of 21:00 to 03:00 UTC/);
    assert.match(page, /compared with the same hours of the day in the reference/);
    assert.match(page, /scored the rows of the source/);
    const hours = { used: true, because: 'differs', column: 'amount' } as const;
    const like = { hours, days: { used: false, because: 'few' } } as const;
    const now = textOf(driftReport({ ...report, verdict: { ...verdict, like } }));
    assert.match(now, /compared with rows of the reference of the same hours of the day, since amount is different at others/); // prettier-ignore
  });

  it('shows drifted columns first, in the table and among the drawings', () => {
    const report = aDriftReport();
    // Decided by thresholds that have been changed since: a column may count as drifted that is not the furthest.
    report.verdict.columns.find(({ column }) => column === 'device')!.drifted = true;
    const drifted = report.verdict.columns.filter((column) => column.drifted).map((column) => column.column);
    const html = driftReport({
      ...report,
      verdict: { ...report.verdict, columns: report.verdict.columns.toReversed() },
    });
    assert.ok(drifted.length > 1);
    assert.deepEqual(rowsOf(html).slice(0, drifted.length).sort(), drifted.sort());
    assert.deepEqual(cardsOf(html).slice(0, drifted.length).sort(), drifted);
  });

  it('shows a verdict that knows fewer distances than there are now, or another one', () => {
    const report = aDriftReport();
    const columns = report.verdict.columns.map((column) => {
      const { psi, ks } = column.distances;
      const distances = { psi: psi!, ...(ks && { ks }), energy: { value: 0.987, samplingError: 0, p: null } };
      return { ...column, distances };
    });
    const html = driftReport({ ...report, verdict: { ...report.verdict, columns } });
    standsAlone(html);
    const page = textOf(html);
    assert.match(page, /Column PSI threshold 0\.200 KS threshold 0\.150 p-value KS Nulls Mean Weight/);
    assert.doesNotMatch(page, /energy|0\.987/);
  });

  it('draws every column of the verdict, and the score', () => {
    const report = aDriftReport();
    const names = cardsOf(driftReport(report));
    assert.deepEqual(names.sort(), [...report.verdict.columns.map((column) => column.column), 'Score of v3'].sort());
  });

  it('says where a column moved most', () => {
    assert.match(textOf(driftReport(aDriftReport())), /Moved most: electronics, 11\.8 % → 28\.2 %/);
  });

  it('escapes the names of levels', () => {
    const report = aDriftReport();
    const merchant = report.binning.columns['merchant']!;
    assert.ok(merchant.kind === 'category' && Array.isArray(merchant.levels));
    const levels = merchant.levels.map((level) => (level === 'electronics' ? '<script>alert("x")</script>&' : level));
    const binning = { ...report.binning, columns: { ...report.binning.columns, merchant: { ...merchant, levels } } };
    const html = driftReport({ ...report, binning });
    standsAlone(html);
    assert.match(html, /Moved most: &lt;script&gt;alert\(&quot;x&quot;\)&lt;\/script&gt;&amp;/);
  });

  it('says why it abstained, and draws no conclusion', () => {
    const report = aDriftReport({ rows: 120 });
    const html = driftReport(report);
    standsAlone(html);
    assert.match(
      textOf(html),
      /abstained Not enough data to judge drift The window has 120 rows, but a check needs 500/,
    );
    assert.deepEqual(cardsOf(html), ['Score of v3']);
  });

  it('shows what matured labels say of each version', () => {
    const metrics = { rows: 3800, positives: 47, averagePrecision: 0.4127, rocAuc: 0.911, logLoss: null, brier: 0.01 };
    const page = textOf(driftReport(aDriftReport({ verdict: { performance: [{ version: 2, metrics }] } })));
    assert.match(page, /v2 0\.4127 0\.9110 – 0\.0100 3,800 47/);
  });

  it('gives hours of few rows no colour of drift where nothing moved', () => {
    for (const perHour of [1, 3, 10]) {
      const report = aDriftReport();
      const random = createRandom(perHour);
      const quiet = () =>
        Array.from({ length: 192 }, (_, hour) => {
          const groups = Array.from({ length: 11 }, () => 0);
          for (let row = 0; row < perHour; row++) groups[random.integer(10)]!++;
          return { hour: Date.parse(report.verdict.window.to) - (192 - hour) * 3_600_000, groups };
        });
      const names = report.verdict.columns.map(({ column }) => column);
      const of = <Value>(value: () => Value) => Object.fromEntries(names.map((name) => [name, value()]));
      const byHour = { hourly: of(quiet), reference: of(() => [...Array.from({ length: 10 }, () => 500), 0]) };
      const html = driftReport({ ...report, byHour });
      const cells = (heat: number): number => (html.match(new RegExp(`<path class="h${heat}" d="([^"]*)"`))?.[1] ?? '').split('M').slice(1).reduce((sum, run) => sum + (Number(/h(\d+)v/.exec(run)![1]) + 1) / 11, 0); // prettier-ignore
      const all = 48 * (names.length - 1); // without the hour
      assert.equal(cells(0) + cells(1) + cells(2) + cells(3), all);
      assert.ok(cells(0) > 0.97 * all, `${cells(0)} of ${all} at ${perHour} rows an hour`);
    }
  });

  it('leaves out drawings of columns that the profiles do not have', () => {
    const report = aDriftReport();
    const html = driftReport({ ...report, current: { ...report.current, columns: {} } });
    standsAlone(html);
    assert.ok(cardsOf(html).includes('amount'));
  });

  it('says what matters most, how much, and since when, and draws all columns by the hour', () => {
    const html = driftReport(explainedReport());
    assert.match(
      textOf(html),
      /Rows that show it .* Value Time Row Of Request electronics 2026-03-04 08:58 UTC t-17 card-4 r-1 electronics 2026-03-04 08:31 UTC r-2/,
    );
    standsAlone(html);
    isGolden('drift-explained', html);
    const page = textOf(html);
    assert.match(page, /merchant matters most: alone it makes 62 % of what moved columns do to the score\./);
    assert.deepEqual(rowsOf(html).slice(0, 2), ['merchant', 'amount']);
    assert.match(
      page,
      /it alone moves the mean score by \+0\.0121\)\. Since 2026-03-03 20:00 UTC \(18:00 to 21:00\)\./,
    );
    assert.match(page, /Moved most: electronics, 11\.8 % → 28\.2 %; groceries, 34\.4 % → 20\.3 %\./);
    assert.match(page, /Columns by time Each cell is 4 hours/);
  });

  it('marks no change among the hours that was before them', () => {
    const { verdict, ...report } = explainedReport();
    const at = '2026-01-01T00:00:00.000Z';
    const columns = verdict.columns.map(({ explained, ...column }) => (explained?.since ? { ...column, explained: { ...explained, since: { at, from: at, to: at } } } : column)); // prettier-ignore
    const page = driftReport({ ...report, verdict: { ...verdict, columns } as typeof verdict });
    assert.match(page, /; 0 changed in this time/);
    assert.doesNotMatch(page, /stroke="var\(--ink\)" stroke-width="2"/);
  });

  it('says which columns no longer belong together, when rows differ as a whole', () => {
    const pair = { columns: ['amount', 'payments_1h'] as [string, string], reference: 0.41, current: -0.07 };
    const joint = { asOf: '2026-03-04T09:00:00.000Z', auc: 0.68, low: 0.66, high: 0.7, rows: { reference: 2000, current: 1900 }, pair }; // prettier-ignore
    const page = textOf(driftReport(aDriftReport({ moved: false, verdict: { joint } })));
    assert.match(page, /Rows differ from those of the reference: AUC 0\.680 \(0\.660 to 0\.700\)/);
    assert.match(page, /amount and payments_1h are hardly correlated now \(−0\.07; it was 0\.41\)\./);
    const alike = { ...joint, auc: 0.51, low: 0.49, high: 0.53, pair: null };
    const quiet = textOf(driftReport(aDriftReport({ moved: false, verdict: { joint: alike } })));
    assert.match(quiet, /Rows look like those of the reference: AUC 0\.510/);
    const alone = (moved: boolean): string => textOf(driftReport(aDriftReport({ moved, verdict: { joint: { ...joint, pair: null } } }))); // prettier-ignore
    assert.match(alone(false), /1 always can\. No column moved by itself, and no pair of columns explains it\./);
    assert.match(alone(true), /1 always can\. merchant, distance_km and amount moved by themselves\./);
    assert.doesNotMatch(alone(true), /no pair of columns/i);
    const after = (days: number, auc: number): string => {
      const stable = Array.from({ length: days }, () => ({ auc, pair: 0.5 }));
      return textOf(driftReport(aDriftReport({ moved: false, verdict: { joint: { ...joint, stable } } })));
    };
    assert.match(after(3, 0.6), /more than usual is not known yet: it takes 7 stable days, and there are 3\./);
    assert.match(after(9, 0.6), /That is more than on any of 9 stable days before, which came to 0\.600\./);
    assert.match(after(9, 0.7), /Stable days differ as much: the 9 before came to 0\.700\. .*no more than on stable days before/); // prettier-ignore
  });

  it('draws performance and its estimate by day, and says whether a training is asked for and waits', () => {
    const training = { asked: [{ reason: 'drift', detail: 'severe drift in amount' }], cycle: null, waits: { until: '2026-03-06T10:00:00.000Z', why: 'labels of 3 days after the drift have to mature (7 days)' }, spent: 2 } as const; // prettier-ignore
    const report = { ...aDriftReport(), byDay: aMonth(), training: { ...training, asked: [...training.asked] } };
    const html = driftReport(report);
    standsAlone(html);
    assert.match(
      html,
      /aria-label="Average precision by day from 2026-02-01 to 2026-02-28: 20 days with labels, 28 estimated\."/,
    );
    const page = textOf(html);
    assert.match(
      page,
      /A training is asked for: severe drift in amount\. It waits until 2026-03-06 10:00 UTC: labels of 3 days/,
    );
    assert.match(page, /at most 7 a week; the last seven days had 2\./);
    const idle = driftReport({ ...report, training: { asked: [], cycle: null, waits: null, spent: 0 } });
    assert.match(textOf(idle), /No training is asked for/);
  });

  it('stays under 150 kB and 300 ms with 50 columns', () => {
    const columns: PipelineInput['columns'] = {};
    const base = explainedReport();
    const many = structuredClone(base);
    many.verdict.columns = [];
    many.byDay = aMonth();
    for (let i = 0; i < 50; i++) {
      const from = base.verdict.columns[i % base.verdict.columns.length]!;
      const name = `${from.column}_${i}`;
      columns[name] = { kind: 'number' };
      many.binning.columns[name] = base.binning.columns[from.column]!;
      many.reference.columns[name] = base.reference.columns[from.column]!;
      many.current.columns[name] = base.current.columns[from.column]!;
      many.verdict.columns.push({ ...from, column: name });
      const { hourly, reference } = many.byHour!;
      many.byHour = {
        hourly: { ...hourly, [name]: hourly[from.column]! },
        reference: { ...reference, [name]: reference[from.column]! },
      };
    }
    const drift = { warn: 0.15, severe: 0.2 };
    const report = { ...many, pipeline: redactorOf(aPipeline({ columns, drift })).pipeline() };
    driftReport(report);
    const start = process.cpuUsage();
    const html = driftReport(report);
    const { user } = process.cpuUsage(start);
    standsAlone(html);
    assert.equal(rowsOf(html).length, 50);
    assert.equal(cardsOf(html).length, 18 + 1, 'with the score');
    assert.ok(html.length < 150_000, `${html.length} characters`);
    assert.ok(user < 300_000, `${user / 1000} ms`);
  });
});
