import { LEVEL } from '../../core/metrics/difference.ts';
import { type FairColumn, type FairGroup, type Gap } from '../../core/fairness/fairness.ts';
import { measureTitle } from '../../core/fairness/index.ts';
import { count, counted, decimal, percent } from '../../pages/format.ts';
import { html, nothing, type Html } from '../../pages/html.ts';
import { table } from '../../pages/table.ts';
import { type ModelCard } from './model-card.ts';

const DASH = '\u2013';
/** More columns than this fit no page. */
const MOST_RATES = 8;

/** How groups that the declaration names are treated on the holdout. */
export function fairnessSection({ version, pipeline }: ModelCard): Html {
  const { fairness } = version.evaluation;
  if (!fairness) return nothing;
  const some = fairness.stride === 1 ? '' : ` One row in ${count(fairness.stride)} was looked at.`;
  const at = fairness.threshold === null ? '' : ` Rows count as positive from ${percent(fairness.threshold, 2)} on.`;
  return html`<section>
    <h2>Fairness</h2>
    <p class="note">
      Groups are compared two by two on the holdout. The interval of the largest gap allows for all pairs: where it
      begins above zero, some groups surely are treated differently.${at}${some}
    </p>
    ${fairness.columns.map((column) => html`${groupsTable(column, pipeline.label.kind === 'binary')}${gapsTable(column, pipeline)}`)}
  </section>`;
}

function groupsTable({ column, groups, others }: FairColumn, isBinary: boolean): Html {
  const all = groups[0]?.rates.map(({ name }) => name) ?? [];
  const rates = all.slice(0, MOST_RATES);
  const more = all.length > rates.length ? ` The first ${rates.length} classes are shown, all are compared.` : '';
  return table(
    `Groups by ${column}. Intervals are of ${percent(LEVEL, 0)}, each by itself; a dash: too few rows to say.${others > 0 ? ` ${counted(others, 'row')} of other levels are in no group.` : ''}${more}`,
    [
      { head: 'Group', words: true, cell: ({ name }) => name },
      { head: 'Rows', number: true, cell: (group) => count(group.rows) },
      ...(isBinary ? [{ head: 'Positives', number: true, cell: (group: FairGroup) => count(group.positives) }] : []),
      ...rates.map((head, i) => ({
        head,
        number: true,
        cell: (group: FairGroup) => {
          const { value, low, high } = group.rates[i]!;
          if (value === null) return DASH;
          return html`${decimal(value, 4)}<br /><small>${decimal(low, 4)} to ${decimal(high, 4)}</small>`;
        },
      })),
    ],
    groups,
  );
}

function gapsTable({ column, gaps }: FairColumn, { fairness }: ModelCard['pipeline']): Html {
  if (gaps.length === 0) return html`<p>Fewer than two groups by ${column} have enough rows to be compared.</p>`;
  return table(`The largest gaps by ${column}.`, [
      { head: 'Measure', words: true, cell: ({ measure, rate, unknown }: Gap) => html`${measureTitle(measure)}<br /><small>${rate}${unknown ? `; too few rows for ${counted(unknown.length, 'rate')} of ${unknown.length === 1 ? 'a class' : 'classes'}` : ''}</small>` },
      { head: 'Between', words: true, cell: ({ lower, higher }: Gap) => `${lower} and ${higher}` },
      {
        head: 'Difference',
        number: true,
        cell: ({ difference, low, high }: Gap) =>
          html`${decimal(difference, 4)}<br /><small>${decimal(low, 4)} to ${decimal(high, 4)}</small>`,
      },
      {
        head: 'Ratio',
        hint: 'of the lowest to the highest; 1 is alike',
        number: true,
        cell: ({ ratio }: Gap) =>
          ratio
            ? html`${decimal(ratio.value, 4)}<br /><small>${decimal(ratio.low, 4)} to ${decimal(ratio.high, 4)}</small>`
            : DASH,
      },
      {
        head: 'Limit',
        number: true,
        cell: ({ measure }: Gap) => {
          const limit = fairness?.limits?.[measure];
          return limit === undefined ? DASH : decimal(limit, 4);
        },
      },
    ], gaps); // prettier-ignore
}
