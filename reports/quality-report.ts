import { limitsOf } from '../core/columns/index.ts';
import { own } from '../core/base/own.ts';
import { placeInWords } from '../core/sources/source.ts';
import {
  type RedactedExamples,
  type RedactedPipeline,
  type RedactedSnapshot,
  type RedactedSummary,
} from '../core/declaration/redaction/redaction.ts';
import { shown } from '../core/base/errors/shown.ts';
import type { Instant } from '../core/time/time.ts';
import { count, counted, list, moment, percent, quantity } from '../pages/format.ts';
import { html, nothing, trusted, type Html } from '../pages/html.ts';
import { badge, id, period, type Badge, type Fact } from '../pages/elements.ts';
import { table } from '../pages/table.ts';
import { page } from './page.ts';

export interface QualityReport {
  snapshot: RedactedSnapshot;
  summary: RedactedSummary;
  /** Examples of unexpected values. */
  examples: RedactedExamples;
  pipeline: RedactedPipeline;
  /** Columns that the source has since the last published snapshot, and that the declaration does not read. */
  unread: readonly string[];
  /** How many rows the source has that are in no snapshot: those without a time, and those from before the history (null: not counted). */
  leftOut: { withoutTime: number; older: number | null; from: Instant };
}

type ColumnSummary = RedactedSummary['columns'][number];
type Expectation = RedactedSnapshot['expectations'][number];
type Example = RedactedExamples[number];
type Column = RedactedPipeline['columns'][string];

const badges: Record<RedactedSnapshot['status'], Badge> = {
  published: { tone: 'good', text: 'published' },
  quarantined: { tone: 'bad', text: 'quarantined' },
  assembled: { tone: 'plain', text: 'not judged yet' },
};

/** A snapshot's data as a page: which expectations it met, and what every column holds. */
export function qualityReport({ snapshot, summary, examples, pipeline, unread, leftOut }: QualityReport): string {
  const failed = snapshot.expectations.filter((expectation) => !expectation.passed);
  return page({
    title: `Data quality: ${snapshot.pipeline}, ${moment(snapshot.asOf)}`,
    kicker: `Data quality \u00b7 ${snapshot.pipeline}`,
    badge: badges[snapshot.status],
    heading: headingOf(snapshot, failed.length),
    lead: leadOf(snapshot),
    facts: [
      { name: 'Snapshot', value: id(snapshot.id), detail: `as of ${moment(snapshot.asOf)}` },
      {
        name: 'Rows',
        value: count(summary.rows),
        detail: `in ${counted(snapshot.parts.filter((part) => part.kind === 'rows').length, 'part')}`,
      },
      {
        name: 'Rows from',
        value: summary.oldest !== null && summary.newest !== null ? period(summary.oldest, summary.newest) : 'no rows',
      },
      { name: 'Duplicate keys', value: count(summary.duplicateKeys) },
      ...leftOutFacts(leftOut, pipeline),
      { name: 'Source', value: placeInWords(pipeline.source) },
      { name: 'Pipeline revision', value: id(snapshot.revision) },
    ],
    body: [
      expectationsSection(snapshot),
      examplesSection(examples, snapshot),
      columnsSection(summary, pipeline),
      ...(unread.length > 0 ? [unreadSection(unread)] : []),
      levelsSection(summary, pipeline),
    ],
    footer: `Snapshot ${snapshot.id} of ${snapshot.pipeline}, revision ${snapshot.revision}.`,
  });
}

function leftOutFacts({ withoutTime, older, from }: QualityReport['leftOut'], { source }: RedactedPipeline): Fact[] {
  const before = `before ${moment(from)}, where the declared history of ${source.history} begins`;
  return [
    ...(withoutTime > 0
      ? [{ name: 'Left out', value: counted(withoutTime, 'row'), detail: 'of the source, without a time' }]
      : []),
    ...(older === null
      ? [{ name: 'Left out', value: 'not counted', detail: `what the source has from ${before}` }]
      : older > 0
        ? [{ name: 'Left out', value: counted(older, 'row'), detail: `of the source, from ${before}` }]
        : []),
  ];
}

function headingOf({ expectations }: RedactedSnapshot, failed: number): string {
  if (expectations.length === 0) return 'No expectation was checked';
  if (failed === 0) return `All ${counted(expectations.length, 'expectation')} met`;
  return `${count(failed)} of ${counted(expectations.length, 'expectation')} not met`;
}

const leadOf = ({ status, pipeline }: RedactedSnapshot): string =>
  ({
    published: 'The snapshot is published: training may use it.',
    quarantined: `The snapshot is quarantined: no model trains on it, and the last published snapshot stays in use. Fix the source or the expectations of ${pipeline}, then run the data loop again.`,
    assembled: 'The snapshot is assembled but not yet published or quarantined.',
  })[status];

function expectationsSection({ expectations }: RedactedSnapshot): Html {
  if (expectations.length === 0) return nothing;
  const ordered = [...expectations].sort((a, b) => Number(a.passed) - Number(b.passed));
  return html`<section>
    <h2>Expectations</h2>
    ${table<Expectation>(
      'Failed expectations first.',
      [
        { head: 'Column', words: true, cell: ({ column }) => column ?? 'the snapshot' },
        {
          head: 'Outcome',
          cell: ({ passed }) => badge(passed ? { tone: 'good', text: 'met' } : { tone: 'bad', text: 'not met' }),
        },
        { head: 'Looked for', words: true, cell: ({ name }) => name },
        { head: 'Allowed', words: true, cell: ({ allowed }) => allowed },
        { head: 'Observed', words: true, cell: ({ observed }) => observed },
      ],
      ordered,
    )}
  </section>`;
}

/** For information: they change nothing until they are declared. */
const unreadSection = (unread: readonly string[]): Html =>
  html`<section class="prose">
    <h2>New columns of the source</h2>
    <p>
      New since the last published snapshot: ${list(unread, MOST_UNREAD)}. The declaration does not read
      ${unread.length === 1 ? 'it' : 'them'}; declare a column to use it.
    </p>
  </section>`;

const MOST_UNREAD = 20;
const LONGEST_SHOWN = 60;

/** Some of the unexpected rows, with where to find them. */
function examplesSection(examples: RedactedExamples, { parts }: RedactedSnapshot): Html {
  if (examples.length === 0) return nothing;
  const partOf = (time: Instant) => parts.find(({ kind, from, to }) => kind === 'rows' && from <= time && time < to);
  return html`<section>
    <h2>Examples</h2>
    ${table<Example>(
      'Some unexpected values of each kind: those furthest outside the limits, or the most frequent. Values of sensitive columns are not shown.',
      [
        { head: 'Column', words: true, cell: ({ column }) => column ?? 'the snapshot' },
        { head: 'Looked for', words: true, cell: ({ name }) => name },
        {
          head: 'Value',
          words: true,
          cell: ({ value }) => (value === null ? 'null' : shown(String(value), LONGEST_SHOWN)),
        },
        { head: 'Rows', number: true, cell: ({ rows }) => count(rows) },
        { head: 'First at', cell: ({ time }) => moment(time) },
        {
          head: 'Key',
          words: true,
          cell: ({ key }) => (key === null ? '\u2013' : id(shown(key, LONGEST_SHOWN))),
        },
        {
          head: 'Partition',
          words: true,
          cell: ({ time }) => {
            const part = partOf(time);
            return part ? html`${period(part.from, part.to)}<small>${id(part.objectKey)}</small>` : '\u2013';
          },
        },
      ],
      examples,
    )}
  </section>`;
}

const bar = (share: number): Html =>
  html`<span class="bar" aria-hidden="true"><i style="width:${trusted((share * 100).toFixed(1))}%"></i></span>`;

const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

function columnsSection({ columns }: RedactedSummary, pipeline: RedactedPipeline): Html {
  const numbers = columns.filter((column) => column.levels.length === 0);
  const declared = (column: ColumnSummary): Column | undefined => own(pipeline.columns, column.column);
  return html`<section>
    <h2>Columns</h2>
    ${table<ColumnSummary>(
      'Statistics of the rows. The second line shows the limits that the pipeline declares. Infinite numbers count as nulls.',
      [
        { head: 'Column', words: true, cell: ({ column }) => column },
        {
          head: 'Kind',
          cell: (column) =>
            limited(declared(column)?.kind ?? 'not declared', declared(column)?.sensitive ? 'sensitive' : null),
        },
        {
          head: 'Nulls',
          number: true,
          cell: (column) => limited(percent(shareOf(column.nulls, column.rows), 2), nullLimit(declared(column))),
        },
        {
          head: 'Least',
          number: true,
          cell: (column) => limited(quantity(column.min), limit(declared(column), 'min')),
        },
        { head: 'Mean', number: true, cell: ({ mean }) => quantity(mean) },
        { head: 'Most', number: true, cell: (column) => limited(quantity(column.max), limit(declared(column), 'max')) },
        { head: 'Levels', number: true, cell: ({ levels }) => (levels.length === 0 ? '\u2013' : count(levels.length)) },
      ],
      [...numbers, ...columns.filter((column) => column.levels.length > 0)],
    )}
  </section>`;
}

const limited = (value: string, allowed: string | null): Html =>
  html`${value}${allowed === null ? null : html`<small>${allowed}</small>`}`;

const nullLimit = (column: Column | undefined): string | null =>
  column && 'nulls' in column ? `up to ${percent(column.nulls, 2)}` : null;

function limit(column: Column | undefined, end: 'min' | 'max'): string | null {
  if (column?.kind !== 'number' || column[end] === undefined) return null;
  return `${end === 'min' ? 'from' : 'up to'} ${quantity(column[end])}`;
}

const SHOWN_LEVELS = 8;

function levelsSection({ columns }: RedactedSummary, pipeline: RedactedPipeline): Html {
  const withLevels = columns.filter((column) => column.levels.length > 0);
  if (withLevels.length === 0) return nothing;
  return html`<section>
    <h2>Levels</h2>
    <p class="note">Most frequent first, as shares of the rows with a value.</p>
    <div class="grid small-multiples">
      ${withLevels.map((summary) => levelCard(summary, own(pipeline.columns, summary.column)))}
    </div>
  </section>`;
}

function levelCard({ column, rows, nulls, levels }: ColumnSummary, declared: Column | undefined): Html {
  const levelsDeclared = declared && limitsOf(declared).levels;
  const known = levelsDeclared ? new Set(levelsDeclared) : null;
  const shown = levels.slice(0, SHOWN_LEVELS);
  const rest = levels.length - shown.length;
  return html`<figure class="card">
    <figcaption><h3>${column}</h3></figcaption>
    <ul class="levels">
      ${shown.map(({ level, rows: held }) => {
        const share = shareOf(held, rows - nulls);
        return html`<li class="level">
          <span>${level}${known && !known.has(level) ? html` <small class="over">▲ not declared</small>` : null}</span
          ><span class="figure">${percent(share)}${bar(share)}</span>
        </li>`;
      })}
    </ul>
    ${rest > 0 ? html`<p>and ${counted(rest, 'more level')}</p>` : nothing}
  </figure>`;
}
