import type { Moment, Story } from '../../../core/story/story.ts';
import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';

export const explain = command({
  arguments: '<pipeline> [cycle]',
  summary: 'Tell what led to a training, and what came of it',
  description:
    'Tells the story of a cycle, by default the newest, in the order of time: the drift and its columns, the messages, the ' +
    'requests, what they waited for, the training and its gate, the rollout, the outcome, and whether the drift is over. ' +
    'Needs only the database.',
  example: 'fraud',
  options: [],
  async run([pipeline = '', cycle], _options, { operations, result }) {
    const story = await operations.explain.cycle(pipeline, cycle);
    result(story, inWords(story));
  },
});

function inWords({ pipeline, cycle, askedBy, moments, waiting }: Story): string {
  if (!cycle && waiting.length === 0)
    return `No training of ${pipeline} was asked for yet. Ask: perennial models retrain ${pipeline}`;
  return [
    ...(cycle ? [`${cycle.id}: asked for by ${askedBy}, ${cycle.outcome?.result ?? 'under way'}`, lines(moments)] : []),
    ...(cycle && waiting.length > 0 ? [''] : []),
    ...(waiting.length > 0 ? [cycle ? 'Waiting for the next training' : `${pipeline}: waiting for its first training`, lines(waiting)] : []), // prettier-ignore
  ].join('\n');
}

const lines = (moments: readonly Moment[]): string =>
  columns(
    moments.map(({ at, chapter, says }, i) => [
      at === null ? '' : time(at),
      moments[i - 1]?.chapter === chapter ? '' : chapter,
      says,
    ]),
  );
