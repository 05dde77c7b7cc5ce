import { type Alarm } from '../../core/drift/alarm/alarm.ts';
import { rateInWords } from '../../core/drift/alarm/rate.ts';
import { columnTitle } from '../../core/drift/alarm/words.ts';
import { type DriftReport } from '../../core/drift/drift-report.ts';
import { byImportance } from '../../core/drift/explaining/explained.ts';
import { insteadInWords } from '../../core/drift/reference/choose.ts';
import { titleOf } from '../../core/drift/reference/kinds/index.ts';
import {
  blindColumns,
  cannotTell,
  farFrom,
  firstUnstable,
  headline,
  sinceOfUnusual,
  standingOf,
  unusualColumns,
  type Standing,
} from '../../core/drift/standing.ts';
import { suspects, warnedColumns, type Level } from '../../core/drift/verdict.ts';
import { type RedactedPipeline, type RedactedVerdict } from '../../core/declaration/redaction/redaction.ts';
import { versionName } from '../../core/base/ids.ts';
import { id, period, type Badge, type Fact } from '../../pages/elements.ts';
import { counted, day, list, moment, percent } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { levelMeter } from '../drawing/meters.ts';
import { culpritInWords } from './explained.ts';
import { type Page } from '../page.ts';

const badges: Record<Level, Badge> = {
  stable: { tone: 'good', text: 'stable' },
  drifting: { tone: 'warn', text: 'drifting' },
  severe: { tone: 'bad', text: 'severe drift' },
};

const MOST_NAMED = 8;
const WARNS = 'So the distance warns in its place, and asks for no model. Nothing else is found unusual.';

/** What the page says first. */
export function topOf({
  verdict,
  pipeline,
  byHand,
}: DriftReport): Pick<Page, 'badge' | 'heading' | 'lead' | 'figure' | 'facts'> {
  const facts = byHand ? comparedFacts(verdict, byHand) : factsOf(verdict, pipeline);
  if (verdict.abstained !== null)
    return {
      badge: { tone: 'plain', text: 'abstained' },
      heading: 'Not enough data to judge drift',
      lead: `${verdict.abstained.replace(/[.\s]*$/, '.')} The level stays stable until there is enough data; the numbers below decided nothing.`,
      facts,
    };
  return {
    badge: badges[verdict.level],
    heading: headline(verdict),
    ...(verdict.alarm ? byAlarm(verdict, verdict.alarm, pipeline) : byShare(verdict, pipeline)),
    facts,
  };
}

/** Where the alarm decides: what is unusual, and that far columns alone are no drift. */
function byAlarm(verdict: RedactedVerdict, alarm: Alarm, pipeline: RedactedPipeline): Pick<Page, 'lead' | 'figure'> {
  const { raised, rate } = alarm;
  const its = (standing: Standing): string[] =>
    verdict.columns
      .filter((column) => column.votes && standingOf(column, verdict) === standing)
      .sort(byImportance(pipeline.drift))
      .map(({ column }) => column);
  const listed = (names: readonly string[]): string => list(names, MOST_NAMED);
  const farColumns = its('far');
  const farInWords =
    farColumns.length === 0 ? '' : `${listed(farColumns)} ${farColumns.length === 1 ? 'lies' : 'lie'} ${farFrom(verdict)}`; // prettier-ignore
  const unknown = cannotTell(verdict, { warned: its('warned'), unknown: its('unknown') }, listed);
  const notKnown = unknown === '' ? '' : `${unknown}: it would find no large change there.`;
  if (raised.length === 0)
    return {
      lead: [
        ...(warnedColumns(verdict).length > 0
          ? [notKnown, WARNS]
          : [
              `Nothing is${blindColumns(alarm).length === 0 ? '' : ' found'} unusual for this pipeline, by the hour or by the week.`,
              notKnown,
            ]),
        farInWords === '' ? '' : `${farInWords}; that alone is no drift.`,
      ]
        .filter(Boolean)
        .join(' '),
      figure: meterOf(verdict, pipeline),
    };
  return {
    lead: `Unusual for this pipeline, which by chance happens at most ${rateInWords(rate)}:`,
    figure: html`<ul class="told">
        ${unusualColumns(verdict).map(
          (unusual) =>
            html`<li>
              <b>${columnTitle(unusual.column)}</b> ${sinceOfUnusual(unusual, moment)}; alarm raised at
              ${moment(unusual.raisedAt)}
            </li>`,
        )}
      </ul>
      <p class="lead">
        ${culpritOf(verdict, pipeline)}
        ${farInWords === '' ? '' : `${farInWords}, too, which the alarm does not find unusual.`} ${notKnown}
      </p>
      ${meterOf(verdict, pipeline)}`,
  };
}

/** Where the share of drifted columns decides. */
function byShare(verdict: RedactedVerdict, pipeline: RedactedPipeline): Pick<Page, 'lead' | 'figure'> {
  const { unsure, level, share } = verdict;
  const drifted = verdict.columns.filter((column) => column.drifted).map(({ column }) => column);
  const { warn, severe } = pipeline.drift;
  const held =
    level === 'severe'
      ? `at or over the ${percent(severe, 0)} that ${pipeline.name} calls severe`
      : level === 'drifting'
        ? `at or over the ${percent(warn, 0)} that ${pipeline.name} calls drifting, and below the ${percent(severe, 0)} it calls severe`
        : `below the ${percent(warn, 0)} that ${pipeline.name} calls drifting`;
  const sentences = [
    unsure === undefined
      ? ''
      : `The alarm cannot judge this pipeline yet: ${unsure}. Until it can, the share of drifted columns warns in its place.`,
    drifted.length === 0 ? '' : `${list(drifted, MOST_NAMED)} moved.`,
    culpritOf(verdict, pipeline),
    `By weight, ${percent(share)} of the voting columns drifted${unsure === undefined ? `, ${held}` : ''}.`,
  ];
  return { lead: sentences.filter(Boolean).join(' '), figure: meterOf(verdict, pipeline) };
}

const culpritOf = (verdict: RedactedVerdict, { drift }: RedactedPipeline): string =>
  culpritInWords(suspects(verdict).toSorted(byImportance(drift)));

/** The share of the columns that are past their thresholds; with an alarm it only tells how severe that is. */
function meterOf(verdict: RedactedVerdict, { drift }: RedactedPipeline): Html {
  const { share, level, alarm } = verdict;
  if (verdict.columns.every(({ votes }) => !votes)) return nothing;
  const says = alarm
    ? `By weight, ${percent(share)} of the voting columns lie ${farFrom(verdict)}. That decides only how severe an alarm is` +
      `${alarm.raised.length === 0 ? ', and none is raised' : ''}.`
    : null;
  const words = `${percent(share)} of the voting columns ${alarm ? `lie ${farFrom(verdict)}` : 'drifted'} by weight; ${alarm ? 'an alarm is severe' : `drifting from ${percent(drift.warn, 0)}, severe`} from ${percent(drift.severe, 0)}.`;
  return html`<div class="meter${level === 'stable' ? '' : ' drifted'}">
    ${says === null ? nothing : html`<p class="small">${says}</p>`}
    ${levelMeter(share, alarm ? { severe: drift.severe } : drift, words, alarm ? 'an alarm is severe' : 'severe')}
  </div>`;
}

function factsOf(verdict: RedactedVerdict, { drift }: RedactedPipeline): Fact[] {
  return [
    {
      name: 'Window',
      value: period(verdict.window.from, verdict.window.to),
      detail: counted(verdict.rows.current, 'row'),
    },
    referenceFact(verdict),
    {
      name: 'Champion',
      value: versionName(verdict.version),
      detail: drift.of === 'data' ? 'scored the rows of the source' : 'served in the window',
    },
    verdict.alarm
      ? alarmFact(verdict.alarm)
      : {
          name: 'Drifted share',
          value: percent(verdict.share),
          detail: `drifting from ${percent(drift.warn, 0)}, severe from ${percent(drift.severe, 0)}`,
        },
    ...(verdict.since === null
      ? []
      : [{ name: 'Not stable since', value: moment(verdict.since), detail: firstUnstable(verdict) }]),
    { name: 'Verdict', value: id(verdict.id), detail: day(verdict.asOf) },
  ];
}

function referenceFact({ reference, version, rows, hours }: RedactedVerdict): Fact {
  const isDeclared = reference && reference.kind !== 'holdout';
  return {
    name: 'Reference',
    value: reference ? titleOf(reference) : `Holdout of ${versionName(version)}`,
    detail: [
      `${counted(rows.reference, 'row')}${hours ? ` of ${hoursInWords(hours)}` : ''}`,
      ...(isDeclared ? [`${day(reference.from)} to ${day(reference.to)}`] : []),
      ...(reference ? insteadInWords(reference) : []),
    ].join('; '),
  };
}

function alarmFact({ raised, rate }: Alarm): Fact {
  const first = raised.map(({ raisedAt }) => raisedAt).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))[0];
  return {
    name: 'Alarm',
    value: first === undefined ? 'none' : `raised at ${moment(first)}`,
    detail: `by chance at most ${rateInWords(rate)}`,
  };
}

/** Of a comparison by hand. */
const comparedFacts = ({ rows }: RedactedVerdict, { from, against }: NonNullable<DriftReport['byHand']>): Fact[] => [
  { name: 'Compared', value: from, detail: counted(rows.current, 'row') },
  { name: 'Against', value: against, detail: counted(rows.reference, 'row') },
];

/** Consecutive hours of a day: hoursInWords([22, 23, 0]) // => '22:00 to 01:00 UTC' */
function hoursInWords(hours: number[]): string {
  const clock = (hour: number): string => `${String(hour % 24).padStart(2, '0')}:00`;
  return `${clock(hours[0]!)} to ${clock(hours.at(-1)! + 1)} UTC`;
}
