import { type Moment, type Story } from '../../../core/story/story.ts';
import { type Html } from '../../../pages/html.ts';
import { table } from '../../../pages/table.ts';
import { type Known } from '../../context.ts';
import { time, unknown } from '../../elements.ts';
import { type Section } from '../../layout.ts';

/** From the first alarm to what came of it, as "perennial explain" tells it. */
export const storySection = ({ value: story, problem }: Known<Story>): Section => ({
  id: 'story',
  heading: 'Why it was trained, and what came of it',
  content: story === null ? unknown('The story', problem) : told(story),
});

const told = ({ moments }: Story): Html =>
  table<Moment>(
    'What happened, from the first alarm on',
    [
      { head: 'What', cell: ({ chapter }) => chapter },
      { head: 'When', cell: ({ at }) => (at === null ? '' : time(at)) },
      { head: 'Told', words: true, cell: ({ says }) => says },
    ],
    moments,
    'Nothing is known of it.',
  );
