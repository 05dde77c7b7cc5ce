import { shortened } from '../../core/base/shortened.ts';
import { type RedactedVerdict } from '../../core/declaration/redaction/redaction.ts';
import { excess, thresholdsOf, type DeclaredThresholds } from '../../core/drift/distances/index.ts';
import { SCORE } from '../../core/data/profiles/binning.ts';
import { alarmedColumns, columnTitle } from '../../core/drift/alarm/words.ts';
import { blindColumns, CANNOT_TELL, headline, isBehind, standingOf } from '../../core/drift/standing.ts';
import { columnsBehind, type ColumnDrift } from '../../core/drift/verdict.ts';
import { decimal, list, moment } from '../../pages/format.ts';
import { html, trusted, type Html } from '../../pages/html.ts';

type Check = Pick<RedactedVerdict, 'asOf' | 'level' | 'abstained' | 'columns' | 'score' | 'alarm'>;

const CELL = 15;
const ROW = 18;
const NAMES = 150;
const HEAD = 16;
const MOST_COLUMNS = 40;
const MOST_LETTERS = 21;

/** How far past its threshold a column is: below half of it, up to it, up to twice, beyond. */
const heatOf = (multiple: number): number => (multiple < 0.5 ? 0 : multiple <= 1 ? 1 : multiple <= 2 ? 2 : 3);
const far = [
  'far below its threshold',
  'near its threshold',
  'past its threshold',
  'at more than twice its threshold',
] as const;

interface Meaning {
  /** The class of the cells. */
  mark: string;
  words: string;
}

/** What the colours of these checks mean. Where the alarm decides, a warm colour is its alone. */
export function heatWords(checks: readonly Pick<Check, 'alarm' | 'abstained'>[]): Meaning[] {
  const judged = checks.filter(({ abstained }) => abstained === null);
  const byShare = judged.some(({ alarm }) => !alarm);
  const byAlarm = judged.some(({ alarm }) => alarm);
  const shares = far.map((words, heat) => ({ mark: `h${heat}`, words }));
  const grey = judged.some(({ alarm }) => blindColumns(alarm).length > 0) ? 'not found unusual' : 'not unusual';
  const greys = far.map((words, heat) => ({ mark: `f${heat}`, words: heat === 0 ? `${grey}: ${words}` : words }));
  const warned = judged.some(({ alarm }) => alarm?.warned);
  const alarms = judged.some(({ alarm }) => alarm && (alarm.raised.length > 0 || alarm.warned))
    ? [
        {
          mark: 'h2',
          words: `unusual: the alarm is raised for it${warned ? ', or it warns where the alarm cannot tell' : ''}`,
        },
        { mark: 'h3', words: `${warned ? 'the same' : 'unusual'}, and at more than twice its threshold` },
      ]
    : [];
  if (!byAlarm) return shares;
  if (!byShare) return [...greys, ...alarms];
  return [
    ...greys,
    {
      mark: 'h2',
      words: `unusual${warned ? ', or it warns where the alarm cannot tell' : ''}; before the alarm could judge: past its threshold`,
    },
    { mark: 'h3', words: 'the same, at more than twice its threshold' },
  ];
}

/** Columns by checks, the latest check at the right and the column that moved most on top. */
export function driftHeatmap(newestFirst: readonly Check[], drift: DeclaredThresholds): Html {
  const checks = [...newestFirst].reverse();
  const latest = newestFirst.find(({ abstained }) => abstained === null);
  const ordered = [...(latest?.columns ?? [])].sort(
    (a, b) => rank(b, latest) - rank(a, latest) || multipleOf(b, drift) - multipleOf(a, drift),
  );
  const hasScore = checks.some(({ alarm }) => alarm && alarmedColumns(alarm).includes(SCORE));
  const names = [...(hasScore ? [SCORE] : []), ...ordered.map(({ column }) => column)].slice(0, MOST_COLUMNS);
  const [width, height] = [checks.length * CELL + 4, HEAD + names.length * ROW + 4];
  const titles = names.map(
    (name, row) =>
      html`<text x="${NAMES - 8}" y="${HEAD + row * ROW + 12}" text-anchor="end"
        >${shortened(columnTitle(name), MOST_LETTERS)}<title>${columnTitle(name)}</title></text
      >`,
  );
  const rows = names.flatMap((name, row) =>
    checks.map((check, i) => cell(check, name, drift, i * CELL, HEAD + row * ROW)),
  );
  const heads = checks.map(
    ({ level, abstained, asOf }, i) =>
      html`<rect
        class="level ${abstained === null ? level : 'abstained'}"
        x="${i * CELL}"
        y="4"
        width="${CELL - 2}"
        height="6"
        ><title>${moment(asOf)}: ${abstained === null ? level : `abstained, ${abstained}`}</title></rect
      >`,
  );
  const words =
    `${names.length} columns over ${checks.length} checks.` +
    (latest ? ` In the latest check: ${headline(latest)}${behindInWords(latest)}.` : '');
  return html`<div class="chart scroll newest" role="img" aria-label="${words}" tabindex="0">
    <div>${svgOf(NAMES, height, titles)}${svgOf(width, height, [...heads, ...rows])}</div>
  </div>`;
}

const svgOf = (width: number, height: number, drawn: Html[]): Html =>
  html`${trusted(`<svg class="heat" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-hidden="true">`)}
  ${drawn}${trusted('</svg>')}`;

const rank = (column: ColumnDrift, check: Check | undefined): number =>
  Number(check !== undefined && isBehind(standingOf(column, check)));

const behindInWords = ({ columns, alarm }: Check): string => {
  const names = columnsBehind({ columns, ...(alarm && { alarm }) }).map(columnTitle);
  return names.length === 0 ? '' : ` (${list(names)})`;
};

const multipleOf = ({ column, distances }: ColumnDrift, drift: DeclaredThresholds): number =>
  excess(distances, thresholdsOf(drift, column));

function cell(check: Check, name: string, drift: DeclaredThresholds, x: number, y: number): Html {
  const column = name === SCORE ? check.score : check.columns.find((each) => each.column === name);
  const multiple = column ? multipleOf(column, drift) : 0;
  const known = column && check.abstained === null ? column : null;
  const standing = known && standingOf(known, check);
  const behind = standing === 'unusual' || standing === 'warned';
  const cannotTell = standing === 'warned' || standing === 'unknown';
  const said =
    known === null
      ? 'not checked'
      : `${standing === 'unusual' ? 'unusual, ' : ''}${decimal(multiple, 2)} times its threshold${known.votes || behind ? '' : ' (has no vote)'}${cannotTell ? `; ${CANNOT_TELL}` : ''}`;
  return html`<rect
    class="${known ? markOf(multiple, check, behind) : 'hnone'}"
    x="${x}"
    y="${y}"
    width="${CELL - 2}"
    height="${ROW - 3}"
    ><title>${columnTitle(name)}, ${moment(check.asOf)}: ${said}</title></rect
  >`;
}

function markOf(multiple: number, { alarm }: Check, behind: boolean): string {
  if (behind) return multiple > 2 ? 'h3' : 'h2';
  return `${alarm ? 'f' : 'h'}${heatOf(multiple)}`;
}
