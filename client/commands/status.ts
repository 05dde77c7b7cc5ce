import { driftedColumns } from '../../core/drift/verdict.ts';
import { versionName } from '../../core/ids.ts';
import { command, type PipelineStatus } from '../command.ts';
import { columns, time, versionInWords } from '../words.ts';

const MOST_NAMED = 3;

export const statusCommand = command({
  name: 'status',
  arguments: '[pipeline]',
  summary: 'What serves, what was learnt last, what is under way',
  example: 'status fraud',
  options: [],
  async run([pipeline], _options, { operations, result }) {
    const all = pipeline ? [await operations.status.of(pipeline)] : await operations.status.all();
    const words =
      all.length > 0 ? all.map(describe).join('\n\n') : 'No pipeline is applied yet. Apply them with: perennial apply';
    result(pipeline ? all[0] : all, words);
  },
});

/** The first of what was asked, and how much more: a burst brings thousands. */
const askedFor = (requests: PipelineStatus['requests']): string =>
  requests
    .slice(0, MOST_NAMED)
    .map((request) => request.detail)
    .concat(requests.length > MOST_NAMED ? [`and ${requests.length - MOST_NAMED} more`] : [])
    .join('; ');

function describe({
  pipeline,
  now,
  champion,
  traffic,
  snapshot,
  predictions,
  verdict,
  cycles,
  requests,
  waiting,
}: PipelineStatus): string {
  const drifted = verdict ? driftedColumns(verdict) : [];
  const verdictInWords =
    verdict &&
    `${verdict.abstained === null ? verdict.level : 'abstained'} at ${time(verdict.asOf)} over ${verdict.rows.current} rows` +
      (drifted.length > 0 ? ` (${drifted.join(', ')})` : '') +
      (verdict.abstained === null ? '' : `: ${verdict.abstained}`);
  const facts = [
    ['champion', champion ? versionInWords(champion) : 'none yet'],
    [
      'traffic',
      traffic
        ? `generation ${traffic.generation}${traffic.previous === null ? '' : `, before it ${versionName(traffic.previous)}`}`
        : 'none',
    ],
    ['snapshot', snapshot ? `${snapshot.id}, ${snapshot.rows} rows, taken ${time(snapshot.asOf)}` : 'none yet'],
    ['predictions', `${predictions} in the last 24 hours`],
    ['last verdict', verdictInWords ?? 'none yet'],
    ['asked for', askedFor(requests) || 'nothing'],
    ...(waiting ? [['waits until', `${time(waiting.until)}: ${waiting.why}`]] : []),
    ...cycles.map((cycle, i) => [
      i === 0 ? 'cycles' : '',
      `${cycle.id}: ${cycle.outcome ? `${cycle.outcome.result}. ${cycle.outcome.reason}` : 'under way'}`,
    ]),
  ];
  return `${pipeline.name} (revision ${pipeline.revision}, at ${time(now)})\n${columns(facts.map(([a, b]) => [`  ${a}`, b!]))}`;
}
