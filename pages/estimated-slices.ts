import { metricTitle } from '../core/metrics/index.ts';
import { type Verdict } from '../core/drift/verdict.ts';
import { slicesBeside, whyNotSliced } from '../core/performance/slices-beside.ts';
import { likelyCell } from './elements.ts';
import { count, day, decimal } from './format.ts';
import { html, type Html } from './html.ts';
import { table, type TableColumn } from './table.ts';

type Line = NonNullable<ReturnType<typeof slicesBeside>>['slices'][number];

const rowsOf = { requests: 'requests', batches: 'rows in batches', data: "the source's rows" };

/** By declared slice, what is estimated beside what labels say; null where nothing is. */
export function estimatedSlicesTable(
  verdict: Pick<Verdict, 'estimatedSlices' | 'performance' | 'version'>,
): Html | null {
  const why = whyNotSliced(verdict);
  if (why !== null) return html`<p>Declared slices are not estimated: ${why}.</p>`;
  const beside = slicesBeside(verdict);
  if (!beside) return null;
  const { of = 'requests', from, to, metric, slices } = beside;
  const columns: TableColumn<Line>[] = [
    { head: 'Slice', words: true, cell: ({ name }) => name },
    {
      head: `${metricTitle(metric)}, estimated`,
      words: true,
      cell: ({ estimate }) => (typeof estimate === 'string' ? `Not estimated: ${estimate}` : likelyCell(estimate)),
    },
    { head: 'Rows', number: true, cell: ({ rows }) => count(rows) },
    { head: 'By labels', number: true, cell: ({ labelled }) => decimal(labelled?.[metric], 4) },
    { head: 'Labelled rows', number: true, cell: ({ labelled }) => count(labelled?.rows ?? 0) },
  ];
  const last = day(new Date(Date.parse(to) - 1).toISOString());
  const days = day(from) === last ? last : `${day(from)} to ${last}`;
  return table(
    `By declared slice. Estimated for ${rowsOf[of]} of ${days}, next to what labels show for earlier days.`,
    columns,
    slices,
  );
}
