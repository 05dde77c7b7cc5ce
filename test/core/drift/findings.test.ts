import { type ColumnAlarm } from '../../../core/drift/alarm/alarm.ts';
import { type AlertKind } from '../../../core/alerts/alerts.ts';
import { driftAlert } from '../../../core/alerts/rules/drift-alert.ts';
import { toldBeside } from '../../../core/alerts/rules/load-alerts.ts';
import { causeOf } from '../../../core/alerts/causes.ts';
import { performanceAlert, qualityAlert } from '../../../core/alerts/rules/performance-alerts.ts';
import { skewAlert, stalenessAlert } from '../../../core/alerts/rules/trouble-alerts.ts';
import { findingsBeside, findingsOf as findings } from '../../../core/drift/findings/index.ts';
import { type Checked } from '../../../core/drift/findings/finding.ts';
import { levelWithoutBroken } from '../../../core/drift/findings/inputs.ts';
import { type ColumnDrift, type Verdict } from '../../../core/drift/verdict.ts';
import { figuresOf } from '../../../core/alerts/figures.ts';
import { SCORE } from '../../../core/data/profiles/binning.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { aPipeline } from './drifting.ts';
import { anAlert } from '../../console/fakes.ts';
import assert from 'node:assert/strict';

const HOUR = '2026-03-01T00:00:00.000Z';
const column = (name: string, drifted: boolean, nulls = 0): ColumnDrift => ({
  column: name,
  kind: 'number',
  distances: {},
  nullShare: { reference: 0.01, current: 0.01 + nulls },
  mean: null,
  drifted,
  votes: true,
  weight: 1,
});
const { drift } = aPipeline({ a: { kind: 'number' } }, { warn: 0.1, severe: 0.2 });
const findingsOf = (checked: Checked) => findings(checked, drift);
const verdict = (columns: ColumnDrift[], changes: Partial<Checked> = {}): Checked => ({
  columns,
  level: 'severe',
  score: null,
  abstained: null,
  ...changes,
});
const steady = ['c', 'd', 'e', 'f', 'g'].map((name) => column(name, false));

describe('what kind of change a verdict found', () => {
  it('tells a column that is no longer filled from inputs that moved', () => {
    const found = findingsOf(verdict([column('amount', true), column('age', true, 0.5), ...steady]));
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['quality', 'inputs'],
    );
    assert.equal(found[0]!.says, 'age is missing in 51 % of the rows, in the reference in 1 %.');
    assert.match(found[0]!.follows, /A model is not trained for it/);
  });

  it('asks for no model where drift is severe by such columns alone', () => {
    const broken = [column('a', true, 0.5), column('b', true, 0.9)];
    assert.equal(levelWithoutBroken(verdict([...broken, ...steady]), drift), 'stable');
    const moved = [column('m', true), column('n', true)];
    assert.equal(levelWithoutBroken(verdict([...broken, ...moved, ...steady]), drift), 'severe');
    assert.equal(levelWithoutBroken(verdict([...moved, ...steady]), drift), 'severe');
    assert.equal(levelWithoutBroken(verdict([...moved, ...steady], { level: 'drifting' }), drift), 'drifting');
  });

  const alarmed = (column: string, of: 'nulls' | 'location' = 'nulls') =>
    ({ column, of, direction: 'higher', since: HOUR, raisedAt: HOUR }) as const;

  it('tells nulls that only the alarm found, which page by themselves and ask for no model', () => {
    const burst = verdict([column('age', false, 0.12), ...steady], {
      level: 'drifting',
      alarm: { rate: '1 a year', raised: [alarmed('age')] },
    });
    assert.deepEqual(
      findingsOf(burst).map(({ kind, says }) => [kind, says]),
      [['quality', 'age is missing in 13 % of the rows, in the reference in 1 %, more often than usual since about 2026-03-01T00:00Z.']], // prettier-ignore
    );
    const told = { ...burst, pipeline: 'fraud', asOf: HOUR, window: { from: HOUR, to: HOUR }, id: 'v' } as Verdict;
    assert.equal(qualityAlert(told)?.severity, 'warning');
    assert.match(
      qualityAlert(told)!.detail,
      /\nNumbers of the source that are NaN or infinite count as missing, too\.\n/,
    );
    const levels = told.columns.map((each) => ({ ...each, kind: 'category' as const }));
    assert.doesNotMatch(qualityAlert({ ...told, columns: levels })!.detail, /infinite/);
    assert.equal(driftAlert(told, drift), null);
  });

  it('tells nulls no more once the window is filled as the reference is, though the alarm holds their hours', () => {
    const rows = { current: 1500, reference: 1500 };
    const alarm = { rate: '1 a year', raised: [alarmed('age'), alarmed(SCORE, 'location')] };
    const checked = (age: ColumnDrift, raised: ColumnAlarm[] = alarm.raised) =>
      ({ ...verdict([age, ...steady], { level: 'drifting', alarm: { ...alarm, raised }, rows }), pipeline: 'fraud', asOf: HOUR, window: { from: HOUR, to: HOUR }, id: 'v', performance: [], since: null, version: 1 }) as unknown as Verdict; // prettier-ignore
    const filled = checked(column('age', false));
    assert.deepEqual([qualityAlert(filled), driftAlert(filled, drift)], [null, null]);
    assert.equal(levelWithoutBroken(filled, drift), 'stable');
    assert.deepEqual(findingsOf(filled).map(({ kind, says, follows }) => [kind, says, follows]), [['quality', 'age was missing more often than usual since about 2026-03-01T00:00Z, and is filled again: it is missing in 1 % of the rows, in the reference in 1 %.', 'It informs only. The alarm ends once the hours before are past.']]); // prettier-ignore
    const isBroken = (nullShare: ColumnDrift['nullShare']): boolean =>
      qualityAlert(checked({ ...column('age', false), nullShare })) !== null;
    assert.equal(isBroken({ reference: 0.01, current: 0.015 }), false, 'by chance');
    assert.equal(isBroken({ reference: 0.01, current: 0.03 }), true);
    assert.equal(isBroken({ reference: 0, current: 0.005 }), true);
    assert.equal(isBroken({ reference: 1, current: 0.15 }), true, 'such a reference tells nothing of what is usual');
    assert.equal(isBroken({ reference: 1, current: 0 }), false);
    const began = { ...alarmed('age'), since: '2026-03-01T05:00:00.000Z' };
    assert.match(qualityAlert(checked(column('age', false, 0.005), [began]))!.detail, /1\.5 %.* since about 2026-03-01T05:00Z/); // prettier-ignore
    const other = checked(column('age', false), [alarmed('age'), alarmed('age', 'location')]);
    assert.match(driftAlert(other, drift)!.summary, /drift in age/);
  });

  it('still asks for a model where another column is alarmed and far off beside such a column', () => {
    const far = { ...column('amount', true), distances: { psi: { value: 3, samplingError: 0, p: null } } };
    const both = { rate: '1 a year', raised: [alarmed('age'), alarmed('amount', 'location')] };
    const found = verdict([far, column('age', true, 0.5), ...steady, ...steady], { alarm: both });
    assert.equal(levelWithoutBroken(found, drift), 'severe');
    const alone = { rate: '1 a year', raised: [alarmed('age')] };
    assert.equal(levelWithoutBroken({ ...found, alarm: alone }, drift), 'stable');
  });

  it('tells scores that are unusual for their version, and that no column shows why', () => {
    const raised = { ...alarmed(SCORE, 'location'), of: 'spread' } as const;
    const score = {
      ...column(SCORE, true),
      votes: false,
      distances: { psi: { value: 0.5, samplingError: 0, p: null } },
    };
    const alone = verdict([column('amount', false), ...steady], {
      level: 'severe',
      score,
      alarm: { rate: '1 a year', raised: [raised] },
    });
    assert.deepEqual(
      findingsOf(alone).map(({ kind, says }) => [kind, says]),
      [['unusualScores', "The model's score has varied more than usual, and no column by itself shows why."]],
    );
    const rows = { current: 900, reference: 3000 };
    const told = {
      ...alone,
      pipeline: 'fraud',
      asOf: HOUR,
      window: { from: HOUR, to: HOUR },
      id: 'v',
      rows,
      performance: [],
      since: null,
      version: 1,
    } as unknown as Verdict;
    const alert = driftAlert(told, drift)!;
    assert.deepEqual([alert.severity, alert.summary], ['critical', 'fraud: severe drift in the score']);
    assert.match(
      alert.detail,
      /\n  the score has varied more than usual since about 2026-03-01T00:00Z, alarm raised at .*Z: PSI 0\.50 \(limit 0\.2\)/,
    );
    const [figure] = figuresOf(told, {
      drift,
      gates: { metric: 'rocAuc', margin: 0 },
    } as Pipeline);
    assert.equal(figure!.caption, 'The score is unusual, no column is');
    assert.equal(figure!.rows[0]![0], 'the score');

    const broken = { rate: '1 a year', raised: [raised, alarmed('age')] };
    const withNulls = verdict([column('age', true, 0.5), ...steady], { score, alarm: broken });
    assert.equal(levelWithoutBroken(withNulls, drift), 'stable', 'scores follow what is no longer filled');
    assert.deepEqual(
      findingsOf(withNulls).map(({ kind }) => kind),
      ['quality'],
    );
  });

  it('says what is not known, and what judges until it is', () => {
    const unsure = 'it is too early to tell what is usual: rows of 30 hours are known, and 48 are needed';
    const [found, ...others] = findingsOf(verdict(steady, { level: 'stable', unsure }));
    assert.deepEqual([found!.kind, others], ['unsure', []]);
    assert.match(
      found!.says,
      /cannot judge this pipeline yet: it is too early to tell what is usual: rows of 30 hours are known/,
    );
    assert.match(found!.follows, /the share of drifted columns warns in its place, and asks for no model/);
    const moved = [column('m', true), column('n', true), column('a', true, 0.5), ...steady];
    assert.equal(levelWithoutBroken(verdict(moved, { level: 'drifting', unsure }), drift), 'drifting');
  });

  it('names the columns that are far, and that the alarm is blind for', () => {
    const finds = ['m', 'c'].map((name) => ({ column: name, of: 'number' as const, least: null }));
    const columns = [column('m', true), column('n', true), ...steady];
    const told = verdict(columns, { level: 'stable', alarm: { rate: '1 a year', raised: [], finds } });
    const [found, ...others] = findingsOf(told);
    assert.deepEqual([found!.kind, others], ['unsure', []]);
    assert.match(found!.says, /^m lies far from the holdout, and the alarm cannot tell whether that is usual: /);
    const figures = figuresOf(
      { ...told, performance: [] } as unknown as Verdict,
      { drift, gates: { metric: 'rocAuc', margin: 0 } } as Pipeline,
    );
    assert.deepEqual(figures[0]!.rows.map(([name]) => name), ['m (far from the holdout; the alarm cannot tell)', 'n']); // prettier-ignore
    const { finds: _, ...earlier } = told.alarm!;
    assert.deepEqual(findingsOf({ ...told, alarm: earlier }), [], 'verdicts of earlier releases say nothing of it');
  });

  it('tells values that the declaration does not allow', () => {
    const outside = { ...column('country', true), outside: { reference: 0, current: 0.3 } };
    assert.equal(
      findingsOf(verdict([outside, ...steady]))[0]?.says,
      'country has values that are not as declared in 30 % of the rows, in the reference in 0 %.',
    );
  });

  it('tells data that is older than its schedule says, also in a check that abstained', () => {
    const stale = { asOf: '2026-03-07T02:00:00.000Z', due: '2026-03-08T02:00:00.000Z' };
    const [found] = findingsOf(verdict([], { level: 'stable', abstained: 'too few', stale }));
    assert.equal(found?.kind, 'staleness');
    assert.equal(
      found.says,
      'The newest published data is from 2026-03-07T02:00Z; newer data was due at 2026-03-08T02:00Z.',
    );
    const told = { pipeline: 'fraud', asOf: HOUR, id: 'v' } as Verdict;
    assert.equal(stalenessAlert({ ...told, stale })?.severity, 'warning');
    assert.equal(stalenessAlert(told), null);
  });

  it('tells columns that the same rows have unlike in requests and in the source', () => {
    const found = (rows: number, share: number) => ({ snapshot: 's', rows, unequal: [{ column: 'amount', share }] });
    const of = (skew: NonNullable<Checked['skew']>) =>
      findingsOf(verdict(steady, { level: 'stable', skew })).map(({ says }) => says);
    assert.deepEqual(of(found(800, 0.31)), [
      'The same rows, as they were served and as the source has them: amount is unequal in 31 % of 800 rows.',
    ]);
    for (const skew of [found(800, 0.012), found(20, 1), found(0, 0)]) assert.deepEqual(of(skew), []);
    const told = { pipeline: 'fraud', asOf: HOUR, id: 'v', skew: found(800, 0.31) } as Verdict;
    assert.equal(skewAlert(told)?.summary, 'fraud: requests and the source differ in amount');
  });

  it('tells of slow and failed answers, which servers told of, and trains nothing for it', () => {
    const [from, to] = [HOUR, '2026-03-01T00:40:00.000Z'];
    const slow = { kind: 'latency', says: 'server one answers slowly', from, to: null } as const;
    const answers = [slow, { ...slow, says: 'server two answers slowly', to }, { ...slow, kind: 'errors' as const }];
    const found = findingsOf(verdict(steady, { level: 'stable', answers }));
    assert.deepEqual(found.map(({ kind, says }) => [kind, says]), [
      ['errors', 'Server one answers slowly, since 2026-03-01T00:00Z.'],
      ['latency', 'Server one answers slowly, since 2026-03-01T00:00Z; server two answers slowly, from 2026-03-01T00:00Z to 2026-03-01T00:40Z.'],
    ]); // prettier-ignore
    for (const { follows } of found) assert.match(follows, /^It alerts\. No model is trained for it/);
    const gone = { kind: 'schema', says: 'payments has no column amount', from, to: null } as const;
    const [schema, ...others] = findingsOf(verdict(steady, { level: 'stable', answers: [gone] }));
    assert.deepEqual([schema!.title, schema!.says, others], ['Schema', 'Payments has no column amount, since 2026-03-01T00:00Z.', []]); // prettier-ignore
    assert.match(schema!.follows, /none is trained for it/);
  });

  it('reads what servers told of answers since the check before', () => {
    const told = (kind: AlertKind, openedAt: string, resolvedAt: string | null) =>
      anAlert({ kind, summary: 'fraud: slow', openedAt, resolvedAt });
    const at = (hour: number): string => `2026-03-01T0${hour}:00:00.000Z`;
    const alerts = [
      told('latency', at(1), null),
      told('drift', at(1), null),
      told('errors', at(1), at(2)),
      told('errors', at(2), at(5)),
      told('latency', at(5), null),
    ];
    assert.deepEqual(toldBeside(alerts, at(2), at(4)), [
      { kind: 'latency', says: 'slow', from: at(1), to: null },
      { kind: 'errors', says: 'slow', from: at(2), to: null },
    ]);
  });

  it('names labels and scores that moved, which only inform', () => {
    const shift = { live: 0.08, holdout: 0.05, estimate: 0.03, low: 0.01, high: 0.05, bearable: 0.01 };
    const concept = { decayed: false, positives: shift } as NonNullable<Verdict['concept']>;
    const found = findingsOf(verdict(steady, { level: 'stable', score: column('_score', true), concept }));
    assert.deepEqual(
      found.map(({ kind, follows }) => [kind, follows]),
      [
        ['scores', 'It informs only.'],
        ['labels', 'It informs only.'],
      ],
    );
    assert.equal(found[1]!.says, 'The share of positives was 5 % on the holdout and is 8 % now.');
    const says = (of: Partial<NonNullable<Verdict['concept']>>) =>
      findingsOf(verdict(steady, { level: 'stable', concept: { decayed: false, ...of } as typeof concept }))[0]?.says;
    const mean = { ...shift, holdout: 12.345, live: 14 };
    assert.equal(says({ mean }), 'The mean label was 12.3 on the holdout and is 14 now.');
    assert.equal(says({ mean: { ...mean, low: -1 } }), undefined);
    assert.equal(
      says({ classes: [{ name: 'high', ...shift }, { name: 'low', ...shift, holdout: 0.5, live: 0.4 }] }), // prettier-ignore
      'The share of high was 5 % on the holdout and is 8 % now. The share of low was 50 % on the holdout and is 40 % now.',
    );
  });

  it('blames a fall of performance on columns that are not filled, and asks for no model meanwhile', () => {
    const shift = { live: 0.6, holdout: 0.2, estimate: 0.4, low: 0.3, high: 0.5, bearable: 0.02 };
    const loss = { live: 0.6, promised: 0.2, holdout: 0.2 };
    const concept = { kind: 'binary', decayed: true, rows: 9, days: 3, loss, excess: shift, bias: shift, from: HOUR, to: HOUR } as NonNullable<Verdict['concept']>; // prettier-ignore
    const nulls = { rate: '1 a year', raised: [alarmed('age')] };
    const broken = { ...verdict([column('age', false, 0.12), ...steady], { level: 'drifting', alarm: nulls, concept }), pipeline: 'fraud', asOf: HOUR, window: { from: HOUR, to: HOUR }, id: 'v', version: 3, performance: [] } as unknown as Verdict; // prettier-ignore
    assert.match(findingsOf(broken).find(({ kind }) => kind === 'concept')!.follows, /No model is asked for while/);
    const [quality, fall] = [qualityAlert(broken)!, performanceAlert(broken)!];
    assert.match(fall.detail, /asks for no new model until they are/);
    assert.equal(causeOf(fall, [{ ...quality, id: 'q' }])?.id, 'q');
    const lately = { ...broken, columns: [column('age', false), ...steady] };
    assert.match(findingsOf(lately).find(({ kind }) => kind === 'concept')!.follows, /while the alarm holds hours/);
    assert.match(performanceAlert(lately)!.detail, /asks for no new model yet/);
    const filled = { ...broken, columns: steady, alarm: { ...nulls, raised: [] } };
    const follows = (leadsTo?: Verdict['leadsTo']) =>
      findingsOf({ ...filled, ...(leadsTo && { leadsTo }) })[0]!.follows;
    assert.equal(follows(), 'It alerts, and asks for a model unless one was trained after it.');
    assert.equal(follows({ decay: 'asks' }), 'It alerts, and asks for a model.');
    assert.match(follows({ decay: 'trained' }), /No other model is asked for/);
    assert.match(performanceAlert({ ...filled, leadsTo: { decay: 'trained' } })!.detail, /asks for no other model/);
  });

  it('tells rows that differ as a whole, and columns that no longer belong together, which only inform', () => {
    const pair = { columns: ['amount', 'age'] as [string, string], reference: 0.41, current: -0.07 };
    const joint = { asOf: HOUR, auc: 0.68, low: 0.66, high: 0.7, rows: { reference: 2000, current: 1900 }, pair };
    const found = (changes: Partial<Checked>) =>
      findingsBeside(verdict(steady, { level: 'stable', joint, ...changes })).map(({ title, says }) => [title, says]);
    assert.deepEqual(found({}), [
      [
        'Rows as a whole',
        'Rows differ from those of the reference by all columns together, which no single column shows: trees tell them apart with AUC 0.68 (0.66 to 0.70; 0.5 is by chance).',
      ],
      ['Correlation', 'amount and age are hardly correlated now (\u22120.07; it was 0.41).'],
    ]);
    assert.doesNotMatch(found({ columns: [column('amount', true), ...steady] })[0]![1]!, /no single column/);
    assert.deepEqual(found({ joint: { ...joint, low: 0.5, pair: null } }), []);
    assert.deepEqual(found({ abstained: 'too few' }), []);
    const stable = (auc: number, pair: number, days = 7) => ({ joint: { ...joint, stable: Array.from({ length: days }, () => ({ auc, pair })) } }); // prettier-ignore
    assert.deepEqual(found(stable(0.6, 0.2, 6)), [], 'what is usual is not known yet');
    assert.deepEqual(found(stable(0.7, 0.5)), [], 'stable days differ as much');
    assert.match(found(stable(0.6, 0.5)).join(), /^Rows as a whole.*, and no stable day before came to it\)\.$/);
    assert.deepEqual(found(stable(0.7, 0.4)).map(([title]) => title), ['Correlation']); // prettier-ignore
    assert.ok(findingsOf(verdict(steady, { level: 'stable', joint })).every(({ follows }) => follows === 'It informs only.')); // prettier-ignore
  });

  it('finds nothing in a check that abstained', () => {
    assert.deepEqual(findingsOf(verdict([column('age', true, 0.5)], { abstained: 'too few', level: 'stable' })), []);
  });
});
