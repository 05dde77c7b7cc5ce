import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';
import { classesInWords, qualityLines, slicesInWords } from '../../version-words.ts';
import { versionName } from '../../../core/base/ids.ts';
import type { Insight } from '../../../core/explaining/insight.ts';
import { count } from '../../../core/training/gates/gate-words.ts';
import { refitInWords } from '../../../core/training/refit.ts';
import { costLines } from '../../../core/performance/value-words.ts';
import { metricInWords } from '../../../core/metrics/index.ts';
import { warmStartInWords } from '../../../core/training/warm-start/warm-start.ts';
import { tagsInWords, versionIn } from '../../../core/training/versions/version-names.ts';

export const show = command({
  arguments: '<pipeline> <version>',
  summary: 'Show a version: names, metrics, its gate, and what it goes by',
  example: 'fraud v3',
  options: [],
  async run([pipeline = '', text = ''], _options, { operations, result }) {
    const details = await operations.overview.version(pipeline, await versionIn(text, pipeline, operations.models));
    const { version, insight } = details;
    const { challenger } = version.evaluation;
    const facts = [
      ['version', versionName(version.version)],
      ['stage', version.stage],
      ...(version.aliases ? [['aliases', version.aliases.join(', ')]] : []),
      ...(version.tags ? [['tags', tagsInWords(version.tags)]] : []),
      ...(version.note ? [['note', version.note]] : []),
      ['candidate', version.candidate],
      ['as of', time(version.asOf)],
      ['holdout', `${count(challenger.rows)} rows`],
      ['gate', `${version.gate.outcome}: ${version.gate.reason}`],
      ...(version.refit ? [['serves', refitInWords(version.refit)]] : []),
      ...(version.warmStart ? [['started', warmStartInWords(version.warmStart)]] : []),
    ];
    const parts = [
      columns([
        ...facts,
        ...qualityLines(details),
        ...(details.declaration ? costLines(version.evaluation, details.declaration, details.live) : []),
      ]),
      classesInWords(details),
      slicesInWords(details),
      insight ? insightInWords(insight) : NOT_ASKED,
    ];
    result(details, parts.filter((part) => part !== null).join('\n\n'));
  },
});

const NOT_ASKED = 'What it goes by is not known: an earlier release evaluated it.';

/** Columns by what is lost without them, with a bar each. */
function insightInWords({
  importance,
  metric,
  value,
  rows,
  of,
  unmeasured = [],
}: Pick<Insight, 'importance' | 'metric' | 'value' | 'rows' | 'of' | 'unmeasured'>): string {
  if (value === null || importance.length === 0)
    return `What it goes by is not known: ${rows} rows of the holdout cannot tell.`;
  const most = Math.max(...importance.map(({ loss }) => loss), 1e-9);
  const lines = importance.map(({ column, loss, low, high }) => [
    column,
    loss.toFixed(4),
    low === null || high === null ? '' : `${low.toFixed(4)} to ${high.toFixed(4)}`,
    '#'.repeat(Math.max(0, Math.round((20 * loss) / most))),
  ]);
  const rest = unmeasured.length === 0 ? '' : `\nNot shuffled, since they move scores less: ${unmeasured.join(', ')}`;
  return (
    `What it goes by: ${metricInWords(metric)}, ${value.toFixed(4)} on ${count(rows)} of ${count(of)} holdout rows, gets worse by so ` +
    `much when a column is shuffled, with 95 % intervals.\n${columns(lines)}${rest}`
  );
}
