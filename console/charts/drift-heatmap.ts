import { shortened } from '../../core/base/shortened.ts';
import { type RedactedVerdict } from '../../core/declaration/redaction/redaction.ts';
import { excess, thresholdsOf, type DeclaredThresholds } from '../../core/drift/distances/index.ts';
import { type ColumnDrift } from '../../core/drift/verdict.ts';
import { decimal, list, moment } from '../../pages/format.ts';
import { html, trusted, type Html } from '../../pages/html.ts';

type Check = Pick<RedactedVerdict, 'asOf' | 'level' | 'abstained' | 'columns'>;

const CELL = 15;
const ROW = 18;
const NAMES = 150;
const HEAD = 16;
const MOST_COLUMNS = 40;
const MOST_LETTERS = 21;

/** How far past its threshold a column is: below half of it, up to it, up to twice, beyond. */
const heatOf = (multiple: number): number => (multiple < 0.5 ? 0 : multiple <= 1 ? 1 : multiple <= 2 ? 2 : 3);
export const heatWords = [
  'far below its threshold',
  'near its threshold',
  'past its threshold',
  'at more than twice its threshold',
];

/** Columns by checks, the latest check at the right and the column that moved most on top. */
export function driftHeatmap(newestFirst: readonly Check[], drift: DeclaredThresholds): Html {
  const checks = [...newestFirst].reverse();
  const latest = newestFirst.find(({ abstained }) => abstained === null);
  const ordered = [...(latest?.columns ?? [])].sort((a, b) => multipleOf(b, drift) - multipleOf(a, drift));
  const names = ordered.slice(0, MOST_COLUMNS).map(({ column }) => column);
  const [width, height] = [NAMES + checks.length * CELL + 4, HEAD + names.length * ROW + 4];
  const rows = names.map((name, row) => {
    const y = HEAD + row * ROW;
    return html`<text x="${NAMES - 8}" y="${y + 12}" text-anchor="end"
        >${shortened(name, MOST_LETTERS)}<title>${name}</title></text
      >
      ${checks.map((check, i) => cell(check, name, drift, NAMES + i * CELL, y))}`;
  });
  const heads = checks.map(
    ({ level, abstained, asOf }, i) =>
      html`<rect
        class="level ${abstained === null ? level : 'abstained'}"
        x="${NAMES + i * CELL}"
        y="4"
        width="${CELL - 2}"
        height="6"
        ><title>${moment(asOf)}: ${abstained === null ? level : `abstained, ${abstained}`}</title></rect
      >`,
  );
  const drifted = ordered.filter((column) => column.drifted).map(({ column }) => column);
  const words =
    `${names.length} columns over ${checks.length} checks. ` +
    (drifted.length > 0 ? `Drifted in the latest check: ${list(drifted)}.` : 'None drifted in the latest check.');
  return html`<div class="chart scroll" role="img" aria-label="${words}" tabindex="0">
    ${trusted(`<svg class="heat" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-hidden="true">`)}
    ${heads}${rows}${trusted('</svg>')}
  </div>`;
}

const multipleOf = ({ column, distances }: ColumnDrift, drift: DeclaredThresholds): number =>
  excess(distances, thresholdsOf(drift, column));

function cell(check: Check, name: string, drift: DeclaredThresholds, x: number, y: number): Html {
  const column = check.columns.find((each) => each.column === name);
  const multiple = column ? multipleOf(column, drift) : 0;
  const heat = column === undefined || check.abstained !== null ? 'none' : String(heatOf(multiple));
  const said =
    heat === 'none'
      ? 'not checked'
      : `${decimal(multiple, 2)} times its threshold${column!.votes ? '' : ' (has no vote)'}`;
  return html`<rect class="h${heat}" x="${x}" y="${y}" width="${CELL - 2}" height="${ROW - 3}"
    ><title>${name}, ${moment(check.asOf)}: ${said}</title></rect
  >`;
}
